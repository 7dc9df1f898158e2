//! Lets moka reclaim what has expired. Whether an entry may be served is core's decision alone: moka keeps it a little
//! longer, so that a look-up still finds it and can say that it expired.

use std::time::{Duration, Instant};

use moka::Expiry;
use pfapi_core::key::Key;

use super::StoredEntry;

/// How long an expired entry is kept for the sake of saying so.
const GRACE: Duration = Duration::from_secs(30);

/// Every entry goes when its own lifetime is over, and a little later.
pub(super) struct ByLifetime;

impl ByLifetime {
    fn lifetime(entry: &StoredEntry) -> Option<Duration> {
        entry
            .lifetime
            .map(|lifetime| Duration::from_millis(lifetime) + GRACE)
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
