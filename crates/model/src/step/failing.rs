//! Faults.

use std::sync::Arc;

use crate::redis::Log;
use crate::scenario::{Fault, Scenario};
use crate::server::{Link, Server};
use crate::state::State;

impl State {
    pub(super) fn crash(&mut self, scenario: &Scenario, s: usize) {
        self.budget.faults = self.budget.faults.saturating_sub(1);
        let old = &self.servers[s];
        let mut new = Server::new(scenario.rules(), old.build, scenario.keys);
        new.acknowledged.clone_from(&old.acknowledged);
        *self.server(s) = new;
        Arc::make_mut(&mut self.redis).beats.remove(&s);
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.budget.faults = self.budget.faults.saturating_sub(1);
        let redis = Arc::make_mut(&mut self.redis);
        let silent = match fault {
            Fault::Empty => {
                redis.log = Log::default();
                redis.past = None;
                redis.values.clear();
                redis.beats.clear();
                false
            }
            Fault::LoseLog => {
                redis.log = Log::default();
                true
            }
            Fault::LoseEpoch => {
                redis.log.epoch = None;
                true
            }
            Fault::LoseStream => {
                redis.log.entries = None;
                true
            }
            Fault::LoseTail(count) => {
                redis.lose_tail(count);
                false
            }
            Fault::LoseTailSilently(count) => {
                redis.lose_tail(count);
                true
            }
            Fault::Revert => {
                if let Some(past) = redis.past.take() {
                    redis.log = *past;
                }
                false
            }
            Fault::Trim(keep) => {
                redis.trim(keep);
                true
            }
            Fault::Crash | Fault::Break => true,
        };
        if !silent {
            for s in 0..self.servers.len() {
                if self.servers[s].link != Link::Lost {
                    self.server(s).lose();
                }
            }
        }
    }
}
