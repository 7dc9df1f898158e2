//! The dependency index, both ways: from what changed to the entries made from it, and back.

use std::collections::{BTreeMap, BTreeSet};

use crate::dependency::Dependency;

/// Names one stored entry; never reused within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub u64);

/// Invariant: `entry` is in `by_dependency[d]` exactly when `d` is in `by_entry[entry]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Index {
    by_dependency: BTreeMap<Dependency, BTreeSet<EntryId>>,
    by_entry: BTreeMap<EntryId, Box<[Dependency]>>,
}

impl Index {
    pub(super) fn insert(&mut self, entry: EntryId, dependencies: &[Dependency]) {
        for dependency in dependencies {
            self.by_dependency
                .entry(*dependency)
                .or_default()
                .insert(entry);
        }
        self.by_entry.insert(entry, dependencies.into());
    }

    pub(super) fn remove(&mut self, entry: EntryId) {
        for dependency in self.by_entry.remove(&entry).unwrap_or_default() {
            if let Some(entries) = self.by_dependency.get_mut(&dependency) {
                entries.remove(&entry);
                if entries.is_empty() {
                    self.by_dependency.remove(&dependency);
                }
            }
        }
    }

    /// Removes all entries that depend on `dependency` and adds them to `taken`.
    pub(super) fn take(&mut self, dependency: Dependency, taken: &mut Vec<EntryId>) {
        for entry in self.by_dependency.remove(&dependency).unwrap_or_default() {
            self.remove(entry);
            taken.push(entry);
        }
    }

    pub(super) fn take_all(&mut self) -> Vec<EntryId> {
        self.by_dependency.clear();
        std::mem::take(&mut self.by_entry).into_keys().collect()
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.by_entry.len(), self.by_dependency.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u64, Vec<u64>),
        Remove(u64),
        Take(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..6_u64, proptest::collection::vec(0..5_u64, 0..4))
                .prop_map(|(e, d)| Step::Insert(e, d)),
            (0..6_u64).prop_map(Step::Remove),
            (0..5_u64).prop_map(Step::Take),
        ]
    }

    proptest! {
        #[test]
        fn both_directions_always_agree(steps in proptest::collection::vec(step(), 0..60)) {
            let mut index = Index::default();
            let mut model: HashMap<EntryId, HashSet<Dependency>> = HashMap::new();
            for (at, step) in steps.into_iter().enumerate() {
                match step {
                    // Entry ids are never reused, so each insertion gets its own.
                    Step::Insert(entry, dependencies) => {
                        let entry = EntryId(entry + 6 * at as u64);
                        let dependencies: Vec<_> = dependencies.into_iter().map(Dependency).collect();
                        index.insert(entry, &dependencies);
                        model.insert(entry, dependencies.into_iter().collect());
                    }
                    Step::Remove(entry) => {
                        let entry = model.keys().copied().nth(entry as usize).unwrap_or(EntryId(0));
                        index.remove(entry);
                        model.remove(&entry);
                    }
                    Step::Take(dependency) => {
                        let mut taken = Vec::new();
                        index.take(Dependency(dependency), &mut taken);
                        let expected: HashSet<EntryId> = model
                            .iter()
                            .filter(|(_, held)| held.contains(&Dependency(dependency)))
                            .map(|(entry, _)| *entry)
                            .collect();
                        prop_assert_eq!(taken.iter().copied().collect::<HashSet<_>>(), expected);
                        taken.iter().for_each(|entry| { model.remove(entry); });
                    }
                }
                let pairs: usize = model.values().map(HashSet::len).sum();
                prop_assert_eq!(index.by_dependency.values().map(BTreeSet::len).sum::<usize>(), pairs);
                prop_assert_eq!(index.by_entry.len(), model.len());
            }
        }
    }
}
