//! What each step does.

use std::sync::Arc;

use pfapi_core::flight::Landing;
use pfapi_core::log::outbox::{Row, gap};
use pfapi_core::log::{ChangeId, Epoch, Record, Removed, Resume, SharedStamp, resume};

use crate::action::{Action, removable};
use crate::database::{OutboxRow, Statement};
use crate::redis::{Beat, Stored};
use crate::scenario::{Fault, Scenario};
use crate::server::{Cached, Cleaning, Fetch, Link, Poll, Server, Write};
use crate::state::{Key, LONGEST_WRITE, State, TICK, dependencies, record};
use crate::variant::Variant;

/// An id for the second announcement of a write whose outcome is unknown.
fn second(id: ChangeId) -> ChangeId {
    ChangeId(id.0 + 0x100)
}

/// An id for the row that an orphaned intent becomes.
fn converted(id: ChangeId) -> ChangeId {
    ChangeId(id.0 + 0x200)
}

fn announcement_of_epoch(epoch: Epoch) -> ChangeId {
    ChangeId(0x1000 + u128::from(epoch.0))
}

impl State {
    /// The state after a step.
    #[must_use]
    pub fn after(&self, scenario: &Scenario, action: Action) -> Self {
        let mut next = self.clone();
        next.take(scenario, action);
        if scenario.joins {
            next.note_arrivals(scenario);
        }
        next
    }

    pub(crate) fn server(&mut self, index: usize) -> &mut Server {
        Arc::make_mut(&mut self.servers[index])
    }

    pub(crate) fn take(&mut self, scenario: &Scenario, action: Action) {
        match action {
            Action::Clock => {
                self.now += scenario.stride * TICK;
                self.budget.ticks = self.budget.ticks.saturating_sub(1);
            }
            Action::Commit(s, key) => self.commit(scenario, s, key),
            Action::CommitUnknown(s, key) => self.commit_unknown(scenario, s, key),
            Action::RollBack(s, key) => {
                let id = self.new_change(s);
                self.apply_own(scenario, s, id, key);
            }
            Action::Intend(s, key) => self.intend(scenario, s, key),
            Action::Fail(s) => self.fail(scenario, s),
            Action::Effect(id) => self.effect(scenario, id),
            Action::Apply(s) => self.apply(scenario, s),
            Action::Settle(s) => self.settle(s),
            Action::Publish(s, id) => self.publish(scenario, s, id),
            Action::Follow(s) => self.follow(scenario, s),
            Action::SendBeat(s) => self.send_beat(s),
            Action::ReadBeat(s) => self.read_beat(s),
            Action::Beat(s) => {
                self.send_beat(s);
                self.read_beat(s);
            }
            Action::BeginPoll(s) => {
                let (began, rows) = (self.now, None);
                self.server(s).poll = Some(Poll { began, rows });
            }
            Action::ReadRows(s) => {
                let rows = self.database.rows.clone();
                if let Some(poll) = &mut self.server(s).poll {
                    poll.rows = Some(rows);
                }
            }
            Action::ApplyRows(s) => self.apply_rows(scenario, s),
            Action::Poll(s) => {
                self.take(scenario, Action::BeginPoll(s));
                self.take(scenario, Action::ReadRows(s));
                self.apply_rows(scenario, s);
            }
            Action::LookDatabase(s) => {
                let removed = self.database.removed;
                self.server(s).link = Link::Looking(removed);
            }
            Action::LookRedis(s) => self.look(scenario, s),
            Action::Claim(s) => self.claim(scenario, s),
            Action::Start(s) => self.start(scenario, s),
            Action::Note(s) => self.note(s),
            Action::Resume(s) => self.resume_at_once(scenario, s),
            Action::BeginFetch(s, key) => self.begin_fetch(scenario, s, key),
            Action::ReadValue(s) => {
                let database = self.database.clone();
                if let Some(fetch) = &mut self.server(s).fetch {
                    fetch.value = Some(database.values[fetch.key]);
                }
            }
            Action::EndFetch(s) => self.end_fetch(scenario, s),
            Action::Show(s) => self.show(scenario, s),
            Action::Get(s, at) => {
                self.budget.gets = self.budget.gets.saturating_sub(1);
                let stored = self.redis.values.iter().nth(at).copied();
                self.server(s).got = stored.map(|it| (it.key, it.stamp, it.value));
            }
            Action::Admit(s) => self.admit(scenario, s),
            Action::LookStream(s) => self.look_stream(scenario, s),
            Action::Remove(s) => self.remove(scenario, s),
            Action::Clean(s) => {
                self.look_stream(scenario, s);
                self.remove(scenario, s);
            }
            Action::Convert(s) => self.convert(s),
            Action::Crash(s) => self.crash(scenario, s),
            Action::Break(s) => {
                self.budget.faults = self.budget.faults.saturating_sub(1);
                self.server(s).lose();
            }
            Action::Fault(fault) => self.fault(fault),
        }
    }

