use super::*;
use crate::change::{Change, RowChange};

const E: Epoch = Epoch(1);

fn at(milliseconds: u64) -> Position {
    Position {
        milliseconds,
        sequence: 0,
    }
}

fn stamp(milliseconds: u64) -> SharedStamp {
    SharedStamp {
        epoch: E,
        position: at(milliseconds),
    }
}

fn record(uid: &str, id: &str) -> Record {
    let row = RowChange {
        id: id.into(),
        fields: None,
    };
    Record::changes(vec![Change {
        uid: uid.into(),
        rows: Some(vec![row]),
        edges: vec![],
    }])
}

fn entry(milliseconds: u64, id: u128, record: Record) -> LogEntry {
    LogEntry {
        position: at(milliseconds),
        epoch: E,
        previous: at(milliseconds - 1),
        id: ChangeId(id),
        record,
    }
}

fn a1() -> Vec<Dependency> {
    vec![Dependency::document("a", "1", Mask::NONE)]
}

/// A mirror that has followed the log up to position 10.
fn following() -> Mirror {
    let mut mirror = Mirror::new(true, 1 << 20);
    assert_eq!(mirror.stamp(), None);
    mirror.enter(stamp(10));
    mirror
}

#[test]
fn a_change_of_our_own_does_not_raise_the_stamp_and_kills_shared_values_at_once() {
    let mut mirror = following();
    assert_eq!(mirror.judge(&a1(), stamp(10)), Ok(()));
    mirror.commit(ChangeId(1), &record("a", "1"));
    assert_eq!(mirror.stamp(), Some(stamp(10)));
    assert_eq!(mirror.judge(&a1(), stamp(10)), Err(Refusal::Moved));
    assert_eq!(mirror.judge(&a1(), stamp(99)), Err(Refusal::Moved));
    assert_eq!(
        mirror.follow(&entry(11, 1, record("a", "1"))),
        Followed::Known
    );
    assert_eq!(mirror.judge(&a1(), stamp(10)), Err(Refusal::Moved));
    assert_eq!(mirror.judge(&a1(), stamp(11)), Ok(()));
    assert_eq!(mirror.pending(), []);
}

#[test]
fn a_record_of_another_server_evicts_and_is_applied_once() {
    let mut mirror = following();
    mirror.ledger_mut().index(EntryId(1), &a1());
    let news = mirror.follow(&entry(11, 1, record("a", "1")));
    assert_eq!(news, Followed::Applied(vec![EntryId(1)]));
    assert_eq!(mirror.found(ChangeId(1), &record("a", "1")), None);
    assert_eq!(
        mirror.follow(&entry(11, 1, record("a", "1"))),
        Followed::Known
    );
}

#[test]
fn a_row_of_the_outbox_is_applied_and_pending_until_the_log_has_it() {
    let mut mirror = following();
    mirror.ledger_mut().index(EntryId(1), &a1());
    let evicted = mirror.found(ChangeId(1), &record("a", "1"));
    assert_eq!(evicted, Some(vec![EntryId(1)]));
    assert_eq!(mirror.pending(), [(ChangeId(1), record("a", "1"))]);
    assert_eq!(mirror.judge(&a1(), stamp(10)), Err(Refusal::Moved));
}

#[test]
fn an_intent_is_applied_by_every_poll_and_forbids_shared_values_while_it_stands() {
    let mut mirror = following();
    for entry in [EntryId(1), EntryId(2)] {
        mirror.ledger_mut().index(entry, &a1());
        assert_eq!(mirror.stand([&record("a", "1")]), [entry]);
    }
    assert_eq!(mirror.judge(&a1(), stamp(10)), Err(Refusal::Moved));
    mirror.stand([]);
    assert_eq!(mirror.judge(&a1(), stamp(10)), Ok(()));
    mirror.stand([&Record::everything("why")]);
    assert_eq!(mirror.judge(&[], stamp(10)), Err(Refusal::Moved));
}

