//! Removing from the outbox what everybody has seen, and settling what its writer no longer can.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pfapi_core::log::{ChangeId, Record};

use super::{Listing, Orphan, OutboxStore, Removal};
use crate::engine::Engine;
use crate::redis::Redis;

/// Rows removed at one time: a short transaction each.
const AT_ONCE: usize = 2000;

/// Milliseconds between two looks for rows that are too old, while no log can be reached.
const EXPIRE_EVERY: u64 = 60_000;

impl Engine {
    /// Does what is due at `now`.
    pub(super) async fn clean(
        self: &Arc<Self>,
        store: &dyn OutboxStore,
        listing: &Listing,
        now: u64,
    ) -> Result<(), String> {
        if self.log.options.redis && !self.log.is_online(now) {
            self.expire(store, listing, now).await?;
        }
        let (mut removable, orphans) = {
            let sightings = self.log.sightings.lock();
            let longest = self
                .log
                .options
                .outbox
                .map_or(u64::MAX, |outbox| outbox.longest_write);
            (sightings.removable(now), sightings.orphans(now, longest))
        };
        if !orphans.is_empty() {
            let orphans: Vec<Orphan> = orphans
                .into_iter()
                .map(|id| Orphan {
                    id,
                    new_id: ChangeId(rand::random()),
                })
                .collect();
            store.settle(&orphans).await?;
            self.metrics.log.orphans.add(orphans.len() as u64);
        }
        removable.truncate(AT_ONCE);
        if removable.is_empty() {
            return Ok(());
        }
        let removal = match self.log.redis() {
            None => Removal {
                ids: removable,
                epoch: None,
                position: None,
            },
            Some(redis) => match self.held(redis, store, &removable).await {
                Some(removal) => removal,
                None => return Ok(()),
            },
        };
        if !removal.ids.is_empty() {
            store.remove(&removal).await?;
        }
        Ok(())
    }

    /// While no log can be reached, rows stay; but not for ever. The store removes those that are an hour old, and begins an
    /// epoch with it, so that whoever goes on with the old log drops all it has.
    async fn expire(
        &self,
        store: &dyn OutboxStore,
        listing: &Listing,
        now: u64,
    ) -> Result<(), String> {
        // Before the first epoch nobody has removed a row for a log, and nobody may: others may have no Redis.
        let last = self.log.expired_at.load(Ordering::Relaxed);
        if listing.removed.epoch.is_none() || now.saturating_sub(last) < EXPIRE_EVERY {
            return Ok(());
        }
        self.log.expired_at.store(now, Ordering::Relaxed);
        let removal = Removal {
            ids: Vec::new(),
            epoch: None,
            position: None,
        };
        store.remove(&removal).await
    }

    /// Of the rows that are old enough to go, those whose records the log holds at this moment. The others are brought
    /// to it: it may have begun anew since.
    async fn held(
        self: &Arc<Self>,
        redis: &Redis,
        store: &dyn OutboxStore,
        ids: &[ChangeId],
    ) -> Option<Removal> {
        let epoch = self.book.mirror(|mirror| mirror.stamp())?.epoch;
        let positions = redis.holds(epoch, ids).await.ok()?;
        let mut missing = Vec::new();
        let mut removal = Removal {
            ids: Vec::new(),
            epoch: Some(epoch),
            position: None,
        };
        for (id, position) in ids.iter().zip(positions) {
            match position {
                Some(position) => {
                    removal.ids.push(*id);
                    removal.position = removal.position.max(Some(position));
                }
                None => missing.push(*id),
            }
        }
        if !missing.is_empty() {
            for row in store.read(&missing).await.ok()? {
                if !row.intent {
                    self.publish(redis, row.id, &Record::decode(&row.record))
                        .await;
                }
            }
        }
        Some(removal)
    }
}
