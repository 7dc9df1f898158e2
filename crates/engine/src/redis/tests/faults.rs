//! Redis away, hung, restarted, or with another password.

use std::time::{Duration, Instant};

use bytes::Bytes;
use pfapi_core::key::{Key, KeyBuilder};
use pfapi_core::log::Position;
use serde_json::json;

use super::{E1, Server, open, options, run, with_log};
use crate::redis::{BeatPosition, BreakerState, Fault, Redis};

fn key() -> Key {
    KeyBuilder::new("test").finish()
}

/// Asks until it is answered. Returns how long that took.
async fn until_answered(redis: &Redis) -> Duration {
    let began = Instant::now();
    while redis.get(&key()).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

/// Fails when timeouts are not counted.
#[test]
fn a_hung_redis_is_left_alone_and_comes_back() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(
            &server,
            json!({ "commandTimeout": 100, "connectTimeout": 300 }),
        );
        until_answered(&redis).await;
        server.freeze();
        let began = Instant::now();
        let mut asked = 0;
        while redis.state() == BreakerState::Closed {
            assert_eq!(redis.get(&key()).await, Err(Fault::Timeout));
            asked += 1;
            assert!(asked <= 5 && began.elapsed() < Duration::from_millis(1500));
        }
        let began = Instant::now();
        for _ in 0..1000 {
            assert_eq!(redis.get(&key()).await, Err(Fault::Open));
        }
        assert!(began.elapsed() < Duration::from_millis(100));
        // Trials fail: few calls wait, and none longer than a call may.
        let before = redis.counters().timeouts.read();
        for _ in 0..150 {
            let began = Instant::now();
            assert!(redis.get(&key()).await.is_err());
            assert!(began.elapsed() < Duration::from_millis(500));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let waited = redis.counters().timeouts.read() - before;
        assert!((1..=3).contains(&waited), "{waited}");
        assert_eq!(redis.state().as_str(), "open");
        server.thaw();
        until_answered(&redis).await;
        assert_eq!(redis.state(), BreakerState::Closed);
        assert!(redis.counters().openings.read() >= 1);
        assert!(redis.counters().open.read() >= 1000);
    });
}

/// Fails when answers are matched to calls in the order of those that still wait.
#[test]
fn a_late_answer_is_nobody_elses() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(&server, json!({ "commandTimeout": 300 }));
        let (mine, other) = (key(), KeyBuilder::new("other").finish());
        redis
            .put(&key(), Bytes::from_static(b"mine"), 60_000)
            .await
            .unwrap();
        redis
            .put(&other, Bytes::from_static(b"other"), 60_000)
            .await
            .unwrap();
        server.freeze();
        assert_eq!(redis.get(&key()).await, Err(Fault::Timeout));
        let waiting = tokio::time::timeout(Duration::from_millis(50), redis.get(&mine));
        assert!(waiting.await.is_err());
        let (found, ()) = tokio::join!(redis.get(&other), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            server.thaw();
        });
        assert_eq!(found.unwrap().unwrap().0, "other");
        for _ in 0..10 {
            assert_eq!(redis.get(&key()).await.unwrap().unwrap().0, "mine");
            assert_eq!(redis.get(&other).await.unwrap().unwrap().0, "other");
        }
    });
}

#[test]
fn a_redis_that_hangs_at_the_start_opens_the_breaker_by_the_time_limit_of_connecting() {
    run(async {
        let server = Server::start(&[]);
        server.freeze();
        let redis = open(
            &server,
            json!({ "commandTimeout": 100, "connectTimeout": 300 }),
        );
        let began = Instant::now();
        while redis.state() == BreakerState::Closed {
            assert_eq!(redis.get(&key()).await, Err(Fault::Timeout));
            assert!(began.elapsed() < Duration::from_millis(1000));
        }
        server.thaw();
        until_answered(&redis).await;
    });
}

#[test]
fn a_killed_redis_is_found_again_by_all_connections() {
    run(async {
        let (mut server, redis) = with_log(json!({})).await;
        until_answered(&redis).await;
        let start = (Position::default(), BeatPosition::default());
        redis.read(start.0, start.1, 10).await.unwrap();
        server.kill();
        let mut last = Fault::Timeout;
        for _ in 0..8 {
            last = redis.get(&key()).await.unwrap_err();
        }
        assert_eq!(last, Fault::Open);
        for _ in 0..3 {
            let read = redis.read(start.0, start.1, 10).await;
            assert!(matches!(read, Err(Fault::Connection(_))), "{read:?}");
        }
        server.restart();
        until_answered(&redis).await;
        assert_eq!(redis.ends(None, None).await.unwrap().epoch, None);
        assert_eq!(redis.start_epoch(None, E1).await, Ok(true));
        let batch = redis.read(start.0, start.1, 1000).await.unwrap();
        assert_eq!(batch.entries.len(), 1);
    });
}

#[test]
fn a_redis_that_is_not_there_yet_is_no_hindrance() {
    run(async {
        let mut server = Server::start(&[]);
        server.kill();
        let redis = open(&server, json!({}));
        let fault = redis.get(&key()).await.unwrap_err();
        assert!(matches!(fault, Fault::Connection(_)), "{fault:?}");
        server.restart();
        until_answered(&redis).await;
    });
}

#[test]
fn refused_credentials_are_named() {
    run(async {
        let server = Server::start(&["--requirepass", "right"]);
        for wrong in [json!({}), json!({ "password": "wr0ng-word" })] {
            let redis = Redis::open(options(&[server.url()], wrong), &super::RUNTIME).unwrap();
            let text = match redis.get(&key()).await {
                Err(Fault::Connection(text)) => text,
                other => panic!("{other:?}"),
            };
            assert!(text.to_lowercase().contains("auth"), "{text}");
            assert!(!text.contains("wr0ng-word"), "{text}");
        }
        let url = format!("redis://:wrong@127.0.0.1:{}", server.port);
        let right = options(&[url], json!({ "password": "right" }));
        let redis = Redis::open(right, &super::RUNTIME).unwrap();
        assert_eq!(redis.get(&key()).await, Ok(None));
    });
}

#[test]
fn a_refusal_is_an_answer() {
    run(async {
        let (server, redis) = with_log(json!({})).await;
        server.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
        for _ in 0..10 {
            let put = redis.put(&key(), Bytes::from_static(b"1"), 60_000).await;
            assert!(matches!(put, Err(Fault::Answer(_))), "{put:?}");
        }
        assert_eq!(redis.state(), BreakerState::Closed);
    });
}
