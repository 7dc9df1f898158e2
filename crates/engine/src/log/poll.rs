//! Polling the outbox: what it holds that is not known here is applied and passed on to the log.

use std::sync::{Arc, Weak};
use std::time::Duration;

use pfapi_core::log::outbox::{Row, gap};
use pfapi_core::log::{ChangeId, Record};
use tokio::time::timeout;

use super::{ANSWER, Listed, Listing, OutboxStore};
use crate::engine::Engine;

pub(super) async fn run(engine: Weak<Engine>) {
    loop {
        let Some(strong) = engine.upgrade() else {
            return;
        };
        let Some(outbox) = strong.log.options.outbox else {
            return;
        };
        let began = strong.clock.now().monotonic;
        let polled = match strong.log.store() {
            Some(store) => timeout(ANSWER, strong.poll(store.as_ref(), began))
                .await
                .unwrap_or_else(|_| Err("the database was not asked in time".to_owned())),
            None => Err("nobody has joined who can ask the database".to_owned()),
        };
        match &polled {
            Ok(()) => strong.metrics.log.polls.increment(),
            Err(_) => {
                strong.metrics.log.polls_failed.increment();
                strong.log.ask_another();
            }
        }
        strong.log.faults.lock().outbox = polled.err();
        let took = strong.clock.now().monotonic.saturating_sub(began);
        let wait = Duration::from_millis(outbox.poll_interval.saturating_sub(took).max(10));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = strong.log.poll_soon.notified() => {}
        }
        drop(strong);
    }
}

impl Engine {
    /// One poll. Counts as a sign of life only when all of it succeeded.
    async fn poll(self: &Arc<Self>, store: &dyn OutboxStore, began: u64) -> Result<(), String> {
        let listing = store.list().await?;
        let ids = self.unknown(&listing);
        let rows = if ids.is_empty() {
            Vec::new()
        } else {
            store.read(&ids).await?
        };
        if rows.len() < ids.len() {
            // Removed while this was reading, although this server has not seen them: then it has slept too long.
            return Err("rows were removed before they were read".to_owned());
        }
        let news: Vec<(ChangeId, Record)> = rows
            .into_iter()
            .map(|row| (row.id, Record::decode(&row.record)))
            .collect();
        let intents: Vec<Record> = listing
            .rows
            .iter()
            .filter(|row| row.intent)
            .map(|row| Record::decode(row.record.as_deref().unwrap_or_default()))
            .collect();
        let now = self.clock.now().monotonic;
        self.forget_after_gap(now);
        let killed = self.book.stand(&intents);
        self.bury(killed);
        for (id, record) in &news {
            if let Some(killed) = self.book.found(*id, record) {
                self.metrics.log.found.increment();
                self.bury(killed);
            }
        }
        self.observe(&listing, now);
        self.log.prove(|proof| proof.polled(began));
        if let Some(redis) = self.log.redis().filter(|_| !news.is_empty()) {
            self.sweep(redis);
        }
        self.compare(&listing);
        self.clean(store, &listing, now).await
    }

    /// Another epoch has been begun, perhaps by a server that has no Redis and has removed rows: the log that is followed
    /// may lack what they told.
    fn compare(&self, listing: &Listing) {
        let followed = self.book.mirror(|mirror| mirror.stamp());
        if let (Some(stamp), Some(newest)) = (followed, listing.removed.epoch)
            && stamp.epoch != newest
        {
            self.log.resume_soon();
        }
    }

    /// Rows to be read: those whose change is not known here.
    fn unknown(&self, listing: &Listing) -> Vec<ChangeId> {
        self.book.mirror(|mirror| {
            let wanted = |row: &&Listed| !row.intent && !mirror.knows(row.id);
            listing
                .rows
                .iter()
                .filter(wanted)
                .map(|row| row.id)
                .collect()
        })
    }

    /// Notes which rows are there, and from when on their time counts.
    fn observe(&self, listing: &Listing, now: u64) {
        let rows = listing.rows.iter().map(Row::from);
        let has_log = self.log.options.redis;
        self.book.mirror(|mirror| {
            let logged = |id| !has_log || mirror.settled(id);
            self.log.sightings.lock().observe(rows, now, logged);
        });
    }

    /// Without a log nothing else tells of rows that came and went between two polls.
    fn forget_after_gap(self: &Arc<Self>, ended: u64) {
        let previous = self.log.proof.lock().last_poll();
        if !self.log.options.redis && gap(previous, ended) {
            let killed = self.book.apply_everything();
            self.bury(killed);
        }
    }
}
