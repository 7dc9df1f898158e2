//! Canonical queries: what means the same to Strapi gets the same key.
//!
//! Input is the query of a Strapi 5 find-many or count, already parsed, validated and sanitized.
//! The rules are those of `@strapi/utils/dist/convert-query-params.js` (UT) and
//! `@strapi/database/dist/query` (DB); each submodule names the lines it relies on.
//!
//! **Rule:** two queries that Strapi answers differently never become one. Where that cannot be
//! seen without the schema, a value stays as it is: kept distinct, it merely loses sharing. Queries
//! that Strapi refuses have no answer; a few of them (an empty option on a dynamic zone) take the
//! form of one that has.
//!
//! Untouched are all keys but `fields`, `populate`, `sort` and `filters`: `pagination`, `locale`,
//! `status` and the like depend on configuration that this crate does not know.

mod fields;
mod filters;
mod list;
mod operators;
mod order;
mod populate;
mod sort;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub use order::order_sensitive;

/// The deepest query that is rewritten, in nested arrays and objects. Strapi's own parser stops at
/// 20 (`depth` of `qs` in `@strapi/core/dist/middlewares/query.js`).
pub const MAX_DEPTH: usize = 64;

/// Rewrites a query into the one form shared by all queries that mean the same; idempotent.
///
/// A value that is no object, or nested deeper than [`MAX_DEPTH`], comes back borrowed and
/// unchanged. (Hence the [`Cow`]: copying it would recurse as deep as the value.)
///
/// Numbers are left as they were written; [`KeyBuilder::json`](crate::key::KeyBuilder::json)
/// compares them by value. Where the order of an object's members decides the answer see
/// [`order_sensitive`].
pub fn canonical(query: &Value) -> Cow<'_, Value> {
    let Value::Object(members) = query else {
        return Cow::Borrowed(query);
    };
    if deeper_than(query, MAX_DEPTH) {
        return Cow::Borrowed(query);
    }
    let rewritten = members.iter().filter_map(|(name, value)| {
        let value = match name.as_str() {
            "fields" => fields::canonical(value),
            "populate" => populate::canonical(value),
            "sort" => sort::canonical(value),
            "filters" => filters::canonical(value),
            _ => Some(value.clone()),
        };
        value.map(|value| (name.clone(), value))
    });
    Cow::Owned(Value::Object(rewritten.collect()))
}

/// Whether `value` nests arrays and objects deeper than `limit`; walks with its own stack.
fn deeper_than(value: &Value, limit: usize) -> bool {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > limit {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => {
                open.extend(members.values().map(|member| (member, depth + 1)))
            }
            _ => {}
        }
    }
    false
}
