//! Publishing, epochs, the ends of the log, and what it holds.

use pfapi_core::log::{ChangeId, LogEnds, Position};
use serde_json::json;

use super::{E1, E2, Server, open, published, record, run, with_log};
use crate::redis::{Beaten, Fault, Published};

const ID: ChangeId = ChangeId(7);

/// A record of no changes.
const NOTHING: &str = r#"{"v":1,"changes":[]}"#;

#[test]
fn entries_form_a_chain() {
    run(async {
        let (_server, redis) = with_log(json!({})).await;
        let first = published(&redis, 1).await;
        let second = published(&redis, 2).await;
        let log = redis.replay(None, 100).await.unwrap();
        assert_eq!(log.len(), 3);
        assert_eq!(log[0].previous, Position::default());
        assert_eq!(log[1].previous, log[0].position);
        assert_eq!((log[1].position, log[2].position), (first, second));
        assert_eq!(log[2].previous, first);
        assert_eq!((log[2].id, log[2].epoch), (ChangeId(2), E1));
        assert_eq!(log[2].record.encode(), record("test"));
        assert_eq!(redis.replay(Some(first), 100).await.unwrap(), log[2..]);
        assert_eq!(redis.replay(None, 2).await.unwrap(), log[..2]);
    });
}

/// Fails when publish.lua does not look for the id key.
#[test]
fn publishing_again_appends_nothing() {
    run(async {
        let (_server, redis) = with_log(json!({})).await;
        let position = published(&redis, 7).await;
        let again = redis.publish(E1, ID, &record("test")).await;
        assert_eq!(again, Ok(Published::Already(position)));
        assert_eq!(redis.replay(None, 100).await.unwrap().len(), 2);
    });
}

/// Fails when the id key does not name its epoch: the change would stay unpublished for ten minutes.
#[test]
fn a_change_of_the_log_before_is_published_to_the_new_one() {
    run(async {
        let (_server, redis) = with_log(json!({})).await;
        published(&redis, 7).await;
        assert_eq!(redis.start_epoch(Some(E1), E2).await, Ok(true));
        assert_eq!(redis.holds(E2, &[ID]).await, Ok(vec![None]));
        let again = redis.publish(E2, ID, &record("test")).await;
        assert!(matches!(again, Ok(Published::At(_))), "{again:?}");
    });
}

/// Fails when publish.lua or beat.lua look only at the epoch, or only at the stream.
#[test]
fn nothing_is_sent_to_a_log_that_is_not_there_or_of_another_epoch() {
    run(async {
        for lost in ["epoch", "log"] {
            let (server, redis) = with_log(json!({})).await;
            server.ask::<()>(&["DEL", &format!("{{pfapi:test}}:{lost}")]);
            let published = redis.publish(E1, ID, &record("test")).await;
            assert_eq!(published, Ok(Published::OtherEpoch(None)), "{lost}");
            let beaten = redis.beat(E1, 1, 2, None).await;
            assert_eq!(beaten, Ok(Beaten::OtherEpoch(None)), "{lost}");
            assert_eq!(redis.ends(None, None).await.unwrap().epoch, None);
            assert_eq!(redis.start_epoch(None, E2).await, Ok(true), "{lost}");
        }
        let (_server, redis) = with_log(json!({})).await;
        let published = redis.publish(E2, ID, &record("test")).await;
        assert_eq!(published, Ok(Published::OtherEpoch(Some(E1))));
        let beaten = redis.beat(E2, 1, 2, None).await;
        assert_eq!(beaten, Ok(Beaten::OtherEpoch(Some(E1))));
        assert_eq!(redis.replay(None, 100).await.unwrap().len(), 1);
    });
}

/// Fails when start_epoch.lua does not compare with what was observed.
#[test]
fn of_two_servers_that_begin_an_epoch_one_wins() {
    run(async {
        let server = Server::start(&[]);
        let (a, b) = (open(&server, json!({})), open(&server, json!({})));
        for observed in [None, Some(E1)] {
            if observed.is_some() {
                let current = a.ends(None, None).await.unwrap().epoch;
                assert_eq!(a.start_epoch(current, E1).await, Ok(true));
            }
            let (one, other) = tokio::join!(
                a.start_epoch(observed, pfapi_core::log::Epoch(10)),
                b.start_epoch(observed, pfapi_core::log::Epoch(11)),
            );
            assert_eq!(u8::from(one.unwrap()) + u8::from(other.unwrap()), 1);
        }
        assert_eq!(a.start_epoch(None, E2).await, Ok(false));
        assert_eq!(a.start_epoch(Some(E1), E2).await, Ok(false));
        let log = a.replay(None, 10).await.unwrap();
        assert_eq!(log.len(), 1);
        assert_eq!(Some(log[0].epoch), a.ends(None, None).await.unwrap().epoch);
    });
}

