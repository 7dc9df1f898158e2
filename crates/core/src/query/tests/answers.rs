//! Queries with different answers have different keys.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::evaluate::{answer, joins};
use super::key_of;

fn operand() -> impl Strategy<Value = Value> + Clone {
    let scalar = prop_oneof![
        4 => (1i64..4).prop_map(Value::from),
        3 => select(vec!["x", "y", "1", "en", "fr"]).prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    prop_oneof![4 => scalar.clone(), 1 => prop::collection::vec(scalar, 0..3).prop_map(Value::from)]
}

fn object(
    member: impl Strategy<Value = (String, Value)> + Clone,
    most: usize,
) -> impl Strategy<Value = Value> + Clone {
    prop::collection::vec(member, 0..=most)
        .prop_map(|members| Value::Object(Map::from_iter(members)))
}

fn condition() -> impl Strategy<Value = Value> + Clone {
    let operators = select(vec!["$eq", "$ne", "$in", "$notIn", "$gt", "$lt"]);
    let operator = prop_oneof![
        5 => (operators.prop_map(str::to_owned), operand()),
        1 => (select(vec!["$null", "$notNull"]).prop_map(str::to_owned), any::<bool>().prop_map(Value::from)),
    ];
    let operators = object(operator, 2);
    prop_oneof![
        3 => operand(),
        3 => operators.clone(),
        1 => prop_oneof![operand(), operators].prop_map(|v| json!({ "$not": v })),
    ]
}

fn filters() -> impl Strategy<Value = Value> {
    let column = (
        select(vec!["n", "s", "z", "locale"]).prop_map(str::to_owned),
        condition(),
    );
    object(column.clone(), 2).prop_recursive(3, 12, 3, move |inner| {
        let group = prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from);
        let group = (select(vec!["$and", "$or"]).prop_map(str::to_owned), group);
        let related = group
            .clone()
            .prop_map(|(name, group)| ("t".to_owned(), json!({ name: group })));
        let member = prop_oneof![
            2 => column.clone(),
            2 => group,
            1 => related,
            1 => (select(vec!["$not", "t"]).prop_map(str::to_owned), inner),
        ];
        prop::collection::vec(member, 0..=3)
            .prop_map(|members| Value::Object(Map::from_iter(members)))
    })
}

fn query() -> impl Strategy<Value = Value> {
    let fields = select(vec![
        json!(null),
        json!("n"),
        json!("n, s"),
        json!(["s", "n"]),
        json!("*"),
        json!([]),
    ]);
    let sort = select(vec![
        json!(null),
        json!("n"),
        json!("n:desc"),
        json!("z,n"),
        json!("n,z"),
        json!(["z:desc", "s"]),
        json!([{"z": "desc"}, {"s": "asc"}]),
        json!("z,z:desc"),
        json!({"z": "asc", "n": "asc"}),
    ]);
    (filters(), fields, sort, 0..2u64, 2..9u64).prop_map(
        |(filters, fields, sort, start, limit)| json!({"filters": filters, "fields": fields, "sort": sort, "start": start, "limit": limit}),
    )
}

/// A small change somewhere in a query; some keep its meaning, most do not.
#[derive(Debug, Clone)]
struct Mutation {
    place: Index,
    kind: u8,
    value: Value,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let value = prop_oneof![operand(), filters()];
    (any::<Index>(), 0..7u8, value).prop_map(|(place, kind, value)| Mutation { place, kind, value })
}

fn mutate(query: &Value, mutation: &Mutation) -> Value {
    fn places(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(i, v)| places(v, format!("{path}/{i}"), found)),
            Value::Object(o) => o
                .iter()
                .for_each(|(k, v)| places(v, format!("{path}/{k}"), found)),
            _ => {}
        }
        found.push(path);
    }
    let (mut query, mut found) = (query.clone(), Vec::new());
    places(&query["filters"], "/filters".to_owned(), &mut found);
    let Some(place) = query.pointer_mut(mutation.place.get::<String>(&found)) else {
        return query;
    };
    let renamed = |o: &Map<String, Value>, from: &str, to: &str| -> Value {
        o.iter()
            .map(|(k, v)| (if k == from { to.to_owned() } else { k.clone() }, v.clone()))
            .collect::<Map<_, _>>()
            .into()
    };
    *place = match (mutation.kind, &*place) {
        (0, Value::Object(o)) => json!({ "$and": [Value::Object(o.clone())] }),
        (1, Value::Object(o)) => json!({ "$or": [Value::Object(o.clone())] }),
        (2, Value::Object(o)) => renamed(o, "$and", "$or"),
        (3, Value::Object(o)) => o.iter().map(|(k, v)| json!({ k: v })).collect::<Value>(),
        (3, Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Map<_, _>>()
            .into(),
        (4, Value::Array(items)) => items.iter().rev().cloned().collect(),
        (4, Value::Object(o)) => o
            .iter()
            .map(|(k, v)| (k.clone(), json!({ "$and": [v] })))
            .collect::<Map<_, _>>()
            .into(),
        (5, Value::Array(items)) => items.iter().skip(1).cloned().collect(),
        (5, Value::Object(o)) => {
            json!({ "$and": o.iter().map(|(k, v)| json!({ k: v })).collect::<Value>() })
        }
        (6, value) if !value.is_object() => json!([value]),
        _ => mutation.value.clone(),
    };
    query
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn another_answer_has_another_key(a in query(), b in query(), mutations in prop::collection::vec(mutation(), 1..3)) {
        let near = mutations.iter().fold(a.clone(), |query, mutation| mutate(&query, mutation));
        let spread = json!({"filters": near["filters"], "fields": a["fields"], "sort": b["sort"], "start": a["start"], "limit": a["limit"]});
        for other in [&b, &near, &spread] {
            if joins(&a["filters"]).max(joins(&other["filters"])) <= 6 && answer(&a) != answer(other) {
                prop_assert_ne!(key_of(&a), key_of(other), "{} and {}", a, other);
            }
        }
    }
}
