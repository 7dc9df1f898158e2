//! The ledger with the entries it may have to kill, under one lock.

use std::collections::HashMap;
use std::sync::Weak;

use parking_lot::{Mutex, MutexGuard};
use pfapi_core::change::Change;
use pfapi_core::dependency::{Dependency, Mask};
use pfapi_core::entry::Entry;
use pfapi_core::ledger::{EntryId, Ledger, Tick};
use pfapi_core::outcome::Refusal;

use crate::audience::Audience;
use crate::tier::{Departures, Stored, StoredEntry};

/// An entry that a change may kill. Held weakly: the tiers decide how long it stays in memory.
#[derive(Debug)]
pub(crate) enum Resident {
    Answer(Weak<Entry<Stored>>),
    Audience(Weak<Entry<Audience>>),
}

#[derive(Debug, Default)]
struct Pages {
    ledger: Ledger,
    residents: HashMap<EntryId, Resident>,
    next_id: u64,
}

/// One lock for ledger and residents: a fill and a change are each one step, so neither can slip between the parts of
/// the other. Reading a stored answer does not come here.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pages: Mutex<Pages>,
    /// Entries that left a tier by themselves. Lock order: `pages` before `departures`, never the other way.
    departures: Departures,
}

impl Book {
    pub(crate) fn departures(&self) -> Departures {
        Departures::clone(&self.departures)
    }

    /// Takes the lock, and catches up with what left the tiers.
    fn open(&self) -> MutexGuard<'_, Pages> {
        let mut pages = self.pages.lock();
        for id in std::mem::take(&mut *self.departures.lock()) {
            pages.ledger.forget(id);
            pages.residents.remove(&id);
        }
        pages
    }

    pub(crate) fn tick(&self) -> Tick {
        self.pages.lock().ledger.tick()
    }

    pub(crate) fn begin(&self) -> Tick {
        self.pages.lock().ledger.begin()
    }

    pub(crate) fn end(&self, stamp: Tick) {
        self.pages.lock().ledger.end(stamp);
    }

    pub(crate) fn next_id(&self) -> EntryId {
        let mut pages = self.pages.lock();
        pages.next_id += 1;
        EntryId(pages.next_id)
    }

    pub(crate) fn ignore_fields(&self, uid: &str, fields: &[String]) -> Mask {
        self.pages.lock().ledger.ignore_fields(uid, fields)
    }

    /// The position up to which nothing of `dependencies` has moved since `stamp`: now, or never.
    pub(crate) fn unmoved_until(&self, dependencies: &[Dependency], stamp: Tick) -> Option<Tick> {
        let ledger = &self.pages.lock().ledger;
        ledger
            .judge(dependencies, stamp)
            .is_ok()
            .then(|| ledger.tick())
    }

    /// Indexes and judges an entry; from here on every change finds it.
    pub(crate) fn admit(
        &self,
        id: EntryId,
        dependencies: &[Dependency],
        stamp: Tick,
        resident: Resident,
    ) -> Result<(), Refusal> {
        let mut pages = self.open();
        pages.ledger.admit(id, dependencies, stamp)?;
        pages.residents.insert(id, resident);
        Ok(())
    }

    /// Applies changes: kills all that depends on them, and returns the killed answers.
    pub(crate) fn apply(&self, changes: &[Change]) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.ledger.apply(changes);
        pages.kill(evicted)
    }

    /// Kills everything.
    pub(crate) fn apply_everything(&self) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.ledger.apply_everything();
        pages.kill(evicted)
    }

    /// Distinct dependencies in the index.
    pub(crate) fn dependencies(&self) -> usize {
        self.open().ledger.index_size().1
    }
}

impl Pages {
    fn kill(&mut self, evicted: Vec<EntryId>) -> Vec<StoredEntry> {
        let mut killed = Vec::with_capacity(evicted.len());
        for id in evicted {
            match self.residents.remove(&id) {
                Some(Resident::Answer(entry)) => {
                    if let Some(entry) = entry.upgrade() {
                        entry.state.kill();
                        killed.push(entry);
                    }
                }
                Some(Resident::Audience(entry)) => {
                    if let Some(entry) = entry.upgrade() {
                        entry.state.kill();
                    }
                }
                None => {}
            }
        }
        killed
    }
}
