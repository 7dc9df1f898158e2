//! What an answer depends on, and how what a fetch saw becomes a set of dependencies.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use crate::outcome::Refusal;

/// More documents of one content type than this count as the whole type: the index stays small, and an answer made of
/// so many documents is about to change anyway.
pub const MAX_DOCUMENTS_PER_TYPE: usize = 256;

/// One thing that can change, as a 64-bit hash: 16 bits of the content type, 48 of the whole. Two things with one hash
/// only evict too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dependency(pub u64);

/// The content type of a dependency, as far as its hash tells. Two types with one tag only forget together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(u16);

impl Tag {
    /// The tag of a content type.
    #[must_use]
    pub fn of(uid: &str) -> Self {
        Self((hash(b't', &[uid], Mask::NONE) >> TAG_SHIFT) as u16)
    }
}

const TAG_SHIFT: u32 = 48;

/// Fields whose changes a Refreshable wants to ignore, as a hash of their sorted names. A dependency carries the mask,
/// so that index, ledger and later the shared log need no special case: a write moves the masked form or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mask(pub u64);

impl Mask {
    /// Ignores nothing.
    pub const NONE: Self = Self(0);

    /// The mask that ignores `fields`; their order does not matter.
    pub fn ignoring<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = fields.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            Self::NONE
        } else {
            Self(hash(b'm', &names, Self::NONE))
        }
    }
}

impl Dependency {
    /// A document (or a row without a document id) is contained in the answer.
    #[must_use]
    pub fn document(uid: &str, id: &str, mask: Mask) -> Self {
        Self::tagged(uid, hash(b'd', &[uid, id], mask))
    }

    /// Which documents of the type the answer holds, and in which order, was decided by looking at the type's rows:
    /// a list, a count, an absent document.
    #[must_use]
    pub fn list(uid: &str, mask: Mask) -> Self {
        Self::tagged(uid, hash(b'l', &[uid], mask))
    }

    /// A relation to the type was populated or counted.
    #[must_use]
    pub fn edge(uid: &str, mask: Mask) -> Self {
        Self::tagged(uid, hash(b'e', &[uid], mask))
    }

    /// A relation whose target type is not fixed was populated.
    #[must_use]
    pub fn any_edge() -> Self {
        Self::edge("*", Mask::NONE)
    }

    /// Anything about the type may show: it was filtered or sorted through, or too many of its documents are contained.
    #[must_use]
    pub fn any(uid: &str, mask: Mask) -> Self {
        Self::tagged(uid, hash(b'a', &[uid], mask))
    }

    /// Held by every answer that touches the type in any way; moved when it is not known what changed in the type.
    #[must_use]
    pub fn whole(uid: &str) -> Self {
        Self::tagged(uid, hash(b'w', &[uid], Mask::NONE))
    }

    /// The content type it belongs to.
    #[must_use]
    pub fn tag(self) -> Tag {
        Tag((self.0 >> TAG_SHIFT) as u16)
    }

    fn tagged(uid: &str, hash: u64) -> Self {
        let Tag(tag) = Tag::of(uid);
        Self(u64::from(tag) << TAG_SHIFT | hash & ((1 << TAG_SHIFT) - 1))
    }
}

fn hash(kind: u8, parts: &[&str], mask: Mask) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(&mask.0.to_le_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut word = [0; 8];
    hasher.finalize_xof().fill(&mut word);
    u64::from_le_bytes(word)
}

/// One thing a fetch read, or a Refreshable declared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Read {
    /// A document, by document id; a row without one, by row id.
    Document {
        /// The content type.
        uid: String,
        /// The document id, or the row id as text.
        id: String,
    },
    /// The rows of a type were searched or counted.
    List {
        /// The content type.
        uid: String,
    },
    /// A relation to a type was followed; `uid: "*"` when the relation names no type.
    Edge {
        /// The content type.
        uid: String,
    },
    /// Anything of the type.
    Any {
        /// The content type.
        uid: String,
    },
}

impl Read {
    fn uid(&self) -> &str {
        match self {
            Self::Document { uid, .. }
            | Self::List { uid }
            | Self::Edge { uid }
            | Self::Any { uid } => uid,
        }
    }
}

/// All that is known of how an answer was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What was read through the observed interfaces, and what was declared.
    pub reads: Vec<Read>,
    /// The Refreshable itself named dependencies.
    pub declared: bool,
    /// SQL ran that belongs to none of the observed reads.
    pub foreign_sql: bool,
    /// The fetch wrote to the database.
    pub wrote: bool,
    /// The source asked that the answer not be stored.
    pub no_store: bool,
}

