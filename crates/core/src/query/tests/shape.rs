//! Filters by hand, idempotence, and any input at all.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{canonical, order_sensitive};
use super::{any_json, different, same};

#[test]
fn filters_are_sets_of_conditions() {
    same(
        "filters",
        &[
            json!({"a": 1, "b": 2}),
            json!({"$and": [{"b": {"$eq": [2]}}, {"a": {"$eq": 1}}, {}]}),
            json!({"$or": [{"a": 1, "$and": [{"b": 2}]}]}),
        ],
    );
    same(
        "filters",
        &[json!({"a": [2, 1, 2]}), json!({"a": {"$in": [1, 2]}})],
    );
    same(
        "filters",
        &[
            json!({"a": {"$null": "true"}}),
            json!({"a": {"$notNull": false}}),
        ],
    );
    same(
        "filters",
        &[
            json!(null),
            json!({}),
            json!({"a": {}}),
            json!({"$or": [{}]}),
            json!({"$not": {"a": {}}}),
        ],
    );
    different(
        "filters",
        &[
            json!({}),
            json!({"a": 1}),
            json!({"a": "1"}),
            json!({"a": null}),
            json!({"a": [1]}),
            json!({"a": {"$eq": []}}),
            json!({"a": {"$not": 1}}),
            json!({"a": {"$not": {"$eq": 1}}}),
            json!({"$not": {"a": 1}}),
            json!({"a": {"$between": [1, 2]}}),
            json!({"a": {"$between": [2, 1]}}),
            json!({"a": {"$in": []}}),
            json!({"a": {"$eq": [1, 2]}}),
            json!({"a": [1, 2]}),
        ],
    );
}

#[test]
fn a_root_condition_that_replaces_strapis_own_is_not_moved() {
    different(
        "filters",
        &[
            json!({"locale": "fr"}),
            json!({"$and": [{"locale": "fr"}]}),
            json!({"locale": "fr", "$and": [{"locale": "fr"}]}),
        ],
    );
}

#[test]
fn one_related_row_is_not_two() {
    same(
        "filters",
        &[
            json!({"t": {"a": 1, "b": 2}}),
            json!({"t": {"$and": [{"a": 1}, {"b": 2}]}}),
        ],
    );
    different(
        "filters",
        &[
            json!({"t": {"a": 1, "b": 2}}),
            json!({"$and": [{"t": {"a": 1}}, {"t": {"b": 2}}]}),
            json!({"t": {"$and": []}}),
            json!({}),
            json!({"t": {"$not": {"a": 1}}}),
            json!({"t": {"$and": [{"$not": {"a": 1}}]}}),
            json!({"t": {"$gt": 1}}),
            json!({"t": {"$and": [{"$gt": 1}]}}),
        ],
    );
}

#[test]
fn groups_that_replace_one_another_are_left_alone() {
    let lost = json!({"t": {"$or": [{"a": 1}]}, "$or": [{"b": 2}]});
    different(
        "filters",
        &[
            lost.clone(),
            json!({"$and": [{"t": {"$or": [{"a": 1}]}}, {"$or": [{"b": 2}]}]}),
        ],
    );
    assert!(order_sensitive(&json!({"filters": lost})));
    assert!(order_sensitive(
        &json!({"populate": {"x": {"sort": {"a": "asc", "b": "asc"}}}})
    ));
    assert!(!order_sensitive(
        &json!({"sort": [{"a": "asc"}, {"b": "asc"}], "filters": {"a": 1, "b": 1, "$or": []}})
    ));
}

#[test]
fn a_query_too_deep_comes_back_as_it_is() {
    let mut deep = json!({"a": 1});
    for _ in 0..10_000 {
        // Built by hand: `json!` would copy, and so recurse.
        deep = Value::Object(
            [("$and".to_owned(), Value::Array(vec![deep]))]
                .into_iter()
                .collect(),
        );
    }
    let query = Value::Object([("filters".to_owned(), deep)].into_iter().collect());
    assert!(matches!(canonical(&query), Cow::Borrowed(_)));
    assert!(order_sensitive(&query));
    // serde_json drops by recursion: not this value, not on a test's small stack.
    std::mem::forget(query);
    let path = json!({"populate": (["a"; 10_000].join("."))});
    assert_eq!(*canonical(&path), path);
}

proptest! {
    #[test]
    fn any_value_is_taken_and_canonical_is_idempotent(value in any_json(), fields in any_json(), populate in any_json(), filters in any_json(), sort in any_json()) {
        let query = json!({"fields": fields, "populate": populate, "filters": filters, "sort": sort});
        for query in [&value, &query] {
            let once = canonical(query).into_owned();
            prop_assert_eq!(&*canonical(&once), &once);
            order_sensitive(query);
        }
    }
}
