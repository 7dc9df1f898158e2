//! `fields`: which attributes an answer shows (`convertFieldsQueryParams` in UT).

use serde_json::Value;

use super::list::names;

/// The sorted set of fields, or `None` when all are selected: absent, null, or `*` anywhere in the
/// list (`SELECT id, *` has the columns of `SELECT *`).
///
/// Strapi always adds `id`, so the list always holds it; `documentId` it adds for content types
/// only, which cannot be told here, so that one stays distinct. An empty list selects `id` alone.
/// The order of fields shapes nothing but the order of keys in the answer's JSON: two spellings get
/// the bytes of whichever was cached.
pub(super) fn canonical(fields: &Value) -> Option<Value> {
    if fields.is_null() {
        return None;
    }
    let Some(mut names) = names(fields) else {
        return Some(fields.clone());
    };
    if names.contains(&"*") {
        return None;
    }
    names.push("id");
    names.sort_unstable();
    names.dedup();
    Some(names.into())
}
