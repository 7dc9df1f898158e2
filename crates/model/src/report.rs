//! How an exploration is told.

use crate::explore::Explored;

/// One line about an exploration.
#[must_use]
pub fn line(name: &str, it: &Explored) -> String {
    let result = match &it.violation {
        None if it.complete => "holds".to_owned(),
        None => "holds as far as explored".to_owned(),
        Some(violation) => format!("{} steps: {}", violation.trace.len(), violation.what),
    };
    let took = it.took.as_secs_f64();
    format!(
        "{name:<52} {:>9} {:>3} {took:>7.1}s  {result}",
        it.states, it.depth
    )
}
