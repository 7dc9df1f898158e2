//! The mirror of the log with the entries it may have to kill, under one lock.

use std::collections::HashMap;
use std::sync::Weak;

use parking_lot::{Mutex, MutexGuard};
use pfapi_core::change::Change;
use pfapi_core::dependency::{Dependency, Mask};
use pfapi_core::entry::Entry;
use pfapi_core::ledger::{EntryId, Tick};
use pfapi_core::log::{ChangeId, Followed, LogEntry, Mirror, Record, SharedStamp};
use pfapi_core::outcome::Refusal;

use crate::audience::Audience;
use crate::tier::{Departures, Stored, StoredEntry};

/// An entry that a change may kill. Held weakly: the tiers decide how long it stays in memory.
#[derive(Debug)]
pub(crate) enum Resident {
    Answer(Weak<Entry<Stored>>),
    Audience(Weak<Entry<Audience>>),
}

#[derive(Debug)]
struct Pages {
    mirror: Mirror,
    residents: HashMap<EntryId, Resident>,
    next_id: u64,
}

/// One lock for mirror and residents: a fill and a change are each one step, so neither can slip between the parts of
/// the other. Reading a stored answer does not come here.
#[derive(Debug)]
pub(crate) struct Book {
    pages: Mutex<Pages>,
    /// Entries that left a tier by themselves. Lock order: `pages` before `departures`, never the other way.
    departures: Departures,
}

/// What following an entry of the log came to.
#[derive(Debug)]
pub(crate) enum Read {
    /// News: these answers were killed.
    News(Vec<StoredEntry>),
    Known,
    OtherEpoch,
    Gap,
}

impl Book {
    /// A book over an empty mirror; see [`Mirror::new`].
    pub(crate) fn new(shared: bool, mirror_bytes: usize) -> Self {
        Self {
            pages: Mutex::new(Pages {
                mirror: Mirror::new(shared, mirror_bytes),
                residents: HashMap::new(),
                next_id: 0,
            }),
            departures: Departures::default(),
        }
    }

    pub(crate) fn departures(&self) -> Departures {
        Departures::clone(&self.departures)
    }

    /// Takes the lock, and catches up with what left the tiers.
    fn open(&self) -> MutexGuard<'_, Pages> {
        let mut pages = self.pages.lock();
        for id in std::mem::take(&mut *self.departures.lock()) {
            pages.mirror.ledger_mut().forget(id);
            pages.residents.remove(&id);
        }
        pages
    }

    pub(crate) fn tick(&self) -> Tick {
        self.pages.lock().mirror.ledger().tick()
    }

    pub(crate) fn begin(&self) -> Tick {
        self.pages.lock().mirror.ledger_mut().begin()
    }

    pub(crate) fn end(&self, stamp: Tick) {
        self.pages.lock().mirror.ledger_mut().end(stamp);
    }

    pub(crate) fn next_id(&self) -> EntryId {
        let mut pages = self.pages.lock();
        pages.next_id += 1;
        EntryId(pages.next_id)
    }

    pub(crate) fn ignore_fields(&self, uid: &str, fields: &[String]) -> Mask {
        self.pages.lock().mirror.ignore_fields(uid, fields)
    }

    /// The position up to which nothing of `dependencies` has moved since `stamp`: now, or never.
    pub(crate) fn unmoved_until(&self, dependencies: &[Dependency], stamp: Tick) -> Option<Tick> {
        let pages = self.pages.lock();
        let ledger = pages.mirror.ledger();
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
        pages.mirror.ledger_mut().admit(id, dependencies, stamp)?;
        pages.residents.insert(id, resident);
        Ok(())
    }

    /// As [`admit`](Self::admit), for what came from the shared tier. Returns the position up to which it is true.
    pub(crate) fn admit_shared(
        &self,
        id: EntryId,
        dependencies: &[Dependency],
        stamp: SharedStamp,
        resident: Resident,
    ) -> Result<Tick, Refusal> {
        let mut pages = self.open();
        let until = pages.mirror.admit(id, dependencies, stamp)?;
        pages.residents.insert(id, resident);
        Ok(until)
    }

    /// Applies changes of this server alone: kills all that depends on them, and returns the killed answers.
    pub(crate) fn apply(&self, changes: &[Change]) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.mirror.ledger_mut().apply(changes);
        pages.kill(evicted)
    }

    /// Kills everything.
    pub(crate) fn apply_everything(&self) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.mirror.forget_everything();
        pages.kill(evicted)
    }

    /// Applies a change that was committed here; see [`Mirror::commit`].
    pub(crate) fn commit(&self, id: ChangeId, record: &Record) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.mirror.commit(id, record);
        pages.kill(evicted)
    }

    /// Applies a row of the outbox, unless it is known; see [`Mirror::found`].
    pub(crate) fn found(&self, id: ChangeId, record: &Record) -> Option<Vec<StoredEntry>> {
        let mut pages = self.open();
        let evicted = pages.mirror.found(id, record)?;
        Some(pages.kill(evicted))
    }

    /// See [`Mirror::know`].
    pub(crate) fn know(&self, id: ChangeId) {
        self.pages.lock().mirror.know(id);
    }

    /// Applies the intents that stand; see [`Mirror::stand`].
    pub(crate) fn stand(&self, intents: &[Record]) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.mirror.stand(intents);
        pages.kill(evicted)
    }

    /// Takes the log up anew; see [`Mirror::enter`].
    pub(crate) fn enter(&self, stamp: SharedStamp) -> Vec<StoredEntry> {
        let mut pages = self.open();
        let evicted = pages.mirror.enter(stamp);
        pages.kill(evicted)
    }

    /// Follows one entry of the log; see [`Mirror::follow`].
    pub(crate) fn follow(&self, entry: &LogEntry) -> Read {
        let mut pages = self.open();
        match pages.mirror.follow(entry) {
            Followed::Applied(evicted) => Read::News(pages.kill(evicted)),
            Followed::Known => Read::Known,
            Followed::OtherEpoch => Read::OtherEpoch,
            Followed::Gap => Read::Gap,
        }
    }

    /// Looks at the mirror. Keep it short: the lock is that of every fill and change.
    pub(crate) fn mirror<T>(&self, look: impl FnOnce(&Mirror) -> T) -> T {
        look(&self.pages.lock().mirror)
    }

    /// See [`Mirror::give_up`].
    pub(crate) fn give_up(&self, id: ChangeId) -> Record {
        self.pages.lock().mirror.give_up(id)
    }

    /// Distinct dependencies in the index.
    pub(crate) fn dependencies(&self) -> usize {
        self.open().mirror.ledger().index_size().1
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
