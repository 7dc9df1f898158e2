//! `sort`: the order of an answer (`convertSortQueryParams` in UT, `processOrderBy` in DB).

use serde_json::Value;

/// The terms in order, each as `path.to.attribute:asc|desc`, or `None` when nothing is sorted by
/// (`hasSort` in UT/sort-query.js).
///
/// Unchanged stay: objects with more than one member (their order was lost when they were parsed,
/// see [`order_sensitive`](super::order_sensitive)); mixed lists; names that lodash's `toPath` would read in
/// a special way; anything Strapi refuses.
pub(super) fn canonical(sort: &Value) -> Option<Value> {
    let Some(terms) = terms(sort) else {
        return Some(sort.clone());
    };
    let mut kept: Vec<Term> = Vec::new();
    for term in terms {
        // The first term of an attribute decides. Through a relation each term joins anew and may
        // order by another related row (`createJoin`), so there a second one counts.
        let decided =
            !term.path.contains('.') && kept.iter().any(|earlier| earlier.path == term.path);
        if !decided {
            kept.push(term);
        }
    }
    let terms: Vec<String> = kept
        .into_iter()
        .map(|term| format!("{}:{}", term.path, term.direction))
        .collect();
    (!terms.is_empty()).then(|| terms.into())
}

struct Term {
    path: String,
    direction: &'static str,
}

/// The terms of a `sort` value; `None` if it must stay as it is.
fn terms(sort: &Value) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    match sort {
        Value::Null => {}
        Value::String(text) => text_terms(text, &mut terms)?,
        Value::Object(_) => object_term(sort, "", &mut terms)?,
        Value::Array(items) if items.iter().all(Value::is_string) => {
            for text in items.iter().filter_map(Value::as_str) {
                text_terms(text, &mut terms)?;
            }
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for item in items {
                object_term(item, "", &mut terms)?;
            }
        }
        // `sort[]` parses to `[null]`, which is no sort.
        Value::Array(items) if items.iter().all(Value::is_null) => {}
        _ => return None,
    }
    Some(terms)
}

/// `'a:desc, b.c'`; segments without a field are skipped (`getMeaningfulSortSegments`).
fn text_terms(text: &str, terms: &mut Vec<Term>) -> Option<()> {
    for segment in text.split(',') {
        // What follows a second colon is ignored.
        let mut parts = segment.split(':').map(str::trim);
        let path = parts.next().unwrap_or_default();
        if path.is_empty() {
            continue;
        }
        let direction = direction(parts.next().unwrap_or("asc"))?;
        if !path.split('.').all(is_plain) {
            return None;
        }
        terms.push(Term {
            path: path.to_owned(),
            direction,
        });
    }
    Some(())
}

/// `{ a: 'desc' }` or `{ a: { b: 'desc' } }`; a blank direction is no term.
fn object_term(object: &Value, prefix: &str, terms: &mut Vec<Term>) -> Option<()> {
    let members = object.as_object()?;
    if members.len() > 1 {
        return None;
    }
    for (name, order) in members {
        if !is_plain(name) {
            return None;
        }
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match order {
            Value::Object(_) => object_term(order, &path, terms)?,
            Value::String(text) if text.trim().is_empty() => {}
            Value::String(text) => terms.push(Term {
                path,
                direction: direction(text.trim())?,
            }),
            _ => return None,
        }
    }
    Some(())
}

fn direction(order: &str) -> Option<&'static str> {
    ["asc", "desc"]
        .into_iter()
        .find(|direction| order.eq_ignore_ascii_case(direction))
}

/// A name that `toPath` takes as one key, and that cannot be read as an array index.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
