//! Where Strapi lets the order of an object's members decide the answer.

use serde_json::Value;

use super::filters::is_ambiguous;
use super::{MAX_DEPTH, deeper_than};

/// Whether the answer may depend on the order of the members of some object of this query, an order
/// that a parsed [`Value`] no longer has. The caller must then put the query as it was written
/// into the key beside the canonical one.
///
/// Two places do it: a `sort` object with several members (`{a: 'asc', b: 'asc'}` sorts by `a`
/// first), and filters in which `Object.assign` of `processWhere` (DB/query/helpers/where.js) lets
/// the `$and` or `$or` of one relation replace another's. A query too deep to look at counts too.
pub fn order_sensitive(query: &Value) -> bool {
    deeper_than(query, MAX_DEPTH)
        || any_member(query, &|name, value| match name {
            "sort" => contains(value, &|object| object.len() > 1),
            "filters" => contains(value, &is_ambiguous),
            _ => false,
        })
}

type Object = serde_json::Map<String, Value>;

/// Whether `test` holds for a member of any object in `value`.
fn any_member(value: &Value, test: &dyn Fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any_member(item, test)),
        Value::Object(members) => members
            .iter()
            .any(|(name, member)| test(name, member) || any_member(member, test)),
        _ => false,
    }
}

/// Whether `test` holds for `value` or any object in it.
fn contains(value: &Value, test: &dyn Fn(&Object) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains(item, test)),
        Value::Object(members) => {
            test(members) || members.values().any(|member| contains(member, test))
        }
        _ => false,
    }
}