    fn new_change(&mut self, s: usize) -> ChangeId {
        let id = ChangeId(16 * (s as u128 + 1) + u128::from(self.budget.writes));
        self.budget.writes = self.budget.writes.saturating_sub(1);
        id
    }

    fn row(&self, s: usize, id: ChangeId, key: Key, intent: bool) -> OutboxRow {
        OutboxRow {
            id,
            intent,
            key,
            build: self.servers[s].build,
        }
    }

    fn apply_own(&mut self, scenario: &Scenario, s: usize, id: ChangeId, key: Key) {
        let database = self.database.clone();
        let server = self.server(s);
        let own = record(key, server.build, server.build);
        server.commit(scenario.rules(), &database, id, &own);
    }

    fn commit(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        let row = self.row(s, id, key, false);
        let database = Arc::make_mut(&mut self.database);
        database.write(id, key);
        if scenario.rules().outbox() {
            database.put(row);
        }
        self.server(s).write = Some(Write {
            id,
            key,
            autocommitted: false,
            applied: false,
        });
    }

    fn commit_unknown(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        self.send(s, id, key, false);
        self.announce_unknown(scenario, s, id, key);
    }

    fn send(&mut self, s: usize, id: ChangeId, key: Key, autocommitted: bool) {
        let statement = Statement {
            id,
            key,
            autocommitted,
            unknown: !autocommitted,
            sent: self.now,
            build: self.servers[s].build,
        };
        let database = Arc::make_mut(&mut self.database);
        database.statements.push(statement);
        database.statements.sort_unstable();
    }

    fn announce_unknown(&mut self, scenario: &Scenario, s: usize, id: ChangeId, key: Key) {
        let own = scenario.variant == Variant::UnknownUnderOwnId;
        self.apply_own(scenario, s, if own { id } else { second(id) }, key);
    }

    fn intend(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        let row = self.row(s, id, key, true);
        if scenario.rules().outbox() {
            Arc::make_mut(&mut self.database).put(row);
        }
        self.send(s, id, key, true);
        self.server(s).write = Some(Write {
            id,
            key,
            autocommitted: true,
            applied: false,
        });
    }

    fn fail(&mut self, scenario: &Scenario, s: usize) {
        let Some(write) = self.server(s).write.take() else {
            return;
        };
        let database = Arc::make_mut(&mut self.database);
        for statement in &mut database.statements {
            statement.unknown |= statement.id == write.id;
        }
        self.announce_unknown(scenario, s, write.id, write.key);
    }

    fn effect(&mut self, scenario: &Scenario, id: ChangeId) {
        let now = self.now;
        let database = Arc::make_mut(&mut self.database);
        let mut statements = database.statements.iter();
        let Some(at) = statements.position(|statement| statement.id == id) else {
            return;
        };
        let statement = database.statements.remove(at);
        database.write(id, statement.key);
        if !statement.autocommitted && scenario.rules().outbox() {
            database.put(OutboxRow {
                id,
                intent: false,
                key: statement.key,
                build: statement.build,
            });
        }
        if statement.unknown {
            database.acknowledge(id, now);
        }
    }

