//! One column against one condition, and how conditions combine: SQL's three values, and a fourth
//! for what asks nothing.

use serde_json::Value;

/// `None`: asks nothing. `Some(None)`: unknown.
pub(super) type Condition = Option<Option<bool>>;

/// Strapi answers with an error.
pub(super) struct Refused;

pub(super) fn rank(value: &Value) -> (bool, i64, String) {
    (
        !value.is_null(),
        value.as_i64().unwrap_or(0),
        value.as_str().unwrap_or("").to_owned(),
    )
}

pub(super) fn test_column(column: &Value, condition: &Value) -> Result<Condition, Refused> {
    match condition {
        Value::Object(operators) => {
            let tested: Result<Vec<_>, _> = operators
                .iter()
                .map(|(name, operand)| apply(column, name, operand))
                .collect();
            Ok(all(tested?))
        }
        Value::Array(_) => apply(column, "$in", condition),
        _ => apply(column, "$eq", condition),
    }
}

fn apply(column: &Value, operator: &str, operand: &Value) -> Result<Condition, Refused> {
    if let (Value::Array(items), false) = (
        operand,
        ["$in", "$notIn", "$null", "$notNull"].contains(&operator),
    ) {
        let tested: Result<Vec<_>, _> = items
            .iter()
            .map(|item| apply(column, operator, item))
            .collect();
        return Ok(any(tested?));
    }
    let known = |b: bool| (!column.is_null() && !operand.is_null()).then_some(b);
    let list = || {
        operand
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![operand.clone()])
    };
    let within = || {
        let tested = list()
            .into_iter()
            .map(|item| apply(column, "$same", &item))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(any(tested).unwrap_or(Some(false)))
    };
    Ok(Some(match operator {
        "$eq" if operand.is_null() => Some(column.is_null()),
        "$ne" if operand.is_null() => Some(!column.is_null()),
        "$eq" | "$same" => known(column == operand),
        "$ne" => known(column != operand),
        "$gt" => known(rank(column) > rank(operand)),
        "$lt" => known(rank(column) < rank(operand)),
        "$null" => Some(column.is_null() == truth(operand)),
        "$notNull" => Some(column.is_null() != truth(operand)),
        "$in" => within()?,
        "$notIn" => within()?.map(|b| !b),
        "$not" => return Ok(test_column(column, operand)?.map(|c| c.map(|b| !b))),
        _ => return Err(Refused),
    }))
}

/// `parseBoolean` with `forceCast`.
fn truth(operand: &Value) -> bool {
    match operand {
        Value::String(text) => !["false", "f", "0", ""].contains(&text.as_str()),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Null => false,
        Value::Bool(yes) => *yes,
        _ => true,
    }
}

pub(super) fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    conditions
        .into_iter()
        .flatten()
        .reduce(|a, b| match (a, b) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        })
}

pub(super) fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    conditions
        .into_iter()
        .flatten()
        .reduce(|a, b| match (a, b) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        })
}
