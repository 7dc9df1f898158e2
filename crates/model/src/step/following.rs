//! The log: publishing, following, heartbeats, and what follows a break.

use std::sync::Arc;

use pfapi_core::log::{ChangeId, Epoch, LogEntry, Record, Removed, Resume, SharedStamp, resume};

use crate::action::Action;
use crate::redis::Beat;
use crate::scenario::Scenario;
use crate::server::Link;
use crate::state::State;
use crate::variant::Variant;

/// The ids of entries that start an epoch lie above all others.
const FIRST_OF_EPOCH: u128 = 0x1000;

impl State {
    pub(super) fn publish(&mut self, scenario: &Scenario, s: usize, id: ChangeId) {
        let server = &self.servers[s];
        let Some(stamp) = server.mirror.stamp() else {
            return;
        };
        let pending = server.mirror.pending();
        let Some((_, record)) = pending.into_iter().find(|(pending, _)| *pending == id) else {
            return;
        };
        let once = scenario.variant == Variant::NeverPublishedTwice;
        match Arc::make_mut(&mut self.redis).publish(stamp.epoch, id, record, once) {
            Err(_) => self.server(s).lose(),
            Ok(position) => {
                if scenario.variant == Variant::StampRaisedByOwnPublish {
                    let server = self.server(s);
                    server.raised = server.raised.max(Some(position));
                }
                if scenario.variant == Variant::RemovedAtPublish {
                    let database = Arc::make_mut(&mut self.database);
                    database.rows.retain(|row| row.id != id || row.intent);
                }
            }
        }
    }

    pub(super) fn follow(&mut self, scenario: &Scenario, s: usize) {
        let (redis, database) = (self.redis.clone(), self.database.clone());
        let server = self.server(s);
        let Some(stamp) = server.mirror.stamp() else {
            return;
        };
        let Some(entry) = redis.next(stamp.position) else {
            return;
        };
        let mut entry = LogEntry::clone(entry);
        // The build of the writer is not in the model's record, so it is told by the id, which carries its server.
        let writer = (entry.id.0 & 0xff) / 16;
        let build = |writer: u128| scenario.builds.get((writer as usize).wrapping_sub(1));
        if entry.id.0 < FIRST_OF_EPOCH && build(writer).is_some_and(|build| *build > server.build) {
            entry.record = Record::everything("a record of a newer version");
        }
        server.follow(&database, &entry);
    }

    pub(super) fn send_beat(&mut self, s: usize) {
        let sent = self.now;
        let epoch = self.servers[s].mirror.stamp().map(|stamp| stamp.epoch);
        match epoch {
            Some(epoch) if self.redis.is_of(epoch) => {
                Arc::make_mut(&mut self.redis)
                    .beats
                    .insert(s, Beat { sent, epoch });
            }
            _ => self.server(s).lose(),
        }
    }

    pub(super) fn read_beat(&mut self, s: usize) {
        let Some(beat) = self.redis.beats.get(&s).copied() else {
            return;
        };
        let server = self.server(s);
        if server.link != Link::Following {
            return;
        }
        if server.mirror.stamp().map(|stamp| stamp.epoch) == Some(beat.epoch) {
            server.proof.beat_returned(beat.sent);
            if let Some(other) = &mut server.other {
                other.beat_returned(beat.sent);
            }
        }
    }

    pub(super) fn look(&mut self, scenario: &Scenario, s: usize) {
        let Link::Looking(removed) = self.servers[s].link else {
            return;
        };
        let followed = self.servers[s].mirror.stamp();
        let ends = self.redis.look(followed, removed.position);
        let told = match scenario.variant {
            Variant::RemovedNotCompared => Removed {
                position: None,
                ..removed
            },
            _ => removed,
        };
        let mut verdict = resume(followed, told, &ends);
        if scenario.variant == Variant::NoEpoch
            && ends.epoch.is_some()
            && followed.is_some_and(|stamp| Some(stamp.epoch) == ends.epoch)
        {
            verdict = Resume::Continue;
        }
        let observed = self.redis.log.epoch;
        let first = self.redis.log.entries.as_ref().and_then(|it| it.first());
        let enter = first.map(|entry| entry.previous);
        let next = Epoch(self.epochs + 1);
        let server = self.server(s);
        match verdict {
            Resume::Continue => server.link = Link::Following,
            Resume::Enter(epoch) => match enter {
                Some(position) => server.enter(scenario.rules(), SharedStamp { epoch, position }),
                None => server.link = Link::Lost,
            },
            Resume::Begin(_) => {
                let unclaimed = scenario.variant == Variant::EpochNotClaimed;
                server.link = if unclaimed {
                    Link::Starting { observed, next }
                } else {
                    let noted = removed.epoch;
                    Link::Claiming { noted, observed }
                };
                if unclaimed {
                    self.epochs += 1;
                }
            }
        }
    }

    pub(super) fn claim(&mut self, scenario: &Scenario, s: usize) {
        let Link::Claiming { noted, observed } = self.servers[s].link else {
            return;
        };
        let next = Epoch(self.epochs + 1);
        self.server(s).link = Link::Lost;
        let unnoted = scenario.variant == Variant::EpochNotNoted;
        if unnoted || Arc::make_mut(&mut self.database).claim(noted, next) {
            self.epochs += 1;
            self.server(s).link = Link::Starting { observed, next };
        }
    }

    pub(super) fn start(&mut self, scenario: &Scenario, s: usize) {
        let Link::Starting { observed, next } = self.servers[s].link else {
            return;
        };
        let id = ChangeId(FIRST_OF_EPOCH + u128::from(next.0));
        let won = Arc::make_mut(&mut self.redis).start(observed, next, id);
        let note = won && scenario.variant == Variant::EpochNotClaimed;
        self.server(s).link = if note { Link::Noting(next) } else { Link::Lost };
    }

    pub(super) fn note(&mut self, s: usize) {
        let Link::Noting(epoch) = self.servers[s].link else {
            return;
        };
        Arc::make_mut(&mut self.database).removed = Removed {
            epoch: Some(epoch),
            position: None,
        };
        self.server(s).link = Link::Lost;
    }

    pub(super) fn resume_at_once(&mut self, scenario: &Scenario, s: usize) {
        for _ in 0..8 {
            match self.servers[s].link {
                Link::Following => return,
                Link::Lost => self.take(scenario, Action::LookDatabase(s)),
                Link::Looking(_) => self.look(scenario, s),
                Link::Claiming { .. } => self.claim(scenario, s),
                Link::Starting { .. } => self.start(scenario, s),
                Link::Noting(_) => self.note(s),
            }
        }
    }
}
