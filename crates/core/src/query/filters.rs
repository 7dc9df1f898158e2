//! `filters`: which rows an answer is about (`convertFiltersQueryParams` in UT, `processWhere` and
//! `applyWhere` in DB/query/helpers/where.js).
//!
//! An object is a conjunction of terms; a term is one attribute, one `$or` or one `$not`. The
//! canonical form has each term in an object of its own: `{$and: [terms]}`, sorted, without
//! repetitions and without nested `$and`, or the bare term if there is one. Objects with several
//! members stay only where Strapi gives them a meaning of their own; they never look canonical.
//!
//! Empty groups (`{}`, `$and: []`, `$or: []`) ask nothing: Strapi removes the first, knex
//! (`whereWrapped`) the others, in an `$or` and a `$not` as well as in an `$and`.
//!
//! Relations: what is below one attribute stays together, because every relation key is a join of
//! its own: `{tags: {a, b}}` asks for one tag, two `tags` terms for two.

use serde_json::{Map, Value};

use super::list::{as_set, is_scalar, only, single};
use super::operators;

type Object = Map<String, Value>;

/// At the root these attributes replace the condition that the Document Service adds itself
/// (`{...lookup, ...query.where}` in CORE/services/document-service/transform/query.js; findOne
/// sets `documentId` in turn), inside a group they add to it. So they are never moved across.
const SHADOWING: [&str; 3] = ["publishedAt", "locale", "documentId"];

/// The canonical filters, or `None` if every row is asked for.
pub(super) fn canonical(filters: &Value) -> Option<Value> {
    let root = match prune(filters) {
        Value::Null => return None,
        Value::Object(root) => root,
        // An array loses its meaning in the spread above; anything else is refused.
        _ => return Some(filters.clone()),
    };
    let (shadowing, rest): (Object, Object) = root
        .clone()
        .into_iter()
        .partition(|(name, _)| SHADOWING.contains(&name.as_str()));
    if is_ambiguous(&root) || shadowing.values().any(|value| leaks(value) != [false; 2]) {
        return Some(Value::Object(root));
    }
    let mut terms = Vec::new();
    collect(&rest, &mut terms);
    let terms = as_set(terms);
    let mut kept: Object = shadowing
        .into_iter()
        .map(|(name, value)| (name, attribute(&value)))
        .collect();
    match terms.as_slice() {
        [] => {}
        [term]
            if kept.is_empty()
                && only(term).is_some_and(|(name, _)| !SHADOWING.contains(&name)) =>
        {
            return Some(term.clone());
        }
        _ => {
            kept.insert("$and".into(), terms.into());
        }
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

/// Removes empty objects from the inside out, as `convertAndSanitizeFilters` does; it casts the
/// operands of `$null` and `$notNull` instead.
fn prune(value: &Value) -> Value {
    let is_empty = |value: &Value| value.as_object().is_some_and(Object::is_empty);
    match value {
        Value::Array(items) => items
            .iter()
            .map(prune)
            .filter(|item| !is_empty(item))
            .collect(),
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| {
                if matches!(name.as_str(), "$null" | "$notNull") {
                    return Some((name.clone(), value.clone()));
                }
                let value = prune(value);
                (!is_empty(&value)).then(|| (name.clone(), value))
            });
            Value::Object(members.collect())
        }
        _ => value.clone(),
    }
}

/// Adds the terms of a conjunction.
fn collect(object: &Object, terms: &mut Vec<Value>) {
    if is_ambiguous(object) {
        terms.push(Value::Object(object.clone()));
        return;
    }
    for (name, value) in object {
        match (name.as_str(), group(value), value) {
            ("$and", Some(members), _) => members
                .into_iter()
                .for_each(|member| collect(member, terms)),
            ("$or", Some(members), _) => any_of(members, terms),
            ("$not", _, Value::Object(negated)) => {
                terms.extend(conjunction(negated).map(|negated| single("$not", negated)));
            }
            (name, _, _) if name.starts_with('$') => terms.push(single(name, value.clone())),
            (name, _, _) => terms.push(single(name, attribute(value))),
        }
    }
}

