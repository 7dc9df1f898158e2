//! Answers that stay: a small map beside moka, with a bound of its own.

use std::collections::HashMap;

use parking_lot::RwLock;
use pfapi_core::key::Key;

use super::{Departures, StoredEntry};

/// There is no room for another permanent answer.
pub(super) struct NoRoom;

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Key, (StoredEntry, usize)>,
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct Permanent {
    kept: RwLock<Kept>,
    max_bytes: usize,
    departures: Departures,
}

impl Permanent {
    pub(super) fn new(max_bytes: u64, departures: Departures) -> Self {
        Self {
            kept: RwLock::default(),
            max_bytes: usize::try_from(max_bytes).unwrap_or(usize::MAX),
            departures,
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<StoredEntry> {
        self.kept
            .read()
            .entries
            .get(key)
            .map(|(entry, _)| StoredEntry::clone(entry))
    }

    /// Puts the entry in the place of an older one of its key. When there is no room, the older one goes all the same:
    /// it is out of date.
    pub(super) fn insert(&self, entry: StoredEntry, weight: usize) -> Result<(), NoRoom> {
        let mut kept = self.kept.write();
        self.take(&mut kept, &entry.key);
        if kept.bytes + weight > self.max_bytes {
            return Err(NoRoom);
        }
        kept.bytes += weight;
        kept.entries.insert(entry.key, (entry, weight));
        Ok(())
    }

    pub(super) fn remove(&self, key: &Key) {
        self.take(&mut self.kept.write(), key);
    }

    fn take(&self, kept: &mut Kept, key: &Key) {
        if let Some((entry, freed)) = kept.entries.remove(key) {
            kept.bytes -= freed;
            self.departures.lock().push(entry.id);
        }
    }

    pub(super) fn clear(&self) {
        let mut kept = self.kept.write();
        kept.bytes = 0;
        self.departures
            .lock()
            .extend(kept.entries.drain().map(|(_, (entry, _))| entry.id));
    }

    pub(super) fn sizes(&self) -> (u64, u64) {
        let kept = self.kept.read();
        (kept.entries.len() as u64, kept.bytes as u64)
    }
}
