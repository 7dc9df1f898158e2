//! Small helpers shared by the submodules: lists of names, lists as sets.

use serde_json::{Map, Value};

use crate::key::json_bytes;

/// The names in `'a,b'` or `['a', 'b,c']`: split at commas and trimmed. `None` if `value` is
/// neither a string nor an array of strings.
pub(super) fn names(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(text.split(',').map(str::trim).collect()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            Some(
                texts?
                    .into_iter()
                    .flat_map(|text| text.split(',').map(str::trim))
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Sorts a list whose order and repetitions do not matter, and drops the repetitions.
pub(super) fn as_set(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_cached_key(json_bytes);
    values.dedup_by_key(|value| json_bytes(value));
    values
}

/// Whether `value` is null, a boolean, a number or a string.
pub(super) fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Strapi's `parseBoolean` without `forceCast` (UT/parse-type.js): the values that are surely a
/// boolean; `None` for everything else.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "true" | "t" | "1" => Some(true),
            "false" | "f" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) if number.as_f64() == Some(1.0) => Some(true),
        Value::Number(number) if number.as_f64() == Some(0.0) => Some(false),
        _ => None,
    }
}

/// `{ name: value }`
pub(super) fn single(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

/// Name and value of an object with exactly one member.
pub(super) fn only(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object()?;
    let (name, member) = members.iter().next()?;
    (members.len() == 1).then_some((name.as_str(), member))
}
