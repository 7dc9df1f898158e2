//! What a write moves: from a settled transaction's rows to the dependencies that changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dependency::{Dependency, Mask};

/// More changed rows of one content type in one transaction than this count as "anything of the type".
pub const MAX_ROWS_PER_TYPE: usize = 200;

/// What one transaction, or one write outside of any, did to one content type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// The content type, component or other model.
    pub uid: String,
    /// The rows that changed; `None` when it is not known which.
    pub rows: Option<Vec<RowChange>>,
    /// Other types whose relations may join other rows than before, because a row of this type was written with a
    /// relation to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<String>,
}

/// One changed row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RowChange {
    /// The document id; the row id as text where a model has no document ids.
    pub id: String,
    /// The names of the columns that were written, when the write was an update of plain columns and nothing else.
    /// `None`: a row came, went, was joined to others, or it is not known what changed.
    pub fields: Option<Vec<String>>,
}

/// The ignored fields that Refreshables have registered, per content type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Masks {
    by_uid: BTreeMap<String, BTreeMap<Mask, BTreeSet<String>>>,
}

impl Masks {
    /// Columns that Strapi itself sets with every update: they follow the others, so a mask that ignores all others
    /// ignores them too. (`publishedAt` is named for a plain update only where a type has no draft and publish.)
    const FOLLOWERS: [&'static str; 4] = ["updatedAt", "updatedBy", "updated_by_id", "publishedAt"];

    /// Registers the fields of `uid` whose changes some Refreshable ignores, and returns its mask.
    pub fn register(&mut self, uid: &str, fields: &[String]) -> Mask {
        let mask = Mask::ignoring(fields.iter().map(String::as_str));
        if mask != Mask::NONE {
            let names = fields.iter().cloned().collect();
            self.by_uid
                .entry(uid.to_owned())
                .or_default()
                .insert(mask, names);
        }
        mask
    }

    /// The masks under which this change of a row of `uid` shows, the empty one first: all but those that ignore every
    /// column that was written.
    fn showing<'a>(
        &'a self,
        uid: &str,
        row: Option<&'a RowChange>,
    ) -> impl Iterator<Item = Mask> + 'a {
        let ignored = move |names: &BTreeSet<String>| {
            row.and_then(|row| row.fields.as_ref())
                .is_some_and(|fields| {
                    fields.iter().any(|field| names.contains(field))
                        && fields.iter().all(|field| {
                            names.contains(field) || Self::FOLLOWERS.contains(&field.as_str())
                        })
                })
        };
        let registered = self.by_uid.get(uid).into_iter().flatten();
        std::iter::once(Mask::NONE).chain(
            registered
                .filter(move |(_, names)| !ignored(names))
                .map(|(mask, _)| *mask),
        )
    }
}

/// The dependencies that `change` moves.
///
/// Over-eviction is allowed and silence is not: whatever is not known counts as changed.
#[must_use]
pub fn moved(change: &Change, masks: &Masks) -> BTreeSet<Dependency> {
    let uid = change.uid.as_str();
    let mut moved = BTreeSet::new();
    match &change.rows {
        Some(rows) if rows.len() <= MAX_ROWS_PER_TYPE => {
            for row in rows {
                move_row(uid, row, masks, &mut moved);
            }
        }
        _ => move_whole(uid, masks, &mut moved),
    }
    for target in &change.edges {
        moved.insert(Dependency::any_edge());
        for mask in masks.showing(target, None) {
            // A row of the target is taken over by another: it shows elsewhere, with all it is found by.
            moved.insert(Dependency::edge(target, mask));
            moved.insert(Dependency::any(target, mask));
        }
    }
    moved
}

fn move_row(uid: &str, row: &RowChange, masks: &Masks, moved: &mut BTreeSet<Dependency>) {
    for mask in masks.showing(uid, Some(row)) {
        moved.insert(Dependency::document(uid, &row.id, mask));
        moved.insert(Dependency::list(uid, mask));
        moved.insert(Dependency::any(uid, mask));
        if row.fields.is_none() {
            moved.insert(Dependency::edge(uid, mask));
        }
    }
    if row.fields.is_none() {
        moved.insert(Dependency::any_edge());
    }
}

fn move_whole(uid: &str, masks: &Masks, moved: &mut BTreeSet<Dependency>) {
    moved.insert(Dependency::whole(uid));
    moved.insert(Dependency::any_edge());
    for mask in masks.showing(uid, None) {
        moved.insert(Dependency::list(uid, mask));
        moved.insert(Dependency::any(uid, mask));
        moved.insert(Dependency::edge(uid, mask));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(id: &str, fields: Option<&[&str]>) -> Change {
        let fields = fields.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        Change {
            uid: "a".into(),
            rows: Some(vec![RowChange {
                id: id.into(),
                fields,
            }]),
            edges: vec![],
        }
    }

    #[test]
    fn update_of_plain_columns_leaves_relations_alone() {
        let moved = moved(&update("1", Some(&["title"])), &Masks::default());
        assert!(moved.contains(&Dependency::document("a", "1", Mask::NONE)));
        assert!(moved.contains(&Dependency::list("a", Mask::NONE)));
        assert!(!moved.contains(&Dependency::edge("a", Mask::NONE)));
        assert!(!moved.contains(&Dependency::document("a", "2", Mask::NONE)));
        assert!(!moved.contains(&Dependency::whole("a")));
    }

    #[test]
    fn a_row_that_comes_or_goes_moves_relations_too() {
        let moved = moved(&update("1", None), &Masks::default());
        assert!(moved.contains(&Dependency::edge("a", Mask::NONE)));
        assert!(moved.contains(&Dependency::any_edge()));
    }

    #[test]
    fn a_written_relation_moves_the_other_side() {
        let change = Change {
            edges: vec!["b".into()],
            ..update("1", None)
        };
        let moved = moved(&change, &Masks::default());
        assert!(moved.contains(&Dependency::edge("b", Mask::NONE)));
        assert!(moved.contains(&Dependency::any("b", Mask::NONE)));
    }

    #[test]
    fn unknown_rows_and_very_many_rows_move_the_whole_type() {
        let unknown = Change {
            rows: None,
            ..update("1", None)
        };
        let row = |i: usize| RowChange {
            id: i.to_string(),
            fields: Some(vec![]),
        };
        let many = Change {
            rows: Some((0..=MAX_ROWS_PER_TYPE).map(row).collect()),
            ..update("1", None)
        };
        for change in [unknown, many] {
            assert!(moved(&change, &Masks::default()).contains(&Dependency::whole("a")));
        }
    }

    #[test]
    fn ignored_fields_spare_only_those_who_ignore_them() {
        let mut masks = Masks::default();
        let mask = masks.register("a", &["views".to_owned()]);
        let views = moved(&update("1", Some(&["views", "updatedAt"])), &masks);
        assert!(views.contains(&Dependency::list("a", Mask::NONE)));
        assert!(!views.contains(&Dependency::list("a", mask)));
        for changed in [
            Some(&["views", "title"][..]),
            Some(&["updatedAt"][..]),
            None,
        ] {
            assert!(moved(&update("1", changed), &masks).contains(&Dependency::list("a", mask)));
        }
    }

    #[test]
    fn unknown_rows_move_masked_dependencies_too() {
        let mut masks = Masks::default();
        let mask = masks.register("a", &["views".to_owned()]);
        let change = Change {
            rows: None,
            ..update("1", None)
        };
        assert!(moved(&change, &masks).contains(&Dependency::list("a", mask)));
    }
}