/// Adds an `$or`: its alternatives are a set, nested ones are flattened, and a single one is no
/// choice.
fn any_of(members: Vec<&Object>, terms: &mut Vec<Value>) {
    let mut alternatives = Vec::new();
    for alternative in members.into_iter().filter_map(conjunction) {
        match only(&alternative) {
            Some(("$or", nested)) if group(nested).is_some() => {
                alternatives.extend(nested.as_array().into_iter().flatten().cloned());
            }
            _ => alternatives.push(alternative),
        }
    }
    let mut alternatives = as_set(alternatives);
    if alternatives.len() > 1 {
        terms.push(single("$or", alternatives.into()));
        return;
    }
    for alternative in alternatives.drain(..) {
        match only(&alternative) {
            Some(("$and", nested)) if group(nested).is_some() => {
                terms.extend(nested.as_array().into_iter().flatten().cloned());
            }
            _ => terms.push(alternative),
        }
    }
}

/// The canonical form of a conjunction inside a group; `None` if it asks nothing.
fn conjunction(object: &Object) -> Option<Value> {
    let mut terms = Vec::new();
    collect(object, &mut terms);
    let mut terms = as_set(terms);
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(single("$and", terms.into())),
    }
}

/// The value of one attribute.
fn attribute(value: &Value) -> Value {
    match value {
        // `whereIn` for a bare list as for `$in`.
        Value::Array(items) if items.iter().all(is_scalar) => {
            single("$in", as_set(items.clone()).into())
        }
        Value::Object(members) if operators::are_operators(members) => {
            operators::canonical(members)
        }
        Value::Object(members) if is_related(members) => related(members),
        Value::Array(_) | Value::Object(_) => value.clone(),
        _ => single("$eq", value.clone()),
    }
}

/// Whether an attribute's value is a condition on related rows: attributes only, or one group
/// (`processRelationWhere` refuses mixtures).
fn is_related(members: &Object) -> bool {
    match members.iter().next() {
        Some((name, value)) if members.len() == 1 && (name == "$and" || name == "$or") => {
            group(value).is_some()
        }
        first => {
            first.is_some()
                && !members.keys().any(|name| name.starts_with('$'))
                && !is_ambiguous(members)
        }
    }
}

/// A condition on related rows. An empty one still joins (and so makes the rows distinct): it is
/// kept. A bare `$not` or operator would be read as one on the relation itself.
fn related(members: &Object) -> Value {
    let mut terms = Vec::new();
    collect(members, &mut terms);
    let terms = as_set(terms);
    match terms.as_slice() {
        [term]
            if only(term).is_some_and(|(name, value)| {
                !name.starts_with('$') || (name == "$or" && group(value).is_some())
            }) =>
        {
            term.clone()
        }
        _ => single("$and", terms.into()),
    }
}

/// The members of a well-formed group: an array of objects.
fn group(value: &Value) -> Option<Vec<&Object>> {
    value.as_array()?.iter().map(Value::as_object).collect()
}

/// Whether two members of `object` end up in one `$and` or `$or`, of which Strapi keeps the last:
/// the group of a relation is copied into the object around it (`Object.assign`, with a "TODO: use
/// a better merge logic"). Such an object is left alone.
pub(super) fn is_ambiguous(object: &Object) -> bool {
    let mut seen = [0; 2];
    for (name, value) in object {
        let leaked = match name.as_str() {
            "$and" => [true, false],
            "$or" => [false, true],
            name if name.starts_with('$') => [false; 2],
            _ => leaks(value),
        };
        seen.iter_mut()
            .zip(leaked)
            .for_each(|(seen, leaked)| *seen += usize::from(leaked));
    }
    seen.iter().any(|&seen| seen > 1)
}

/// Which of `$and` and `$or` a relation's condition puts into the object around it.
fn leaks(value: &Value) -> [bool; 2] {
    let Value::Object(members) = value else {
        return [false; 2];
    };
    members
        .iter()
        .filter(|(name, _)| !name.starts_with('$'))
        .map(|(_, value)| leaks(value))
        .fold(
            [members.contains_key("$and"), members.contains_key("$or")],
            |a, b| [a[0] || b[0], a[1] || b[1]],
        )
}
