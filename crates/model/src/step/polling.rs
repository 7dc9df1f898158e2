//! The outbox: polls and the cleaner.

use std::sync::Arc;

use pfapi_core::log::ChangeId;
use pfapi_core::log::outbox::{Row, gap};

use crate::action::removable;
use crate::database::OutboxRow;
use crate::scenario::Scenario;
use crate::server::{Cleaning, Poll};
use crate::state::{LONGEST_WRITE, State, record};
use crate::variant::Variant;

/// An id for the row that an orphaned intent becomes.
fn converted(id: ChangeId) -> ChangeId {
    ChangeId(id.0 + 0x200)
}

impl State {
    pub(super) fn apply_rows(&mut self, scenario: &Scenario, s: usize) {
        let (now, database) = (self.now, self.database.clone());
        let server = self.server(s);
        let Some(Poll {
            began,
            rows: Some(rows),
        }) = server.poll.take()
        else {
            return;
        };
        let ended = match scenario.variant {
            Variant::PollGapByBegin => began,
            _ => now,
        };
        let previous = server.proof.last_poll();
        let kept = match scenario.variant {
            Variant::PollGapIgnored => true,
            Variant::FirstPollKeeps => previous.is_none(),
            _ => false,
        };
        if !scenario.redis && !kept && gap(previous, ended) {
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
            let mirror = &server.mirror;
            let unasked = !scenario.redis || scenario.variant == Variant::RowTimeCountsFromRow;
            let logged = |id| unasked || mirror.settled(id);
            server.sightings.observe(seen, now, logged);
        }
        if scenario.variant == Variant::NoRetention {
            Arc::make_mut(&mut self.database)
                .rows
                .retain(|row| row.intent || !rows.contains(row));
        }
    }

    /// The cleaner makes sure that the log has the records of the rows that are to go. It publishes them: of a change that
    /// the stream holds, that only tells where; of one that it holds no more, because it was trimmed or an epoch has begun
    /// since, it is what lets the row go at all.
    pub(super) fn look_stream(&mut self, scenario: &Scenario, s: usize) {
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
        let any = matches!(
            scenario.variant,
            Variant::RemovedInAnyEpoch | Variant::EpochNotNoted
        );
        let epoch = Some(stamp.epoch).filter(|_| !any);
        self.server(s).cleaning = Some(Cleaning { epoch, rows });
    }

    pub(super) fn remove(&mut self, s: usize) {
        if let Some(Cleaning { epoch, rows }) = self.server(s).cleaning.take() {
            Arc::make_mut(&mut self.database).remove(epoch, &rows);
        }
    }

    pub(super) fn convert(&mut self, s: usize) {
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
}