    fn apply(&mut self, scenario: &Scenario, s: usize) {
        let Some(write) = self.servers[s].write else {
            return;
        };
        self.apply_own(scenario, s, write.id, write.key);
        let now = self.now;
        let database = Arc::make_mut(&mut self.database);
        database.acknowledge(write.id, now);
        let value = database.effect(write.id).map_or(0, |effect| effect.value);
        let server = self.server(s);
        let newest = &mut server.acknowledged[write.key];
        *newest = value.max(*newest);
        server.write = write.autocommitted.then_some(Write {
            applied: true,
            ..write
        });
    }

    fn settle(&mut self, s: usize) {
        let Some(write) = self.server(s).write.take() else {
            return;
        };
        let database = Arc::make_mut(&mut self.database);
        for row in &mut database.rows {
            if row.id == write.id {
                row.intent = false;
            }
        }
    }

    fn publish(&mut self, scenario: &Scenario, s: usize, id: ChangeId) {
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

    fn follow(&mut self, scenario: &Scenario, s: usize) {
        let (redis, database) = (self.redis.clone(), self.database.clone());
        let server = self.server(s);
        let Some(stamp) = server.mirror.stamp() else {
            return;
        };
        let Some(entry) = redis.next(stamp.position) else {
            return;
        };
        let mut entry = entry.clone();
        // The build of the writer is not in the model's record, so it is told by the id, which carries its server.
        let writer = (entry.id.0 & 0xff) / 16;
        let build = |writer: u128| scenario.builds.get((writer as usize).wrapping_sub(1));
        if entry.id.0 < 0x1000 && build(writer).is_some_and(|build| *build > server.build) {
            entry.record = Record::everything("a record of a newer version");
        }
        server.follow(&database, &entry);
    }

    fn send_beat(&mut self, s: usize) {
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

    fn read_beat(&mut self, s: usize) {
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

    fn apply_rows(&mut self, scenario: &Scenario, s: usize) {
        let (now, database) = (self.now, self.database.clone());
        let server = self.server(s);
        let Some(Poll {
            began,
            rows: Some(rows),
        }) = server.poll.take()
        else {
            return;
        };
        let far = gap(server.proof.last_poll(), began);
        if far && !scenario.redis && scenario.variant != Variant::PollGapIgnored {
            let evicted = server.mirror.forget_everything();
            server.evict(&evicted);
        }
        server.apply_rows(scenario.rules(), &database, &rows);
        server.proof.polled(began);
        if scenario.cleans {
            let seen = rows.iter().map(|row| Row {
                id: row.id,
                intent: row.intent,
            });
            server.sightings.observe(seen, now);
        }
        if scenario.variant == Variant::NoRetention {
            Arc::make_mut(&mut self.database)
                .rows
                .retain(|row| row.intent || !rows.contains(row));
        }
    }

    fn look(&mut self, scenario: &Scenario, s: usize) {
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
                Some(position) => server.enter(SharedStamp { epoch, position }),
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

    fn claim(&mut self, _scenario: &Scenario, s: usize) {
        let Link::Claiming { noted, observed } = self.servers[s].link else {
            return;
        };
        let next = Epoch(self.epochs + 1);
        self.server(s).link = Link::Lost;
        if Arc::make_mut(&mut self.database).claim(noted, next) {
            self.epochs += 1;
            self.server(s).link = Link::Starting { observed, next };
        }
    }

    fn start(&mut self, scenario: &Scenario, s: usize) {
        let Link::Starting { observed, next } = self.servers[s].link else {
            return;
        };
        let id = announcement_of_epoch(next);
        let won = Arc::make_mut(&mut self.redis).start(observed, next, id);
        let note = won && scenario.variant == Variant::EpochNotClaimed;
        self.server(s).link = if note { Link::Noting(next) } else { Link::Lost };
    }

    fn note(&mut self, s: usize) {
        let Link::Noting(epoch) = self.servers[s].link else {
            return;
        };
        Arc::make_mut(&mut self.database).removed = Removed {
            epoch: Some(epoch),
            position: None,
        };
        self.server(s).link = Link::Lost;
    }

    fn resume_at_once(&mut self, scenario: &Scenario, s: usize) {
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

    fn begin_fetch(&mut self, scenario: &Scenario, s: usize, key: Key) {
        self.budget.fetches = self.budget.fetches.saturating_sub(1);
        let server = self.server(s);
        let stamp = server.mirror.ledger_mut().begin();
        let mut shared = server.mirror.stamp();
        if scenario.variant == Variant::StampRaisedByOwnPublish
            && let (Some(shared), Some(raised)) = (&mut shared, server.raised)
        {
            shared.position = shared.position.max(raised);
        }
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

    fn end_fetch(&mut self, scenario: &Scenario, s: usize) {
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

    fn show(&mut self, scenario: &Scenario, s: usize) {
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

    fn admit(&mut self, scenario: &Scenario, s: usize) {
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

    /// The cleaner makes sure that the log has the records of the rows that are to go. It publishes them: of a change that
    /// the stream holds, that only tells where; of one that it holds no more, because it was trimmed or an epoch has begun
    /// since, it is what lets the row go at all.
    fn look_stream(&mut self, scenario: &Scenario, s: usize) {
        let ids = removable(scenario, self, &self.servers[s]);
        if !scenario.redis || scenario.variant == Variant::RemovedUnchecked {
            let rows = ids.into_iter().map(|id| (id, None)).collect();
            self.server(s).cleaning = Some(Cleaning { epoch: None, rows });
            return;
        }
        let build = self.servers[s].build;
        let Some(stamp) = self.servers[s].mirror.stamp() else {
            return;
        };
        let mut rows = Vec::new();
        for id in ids {
            let row = self.database.rows.iter().find(|row| row.id == id);
            let Some(record) = row.map(|row| record(row.key, row.build, build)) else {
                continue;
            };
            let once = scenario.variant == Variant::NeverPublishedTwice;
            match Arc::make_mut(&mut self.redis).publish(stamp.epoch, id, record, once) {
                Ok(position) => rows.push((id, Some(position))),
                Err(_) => return self.server(s).lose(),
            }
        }
        let any = scenario.variant == Variant::RemovedInAnyEpoch;
        let epoch = Some(stamp.epoch).filter(|_| !any);
        self.server(s).cleaning = Some(Cleaning { epoch, rows });
    }

    fn remove(&mut self, _scenario: &Scenario, s: usize) {
        if let Some(Cleaning { epoch, rows }) = self.server(s).cleaning.take() {
            Arc::make_mut(&mut self.database).remove(epoch, &rows);
        }
    }

    fn convert(&mut self, s: usize) {
        let orphans = self.servers[s].sightings.orphans(self.now, LONGEST_WRITE);
        let database = Arc::make_mut(&mut self.database);
        for id in orphans {
            let mut rows = database.rows.iter();
            let Some(row) = rows.find(|row| row.id == id && row.intent).copied() else {
                continue;
            };
            database.rows.retain(|row| row.id != id);
            database.put(OutboxRow {
                id: converted(id),
                intent: false,
                ..row
            });
            if let Some(mut effect) = database.effect(id) {
                effect.id = converted(id);
                database.effects.push(effect);
                database.effects.sort_unstable();
            }
        }
    }

    fn crash(&mut self, scenario: &Scenario, s: usize) {
        self.budget.faults = self.budget.faults.saturating_sub(1);
        let old = &self.servers[s];
        let mut new = Server::new(scenario.rules(), old.build, scenario.keys);
        new.acknowledged.clone_from(&old.acknowledged);
        *self.server(s) = new;
        Arc::make_mut(&mut self.redis).beats.remove(&s);
    }

    fn fault(&mut self, fault: Fault) {
        self.budget.faults = self.budget.faults.saturating_sub(1);
        let redis = Arc::make_mut(&mut self.redis);
        let silent = match fault {
            Fault::Empty => {
                redis.log = Default::default();
                redis.past = None;
                redis.values.clear();
                redis.beats.clear();
                false
            }
            Fault::LoseLog => {
                redis.log = Default::default();
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

    fn note_arrivals(&mut self, scenario: &Scenario) {
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