#[test]
fn the_ends_say_what_is_retained() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        let a = published(&redis, 1).await;
        let b = published(&redis, 2).await;
        let ends = redis.ends(Some(a), Some(b)).await.unwrap();
        assert_eq!((ends.epoch, ends.last), (Some(E1), Some(b)));
        assert!(ends.first.unwrap() < a && ends.has_followed && ends.has_removed);
        // Trimmed.
        server.ask::<()>(&["XTRIM", "{pfapi:test}:log", "MAXLEN", "=", "1"]);
        let ends = redis.ends(Some(a), Some(b)).await.unwrap();
        assert_eq!((ends.first, ends.last), (Some(b), Some(b)));
        assert!(!ends.has_followed && ends.has_removed);
        // Gone back: what was read is not there.
        let later = Position {
            milliseconds: b.milliseconds + 1,
            sequence: 0,
        };
        let ends = redis.ends(Some(later), None).await.unwrap();
        assert!(!ends.has_followed && !ends.has_removed);
        // Lost.
        server.ask::<()>(&["DEL", "{pfapi:test}:log"]);
        let ends = redis.ends(Some(a), Some(b)).await.unwrap();
        assert_eq!(ends, LogEnds::default());
    });
}

/// Fails when publish.lua believes the id key: a change whose own server has not followed it would stay pending for ten
/// minutes. (The model's variant `NeverPublishedTwice`.)
#[test]
fn what_was_trimmed_is_published_anew() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        let first = published(&redis, 7).await;
        published(&redis, 8).await;
        server.ask::<()>(&["XTRIM", "{pfapi:test}:log", "MAXLEN", "=", "1"]);
        match redis.publish(E1, ID, &record("test")).await {
            Ok(Published::At(position)) => assert!(position > first),
            other => panic!("{other:?}"),
        }
    });
}

/// Fails when beat.lua does not look for what the sender has followed.
#[test]
fn a_log_that_lost_what_was_followed_takes_no_heartbeat() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        let followed = published(&redis, 7).await;
        let beat = || redis.beat(E1, 1, 2, Some(followed));
        assert_eq!(beat().await, Ok(Beaten::Sent));
        let position = followed.to_string();
        server.ask::<()>(&["XDEL", "{pfapi:test}:log", &position]);
        assert_eq!(beat().await, Ok(Beaten::Lost));
    });
}

/// Fails when holds.lua believes the id key.
#[test]
fn what_was_trimmed_is_not_held() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        published(&redis, 7).await;
        let b = published(&redis, 8).await;
        server.ask::<()>(&["XTRIM", "{pfapi:test}:log", "MAXLEN", "=", "1"]);
        let held = redis.holds(E1, &[ID, ChangeId(8), ChangeId(9)]).await;
        assert_eq!(held, Ok(vec![None, Some(b), None]));
        // An id key that outlived its entry, whose position another has now.
        let key = format!("{{pfapi:test}}:id:{}", ChangeId(9));
        server.ask::<()>(&["SET", &key, &format!("{E1} {b}")]);
        assert_eq!(redis.holds(E1, &[ChangeId(9)]).await, Ok(vec![None]));
        let many: Vec<_> = (0..1200).map(ChangeId).collect();
        let before = redis.counters().commands.read();
        let held = redis.holds(E1, &many).await.unwrap();
        assert_eq!(redis.counters().commands.read(), before + 3);
        assert_eq!(held.len(), 1200);
        assert_eq!(held[8], Some(b));
    });
}

#[test]
fn the_log_is_trimmed_and_keeps_at_least_its_length() {
    run(async {
        let (server, redis) = with_log(json!({ "logLength": 100 })).await;
        for id in 0..500 {
            published(&redis, id).await;
        }
        let length: usize = server.ask(&["XLEN", "{pfapi:test}:log"]);
        assert!((100..300).contains(&length), "{length}");
    });
}

#[test]
fn what_cannot_be_read_counts_as_everything_and_what_has_no_place_is_a_fault() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        let add = |fields: &[&str]| {
            let words = [&["XADD", "{pfapi:test}:log", "*"][..], fields].concat();
            server.ask::<String>(&words)
        };
        let chain = ["epoch", "0000000000000001", "prev", "0-0"];
        add(&[&chain[..], &["id", "7", "record", "\u{fffd}{"]].concat());
        add(&[&chain[..], &["id", "not an id", "record", NOTHING]].concat());
        let log = redis.replay(None, 10).await.unwrap();
        for entry in &log[1..] {
            assert!(entry.record.encode().contains("everything"), "{entry:?}");
        }
        add(&["epoch", "none", "prev", "0-0", "id", "7"]);
        assert!(matches!(
            redis.replay(None, 10).await,
            Err(Fault::Damaged(_))
        ));
        server.ask::<()>(&["SET", "{pfapi:test}:epoch", "not an epoch"]);
        assert!(matches!(
            redis.ends(None, None).await,
            Err(Fault::Answer(_))
        ));
    });
}

/// Fails when a script that the server has forgotten is not sent whole.
#[test]
fn scripts_survive_being_forgotten() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        published(&redis, 1).await;
        server.ask::<()>(&["SCRIPT", "FLUSH"]);
        published(&redis, 2).await;
    });
}
