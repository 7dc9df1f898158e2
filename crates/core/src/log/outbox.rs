//! The rules of the outbox: a table of the database itself, in which a change and its announcement commit together.
//!
//! Every server reads all rows at short intervals, applies those it does not know and passes them on to the log. So a
//! change is seen although its writer died between COMMIT and publish, or lost Redis, or has none.

use std::collections::BTreeMap;

use super::position::ChangeId;

/// Milliseconds a row stays at least after its remover first saw it, and its change in the log if there is one. Longer
/// than two polls may be apart, and than a server may be offline and serve.
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

/// Whether rows may have come and gone unseen by this server between two successful polls. What counts is when the
/// previous one began and when this one ends: a poll may take long, and its statement is anywhere in between. So may they
/// before the first poll of all, while a fetch that began earlier was running.
#[must_use]
pub fn gap(previous_began: Option<u64>, ended: u64) -> bool {
    previous_began.is_none_or(|previous| ended.saturating_sub(previous) > MAX_POLL_GAP)
}

/// When this server first saw each row that is there, on its own clock; where there is a log, and the row is no intent,
/// when it first saw it after having seen its change in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sightings {
    first: BTreeMap<Row, u64>,
    /// Rows that are there, counted or not.
    depth: usize,
}

impl Sightings {
    /// Takes in the rows that a poll has found, at its end. What is no longer there is forgotten.
    ///
    /// `logged`: whether a change has been seen in the log, always true without one; see
    /// [`Mirror::settled`](super::Mirror::settled). The time of a row counts from there. Were it to count from the row
    /// alone, a record published late could let its row go at once: a server whose last heartbeat is older than the
    /// record and whose next poll is younger than the removal would miss both, and think itself up to date.
    pub fn observe(
        &mut self,
        rows: impl IntoIterator<Item = Row>,
        now: u64,
        logged: impl Fn(ChangeId) -> bool,
    ) {
        let mut first = BTreeMap::new();
        self.depth = 0;
        for row in rows {
            self.depth += 1;
            if row.intent || logged(row.id) {
                first.insert(row, self.first.get(&row).copied().unwrap_or(now));
            }
        }
        self.first = first;
    }

    /// The log was taken up anew: the time of every row counts from here. What was seen in a log that is gone says nothing
    /// of a server that has not seen the new one yet.
    pub fn restart(&mut self) {
        self.first.clear();
    }

    /// The changes whose rows are old enough to go. With a log they may go only if the log holds them at that moment; one
    /// that it holds no more, trimmed or of an epoch before, is published again, or its row would stay for ever.
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
        self.depth
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
        seen.observe([row(1)], 1000, |_| true);
        seen.observe([row(1), row(2)], 20_000, |_| true);
        assert_eq!(seen.removable(30_999), []);
        assert_eq!(seen.removable(31_000), [ChangeId(1)]);
        assert_eq!(seen.depth(), 2);
    }

    #[test]
    fn the_time_of_a_row_counts_from_when_its_change_was_seen_in_the_log() {
        let mut seen = Sightings::default();
        seen.observe([row(1), intent(2)], 0, |_| false);
        seen.observe([row(1), intent(2)], 30_000, |_| false);
        assert_eq!(seen.orphans(30_000, 30_000), [ChangeId(2)]);
        assert_eq!((seen.removable(90_000), seen.depth()), (vec![], 2));
        seen.observe([row(1)], 31_000, |_| true);
        assert_eq!(seen.removable(60_999), []);
        assert_eq!(seen.removable(61_000), [ChangeId(1)]);
    }

    #[test]
    fn the_time_of_a_row_counts_from_when_its_log_was_entered() {
        let mut seen = Sightings::default();
        seen.observe([row(1)], 0, |_| true);
        seen.restart();
        assert_eq!(seen.removable(30_000), []);
        seen.observe([row(1)], 30_000, |_| true);
        assert_eq!(seen.removable(60_000), [ChangeId(1)]);
    }

    #[test]
    fn what_has_gone_is_forgotten() {
        let mut seen = Sightings::default();
        seen.observe([row(1)], 0, |_| true);
        seen.observe([], 1000, |_| true);
        seen.observe([row(1)], 40_000, |_| true);
        assert_eq!(seen.removable(40_000), []);
    }

    #[test]
    fn an_intent_is_never_removed_and_an_orphan_only_after_the_longest_write() {
        let mut seen = Sightings::default();
        seen.observe([intent(1), row(2)], 0, |_| true);
        assert_eq!(seen.removable(100_000), [ChangeId(2)]);
        assert_eq!(seen.orphans(59_999, 60_000), []);
        assert_eq!(seen.orphans(60_000, 60_000), [ChangeId(1)]);
    }

    #[test]
    fn an_intent_that_settled_under_its_id_is_a_new_row() {
        let mut seen = Sightings::default();
        seen.observe([intent(1)], 0, |_| true);
        seen.observe([row(1)], 29_000, |_| true);
        assert_eq!(seen.removable(58_999), []);
        assert_eq!(seen.removable(59_000), [ChangeId(1)]);
    }

    #[test]
    fn polls_far_apart_may_have_missed_something() {
        assert!(gap(None, 0));
        assert!(!gap(Some(0), MAX_POLL_GAP));
        assert!(gap(Some(0), MAX_POLL_GAP + 1));
    }
}
