//! Reads that wait.

use std::time::{Duration, Instant};

use pfapi_core::log::Position;
use serde_json::json;

use super::{E1, published, record, run, with_log};
use crate::redis::tail::Batch;
use crate::redis::{Beat, BeatPosition, Beaten, Published};

#[test]
fn a_read_brings_both_streams_and_says_whether_the_log_is_drained() {
    run(async {
        let (_server, redis) = with_log(json!({})).await;
        for id in 0..300 {
            published(&redis, id).await;
        }
        assert_eq!(redis.beat(E1, 5, 17, None).await, Ok(Beaten::Sent));
        let start = (Position::default(), BeatPosition::default());
        let first = redis.read(start.0, start.1, 1000).await.unwrap();
        assert!(!first.drained && first.entries.len() < 301);
        let at = first.entries.last().unwrap().position;
        let second = redis.read(at, start.1, 1000).await.unwrap();
        assert!(second.drained);
        assert_eq!(first.entries.len() + second.entries.len(), 301);
        let beat = Beat {
            server: 5,
            sent: 17,
        };
        assert_eq!(second.beats, [beat]);
        let at = second.entries.last().unwrap().position;
        let third: Batch = redis.read(at, second.beat_at, 20).await.unwrap();
        assert!(third.drained && third.entries.is_empty() && third.beats.is_empty());
        assert_eq!(third.beat_at, second.beat_at);
    });
}

#[test]
fn a_read_that_waits_is_woken_and_holds_up_nobody() {
    run(async {
        let (_server, redis) = with_log(json!({})).await;
        let at = redis.replay(None, 10).await.unwrap()[0].position;
        let began = Instant::now();
        let read = redis.read(at, BeatPosition::default(), 10_000);
        let publish = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            redis
                .publish(E1, pfapi_core::log::ChangeId(7), &record("test"))
                .await
        };
        let (batch, position) = tokio::join!(read, publish);
        let Ok(Published::At(position)) = position else {
            panic!("{position:?}");
        };
        assert_eq!(batch.unwrap().entries[0].position, position);
        assert!(began.elapsed() < Duration::from_secs(3));
    });
}

/// Fails when a read that is given up leaves its connection behind: the next one waits behind it.
#[test]
fn a_read_that_is_given_up_does_not_hold_up_the_next() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        let at = redis.replay(None, 10).await.unwrap()[0].position;
        for _ in 0..3 {
            let read = redis.read(at, BeatPosition::default(), 20_000);
            let given_up = tokio::time::timeout(Duration::from_millis(100), read).await;
            assert!(given_up.is_err());
        }
        // What this one asks for is there; nothing wakes the ones before it.
        let began = Instant::now();
        let read = redis.read(Position::default(), BeatPosition::default(), 20_000);
        assert_eq!(read.await.unwrap().entries.len(), 1);
        assert!(began.elapsed() < Duration::from_secs(3));
        // Redis has forgotten them.
        let clients: String = server.ask(&["CLIENT", "LIST"]);
        assert_eq!(clients.matches("cmd=xread").count(), 1, "{clients}");
    });
}