impl Observed {
    /// Whether the answer may be stored at all, as far as its making goes.
    ///
    /// # Errors
    /// The reason why not. `has_ttl`: the source said for how long the answer is good, which stands in for
    /// dependencies.
    pub fn storable(&self, has_ttl: bool) -> Result<(), Refusal> {
        if self.no_store {
            Err(Refusal::NoStore)
        } else if self.wrote {
            Err(Refusal::Wrote)
        } else if self.foreign_sql && !self.declared && !has_ttl {
            Err(Refusal::ForeignSql)
        } else if self.reads.is_empty() && !self.declared && !has_ttl {
            Err(Refusal::Undeclared)
        } else {
            Ok(())
        }
    }

    /// The dependencies of the answer, sorted and without duplicates. `masked` names the type whose ignored fields the
    /// Refreshable has set.
    #[must_use]
    pub fn dependencies(&self, masked: Option<(&str, Mask)>) -> Box<[Dependency]> {
        let mask_of = |uid: &str| match masked {
            Some((masked_uid, mask)) if masked_uid == uid => mask,
            _ => Mask::NONE,
        };
        let mut documents: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        let mut all: HashSet<Dependency> = HashSet::new();
        for read in &self.reads {
            let uid = read.uid();
            let mask = mask_of(uid);
            if uid == "*" {
                all.insert(Dependency::any_edge());
                continue;
            }
            all.insert(Dependency::whole(uid));
            match read {
                Read::Document { id, .. } => {
                    documents.entry(uid).or_default().insert(id);
                }
                Read::List { .. } => {
                    all.insert(Dependency::list(uid, mask));
                }
                Read::Edge { .. } => {
                    all.insert(Dependency::edge(uid, mask));
                }
                Read::Any { .. } => {
                    all.insert(Dependency::any(uid, mask));
                }
            }
        }
        for (uid, ids) in documents {
            let mask = mask_of(uid);
            if ids.len() > MAX_DOCUMENTS_PER_TYPE {
                all.insert(Dependency::any(uid, mask));
            } else {
                all.extend(
                    ids.into_iter()
                        .map(|id| Dependency::document(uid, id, mask)),
                );
            }
        }
        let mut sorted: Vec<Dependency> = all.into_iter().collect();
        sorted.sort_unstable();
        sorted.into_boxed_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(uid: &str, id: usize) -> Read {
        Read::Document {
            uid: uid.into(),
            id: id.to_string(),
        }
    }

    #[test]
    fn kinds_and_parts_do_not_run_into_each_other() {
        let all = [
            Dependency::document("ab", "c", Mask::NONE),
            Dependency::document("a", "bc", Mask::NONE),
            Dependency::list("ab", Mask::NONE),
            Dependency::edge("ab", Mask::NONE),
            Dependency::any("ab", Mask::NONE),
            Dependency::whole("ab"),
            Dependency::list("ab", Mask::ignoring(["views"])),
            Dependency::any_edge(),
        ];
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn mask_does_not_depend_on_order() {
        assert_eq!(Mask::ignoring(["a", "b"]), Mask::ignoring(["b", "a", "b"]));
        assert_eq!(Mask::ignoring([]), Mask::NONE);
    }

    #[test]
    fn many_documents_of_a_type_become_the_whole_type() {
        let reads = (0..=MAX_DOCUMENTS_PER_TYPE)
            .map(|i| document("a", i))
            .chain([document("b", 1)])
            .collect();
        let dependencies = Observed {
            reads,
            ..Observed::default()
        }
        .dependencies(None);
        assert_eq!(dependencies.len(), 4);
        assert!(dependencies.contains(&Dependency::any("a", Mask::NONE)));
        assert!(dependencies.contains(&Dependency::document("b", "1", Mask::NONE)));
    }

    #[test]
    fn only_the_masked_type_carries_the_mask() {
        let mask = Mask::ignoring(["views"]);
        let observed = Observed {
            reads: vec![document("a", 1), document("b", 1)],
            ..Observed::default()
        };
        let dependencies = observed.dependencies(Some(("a", mask)));
        assert!(dependencies.contains(&Dependency::document("a", "1", mask)));
        assert!(dependencies.contains(&Dependency::document("b", "1", Mask::NONE)));
    }

    #[test]
    fn an_answer_that_nothing_can_end_is_not_stored() {
        let nothing = Observed::default();
        assert_eq!(nothing.storable(false), Err(Refusal::Undeclared));
        assert_eq!(nothing.storable(true), Ok(()));
        let sql = Observed {
            reads: vec![document("a", 1)],
            foreign_sql: true,
            ..Observed::default()
        };
        assert_eq!(sql.storable(false), Err(Refusal::ForeignSql));
        assert_eq!(
            Observed {
                declared: true,
                ..sql
            }
            .storable(false),
            Ok(())
        );
        assert_eq!(
            Observed {
                wrote: true,
                declared: true,
                ..Observed::default()
            }
            .storable(true),
            Err(Refusal::Wrote)
        );
        assert_eq!(
            Observed {
                no_store: true,
                ..Observed::default()
            }
            .storable(true),
            Err(Refusal::NoStore)
        );
    }
}
