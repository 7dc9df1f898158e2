//! `populate`: which related rows an answer contains (`convertPopulateQueryParams` in UT,
//! `query/helpers/populate/process.js` in DB).
//!
//! The canonical form is an object of attributes, each `true` or an object of canonical options.
//! `a`, `[a]`, `{a: true}`, `{a: 'true'}` and `{a: {}}` are one; `{a: false}` is absent; `a.b` is
//! `{a: {populate: {b: true}}}`. The wildcard stays `'*'`: what it expands to, the schema says.
//! The order of attributes shapes only the order of keys in the answer's JSON.
//!
//! Kept distinct: `{a: '*'}` and other strings (true for a relation, refused for a dynamic zone),
//! `['*']` (names an attribute `*`), numbers, null, unknown options.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::list::{boolean, names, single};
use super::{fields, filters, sort};

/// Longest dotted path that is written as nested objects.
const MAX_PATH: usize = 16;

/// The canonical object, `'*'`, or `None` when nothing is populated.
pub(super) fn canonical(populate: &Value) -> Option<Value> {
    match populate {
        Value::Null => None,
        Value::Object(attributes) => {
            let kept: Map<String, Value> = attributes
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), attribute(value)?)))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        _ => match names(populate).and_then(|paths| tree(&paths)) {
            Some(tree) if tree.0.is_empty() => None,
            Some(tree) => Some(tree.into_value()),
            None => Some(populate.clone()),
        },
    }
}

/// The value of one attribute; `None` if it is not populated.
fn attribute(value: &Value) -> Option<Value> {
    match value {
        // Only a string or a boolean is read as a boolean here; a number is refused.
        Value::String(_) | Value::Bool(_) => match boolean(value) {
            Some(true) => Some(Value::Bool(true)),
            Some(false) => None,
            None => Some(value.clone()),
        },
        Value::Object(members) => Some(options(members)),
        _ => Some(value.clone()),
    }
}

/// The options of one attribute (`convertNestedPopulate`), `true` if none is left.
fn options(members: &Map<String, Value>) -> Value {
    let kept: Map<String, Value> = members
        .iter()
        .filter_map(|(name, value)| {
            let value = match name.as_str() {
                // Unlike at the root, an empty string is no choice of fields (`if (fields)`).
                "fields" if value.as_str() == Some("") => None,
                "fields" => fields::canonical(value),
                "filters" => filters::canonical(value),
                "sort" => sort::canonical(value),
                "populate" => canonical(value),
                "on" => Some(fragments(value)),
                _ => Some(value.clone()),
            };
            Some((name.clone(), value?))
        })
        .collect();
    if kept.is_empty() {
        Value::Bool(true)
    } else {
        Value::Object(kept)
    }
}

/// `on: { uid: options }` of a polymorphic attribute. Only the named types are populated, so no
/// member is ever dropped; `false` is kept distinct.
fn fragments(on: &Value) -> Value {
    let Value::Object(types) = on else {
        return on.clone();
    };
    let types = types.iter().map(|(uid, value)| {
        let value = match value {
            Value::Object(members) => options(members),
            Value::String(_) if boolean(value) == Some(true) => Value::Bool(true),
            _ => value.clone(),
        };
        (uid.clone(), value)
    });
    Value::Object(types.collect())
}

/// Dotted paths, merged.
#[derive(Default)]
struct Tree<'a>(BTreeMap<&'a str, Tree<'a>>);

impl Tree<'_> {
    fn into_value(self) -> Value {
        let nodes = self.0.into_iter().map(|(name, below)| {
            let value = if below.0.is_empty() {
                Value::Bool(true)
            } else {
                single("populate", below.into_value())
            };
            (name.to_owned(), value)
        });
        Value::Object(nodes.collect())
    }
}

/// The tree of a list of paths; `None` if the list must stay as it is. An empty name is no
/// attribute and is skipped.
fn tree<'a>(paths: &[&'a str]) -> Option<Tree<'a>> {
    let mut root = Tree::default();
    for path in paths.iter().filter(|path| !path.is_empty()) {
        if path.split('.').any(|name| name == "*") || path.split('.').count() > MAX_PATH {
            return None;
        }
        let mut node = &mut root;
        for name in path.split('.') {
            node = node.0.entry(name).or_default();
        }
    }
    Some(root)
}
