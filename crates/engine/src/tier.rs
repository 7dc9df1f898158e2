//! The local tier: answers in this process's memory, bounded by bytes.

mod expiry;
mod permanent;

use std::sync::Arc;

use moka::notification::RemovalCause;
use moka::sync::Cache;
use parking_lot::Mutex;
use pfapi_core::entry::{Answer, Entry};
use pfapi_core::key::Key;
use pfapi_core::ledger::EntryId;
use pfapi_core::outcome::Eviction;
use pfapi_core::policy::Limits;

use crate::fetch::Source;
use crate::metrics::Metrics;
use expiry::ByLifetime;
use permanent::Permanent;

/// An answer with what is needed to make it again.
#[derive(Debug)]
pub struct Stored {
    /// The answer.
    pub answer: Answer,
    /// For a permanent answer: whom to ask, and what, when it changes.
    pub(crate) renewal: Option<Arc<Source>>,
}

/// A stored answer as the engine passes it around.
pub type StoredEntry = Arc<Entry<Stored>>;

/// Entries that left moka, to be taken out of the dependency index. Moka tells of them from inside its own calls, where
/// the ledger's lock must not be taken.
pub(crate) type Departures = Arc<Mutex<Vec<EntryId>>>;

/// The local tier: moka for what may go when room is needed, a plain map for what is permanent.
#[derive(Debug)]
pub(crate) struct LocalTier {
    cache: Cache<Key, StoredEntry>,
    permanent: Permanent,
    metrics: Arc<Metrics>,
}

impl LocalTier {
    pub(crate) fn new(limits: &Limits, metrics: Arc<Metrics>, departures: Departures) -> Self {
        let counted = Arc::clone(&metrics);
        let permanent = Permanent::new(limits.max_permanent_bytes, Arc::clone(&departures));
        let cache = Cache::builder()
            .max_capacity(limits.max_bytes)
            .weigher(|_, entry: &StoredEntry| u32::try_from(weight(entry)).unwrap_or(u32::MAX))
            .expire_after(ByLifetime)
            .eviction_listener(move |_, entry: StoredEntry, cause| {
                departures.lock().push(entry.id);
                match cause {
                    RemovalCause::Expired => counted.evicted(Eviction::Expired),
                    RemovalCause::Size => counted.evicted(Eviction::Size),
                    RemovalCause::Replaced => counted.evicted(Eviction::Replaced),
                    // Removed by a change, and counted there.
                    RemovalCause::Explicit => {}
                }
            })
            .build();
        Self {
            cache,
            permanent,
            metrics,
        }
    }

    /// The entry under `key`, in whatever state it is.
    pub(crate) fn get(&self, key: &Key) -> Option<StoredEntry> {
        self.permanent.get(key).or_else(|| self.cache.get(key))
    }

    pub(crate) fn insert(&self, entry: StoredEntry) {
        if entry.value.answer.policy.permanent {
            match self.permanent.insert(Arc::clone(&entry), weight(&entry)) {
                Ok(()) => return,
                Err(permanent::NoRoom) => self.metrics.permanent_overflows.increment(),
            }
        }
        self.cache.insert(entry.key, entry);
    }

    /// Removes what a change has killed. A permanent entry keeps its place, so that nothing else takes it while its new
    /// value is being made.
    pub(crate) fn remove_dead(&self, entry: &Entry<Stored>) {
        // A newer entry may have come under the same key; then there is nothing left to remove.
        if self
            .cache
            .get(&entry.key)
            .is_some_and(|found| found.id == entry.id)
        {
            self.cache.invalidate(&entry.key);
        }
    }

    /// Removes a permanent entry whose new value could not be made.
    pub(crate) fn remove_permanent(&self, key: &Key) {
        self.permanent.remove(key);
    }

    pub(crate) fn clear(&self) {
        self.permanent.clear();
        self.cache.invalidate_all();
        self.cache.run_pending_tasks();
    }

    /// Entries, bytes, and bytes of permanent entries.
    pub(crate) fn sizes(&self) -> (u64, u64, u64) {
        self.cache.run_pending_tasks();
        let (permanent_entries, permanent_bytes) = self.permanent.sizes();
        (
            self.cache.entry_count() + permanent_entries,
            self.cache.weighted_size(),
            permanent_bytes,
        )
    }
}

fn weight(entry: &Entry<Stored>) -> usize {
    let answer = &entry.value.answer;
    entry
        .weight(answer.body.len() + answer.content_type.as_str().len() + answer.etag.as_str().len())
}
