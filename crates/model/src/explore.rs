//! Every order of steps, breadth first.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use crate::action::{Action, actions};
use crate::invariants::violated;
use crate::scenario::Scenario;
use crate::state::State;

/// What an exploration came to.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Distinct states.
    pub states: usize,
    /// Steps of the longest shortest way to a state.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// What is wrong, with a shortest way to it.
    pub violation: Option<Violation>,
    /// All that the scenario allows was explored.
    pub complete: bool,
}

/// Something wrong, and how it comes about.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What is wrong.
    pub what: &'static str,
    /// It shows only after everything has healed.
    pub lasting: bool,
    /// The steps that lead to it.
    pub trace: Vec<Action>,
}

/// A fingerprint is already a hash.
#[derive(Clone, Copy, Debug, Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

type Visited = HashMap<u64, (u64, Action), BuildHasherDefault<Same>>;

fn fingerprint(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// A state that was reached, from where, and by which step.
struct Reached {
    fingerprint: u64,
    from: u64,
    by: Action,
    state: State,
}

struct Wrong {
    fingerprint: u64,
    what: &'static str,
    lasting: bool,
}

/// Explores a scenario with this many threads.
#[must_use]
pub fn explore(scenario: &Scenario, threads: usize) -> Explored {
    let began = Instant::now();
    let start = scenario.start();
    let root = fingerprint(&start);
    let mut visited = Visited::default();
    visited.insert(root, (root, Action::Clock));
    let mut frontier = vec![(root, start)];
    let mut explored = Explored {
        states: 1,
        depth: 0,
        took: Duration::ZERO,
        violation: None,
        complete: true,
    };
    loop {
        let mut next = Vec::new();
        let mut wrong: Option<Wrong> = None;
        for slice in frontier.chunks(threads * 8192) {
            let share = slice.len().div_ceil(threads).max(1);
            let parts = std::thread::scope(|scope| {
                let visited = &visited;
                let work = |part| scope.spawn(move || expand(scenario, visited, part));
                let running: Vec<_> = slice.chunks(share).map(work).collect();
                let parts = running.into_iter().filter_map(|it| it.join().ok());
                parts.collect::<Vec<_>>()
            });
            for (reached, found) in parts {
                for it in reached {
                    if visited.len() < scenario.most_states {
                        visited.entry(it.fingerprint).or_insert_with(|| {
                            next.push((it.fingerprint, it.state));
                            (it.from, it.by)
                        });
                    } else {
                        explored.complete = false;
                    }
                }
                wrong = wrong.or(found);
            }
            if wrong.is_some() {
                break;
            }
        }
        if let Some(wrong) = wrong {
            explored.violation = Some(Violation {
                what: wrong.what,
                lasting: wrong.lasting,
                trace: trace(&visited, root, wrong.fingerprint),
            });
            break;
        }
        if next.is_empty() {
            break;
        }
        frontier = next;
        explored.depth += 1;
    }
    explored.states = visited.len();
    explored.took = began.elapsed();
    explored
}

fn expand(
    scenario: &Scenario,
    visited: &Visited,
    part: &[(u64, State)],
) -> (Vec<Reached>, Option<Wrong>) {
    let mut reached = Vec::new();
    for (from, state) in part {
        if let Some((what, lasting)) = wrong(scenario, *from, state) {
            let fingerprint = *from;
            return (
                reached,
                Some(Wrong {
                    fingerprint,
                    what,
                    lasting,
                }),
            );
        }
        for by in actions(scenario, state) {
            let state = state.after(scenario, by);
            let fingerprint = fingerprint(&state);
            if !visited.contains_key(&fingerprint) {
                let from = *from;
                reached.push(Reached {
                    fingerprint,
                    from,
                    by,
                    state,
                });
            }
        }
    }
    (reached, None)
}

/// What is wrong in a state, or stays wrong. Healing is tried from a share of the states, chosen by fingerprint.
fn wrong(scenario: &Scenario, fingerprint: u64, state: &State) -> Option<(&'static str, bool)> {
    if let Some(what) = violated(scenario, state) {
        return Some((what, false));
    }
    if scenario.heals == 0 || !fingerprint.is_multiple_of(scenario.heals) {
        return None;
    }
    let mut healed = state.clone();
    healed.heal(scenario);
    let what = violated(scenario, &healed).or_else(|| healed.ailing(scenario))?;
    Some((what, true))
}

fn trace(visited: &Visited, root: u64, last: u64) -> Vec<Action> {
    let mut steps = Vec::new();
    let mut at = last;
    while at != root {
        let Some((from, by)) = visited.get(&at) else {
            break;
        };
        steps.push(*by);
        at = *from;
    }
    steps.reverse();
    steps
}
