//! Lets moka reclaim what has expired. Whether an entry may be served is core's decision alone.

use std::time::{Duration, Instant};

use moka::Expiry;
use pfapi_core::key::Key;

use super::StoredEntry;

/// Every entry goes when its own lifetime is over.
pub(super) struct ByLifetime;

impl ByLifetime {
    fn lifetime(entry: &StoredEntry) -> Option<Duration> {
        entry.lifetime.map(Duration::from_millis)
    }
}

impl Expiry<Key, StoredEntry> for ByLifetime {
    fn expire_after_create(&self, _: &Key, entry: &StoredEntry, _: Instant) -> Option<Duration> {
        Self::lifetime(entry)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &StoredEntry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Self::lifetime(entry)
    }
}
