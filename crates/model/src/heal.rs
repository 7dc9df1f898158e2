//! Nothing lasts for ever: from every state, once the faults end and everybody does what is due, every server answers
//! the newest value from every tier, and the outbox drains.

use pfapi_core::log::outbox::RETENTION;

use crate::action::{Action, removable};
use crate::scenario::Scenario;
use crate::server::Link;
use crate::state::{LONGEST_WRITE, State, TICK, dependencies};
use crate::variant::Variant;

/// Enough for an intent to be orphaned, converted, seen and removed.
const ROUNDS: u64 = (LONGEST_WRITE + RETENTION) / TICK + 4;

impl State {
    /// Lets everything that is due happen, in one fixed order.
    pub fn heal(&mut self, scenario: &Scenario) {
        let scenario = &Scenario {
            cleans: true,
            stride: 1,
            ..*scenario
        };
        self.finish(scenario);
        for round in 0..ROUNDS {
            for s in 0..self.servers.len() {
                self.attend(scenario, s);
            }
            if round + 1 < ROUNDS {
                self.take(scenario, Action::Clock);
            }
        }
        // What the last of them has published, the others follow.
        for s in 0..self.servers.len() {
            self.follow_all(scenario, s);
        }
    }

    /// What runs comes to its end; a statement that has had no effect yet never has one.
    fn finish(&mut self, scenario: &Scenario) {
        for s in 0..self.servers.len() {
            while self.servers[s].fetch.is_some() {
                let fetch = self.servers[s].fetch.as_ref();
                let action = match fetch.map(|fetch| (fetch.value, fetch.landing)) {
                    Some((None, _)) => Action::ReadValue(s),
                    Some((_, None)) => Action::EndFetch(s),
                    _ => Action::Show(s),
                };
                self.take(scenario, action);
            }
            if self.servers[s].got.is_some() {
                self.take(scenario, Action::Admit(s));
            }
            if let Some(write) = self.servers[s].write {
                self.take(scenario, Action::Effect(write.id));
                self.take(scenario, Action::Apply(s));
                if write.autocommitted {
                    self.take(scenario, Action::Settle(s));
                }
            }
        }
        std::sync::Arc::make_mut(&mut self.database)
            .statements
            .clear();
    }

    fn attend(&mut self, scenario: &Scenario, s: usize) {
        if scenario.redis {
            self.take(scenario, Action::Resume(s));
            self.take(scenario, Action::Resume(s));
            self.follow_all(scenario, s);
        }
        if scenario.rules().outbox() {
            if self.servers[s].poll.is_some() {
                self.take(scenario, Action::ReadRows(s));
                self.take(scenario, Action::ApplyRows(s));
            }
            self.take(scenario, Action::Poll(s));
        }
        if scenario.redis && self.servers[s].link == Link::Following {
            for (id, _) in self.servers[s].mirror.pending() {
                self.take(scenario, Action::Publish(s, id));
            }
            self.follow_all(scenario, s);
            if self.servers[s].link == Link::Following {
                self.take(scenario, Action::Beat(s));
            }
        }
        if scenario.rules().outbox() {
            self.take(scenario, Action::Convert(s));
            if self.servers[s].cleaning.is_some() {
                self.take(scenario, Action::Remove(s));
            }
            if !removable(scenario, self, &self.servers[s]).is_empty() {
                self.take(scenario, Action::Clean(s));
            }
        }
    }

    fn follow_all(&mut self, scenario: &Scenario, s: usize) {
        while self.servers[s].link == Link::Following {
            let followed = self.servers[s].mirror.stamp();
            let next = followed.and_then(|stamp| self.redis.next(stamp.position));
            if next.is_none() {
                return;
            }
            self.take(scenario, Action::Follow(s));
        }
    }

    /// What is still wrong after healing.
    #[must_use]
    pub fn ailing(&self, scenario: &Scenario) -> Option<&'static str> {
        let rules = scenario.rules();
        for server in &self.servers {
            let newest = &self.database.values;
            let stale = |key: usize, value: u8| value < newest[key];
            if server.cached.iter().any(|it| stale(it.key, it.value)) {
                return Some("a stale local entry lasts");
            }
            let believed =
                self.redis.values.iter().filter(|it| {
                    it.build == server.build && server.believes(rules, it.key, it.stamp)
                });
            if believed.into_iter().any(|it| stale(it.key, it.value)) {
                return Some("a stale value of Redis lasts");
            }
            if !server.online(rules, self.now) {
                return Some("a server stays offline");
            }
            if !scenario.redis {
                continue;
            }
            if server.mirror.sizes().1 > 0 {
                return Some("a change stays pending");
            }
            let usable = |key| {
                let stamp = server.mirror.stamp();
                stamp.is_some_and(|stamp| server.mirror.judge(dependencies(key), stamp).is_ok())
            };
            if !(0..scenario.keys).all(usable) {
                return Some("no value of Redis is believed any more");
            }
        }
        let kept = scenario.variant != Variant::NoOutbox && !self.database.rows.is_empty();
        kept.then_some("the outbox does not drain")
    }
}
