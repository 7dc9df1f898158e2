//! What has moved lately in the shared log, by content type, in bounded memory.

use std::collections::{BTreeMap, VecDeque};

use super::position::Position;
use crate::dependency::{Dependency, Tag};
use crate::outcome::Refusal;

/// Bytes that one remembered position costs, beside its dependencies. Errs on the high side.
const FIXED_COST: usize = 96;
/// Bytes that one moved dependency costs: in the record, and in the map of the newest.
const DEPENDENCY_COST: usize = 64;

/// One position of the log, as far as it concerns one content type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept {
    position: Position,
    moved: Box<[Dependency]>,
}

impl Kept {
    fn cost(&self) -> usize {
        FIXED_COST + self.moved.len() * DEPENDENCY_COST
    }
}

/// The recent records of one content type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Ring {
    /// Oldest first.
    records: VecDeque<Kept>,
    /// The newest position of each dependency that the records move.
    newest: BTreeMap<Dependency, Position>,
    /// What was moved at this position or before is no longer known.
    floor: Position,
    bytes: usize,
}

impl Ring {
    fn push(&mut self, position: Position, moved: Box<[Dependency]>) -> usize {
        for dependency in &moved {
            self.newest.insert(*dependency, position);
        }
        let kept = Kept { position, moved };
        let cost = kept.cost();
        self.bytes += cost;
        self.records.push_back(kept);
        cost
    }

    /// Forgets the oldest record, and remembers that it did.
    fn pop(&mut self) -> usize {
        let Some(kept) = self.records.pop_front() else {
            return 0;
        };
        for dependency in &kept.moved {
            if self.newest.get(dependency) == Some(&kept.position) {
                self.newest.remove(dependency);
            }
        }
        self.floor = kept.position;
        self.bytes -= kept.cost();
        kept.cost()
    }
}

/// The recent records of every content type, bounded together: when room is needed, the type that takes most of it
/// forgets its oldest, so that an import into one type does not make the others forget.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rings {
    by_tag: BTreeMap<Tag, Ring>,
    /// Nothing at this position or before is known of any type.
    floor: Position,
    bytes: usize,
    max_bytes: usize,
}

impl Rings {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            by_tag: BTreeMap::new(),
            floor: Position::default(),
            bytes: 0,
            max_bytes,
        }
    }

    /// Forgets all, up to and including `floor`.
    pub(super) fn reset(&mut self, floor: Position) {
        self.by_tag.clear();
        self.bytes = 0;
        self.floor = floor;
    }

    /// Forgets what is known of one type, up to and including `floor`.
    pub(super) fn forget(&mut self, tag: Tag, floor: Position) {
        let ring = self.by_tag.entry(tag).or_default();
        self.bytes -= ring.bytes;
        *ring = Ring {
            floor,
            ..Ring::default()
        };
    }

    /// Remembers that the record at `position` moved these.
    pub(super) fn push(&mut self, position: Position, moved: &[Dependency]) {
        let mut by_tag: BTreeMap<Tag, Vec<Dependency>> = BTreeMap::new();
        for dependency in moved {
            by_tag
                .entry(dependency.tag())
                .or_default()
                .push(*dependency);
        }
        for (tag, moved) in by_tag {
            let ring = self.by_tag.entry(tag).or_default();
            self.bytes += ring.push(position, moved.into());
        }
        while self.bytes > self.max_bytes {
            let largest = self.by_tag.values_mut().max_by_key(|ring| ring.bytes);
            match largest.map_or(0, Ring::pop) {
                0 => break,
                freed => self.bytes -= freed,
            }
        }
    }

    /// Whether none of `dependencies` has moved after `position`.
    pub(super) fn judge(
        &self,
        dependencies: &[Dependency],
        position: Position,
    ) -> Result<(), Refusal> {
        if position < self.floor {
            return Err(Refusal::Unverifiable);
        }
        for dependency in dependencies {
            let Some(ring) = self.by_tag.get(&dependency.tag()) else {
                continue;
            };
            if position < ring.floor {
                return Err(Refusal::Unverifiable);
            }
            if ring.newest.get(dependency).is_some_and(|at| *at > position) {
                return Err(Refusal::Moved);
            }
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dependency::Mask;

    fn at(milliseconds: u64) -> Position {
        Position {
            milliseconds,
            sequence: 0,
        }
    }

    fn document(uid: &str, id: usize) -> Dependency {
        Dependency::document(uid, &id.to_string(), Mask::NONE)
    }

    #[test]
    fn what_moved_after_a_position_is_told_from_what_moved_before() {
        let mut rings = Rings::new(1 << 20);
        rings.push(at(5), &[document("a", 1)]);
        assert_eq!(rings.judge(&[document("a", 1)], at(4)), Err(Refusal::Moved));
        assert_eq!(rings.judge(&[document("a", 1)], at(5)), Ok(()));
        assert_eq!(rings.judge(&[document("a", 2)], at(1)), Ok(()));
    }

    #[test]
    fn a_busy_type_does_not_make_the_others_forget() {
        let mut rings = Rings::new(10 * (FIXED_COST + DEPENDENCY_COST));
        rings.push(at(1), &[document("quiet", 1)]);
        for i in 0..1000 {
            rings.push(at(2 + i), &[document("busy", i as usize)]);
        }
        assert!(rings.bytes() <= 10 * (FIXED_COST + DEPENDENCY_COST));
        assert_eq!(rings.judge(&[document("quiet", 2)], at(0)), Ok(()));
        assert_eq!(
            rings.judge(&[document("quiet", 1)], at(0)),
            Err(Refusal::Moved)
        );
        assert_eq!(
            rings.judge(&[document("busy", 5000)], at(5)),
            Err(Refusal::Unverifiable)
        );
        assert_eq!(rings.judge(&[document("busy", 5000)], at(1001)), Ok(()));
    }

    #[test]
    fn below_the_floor_nothing_can_be_verified() {
        let mut rings = Rings::new(1 << 20);
        rings.push(at(5), &[document("a", 1)]);
        rings.reset(at(7));
        assert_eq!(rings.judge(&[], at(6)), Err(Refusal::Unverifiable));
        assert_eq!(rings.judge(&[document("a", 1)], at(7)), Ok(()));
        rings.forget(document("a", 1).tag(), at(9));
        assert_eq!(
            rings.judge(&[document("a", 1)], at(8)),
            Err(Refusal::Unverifiable)
        );
        assert_eq!(rings.judge(&[document("b", 1)], at(8)), Ok(()));
    }

    #[test]
    fn a_forgotten_record_leaves_the_newer_one_of_the_same_document() {
        let mut rings = Rings::new(2 * (FIXED_COST + DEPENDENCY_COST));
        for i in 1..=3 {
            rings.push(at(i), &[document("a", 1)]);
        }
        assert_eq!(rings.judge(&[document("a", 1)], at(2)), Err(Refusal::Moved));
        assert_eq!(rings.judge(&[document("a", 1)], at(3)), Ok(()));
    }
}
