//! Reading what is in the log. Another version may have written it, or a hand.

use pfapi_core::log::{ChangeId, LogEntry, Position, Record};
use redis::Value;
use redis::streams::StreamId;

use super::fault::Fault;

/// Reads an entry. What it says is everything if it cannot be read, and its change then is one that nobody knows yet:
/// it evicts too much, and is not overlooked. Where it is and what it follows must be legible.
pub(super) fn log_entry(entry: &StreamId) -> Result<LogEntry, Fault> {
    let id = field::<ChangeId>(entry, "id");
    let record = match (&id, text(entry, "record")) {
        (Ok(_), Some(record)) => Record::decode(record),
        _ => Record::everything("an entry of the log that cannot be read"),
    };
    Ok(LogEntry {
        position: position(&entry.id)?,
        epoch: field(entry, "epoch")?,
        previous: field(entry, "prev")?,
        id: id.unwrap_or_else(|_| ChangeId(rand::random())),
        record,
    })
}

/// Reads a position.
pub(super) fn position(text: &str) -> Result<Position, Fault> {
    text.parse()
        .map_err(|error| Fault::Answer(format!("{error}")))
}

/// A field of an entry, read as what it should be.
pub(super) fn field<T>(entry: &StreamId, name: &str) -> Result<T, Fault>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let at = &entry.id;
    let text = text(entry, name)
        .ok_or_else(|| Fault::Damaged(format!("the entry {at} has no readable {name:?}")))?;
    text.parse()
        .map_err(|error| Fault::Damaged(format!("{name:?} of the entry {at}: {error}")))
}

fn text<'a>(entry: &'a StreamId, name: &str) -> Option<&'a str> {
    as_text(entry.map.get(name)?)
}

/// An answer as text, if it is one.
pub(super) fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}
