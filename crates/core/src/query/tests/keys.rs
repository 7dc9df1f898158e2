//! What makes two keys equal, and what keeps them apart.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::any_json;
use crate::key::{Key, KeyBuilder};

fn key(value: &Value) -> Key {
    KeyBuilder::new("test").json(value).finish()
}

/// Equality of JSON values with numbers compared by value, written without the code under test.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            match (a.as_i64(), b.as_i64(), a.as_u64(), b.as_u64()) {
                (Some(a), Some(b), _, _) => a == b,
                (_, _, Some(a), Some(b)) => a == b,
                _ if a.is_f64() || b.is_f64() => match (a.as_f64(), b.as_f64()) {
                    // An integer that the float cannot hold is not that float.
                    (Some(x), Some(y)) => x == y && exact(a) && exact(b),
                    _ => false,
                },
                _ => false,
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        (a, b) => a == b,
    }
}

fn exact(n: &serde_json::Number) -> bool {
    n.is_f64()
        || n.to_string()
            .parse::<i128>()
            .is_ok_and(|i| (i as f64) as i128 == i)
}

#[test]
fn equal_numbers_share_a_key() {
    assert_eq!(key(&json!(1)), key(&json!(1.0)));
    assert_eq!(key(&json!(0)), key(&json!(-0.0)));
    assert_eq!(key(&json!(1e15)), key(&json!(1_000_000_000_000_000_i64)));
    assert_eq!(
        key(&json!({"a": 1, "b": [2.0]})),
        key(&json!({"b": [2], "a": 1.0}))
    );
}

#[test]
fn different_numbers_differ() {
    let numbers = [
        json!(1),
        json!("1"),
        json!(1.5),
        json!(-1),
        json!(true),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(18_446_744_073_709_551_616.0),
        json!(i64::MIN),
        json!(1e300),
        json!(null),
        json!([]),
        json!({}),
        json!(""),
    ];
    for (i, a) in numbers.iter().enumerate() {
        for (j, b) in numbers.iter().enumerate() {
            assert_eq!(i == j, key(a) == key(b), "{a} and {b}");
        }
    }
}

#[test]
fn parts_do_not_run_together() {
    let text = |parts: &[&str]| {
        parts
            .iter()
            .fold(KeyBuilder::new("k"), |b, part| b.text(part))
            .finish()
    };
    assert_ne!(text(&["ab", "c"]), text(&["a", "bc"]));
    assert_ne!(text(&["ab"]), text(&["ab", ""]));
    assert_ne!(
        KeyBuilder::new("a").text("b").finish(),
        KeyBuilder::new("b").text("a").finish()
    );
    assert_ne!(
        KeyBuilder::new("k").text("1").finish(),
        KeyBuilder::new("k").json(&json!("1")).finish()
    );
    assert_ne!(key(&json!([[1], 2])), key(&json!([[1, 2]])));
    assert_ne!(key(&json!({"a": {"b": 1}})), key(&json!({"a": {}, "b": 1})));
}

#[test]
fn a_key_prints_short() {
    let key = KeyBuilder::new("k").finish();
    assert_eq!(key.to_base64url().len(), 43);
    assert_eq!(format!("{key:?}").len(), "Key(0123456789abcdef)".len());
}

#[test]
fn a_very_deep_value_is_encoded_without_recursion() {
    let mut deep = json!(1);
    for _ in 0..10_000 {
        deep = Value::Array(vec![deep]);
    }
    assert_ne!(key(&deep), key(&json!(1)));
}

proptest! {
    #[test]
    fn keys_are_equal_exactly_when_values_are(a in any_json(), b in any_json()) {
        prop_assert_eq!(same(&a, &b), key(&a) == key(&b));
        prop_assert_eq!(key(&a), key(&a.clone()));
    }

    #[test]
    fn text_boundaries_count(text in "\\PC{2,12}", cut in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
        let cuts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        let (i, j) = (*cut.get(&cuts), *other.get(&cuts));
        let split = |at: usize| KeyBuilder::new("k").text(&text[..at]).text(&text[at..]).finish();
        prop_assert_eq!(i == j, split(i) == split(j));
    }
}
