//! `fields`, `populate` and `sort` by hand.

use serde_json::json;

use super::{different, same};

#[test]
fn fields_are_a_set() {
    same(
        "fields",
        &[json!("b, a"), json!(["a", "b", "a"]), json!(["id", "a,b"])],
    );
    same("fields", &[json!(null), json!("*"), json!(["a", "*"])]);
    different(
        "fields",
        &[
            json!("*"),
            json!([]),
            json!("a"),
            json!(["a", "documentId"]),
            json!(""),
            json!([1]),
        ],
    );
}

#[test]
fn populate_is_a_tree() {
    same(
        "populate",
        &[
            json!("a"),
            json!(["a"]),
            json!({"a": true}),
            json!({"a": "true"}),
            json!({"a": {}, "b": false}),
        ],
    );
    same(
        "populate",
        &[
            json!("a.b,a"),
            json!(["a.b"]),
            json!({"a": {"populate": {"b": true}}}),
            json!({"a": {"populate": "b"}}),
        ],
    );
    same(
        "populate",
        &[
            json!(null),
            json!(""),
            json!([]),
            json!({}),
            json!({"a": "false"}),
        ],
    );
    different(
        "populate",
        &[
            json!("*"),
            json!(["*"]),
            json!("a"),
            json!({"a": "*"}),
            json!({"a": {"populate": "*"}}),
            json!({"a.b": true}),
            json!("a.b"),
            json!({"a": 1}),
            json!({"a": {"count": true}}),
            json!({"a": {"on": {}}}),
            json!({"a": {"on": {"x": true}}}),
            json!({"a": {"on": {"x": false}}}),
            json!({"a": {"fields": []}}),
            json!(true),
        ],
    );
}

#[test]
fn sort_is_a_list_in_which_the_first_term_of_an_attribute_decides() {
    same(
        "sort",
        &[
            json!("a,b.c:DESC"),
            json!(["a:asc", "b.c:desc"]),
            json!([{"a": "ASC"}, {"b": {"c": "desc"}}]),
            json!("a,,b.c:desc,a:desc"),
        ],
    );
    same(
        "sort",
        &[
            json!(null),
            json!(" , "),
            json!([]),
            json!({}),
            json!([null]),
            json!({"a": ""}),
        ],
    );
    different(
        "sort",
        &[
            json!("a,b"),
            json!("b,a"),
            json!("a"),
            json!("a:desc"),
            json!({"a": "asc", "b": "asc"}),
            json!({"a.b": "asc"}),
            json!("a.b"),
            json!("a:"),
            json!("t.n,t.n:desc"),
            json!("t.n"),
            json!("a[0]"),
            json!(["a", null]),
        ],
    );
}
