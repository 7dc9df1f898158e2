//! Spells one meaning in many ways, by the throws of a die.

use serde_json::{Map, Value, json};

/// Random choices from a seed (xorshift).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    pub(super) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// In another order, sometimes with a repetition.
    pub(super) fn shuffled<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut items = items.to_vec();
        if !items.is_empty() && self.coin() {
            items.push(items[self.below(items.len())].clone());
        }
        for i in (1..items.len()).rev() {
            let other = self.below(i + 1);
            items.swap(i, other);
        }
        items
    }
}

#[derive(Debug, Clone)]
pub(super) enum Term {
    Eq(&'static str, Value),
    In(&'static str, Vec<Value>),
    Compare(&'static str, &'static str, Value),
    Range(&'static str, i64, i64),
    Null(&'static str, bool),
    Related(&'static str, Vec<Term>),
    Or(Vec<Vec<Term>>),
    Not(Vec<Term>),
}

/// All of `terms`, as one object.
pub(super) fn conjunction(terms: &[Term], dice: &mut Dice, related: bool) -> Value {
    let (mut inline, mut rest) = (Map::new(), Vec::new());
    let grouped = dice.coin()
        || terms
            .iter()
            .any(|term| matches!(term, Term::Or(_) | Term::Not(_)));
    for term in dice.shuffled(terms) {
        let (name, value) = spell(&term, dice);
        // A group inside a relation's condition would replace one beside it.
        let leaks = !name.starts_with('$') && value.to_string().contains("$and");
        let apart = leaks || inline.contains_key(&name) || (related && grouped);
        if !apart && (related || dice.coin()) {
            inline.insert(name, value);
        } else {
            rest.push(json!({ name: value }));
        }
    }
    if related && !inline.is_empty() && !rest.is_empty() {
        // Attributes and operators may not stand side by side on a relation.
        rest.push(Value::Object(std::mem::take(&mut inline)));
    }
    if !rest.is_empty() {
        for member in &mut rest {
            match dice.below(4) {
                0 => *member = json!({ "$and": [member] }),
                1 => *member = json!({ "$or": [member, {}] }),
                _ => {}
            }
        }
        inline.insert("$and".into(), rest.into());
    }
    Value::Object(inline)
}

fn spell(term: &Term, dice: &mut Dice) -> (String, Value) {
    let (name, value) = match term {
        Term::Eq(name, value) => (
            *name,
            match dice.below(3) {
                0 => value.clone(),
                1 => json!({ "$eq": value }),
                _ => json!({ "$eq": [value] }),
            },
        ),
        Term::In(name, values) => {
            let list = dice.shuffled(values);
            (
                *name,
                if dice.coin() {
                    list.into()
                } else {
                    json!({ "$in": list })
                },
            )
        }
        Term::Compare(name, operator, value) if dice.coin() => {
            (*name, json!({ *operator: [value, value] }))
        }
        Term::Compare(name, operator, value) => (*name, json!({ *operator: value })),
        Term::Range(name, low, high) => (*name, json!({ "$lt": high, "$gt": low })),
        Term::Null(name, yes) => (
            *name,
            match dice.below(3) {
                0 => json!({ "$null": yes }),
                1 => json!({ "$null": yes.to_string() }),
                _ => json!({ "$notNull": !yes }),
            },
        ),
        Term::Related(name, terms) => (*name, conjunction(terms, dice, true)),
        Term::Not(terms) => ("$not", conjunction(terms, dice, false)),
        Term::Or(alternatives) => {
            let alternatives = dice.shuffled(alternatives);
            let mut alternatives: Vec<Value> = alternatives
                .iter()
                .map(|terms| conjunction(terms, dice, false))
                .collect();
            if alternatives.len() > 2 && dice.coin() {
                let nested = alternatives.split_off(1);
                alternatives.push(json!({ "$or": nested }));
            }
            ("$or", alternatives.into())
        }
    };
    (name.to_owned(), value)
}

/// A list of names as a string or an array.
pub(super) fn names(names: &[String], dice: &mut Dice) -> Value {
    let names = dice.shuffled(names);
    match dice.below(3) {
        0 => names.join(" , ").into(),
        1 if names.len() > 1 => json!([names[..1].join(","), names[1..].join(",")]),
        _ => names.into(),
    }
}

pub(super) fn sort(terms: &[(&'static str, bool)], dice: &mut Dice) -> Value {
    let objects = dice.coin();
    let mut spelled: Vec<Value> = terms
        .iter()
        .map(|(path, descending)| {
            let order = match (descending, objects || dice.coin()) {
                (false, false) => "",
                (false, true) => ["asc", "ASC"][dice.below(2)],
                (true, _) => ["desc", "DESC"][dice.below(2)],
            };
            match objects {
                true => path
                    .rsplit('.')
                    .fold(json!(order), |inner, name| json!({ name: inner })),
                false if order.is_empty() => json!(path),
                false => json!(format!("{path}:{order}")),
            }
        })
        .collect();
    if let Some((path, _)) = terms
        .iter()
        .find(|(path, _)| !path.contains('.') && dice.coin())
    {
        spelled.push(if objects {
            json!({ *path: "desc" })
        } else {
            json!(format!("{path}:desc"))
        });
    }
    if !objects && dice.coin() {
        return spelled
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", ")
            .into();
    }
    spelled.into()
}
