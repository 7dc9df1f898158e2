//! Long random walks, for what lies deeper than every order of steps can be taken.

use std::time::Instant;

use crate::action::{Action, actions};
use crate::explore::{Explored, Violation};
use crate::invariants::violated;
use crate::scenario::Scenario;

/// A small generator of numbers that look random (xorshift), so that a walk is the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Walks `walks` times at most `steps` steps, checks every state, and heals at the end of each walk.
#[must_use]
pub fn walk(scenario: &Scenario, seed: u64, walks: usize, steps: usize) -> Explored {
    let began = Instant::now();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut explored = Explored {
        states: 0,
        depth: 0,
        took: began.elapsed(),
        violation: None,
        complete: false,
    };
    let start = scenario.start();
    for _ in 0..walks {
        let mut state = start.clone();
        let mut trace: Vec<Action> = Vec::new();
        let mut wrong = None;
        while trace.len() < steps && wrong.is_none() {
            let possible = actions(scenario, &state);
            // Time and faults are always possible; chosen as often as all else, they would be over at once.
            let mut by = possible.get(dice.below(possible.len()));
            if matches!(
                by,
                Some(Action::Clock | Action::Fault(_) | Action::Crash(_))
            ) {
                by = possible.get(dice.below(possible.len()));
            }
            let Some(by) = by else {
                break;
            };
            trace.push(*by);
            state = state.after(scenario, *by);
            wrong = violated(scenario, &state).map(|what| (what, false));
            explored.states += 1;
        }
        explored.depth = explored.depth.max(trace.len());
        if wrong.is_none() {
            state.heal(scenario);
            let what = violated(scenario, &state).or_else(|| state.ailing(scenario));
            wrong = what.map(|what| (what, true));
        }
        if let Some((what, lasting)) = wrong {
            let shorter = explored.violation.as_ref();
            if shorter.is_none_or(|it: &Violation| it.trace.len() > trace.len()) {
                explored.violation = Some(Violation {
                    what,
                    lasting,
                    trace,
                });
            }
        }
    }
    explored.took = began.elapsed();
    explored
}
