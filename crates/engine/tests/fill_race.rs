//! A write that overtakes a slow read, at each point where it can. Taking the ledger's check out of `Engine::store`
//! (or the stamp before the read) makes these fail.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "tests")]

mod support;

use pfapi_engine::Stats;
use support::{City, ask, changed, engine, spawn};

const MISS_STORED: &str = "miss; reason=absent; fill=stored; age=0";
const MISS_MOVED: &str = "miss; reason=absent; fill=moved; age=0";
const HIT: &str = "hit; reason=local; age=0";

fn is(answer: (String, String), value: &str, outcome: &str) {
    assert_eq!((answer.0.as_str(), answer.1.as_str()), (value, outcome));
}

#[tokio::test]
async fn miss_then_hit_then_write_then_fresh() {
    let (engine, _) = engine();
    let city = City::new();
    is(ask(&engine, &city).await, "1", MISS_STORED);
    is(ask(&engine, &city).await, "1", HIT);
    city.write(&engine, 2);
    is(ask(&engine, &city).await, "2", MISS_STORED);
    is(ask(&engine, &city).await, "2", HIT);
    assert_eq!(city.reads(), 2);
}

#[tokio::test]
async fn a_read_overtaken_by_a_write_is_not_stored() {
    let (engine, _) = engine();
    let city = City::new();
    let mut held = city.hold().await;
    let slow = spawn(&engine, &city);
    held.has_read().await;
    city.write(&engine, 2);
    held.release();
    // Who asked before the write may have the value from before it.
    is(slow.await.unwrap(), "1", MISS_MOVED);
    // Who asks after it must not.
    is(ask(&engine, &city).await, "2", MISS_STORED);
}

#[tokio::test]
async fn a_write_to_something_else_lets_the_fill_pass() {
    let (engine, _) = engine();
    let city = City::new();
    let mut held = city.hold().await;
    let slow = spawn(&engine, &city);
    held.has_read().await;
    engine.apply(&[changed("city", "2"), changed("country", "1")]);
    held.release();
    is(slow.await.unwrap(), "1", MISS_STORED);
    is(ask(&engine, &city).await, "1", HIT);
}

#[tokio::test]
async fn everything_changed_overtakes_too() {
    let (engine, _) = engine();
    let city = City::new();
    let mut held = city.hold().await;
    let slow = spawn(&engine, &city);
    held.has_read().await;
    engine.apply_everything();
    held.release();
    is(
        slow.await.unwrap(),
        "1",
        "miss; reason=absent; fill=unverifiable; age=0",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_a_storm_of_writes_no_reader_sees_an_older_value_than_was_committed_before_it_asked()
{
    use std::sync::atomic::Ordering;
    let (engine, _) = engine();
    let city = City::new();
    let writer = tokio::spawn({
        let (engine, city) = (engine.clone(), city.clone());
        async move {
            for value in 2..20_000 {
                city.write(&engine, value);
                // Bursts with pauses: some fetches are overtaken, others are stored and then evicted.
                if value % 500 == 0 {
                    tokio::time::sleep(std::time::Duration::from_micros(300)).await;
                } else if value % 3 == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    let mut readers = Vec::new();
    for _ in 0..3 {
        let (engine, city) = (engine.clone(), city.clone());
        readers.push(tokio::spawn(async move {
            for _ in 0..2_000 {
                // What has been committed *and applied*: `write` commits, then applies, so one may still be on its way.
                let committed = city.value.load(Ordering::SeqCst).saturating_sub(1);
                let (value, _) = ask(&engine, &city).await;
                assert!(
                    value.parse::<usize>().unwrap() >= committed,
                    "{value} is older than {committed}"
                );
            }
        }));
    }
    writer.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
    let stats: Stats = engine.stats();
    assert!(stats.stored > 0 && stats.evictions["changed"] > 0);
    assert_eq!(stats.flights, 0);
}
