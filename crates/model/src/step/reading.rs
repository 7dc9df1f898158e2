//! Reads: fetches, those who join them, and values of Redis.

use std::sync::Arc;

use pfapi_core::flight::Landing;

use crate::redis::Stored;
use crate::scenario::Scenario;
use crate::server::{Cached, Fetch, Link};
use crate::state::{Key, State, dependencies};
use crate::variant::Variant;

impl State {
    pub(super) fn begin_fetch(&mut self, s: usize, key: Key) {
        self.budget.fetches = self.budget.fetches.saturating_sub(1);
        let server = self.server(s);
        let stamp = server.mirror.ledger_mut().begin();
        let shared = server.mirror.stamp();
        server.fetch = Some(Fetch {
            key,
            stamp,
            shared,
            value: None,
            landing: None,
            entry: None,
            arrivals: Vec::new(),
        });
    }

    pub(super) fn end_fetch(&mut self, scenario: &Scenario, s: usize) {
        let server = self.server(s);
        let Some(mut fetch) = server.fetch.take() else {
            return;
        };
        let Some(value) = fetch.value else {
            return;
        };
        let entry = server.free_entry();
        let on = dependencies(fetch.key);
        let ledger = server.mirror.ledger_mut();
        let verdict = if scenario.variant == Variant::CheckThenShow {
            ledger.judge(on, fetch.stamp)
        } else {
            ledger.admit(entry, on, fetch.stamp)
        };
        let until = ledger.tick();
        if verdict.is_ok() {
            fetch.entry = Some(entry);
            if scenario.variant != Variant::CheckThenShow {
                server.cached.push(Cached {
                    id: entry,
                    key: fetch.key,
                    value,
                    live: false,
                });
            }
        }
        fetch.landing = Some(Landing {
            stamp: fetch.stamp,
            unmoved_until: verdict.is_ok().then_some(until),
        });
        if let (Some(shared), Some(raised)) = (&mut fetch.shared, server.raised) {
            shared.position = shared.position.max(raised);
        }
        let connected = server.link == Link::Following;
        let fill = fetch
            .shared
            .filter(|stamp| connected && server.may_fill(fetch.key, *stamp));
        let (key, build) = (fetch.key, server.build);
        server.fetch = Some(fetch);
        if let Some(stamp) = fill {
            Arc::make_mut(&mut self.redis).values.insert(Stored {
                key,
                build,
                stamp,
                value,
            });
        }
        if !scenario.fine.show {
            self.show(scenario, s);
        }
    }

    pub(super) fn show(&mut self, scenario: &Scenario, s: usize) {
        let server = self.server(s);
        let Some(fetch) = server.fetch.take() else {
            return;
        };
        let (Some(value), Some(landing)) = (fetch.value, fetch.landing) else {
            return;
        };
        let served = |(arrival, oldest): &(_, u8)| landing.serves(*arrival) && value < *oldest;
        let wrong = fetch.arrivals.iter().any(served);
        if let Some(entry) = fetch.entry {
            if scenario.variant == Variant::CheckThenShow {
                let on = dependencies(fetch.key);
                server.mirror.ledger_mut().index(entry, on);
                server.cached.push(Cached {
                    id: entry,
                    key: fetch.key,
                    value,
                    live: false,
                });
            }
            let mut cached = server.cached.iter_mut();
            if let Some(cached) = cached.find(|cached| cached.id == entry) {
                cached.live = true;
                server.replace(fetch.key, entry);
            }
        }
        server.mirror.ledger_mut().end(fetch.stamp);
        server.cached.sort_unstable_by_key(|cached| cached.id);
        if wrong {
            self.wrong = Some("a reader who joined a fetch was shown what is too old for it");
        }
    }

    pub(super) fn admit(&mut self, scenario: &Scenario, s: usize) {
        let rules = scenario.rules();
        let server = self.server(s);
        let Some((key, stamp, value)) = server.got.take() else {
            return;
        };
        let id = server.free_entry();
        let admitted = match rules.variant {
            Variant::PendingIgnored | Variant::StandingIgnored => {
                let believed = server.believes(rules, key, stamp);
                if believed {
                    server.mirror.ledger_mut().index(id, dependencies(key));
                }
                believed
            }
            _ => server.mirror.admit(id, dependencies(key), stamp).is_ok(),
        };
        if admitted {
            server.cached.push(Cached {
                id,
                key,
                value,
                live: true,
            });
            server.replace(key, id);
            server.cached.sort_unstable_by_key(|cached| cached.id);
        }
    }

    pub(super) fn note_arrivals(&mut self, scenario: &Scenario) {
        for s in 0..self.servers.len() {
            let server = &self.servers[s];
            let joinable = scenario.variant == Variant::JoinWhileOffline
                || server.online(scenario.rules(), self.now);
            let Some(fetch) = &server.fetch else {
                continue;
            };
            if !joinable {
                continue;
            }
            let oldest = server.oldest_allowed(&self.database, fetch.key, self.now);
            let tick = server.mirror.ledger().tick();
            let noted = fetch.arrivals.iter().find(|(at, _)| *at == tick);
            if oldest == 0 || noted.is_some_and(|(_, noted)| *noted >= oldest) {
                continue;
            }
            if let Some(fetch) = &mut self.server(s).fetch {
                fetch.arrivals.retain(|(at, _)| *at != tick);
                fetch.arrivals.push((tick, oldest));
            }
        }
    }
}
