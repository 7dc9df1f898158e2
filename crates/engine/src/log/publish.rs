//! A change made here, on its way to the other servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pfapi_core::log::{ChangeId, Record};
use tokio::sync::oneshot;

use crate::engine::Engine;
use crate::redis::{Published, Redis};

/// A writer waits for its change to be published, but no longer than this, in milliseconds. What takes longer goes on
/// behind its back, or is passed on from the outbox.
const WRITER_WAITS: u64 = 250;

/// More changes of one process than this in one window are a burst, an import for one: their writers do not wait, for
/// waiting would be a good part of the time that the import takes. The changes are published all the same.
const BURST: u64 = 5;
/// The window, in milliseconds.
const WINDOW: u64 = 100;

/// How closely changes follow each other.
#[derive(Debug, Default)]
pub(super) struct Pace {
    window: AtomicU64,
    changes: AtomicU64,
}

impl Pace {
    /// Counts one change; whether it is one of a burst.
    fn is_burst(&self, now: u64) -> bool {
        let window = now / WINDOW;
        if self.window.swap(window, Ordering::Relaxed) != window {
            self.changes.store(0, Ordering::Relaxed);
        }
        self.changes.fetch_add(1, Ordering::Relaxed) >= BURST
    }
}

/// A change that is being published.
#[derive(Debug)]
pub struct Publishing(oneshot::Receiver<()>);

impl Publishing {
    /// Waits for the log to have it, or for as long as a writer may be kept.
    pub async fn done(self) {
        let _ = tokio::time::timeout(Duration::from_millis(WRITER_WAITS), self.0).await;
    }
}

impl Engine {
    /// A transaction with this change has been committed here, or it is not known whether: when this returns, nothing
    /// that depends on it is served here. Then it is published; `None` when there is nobody to publish it to, no way at
    /// present, or the writer need not wait.
    pub fn commit(self: &Arc<Self>, id: ChangeId, record: Record) -> Option<Publishing> {
        let killed = self.book.commit(id, &record);
        self.bury(killed);
        let redis = self.log.redis()?;
        let Ok(permit) = Arc::clone(&self.log.publishing).try_acquire_owned() else {
            self.metrics.log.publish_crowded.increment();
            return None;
        };
        let (tell, done) = oneshot::channel();
        let (engine, redis) = (Arc::clone(self), Arc::clone(redis));
        self.runtime().spawn(async move {
            engine.publish(&redis, id, &record).await;
            drop(permit);
            let _ = tell.send(());
        });
        let now = self.clock.now().monotonic;
        (!self.log.pace.is_burst(now)).then_some(Publishing(done))
    }

    /// A row of the outbox is about to be written here that tells together what has been told one by one: to this server
    /// it is not news.
    pub fn know(&self, id: ChangeId) {
        self.book.know(id);
    }

    /// Brings one change to the log. `false`: it stays pending, and is tried again.
    pub(super) async fn publish(&self, redis: &Redis, id: ChangeId, record: &Record) -> bool {
        let Some(stamp) = self.book.mirror(|mirror| mirror.stamp()) else {
            return false;
        };
        match redis.publish(stamp.epoch, id, &record.encode()).await {
            Ok(Published::At(_)) => {
                self.metrics.log.published.increment();
                true
            }
            Ok(Published::Already(_)) => true,
            Ok(Published::OtherEpoch(_)) => {
                self.log.resume_soon();
                false
            }
            Err(_) => {
                self.metrics.log.publish_failed.increment();
                false
            }
        }
    }

    /// Starts to bring to the log what it has not been seen to have, unless that is being done.
    pub(super) fn sweep(self: &Arc<Self>, redis: &Arc<Redis>) {
        if self.log.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        let (engine, redis) = (Arc::clone(self), Arc::clone(redis));
        self.runtime().spawn(async move {
            engine.publish_pending(&redis).await;
            engine.log.sweeping.store(false, Ordering::Release);
        });
    }

    /// As far as it goes.
    async fn publish_pending(&self, redis: &Redis) {
        if self.book.mirror(|mirror| mirror.overflowed()) {
            let id = ChangeId(rand::random());
            let record = self.book.give_up(id);
            self.publish(redis, id, &record).await;
            return;
        }
        for (id, record) in self.book.mirror(|mirror| mirror.pending()) {
            if !self.publish(redis, id, &record).await {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_more_than_a_few_changes_in_one_window() {
        let pace = Pace::default();
        for now in [1000, 1010, 1020, 1030, 1040] {
            assert!(!pace.is_burst(now));
        }
        assert!(pace.is_burst(1050) && pace.is_burst(1099));
        assert!(!pace.is_burst(1100));
    }
}
