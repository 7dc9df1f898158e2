//! Two spellings of one meaning have one key.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::super::order_sensitive;
use super::key_of;
use super::spell::{Dice, Term, conjunction, names, sort};

#[derive(Debug, Clone)]
struct Meaning {
    fields: Option<Vec<String>>,
    sort: Vec<(&'static str, bool)>,
    filters: Vec<Term>,
    populate: BTreeMap<&'static str, Meaning>,
}

impl Meaning {
    fn is_bare(&self) -> bool {
        self.fields.is_none() && self.sort.is_empty() && self.filters.is_empty()
    }

    fn spell(&self, dice: &mut Dice) -> Map<String, Value> {
        let mut query = Map::new();
        match &self.fields {
            Some(fields) => drop(query.insert("fields".into(), names(fields, dice))),
            None if dice.coin() => drop(query.insert("fields".into(), "*".into())),
            None => {}
        }
        if !self.sort.is_empty() || dice.coin() {
            query.insert("sort".into(), sort(&self.sort, dice));
        }
        if !self.filters.is_empty() || dice.coin() {
            query.insert("filters".into(), conjunction(&self.filters, dice, false));
        }
        if !self.populate.is_empty() || dice.coin() {
            query.insert("populate".into(), self.spell_populate(dice));
        }
        query
    }

    fn spell_populate(&self, dice: &mut Dice) -> Value {
        let mut paths = Some(Vec::new());
        self.paths("", &mut paths);
        if let (Some(paths), true) = (paths, dice.coin()) {
            return names(&paths, dice);
        }
        let mut object = Map::from_iter([("unwanted".to_owned(), json!("false"))]);
        for (name, below) in &self.populate {
            let bare = below.is_bare() && below.populate.is_empty() && dice.coin();
            let value = if bare {
                [json!(true), json!("1")][dice.below(2)].clone()
            } else {
                below.spell(dice).into()
            };
            object.insert((*name).to_owned(), value);
        }
        object.into()
    }

    /// All dotted paths, if no node has options of its own.
    fn paths(&self, prefix: &str, found: &mut Option<Vec<String>>) {
        for (name, below) in &self.populate {
            if !below.is_bare() {
                *found = None;
            }
            if let Some(found) = found {
                found.push(format!("{prefix}{name}"));
            }
            below.paths(&format!("{prefix}{name}."), found);
        }
    }
}

fn term() -> impl Strategy<Value = Term> {
    let name = || select(vec!["a", "b", "c", "d"]);
    let value = || {
        prop_oneof![
            (1i64..4).prop_map(Value::from),
            select(vec!["x", "1"]).prop_map(Value::from)
        ]
    };
    let leaf = prop_oneof![
        (name(), value()).prop_map(|(n, v)| Term::Eq(n, v)),
        (name(), prop::collection::vec(value(), 0..4)).prop_map(|(n, v)| Term::In(n, v)),
        (name(), select(vec!["$ne", "$gt", "$contains"]), value())
            .prop_map(|(n, o, v)| Term::Compare(n, o, v)),
        (name(), 0i64..3, 3i64..6).prop_map(|(n, low, high)| Term::Range(n, low, high)),
        (name(), any::<bool>()).prop_map(|(n, yes)| Term::Null(n, yes)),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let some = prop::collection::vec(inner, 1..3);
        prop_oneof![
            (select(vec!["r", "q"]), some.clone()).prop_map(|(n, t)| Term::Related(n, t)),
            prop::collection::vec(some.clone(), 2..4).prop_map(Term::Or),
            some.prop_map(Term::Not),
        ]
    })
}

fn meaning() -> impl Strategy<Value = Meaning> {
    let bare = Just(Meaning {
        fields: None,
        sort: vec![],
        filters: vec![],
        populate: BTreeMap::new(),
    });
    let node = (
        prop::option::of(prop::collection::vec(
            select(vec!["id", "a", "b"]).prop_map(str::to_owned),
            1..4,
        )),
        prop::sample::subsequence(vec![("a", false), ("r.b", true), ("c", true)], 0..3)
            .prop_shuffle(),
        prop::collection::vec(term(), 0..4),
    )
        .prop_map(|(fields, sort, filters)| Meaning {
            fields,
            sort,
            filters,
            populate: BTreeMap::new(),
        });
    let node = prop_oneof![bare, node];
    node.clone().prop_recursive(3, 8, 3, move |inner| {
        (
            node.clone(),
            prop::collection::btree_map(select(vec!["r", "q", "p"]), inner, 0..3),
        )
            .prop_map(|(node, populate)| Meaning { populate, ..node })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_same_meaning_has_the_same_key(meaning in meaning(), one in 1u64.., other in 1u64..) {
        let spell = |seed| {
            let mut query = meaning.spell(&mut Dice(seed));
            query.extend([("locale".to_owned(), json!("fr")), ("limit".to_owned(), json!(5))]);
            Value::Object(query)
        };
        let (a, b) = (spell(one), spell(other));
        prop_assert!(!order_sensitive(&a), "{}", a);
        prop_assert_eq!(key_of(&a), key_of(&b), "{} and {}", a, b);
    }
}
