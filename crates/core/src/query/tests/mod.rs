//! What canonical queries promise. `meaning`: same meaning, same key. `answers`: other answer,
//! other key. `selection` and `shape`: examples by hand,
//! idempotence, arbitrary input. `keys`: the encoding below.

mod answers;
mod compare;
mod evaluate;
mod keys;
mod meaning;
mod selection;
mod shape;
mod spell;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::key::{Key, KeyBuilder};

/// The key of the canonical form.
fn key_of(query: &Value) -> Key {
    KeyBuilder::new("query")
        .json(&super::canonical(query))
        .finish()
}

/// All forms of one member of a query share a key.
fn same(member: &str, forms: &[Value]) {
    for form in forms {
        let (first, other) = (json!({ member: forms[0] }), json!({ member: form }));
        assert_eq!(key_of(&first), key_of(&other), "{first} and {other}");
    }
}

/// No two forms of one member of a query share a key.
fn different(member: &str, forms: &[Value]) {
    for (i, a) in forms.iter().enumerate() {
        for b in &forms[i + 1..] {
            assert_ne!(
                key_of(&json!({ member: a })),
                key_of(&json!({ member: b })),
                "{a} and {b}"
            );
        }
    }
}

/// Any JSON value; names and texts are often ones that mean something in a query.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "fields", "populate", "filters", "sort", "on", "$and", "$or", "$not", "$eq", "$in",
            "$null", "$notNull", "$gt", "a", "a.b", "locale", "*", "true", "", "a:desc", "b,a",
            "1",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|x| json!(x)),
        (-3i32..3).prop_map(|x| json!(f64::from(x))),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
