//! Who may share a fetch. Letting `Landing::serves` always say yes makes the second and third tests fail.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;

use pfapi_core::dependency::Observed;
use pfapi_core::refreshable::{Failure, Fetching, Refreshable, Request};
use pfapi_engine::Engine;
use support::{City, engine, policy, public, spawn};

/// Waits until the spawned readers have come as far as they can without the held read.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn many_readers_of_one_key_cost_one_read() {
    let (engine, _) = engine();
    let city = City::new();
    let mut held = city.hold().await;
    let first = spawn(&engine, &city);
    held.has_read().await;
    let others: Vec<_> = (0..49).map(|_| spawn(&engine, &city)).collect();
    settle().await;
    held.release();
    assert_eq!(
        first.await.unwrap().1,
        "miss; reason=absent; fill=stored; age=0"
    );
    for other in others {
        let (value, outcome) = other.await.unwrap();
        assert_eq!(value, "1");
        assert_eq!(outcome, "miss; reason=absent; joined; fill=stored; age=0");
    }
    assert_eq!(city.reads(), 1);
    assert_eq!(engine.stats().joined, 49);
}

#[tokio::test]
async fn a_reader_who_comes_after_a_write_does_not_take_the_answer_of_a_fetch_from_before_it() {
    let (engine, _) = engine();
    let city = City::new();
    let mut held = city.hold().await;
    let early = spawn(&engine, &city);
    held.has_read().await;
    city.write(&engine, 2);
    let late = [
        spawn(&engine, &city),
        spawn(&engine, &city),
        spawn(&engine, &city),
    ];
    settle().await;
    held.release();
    assert_eq!(early.await.unwrap().0, "1");
    for reader in late {
        assert_eq!(reader.await.unwrap().0, "2");
    }
    // Those who came late shared one newer fetch.
    assert_eq!(city.reads(), 2);
}

#[tokio::test]
async fn an_answer_whose_origin_is_unknown_is_not_given_to_those_who_came_later() {
    let (engine, _) = engine();
    let city = City::with(Observed::default(), None);
    let mut held = city.hold().await;
    let early = spawn(&engine, &city);
    held.has_read().await;
    // The write names nothing that the answer is known to depend on; it depends on it all the same.
    city.write(&engine, 2);
    let late = spawn(&engine, &city);
    settle().await;
    held.release();
    assert_eq!(
        early.await.unwrap().1,
        "miss; reason=absent; fill=undeclared; age=0"
    );
    assert_eq!(late.await.unwrap().0, "2");
}

struct Broken(&'static str);

impl Refreshable for Broken {
    fn name(&self) -> &str {
        self.0
    }

    #[allow(clippy::panic, reason = "a source that panics is what is tested")]
    fn get_data<'a>(&'a self, _: &'a Request) -> Fetching<'a> {
        Box::pin(async move {
            match self.0 {
                "fails" => Err(Failure::Source("no".into())),
                "panics" => panic!("on purpose"),
                _ => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn a_source_that_fails_panics_or_hangs_gives_an_error_and_frees_the_key() {
    let limits = pfapi_core::policy::Limits {
        fetch_timeout: 500,
        ..support::LIMITS
    };
    let engine = Engine::new(
        limits,
        pfapi_engine::LogOptions::default(),
        pfapi_engine::Clock::System,
    )
    .unwrap();
    for (name, expected) in [
        ("fails", "no"),
        ("panics", "lost"),
        ("hangs", "within 500 ms"),
    ] {
        let registered = engine.register(Arc::new(Broken(name)), policy(), None);
        for _ in 0..2 {
            let failure = engine
                .answer(&registered, serde_json::json!({}).into(), &public())
                .await
                .unwrap_err();
            assert!(failure.to_string().contains(expected), "{failure}");
        }
    }
    let stats = engine.stats();
    assert_eq!((stats.failures, stats.flights, stats.entries), (6, 0, 0));
}

#[tokio::test]
async fn a_reader_who_comes_after_a_write_does_not_take_the_failure_of_a_fetch_from_before_it() {
    let (engine, _) = engine();
    let city = City::new();
    // Not released: the read that is held ends in a failure, as one that found nothing would.
    let mut held = city.hold().await;
    let registered = engine.register(Arc::clone(&city) as Arc<dyn Refreshable>, policy(), None);
    let early = tokio::spawn({
        let (engine, registered) = (engine.clone(), registered.clone());
        async move {
            engine
                .answer(&registered, serde_json::json!({}).into(), &public())
                .await
        }
    });
    held.has_read().await;
    city.write(&engine, 2);
    let late = spawn(&engine, &city);
    settle().await;
    drop(held);
    assert!(early.await.unwrap().is_err());
    assert_eq!(late.await.unwrap().0, "2");
}
