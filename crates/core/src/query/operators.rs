//! Operators on one attribute: `{views: {$gt: 1, $in: [..]}}` (`applyOperator` in
//! DB/query/helpers/where.js).

use serde_json::{Map, Value};

use super::list::{as_set, boolean, is_scalar};

/// `WHERE_OPERATORS` of UT/operators.js, without the group operators.
const WHERE: [&str; 23] = [
    "$not",
    "$in",
    "$notIn",
    "$eq",
    "$eqi",
    "$ne",
    "$nei",
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$null",
    "$notNull",
    "$between",
    "$startsWith",
    "$endsWith",
    "$startsWithi",
    "$endsWithi",
    "$contains",
    "$notContains",
    "$containsi",
    "$notContainsi",
    "$jsonSupersetOf",
];

/// Whether all members are operators that may stand on an attribute.
pub(super) fn are_operators(members: &Map<String, Value>) -> bool {
    !members.is_empty() && members.keys().all(|name| WHERE.contains(&name.as_str()))
}

/// Several operators of one attribute, all of which must hold. They stay together: on a relation
/// only one is allowed, so taking them apart would make a refused query answerable.
pub(super) fn canonical(members: &Map<String, Value>) -> Value {
    let mut kept = Map::new();
    for (name, operand) in members {
        match (name.as_str(), boolean(operand)) {
            ("$null", Some(yes)) => kept.insert(name.clone(), yes.into()),
            // `$notNull: yes` is `$null: !yes`, unless that is asked as well.
            ("$notNull", Some(yes)) if !members.contains_key("$null") => {
                kept.insert("$null".into(), (!yes).into())
            }
            ("$notNull", Some(yes)) => kept.insert(name.clone(), yes.into()),
            _ => kept.insert(name.clone(), self::operand(name, operand)),
        };
    }
    Value::Object(kept)
}

fn operand(name: &str, operand: &Value) -> Value {
    match (name, operand) {
        // A range has an order, and JSON operands a meaning of their own. `$null` of anything that
        // is not surely a boolean is cast by rules that are better not relied on.
        ("$between" | "$jsonSupersetOf" | "$null" | "$notNull", _) => operand.clone(),
        ("$in" | "$notIn", Value::Array(items)) if items.iter().all(is_scalar) => {
            as_set(items.clone()).into()
        }
        ("$in" | "$notIn", value) if is_scalar(value) && !value.is_null() => {
            vec![value.clone()].into()
        }
        ("$in" | "$notIn", _) => operand.clone(),
        ("$not", Value::Object(members)) if are_operators(members) => canonical(members),
        // Any other operator takes a list as: at least one of them. An empty list asks nothing, so
        // it must not become anything else.
        (_, Value::Array(items)) if !items.is_empty() && items.iter().all(is_scalar) => {
            let mut items = as_set(items.clone());
            if items.len() == 1 {
                items.remove(0)
            } else {
                items.into()
            }
        }
        _ => operand.clone(),
    }
}
