//! The change log as this server sees it: what changed last, who is reading, and which entries each change evicts.

mod index;

use std::collections::{BTreeMap, BTreeSet};

pub use index::EntryId;
use index::Index;

use crate::change::{Change, Masks, moved};
use crate::dependency::{Dependency, Mask};
use crate::outcome::Refusal;

/// A position in the change log: counts the changes applied here, in the order in which this server saw them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tick(u64);

/// More remembered dependencies than this, and the ledger forgets them all and raises its floor: memory stays bounded,
/// and the fetches that run at that moment are not stored.
const MAX_REMEMBERED: usize = 1 << 16;

/// Follows the change log.
///
/// The rule it keeps: an answer is stored only if nothing it depends on changed after its stamp, and a change evicts
/// every stored answer that depends on what changed. Entries go into the index *before* they are judged, so there is no
/// moment in which a change could pass both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    tick: Tick,
    /// Stamps below cannot be verified: what changed since then is no longer remembered.
    floor: Tick,
    /// When each dependency last moved. Only needed while a fetch older than that is running.
    newest: BTreeMap<Dependency, Tick>,
    /// The stamps of running fetches, with how many hold each.
    running: BTreeMap<Tick, usize>,
    index: Index,
    masks: Masks,
}

impl Ledger {
    /// The newest position.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// Registers ignored fields; see [`Masks::register`].
    pub fn ignore_fields(&mut self, uid: &str, fields: &[String]) -> Mask {
        self.masks.register(uid, fields)
    }

    /// Starts a fetch and returns its stamp. Call it before the first statement of the read, and [`end`](Self::end)
    /// when the fetch has been judged or given up.
    pub fn begin(&mut self) -> Tick {
        *self.running.entry(self.tick).or_default() += 1;
        self.tick
    }

    /// Ends a fetch that [`begin`](Self::begin) started.
    pub fn end(&mut self, stamp: Tick) {
        if let Some(count) = self.running.get_mut(&stamp) {
            *count -= 1;
            if *count == 0 {
                self.running.remove(&stamp);
            }
        }
        if self.running.is_empty() {
            self.newest.clear();
        }
    }

    /// The dependencies that changes move.
    #[must_use]
    pub fn moved(&self, changes: &[Change]) -> BTreeSet<Dependency> {
        changes
            .iter()
            .flat_map(|change| moved(change, &self.masks))
            .collect()
    }

    /// Applies changes as one position of the log, and returns the entries they evict, already out of the index.
    pub fn apply(&mut self, changes: &[Change]) -> Vec<EntryId> {
        let moved = self.moved(changes);
        self.apply_moved(moved.iter().copied())
    }

    /// Applies what changes have [moved](Self::moved).
    pub fn apply_moved(&mut self, moved: impl IntoIterator<Item = Dependency>) -> Vec<EntryId> {
        self.tick.0 += 1;
        let mut evicted = Vec::new();
        for dependency in moved {
            if !self.running.is_empty() {
                self.newest.insert(dependency, self.tick);
            }
            self.index.take(dependency, &mut evicted);
        }
        if self.newest.len() > MAX_REMEMBERED {
            self.newest.clear();
            self.floor = self.tick;
        }
        evicted
    }

    /// Counts everything as changed, and returns all entries, already out of the index.
    pub fn apply_everything(&mut self) -> Vec<EntryId> {
        self.tick.0 += 1;
        self.floor = self.tick;
        self.newest.clear();
        self.index.take_all()
    }

    /// Whether something read at `stamp` is still true.
    ///
    /// # Errors
    /// `Moved` when a dependency changed after the stamp, `Unverifiable` when that is no longer known.
    pub fn judge(&self, dependencies: &[Dependency], stamp: Tick) -> Result<(), Refusal> {
        if stamp < self.floor {
            return Err(Refusal::Unverifiable);
        }
        let moved = dependencies.iter().any(|dependency| {
            self.newest
                .get(dependency)
                .is_some_and(|tick| *tick > stamp)
        });
        if moved { Err(Refusal::Moved) } else { Ok(()) }
    }

