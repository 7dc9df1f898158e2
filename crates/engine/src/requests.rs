//! The shortcut from a request line to the key it was found to mean, so that a hit needs no parsing.

use moka::sync::Cache;
use pfapi_core::key::{Key, KeyBuilder};

/// A longer request line is answered, but not remembered: it must not be cheap to fill this memory.
const MAX_URL_BYTES: usize = 4096;
/// Bytes one remembered request line costs, roughly: two keys and moka's own.
const COST: u64 = 250;
/// The share of the local tier's size that is added for this memory.
const SHARE: u64 = 16;

/// What a request line means, per audience.
///
/// Needs no eviction: for one audience and one boot (one schema, one configuration) a request line always means the
/// same key.
#[derive(Debug)]
pub(crate) struct Requests {
    meanings: Cache<Key, Key>,
}

impl Requests {
    pub(crate) fn new(max_bytes: u64) -> Self {
        Self {
            meanings: Cache::new(max_bytes / SHARE / COST + 1),
        }
    }

    fn line(audience: &str, url: &str) -> Key {
        KeyBuilder::new("request").text(audience).text(url).finish()
    }

    pub(crate) fn find(&self, audience: &str, url: &str) -> Option<Key> {
        if url.len() > MAX_URL_BYTES {
            None
        } else {
            self.meanings.get(&Self::line(audience, url))
        }
    }

    pub(crate) fn remember(&self, audience: &str, url: &str, key: Key) {
        if url.len() <= MAX_URL_BYTES {
            self.meanings.insert(Self::line(audience, url), key);
        }
    }

    pub(crate) fn clear(&self) {
        self.meanings.invalidate_all();
    }
}
