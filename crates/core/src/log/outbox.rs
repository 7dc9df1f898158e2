//! The rules of the outbox: a table of the database itself, in which a change and its announcement commit together.
//!
//! Every server reads all rows at short intervals, applies those it does not know and passes them on to the log. So a
//! change is seen although its writer died between COMMIT and publish, or lost Redis, or has none.

use std::collections::BTreeMap;

use super::position::ChangeId;

/// Milliseconds a row stays at least after its remover first saw it. Longer than two polls may be apart.
pub const RETENTION: u64 = 30_000;

/// Successful polls further apart than this, in milliseconds, may have missed a row that came and went in between:
/// then everything counts as changed, unless the log tells of it.
pub const MAX_POLL_GAP: u64 = 15_000;

/// One row, as a poll finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// The change it announces; an intent's own id.
    pub id: ChangeId,
    /// A write outside of any transaction is about to happen, happens, or has just happened. Applied by every poll that
    /// finds it, and never counted as seen: the write may take effect later.
    pub intent: bool,
}

/// Whether rows may have come and gone between two successful polls that began at these times, unseen by this server.
#[must_use]
pub fn gap(previous: Option<u64>, began: u64) -> bool {
    previous.is_some_and(|previous| began.saturating_sub(previous) > MAX_POLL_GAP)
}

/// When this server first saw each row that is there, on its own clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sightings {
    first: BTreeMap<Row, u64>,
}

impl Sightings {
    /// Takes in the rows that a poll has found, at its end. What is no longer there is forgotten.
    pub fn observe(&mut self, rows: impl IntoIterator<Item = Row>, now: u64) {
        let found = rows.into_iter().map(|row| {
            let first = self.first.get(&row).copied().unwrap_or(now);
            (row, first)
        });
        self.first = found.collect();
    }

    /// The changes whose rows are old enough to go. With a log they may go only if the log holds them at that moment.
    #[must_use]
    pub fn removable(&self, now: u64) -> Vec<ChangeId> {
        self.older_than(RETENTION, now, false)
    }

    /// The intents whose writer must be dead: older than a write may take. They become rows, under new ids.
    #[must_use]
    pub fn orphans(&self, now: u64, longest_write: u64) -> Vec<ChangeId> {
        self.older_than(longest_write, now, true)
    }

    fn older_than(&self, age: u64, now: u64, intent: bool) -> Vec<ChangeId> {
        self.first
            .iter()
            .filter(|(row, first)| row.intent == intent && now.saturating_sub(**first) >= age)
            .map(|(row, _)| row.id)
            .collect()
    }

    /// Rows that are there.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.first.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u128) -> Row {
        Row {
            id: ChangeId(id),
            intent: false,
        }
    }

    fn intent(id: u128) -> Row {
        Row {
            intent: true,
            ..row(id)
        }
    }

    #[test]
    fn a_row_stays_for_its_time_after_it_was_first_seen() {
        let mut seen = Sightings::default();
        seen.observe([row(1)], 1000);
        seen.observe([row(1), row(2)], 20_000);
        assert_eq!(seen.removable(30_999), []);
        assert_eq!(seen.removable(31_000), [ChangeId(1)]);
        assert_eq!(seen.depth(), 2);
    }

    #[test]
    fn what_has_gone_is_forgotten() {
        let mut seen = Sightings::default();
        seen.observe([row(1)], 0);
        seen.observe([], 1000);
        seen.observe([row(1)], 40_000);
        assert_eq!(seen.removable(40_000), []);
    }

    #[test]
    fn an_intent_is_never_removed_and_an_orphan_only_after_the_longest_write() {
        let mut seen = Sightings::default();
        seen.observe([intent(1), row(2)], 0);
        assert_eq!(seen.removable(100_000), [ChangeId(2)]);
        assert_eq!(seen.orphans(59_999, 60_000), []);
        assert_eq!(seen.orphans(60_000, 60_000), [ChangeId(1)]);
    }

    #[test]
    fn an_intent_that_settled_under_its_id_is_a_new_row() {
        let mut seen = Sightings::default();
        seen.observe([intent(1)], 0);
        seen.observe([row(1)], 29_000);
        assert_eq!(seen.removable(58_999), []);
        assert_eq!(seen.removable(59_000), [ChangeId(1)]);
    }

    #[test]
    fn polls_far_apart_may_have_missed_something() {
        assert!(!gap(None, 100_000));
        assert!(!gap(Some(0), MAX_POLL_GAP));
        assert!(gap(Some(0), MAX_POLL_GAP + 1));
    }
}
