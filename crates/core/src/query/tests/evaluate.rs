//! A small Strapi: answers queries on a table in memory, written from `where.js`, not from the code
//! under test. Conditions are three-valued; each relation key joins anew and holds if some related
//! row makes the whole condition true (LEFT JOIN with DISTINCT).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::compare::{Condition, Refused, all, any, rank, test_column};

type Object = Map<String, Value>;
fn table() -> Vec<Value> {
    let tags = |a: (i64, &str), b: (i64, &str)| json!([{"n": a.0, "s": a.1}, {"n": b.0, "s": b.1}]);
    vec![
        json!({"id": 1, "n": 1, "s": "x", "z": null, "locale": "en", "t": tags((1, "x"), (2, "y"))}),
        json!({"id": 2, "n": 2, "s": "x", "z": 1, "locale": "fr", "t": tags((1, "y"), (2, "x"))}),
        json!({"id": 3, "n": 1, "s": "y", "z": 2, "locale": "en", "t": [{}, {}]}),
        json!({"id": 4, "n": 3, "s": null, "z": null, "locale": "en", "t": tags((2, "x"), (2, "x"))}),
        json!({"id": 5, "n": null, "s": "y", "z": 1, "locale": "fr", "t": tags((3, "y"), (1, "x"))}),
        json!({"id": 6, "n": 2, "s": "z", "z": 3, "locale": "en", "t": [{}, {}]}),
        json!({"id": 7, "n": 2, "s": "y", "z": 1, "locale": "en", "t": tags((1, "x"), (3, "z"))}),
    ]
}

/// The answer to `query`; an error's text does not count.
pub(super) fn answer(query: &Value) -> Option<Vec<Value>> {
    let mut rows = Vec::new();
    for row in table() {
        if matches(&query["filters"], &row).ok()? {
            rows.push(row);
        }
    }
    for (column, descending) in order(&query["sort"]).into_iter().rev() {
        rows.sort_by(|a, b| {
            let by = rank(&a[&column]).cmp(&rank(&b[&column]));
            if descending { by.reverse() } else { by }
        });
    }
    let number = |name: &str| query[name].as_u64().map(|n| n as usize);
    let rows = rows
        .into_iter()
        .skip(number("start").unwrap_or(0))
        .take(number("limit").unwrap_or(99));
    Some(rows.map(|row| shown(&query["fields"], &row)).collect())
}

fn order(sort: &Value) -> Vec<(String, bool)> {
    let term = |text: &str| match text.trim().split_once(':') {
        Some((column, order)) => (column.to_owned(), order.to_lowercase() == "desc"),
        None => (text.trim().to_owned(), false),
    };
    let mut terms = Vec::new();
    for item in sort
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![sort.clone()])
    {
        terms.extend(
            item.as_str()
                .into_iter()
                .flat_map(|text| text.split(','))
                .map(term),
        );
        terms.extend(
            item.as_object()
                .into_iter()
                .flatten()
                .map(|(c, o)| (c.clone(), o == "desc" || o == "DESC")),
        );
    }
    terms
}

fn shown(fields: &Value, row: &Value) -> Value {
    let listed = fields
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![fields.clone()]);
    let names: Vec<&str> = listed
        .iter()
        .filter_map(Value::as_str)
        .flat_map(|f| f.split(',').map(str::trim))
        .collect();
    let all = fields.is_null() || names.contains(&"*");
    let kept = row
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| all || *name == "id" || names.contains(&name.as_str()));
    Value::Object(
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

/// How many joins the filters make; each doubles the work.
pub(super) fn joins(filters: &Value) -> usize {
    filters.to_string().matches("\"t\":").count()
}

fn matches(filters: &Value, row: &Value) -> Result<bool, Refused> {
    let mut root = Object::from_iter([("locale".to_owned(), json!("en"))]);
    root.extend(prune(filters).as_object().cloned().unwrap_or_default());
    let mut found = false;
    // Every join chooses one of two related rows by the next bit.
    for joins in 0..1 << joins(filters) {
        let mut joins = joins;
        let condition = all(process(&root, row, "0", &mut joins)?.into_values());
        found |= condition.is_none_or(|c| c == Some(true));
    }
    Ok(found)
}

fn prune(value: &Value) -> Value {
    let empty = |v: &Value| v.as_object().is_some_and(Object::is_empty);
    match value {
        Value::Array(items) => items.iter().map(prune).filter(|v| !empty(v)).collect(),
        Value::Object(o) => {
            let cast = |k: &str| k == "$null" || k == "$notNull";
            let members = o
                .iter()
                .map(|(k, v)| (k.clone(), if cast(k) { v.clone() } else { prune(v) }));
            Value::Object(members.filter(|(k, v)| cast(k) || !empty(v)).collect())
        }
        value => value.clone(),
    }
}

/// `processWhere`: columns and groups, in which a later one replaces an earlier one of its name.
fn process(
    object: &Object,
    row: &Value,
    alias: &str,
    joins: &mut u32,
) -> Result<BTreeMap<String, Condition>, Refused> {
    let mut found = BTreeMap::new();
    for (name, value) in object {
        match name.as_str() {
            "$and" | "$or" => {
                let mut members = Vec::new();
                for member in value.as_array().ok_or(Refused)? {
                    members.push(all(process(
                        member.as_object().ok_or(Refused)?,
                        row,
                        alias,
                        joins,
                    )?
                    .into_values()));
                }
                found.insert(
                    name.clone(),
                    if name == "$and" {
                        all(members)
                    } else {
                        any(members)
                    },
                );
            }
            "$not" => {
                let negated = all(
                    process(value.as_object().ok_or(Refused)?, row, alias, joins)?.into_values(),
                );
                found.insert(name.clone(), negated.map(|c| c.map(|b| !b)));
            }
            name if name.starts_with('$') => return Err(Refused),
            "t" => {
                let (related, alias) =
                    (&row["t"][(*joins & 1) as usize], format!("{alias}{joins}t"));
                *joins >>= 1;
                let inner = value.as_object().ok_or(Refused)?;
                let operators = inner.keys().filter(|k| k.starts_with('$')).count();
                if operators > 0
                    && (operators != inner.len()
                        || operators > 1
                        || !["$and", "$or"].iter().any(|g| inner.contains_key(*g)))
                {
                    return Err(Refused);
                }
                found.extend(process(inner, related, &alias, joins)?);
            }
            column => {
                found.insert(
                    format!("{alias}.{column}"),
                    test_column(&row[column], value)?,
                );
            }
        }
    }
    Ok(found)
}
