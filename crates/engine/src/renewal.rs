//! What happens to killed answers: their room is freed, and the permanent ones are updated.

use std::sync::Arc;
use std::time::Duration;

use pfapi_core::key::Key;
use pfapi_core::ledger::Tick;
use pfapi_core::outcome::{Eviction, Fill, Refusal};

use crate::engine::Engine;
use crate::fetch::Source;
use crate::tier::StoredEntry;

/// A permanent answer that is overtaken by changes so many times in a row is left to its next reader.
const RENEWAL_ATTEMPTS: u32 = 8;

/// Permanent answers that are updated at one time. Few, so that a write which changes many of them leaves most of the
/// database's connections to the site.
pub(crate) const RENEWALS_AT_ONCE: usize = 2;

/// Milliseconds before the second attempt; doubled for each further one.
const RENEWAL_PAUSE: u64 = 5;

impl Engine {
    /// Frees the room of killed answers, and starts to update the permanent ones.
    pub(crate) fn bury(self: &Arc<Self>, killed: Vec<StoredEntry>) -> Tick {
        self.metrics.applied.increment();
        for entry in killed {
            self.metrics.evicted(Eviction::Changed);
            match &entry.value.renewal {
                Some(source) => self.renew(entry.key, source),
                None => self.tier.remove_dead(&entry),
            }
        }
        self.book.tick()
    }

    /// Updates a permanent answer. Readers who come meanwhile join this fetch.
    fn renew(self: &Arc<Self>, key: Key, source: &Arc<Source>) {
        let (engine, source) = (Arc::clone(self), Arc::clone(source));
        self.runtime().spawn(async move {
            // The semaphore is never closed.
            let Ok(_permit) = engine.renewals.acquire().await else {
                return;
            };
            for attempt in 0..RENEWAL_ATTEMPTS {
                // A reader may have fetched it while this waited for its turn.
                if engine.find(&key, engine.clock.now()).is_ok() {
                    return;
                }
                engine.metrics.refreshes.increment();
                let (flight, _) = engine.flights.board(&engine, key, &source);
                match flight.land().await.map(|landed| landed.fill) {
                    // Overtaken by the change this is for, or by one more: again, a little later each time.
                    Ok(Fill::Refused(Refusal::Moved | Refusal::Unverifiable)) => {
                        tokio::time::sleep(Duration::from_millis(RENEWAL_PAUSE << attempt)).await;
                    }
                    _ => return,
                }
            }
        });
    }
}