#[test]
fn another_epoch_and_a_gap_are_told() {
    let mut mirror = following();
    let other = LogEntry {
        epoch: Epoch(2),
        ..entry(11, 1, record("a", "1"))
    };
    assert_eq!(mirror.follow(&other), Followed::OtherEpoch);
    assert_eq!(
        mirror.follow(&entry(13, 1, record("a", "1"))),
        Followed::Gap
    );
    assert_eq!(mirror.stamp(), Some(stamp(10)));
    let elsewhere = SharedStamp {
        epoch: Epoch(2),
        ..stamp(99)
    };
    assert_eq!(mirror.judge(&[], elsewhere), Err(Refusal::Unverifiable));
}

#[test]
fn an_entry_from_the_shared_tier_is_found_by_the_next_change() {
    let mut mirror = following();
    assert!(mirror.admit(EntryId(1), &a1(), stamp(10)).is_ok());
    let evicted = mirror.follow(&entry(11, 1, record("a", "1")));
    assert_eq!(evicted, Followed::Applied(vec![EntryId(1)]));
    let refused = mirror.admit(EntryId(2), &a1(), stamp(10));
    assert_eq!(refused, Err(Refusal::Moved));
    assert_eq!(mirror.ledger().index_size(), (0, 0));
}

#[test]
fn everything_changed_leaves_nothing_verifiable() {
    let mut mirror = following();
    mirror.commit(ChangeId(1), &Record::everything("why"));
    assert_eq!(mirror.judge(&[], stamp(10)), Err(Refusal::Moved));
    mirror.follow(&entry(11, 1, Record::everything("why")));
    assert_eq!(mirror.judge(&[], stamp(10)), Err(Refusal::Unverifiable));
    assert_eq!(mirror.judge(&[], stamp(11)), Ok(()));
}

#[test]
fn too_many_pending_changes_are_given_up_for_one_of_everything() {
    let mut mirror = following();
    for id in 0..=MAX_PENDING as u128 {
        mirror.commit(ChangeId(id), &record("a", "1"));
    }
    assert!(mirror.overflowed() && mirror.pending().is_empty());
    assert_eq!(mirror.judge(&[], stamp(10)), Err(Refusal::Unverifiable));
    let everything = mirror.give_up(ChangeId(1 << 100));
    assert_eq!(mirror.judge(&[], stamp(10)), Err(Refusal::Moved));
    mirror.follow(&entry(11, 1 << 100, everything));
    assert_eq!(mirror.judge(&[], stamp(11)), Ok(()));
}

#[test]
fn a_mask_registered_late_makes_earlier_values_unverifiable() {
    let mut mirror = following();
    mirror.follow(&entry(11, 1, record("a", "1")));
    let mask = mirror.ignore_fields("a", &["views".to_owned()]);
    let masked = [Dependency::document("a", "1", mask)];
    assert_eq!(mirror.judge(&masked, stamp(10)), Err(Refusal::Unverifiable));
    assert_eq!(mirror.judge(&masked, stamp(11)), Ok(()));
}

#[test]
fn without_a_shared_log_nothing_is_pending() {
    let mut mirror = Mirror::new(false, 0);
    mirror.commit(ChangeId(1), &record("a", "1"));
    assert_eq!(mirror.pending(), []);
}

#[test]
fn a_change_that_the_own_poll_found_and_the_log_has_is_not_held_again() {
    let mut mirror = following();
    let record = record("a", "1");
    // The poll reads the row between COMMIT and the moment at which the writer gets to say so.
    assert!(mirror.found(ChangeId(1), &record).is_some());
    assert!(!mirror.settled(ChangeId(1)));
    mirror.commit(ChangeId(1), &record);
    assert_eq!(mirror.sizes().1, 1);
    assert_eq!(
        mirror.follow(&entry(11, 1, record.clone())),
        Followed::Known
    );
    assert!(mirror.settled(ChangeId(1)));
    assert_eq!(mirror.judge(&a1(), stamp(11)), Ok(()));

    mirror.found(ChangeId(2), &record);
    mirror.follow(&entry(12, 2, record.clone()));
    mirror.commit(ChangeId(2), &record);
    assert!(mirror.pending().is_empty());
    assert_eq!(mirror.judge(&a1(), stamp(12)), Ok(()));
}
