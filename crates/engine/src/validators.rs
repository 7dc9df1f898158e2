//! Remembers the last validators of each key, so that a body that comes back after an eviction keeps its date, and a
//! new one gets a later date even if the wall clock went back.

use moka::sync::Cache;
use pfapi_core::http::{ETag, HttpDate};
use pfapi_core::key::Key;

/// Bytes one remembered pair costs, roughly.
const COST: u64 = 200;
/// The share of the local tier's size that is added for this memory.
const SHARE: u64 = 32;

#[derive(Debug)]
pub(crate) struct Validators {
    last: Cache<Key, (ETag, HttpDate)>,
}

impl Validators {
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self {
            last: Cache::new(max_bytes / SHARE / COST + 1),
        }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<(ETag, HttpDate)> {
        self.last.get(key)
    }

    pub(crate) fn put(&self, key: Key, etag: ETag, last_modified: HttpDate) {
        self.last.insert(key, (etag, last_modified));
    }
}