    /// Puts an entry into the index and judges it: from here on every change finds it.
    ///
    /// # Errors
    /// As [`judge`](Self::judge); the entry is then not in the index.
    pub fn admit(
        &mut self,
        entry: EntryId,
        dependencies: &[Dependency],
        stamp: Tick,
    ) -> Result<(), Refusal> {
        self.index(entry, dependencies);
        let verdict = self.judge(dependencies, stamp);
        if verdict.is_err() {
            self.index.remove(entry);
        }
        verdict
    }

    /// Puts an entry into the index without judging it: for what is judged otherwise, in the same step.
    pub fn index(&mut self, entry: EntryId, dependencies: &[Dependency]) {
        self.index.insert(entry, dependencies);
    }

    /// Takes an entry that left the cache for another reason out of the index.
    pub fn forget(&mut self, entry: EntryId) {
        self.index.remove(entry);
    }

    /// Entries and dependencies in the index.
    #[must_use]
    pub fn index_size(&self) -> (usize, usize) {
        self.index.size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::RowChange;

    const A1: EntryId = EntryId(1);

    fn a() -> Vec<Dependency> {
        vec![
            Dependency::document("a", "1", Mask::NONE),
            Dependency::whole("a"),
        ]
    }

    fn write(uid: &str, id: &str) -> Change {
        let row = RowChange {
            id: id.into(),
            fields: None,
        };
        Change {
            uid: uid.into(),
            rows: Some(vec![row]),
            edges: vec![],
        }
    }

    #[test]
    fn a_read_overtaken_by_a_write_is_refused() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        ledger.apply(&[write("a", "1")]);
        assert_eq!(ledger.admit(A1, &a(), stamp), Err(Refusal::Moved));
        assert_eq!(ledger.index_size(), (0, 0));
    }

    #[test]
    fn a_write_elsewhere_refuses_nothing() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        assert!(ledger.apply(&[write("a", "2"), write("b", "1")]).is_empty());
        assert_eq!(ledger.admit(A1, &a(), stamp), Ok(()));
    }

    #[test]
    fn a_read_begun_after_the_write_is_stored() {
        let mut ledger = Ledger::default();
        let old = ledger.begin();
        ledger.apply(&[write("a", "1")]);
        let young = ledger.begin();
        assert_eq!(ledger.judge(&a(), old), Err(Refusal::Moved));
        assert_eq!(ledger.judge(&a(), young), Ok(()));
    }

    #[test]
    fn a_write_evicts_what_was_stored_before_it() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        assert_eq!(ledger.admit(A1, &a(), stamp), Ok(()));
        ledger.end(stamp);
        assert!(ledger.apply(&[write("a", "2")]).is_empty());
        assert_eq!(ledger.apply(&[write("a", "1")]), vec![A1]);
        assert!(ledger.apply(&[write("a", "1")]).is_empty());
    }

    #[test]
    fn a_write_of_unknown_rows_evicts_all_that_touch_the_type() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        ledger.admit(A1, &a(), stamp).unwrap();
        assert_eq!(
            ledger.apply(&[Change {
                uid: "a".into(),
                rows: None,
                edges: vec![]
            }]),
            vec![A1]
        );
        assert_eq!(ledger.judge(&a(), stamp), Err(Refusal::Moved));
    }

    #[test]
    fn changes_are_remembered_while_an_older_fetch_runs_and_no_longer() {
        let mut ledger = Ledger::default();
        let old = ledger.begin();
        ledger.apply(&[write("a", "1")]);
        let young = ledger.begin();
        ledger.end(young);
        assert_eq!(ledger.judge(&a(), old), Err(Refusal::Moved));
        ledger.end(old);
        assert!(ledger.newest.is_empty());
    }

    #[test]
    fn everything_changed_refuses_running_fetches_and_evicts_all() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        ledger.admit(A1, &a(), stamp).unwrap();
        assert_eq!(ledger.apply_everything(), vec![A1]);
        assert_eq!(ledger.judge(&[], stamp), Err(Refusal::Unverifiable));
        let young = ledger.begin();
        assert_eq!(ledger.judge(&a(), young), Ok(()));
    }

    #[test]
    fn too_much_to_remember_refuses_running_fetches() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        for i in 0..=MAX_REMEMBERED {
            ledger.apply(&[write("b", &i.to_string())]);
        }
        assert!(ledger.newest.len() <= MAX_REMEMBERED);
        assert_eq!(ledger.judge(&a(), stamp), Err(Refusal::Unverifiable));
    }
}
