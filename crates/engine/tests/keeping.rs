//! How long answers are kept: ttl, size, permanent, `evict: false`, ignored fields.

#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;

use pfapi_core::change::{Change, RowChange};
use pfapi_core::dependency::Observed;
use pfapi_core::policy::Policy;
use pfapi_core::refreshable::Refreshable;
use pfapi_engine::Engine;
use support::{City, ask, ask_with, engine, policy, public};

#[tokio::test]
async fn an_answer_ends_with_the_local_ttl() {
    let (engine, clock) = engine();
    let city = City::new();
    ask(&engine, &city).await;
    clock.advance(9_999);
    assert_eq!(ask(&engine, &city).await.1, "hit; reason=local; age=0");
    clock.advance(1);
    assert_eq!(
        ask(&engine, &city).await.1,
        "miss; reason=expired; fill=stored; age=0"
    );
}

#[tokio::test]
async fn a_ttl_stands_in_for_dependencies_and_without_either_nothing_is_stored() {
    let (engine, clock) = engine();
    let nothing = City::with(Observed::default(), None);
    for _ in 0..2 {
        assert_eq!(
            ask(&engine, &nothing).await.1,
            "miss; reason=absent; fill=undeclared; age=0"
        );
    }
    let (timed, nothing) = (
        City::with(Observed::default(), Some(500)),
        engine.stats().entries,
    );
    assert_eq!(nothing, 0);
    ask(&engine, &timed).await;
    assert_eq!(ask(&engine, &timed).await.1, "hit; reason=local; age=0");
    clock.advance(500);
    assert_eq!(
        ask(&engine, &timed).await.1,
        "miss; reason=expired; fill=stored; age=0"
    );
}

#[tokio::test]
async fn without_eviction_only_the_ttl_ends_an_answer() {
    let (engine, clock) = engine();
    let city = City::new();
    let keep = Policy {
        evict: false,
        ..policy()
    };
    ask_with(&engine, &city, keep.clone()).await;
    city.write(&engine, 2);
    assert_eq!(ask_with(&engine, &city, keep.clone()).await.0, "1");
    clock.advance(10_000);
    assert_eq!(ask_with(&engine, &city, keep).await.0, "2");
}

#[tokio::test]
async fn a_permanent_answer_outlives_its_ttl_and_is_updated_without_being_asked_for() {
    let (engine, clock) = engine();
    let city = City::new();
    let permanent = Policy {
        permanent: true,
        ..policy()
    };
    ask_with(&engine, &city, permanent.clone()).await;
    clock.advance(1_000_000);
    assert_eq!(
        ask_with(&engine, &city, permanent.clone()).await.1,
        "hit; reason=local; age=0"
    );
    city.write(&engine, 2);
    let updated = async {
        while engine.stats().stored < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), updated)
        .await
        .unwrap();
    let (value, outcome) = ask_with(&engine, &city, permanent).await;
    assert_eq!(
        (value.as_str(), outcome.as_str()),
        ("2", "hit; reason=local; age=0")
    );
    assert_eq!((city.reads(), engine.stats().refreshes), (2, 1));
}

/// Waits for the engine to have stored so many answers, without asking for any.
async fn until_stored(engine: &Engine, count: u64) {
    let stored = async {
        while engine.stats().stored < count {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), stored)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_permanent_answer_whose_update_is_overtaken_is_updated_again() {
    let (engine, _) = engine();
    let city = City::new();
    let permanent = Policy {
        permanent: true,
        ..policy()
    };
    ask_with(&engine, &city, permanent.clone()).await;
    let mut held = city.hold().await;
    city.write(&engine, 2);
    held.has_read().await;
    city.write(&engine, 3);
    held.release();
    until_stored(&engine, 2).await;
    let (value, outcome) = ask_with(&engine, &city, permanent).await;
    assert_eq!(
        (value.as_str(), outcome.as_str()),
        ("3", "hit; reason=local; age=0")
    );
}

#[tokio::test]
async fn a_permanent_answer_is_not_served_from_the_change_until_its_new_value_is_in() {
    let (engine, _) = engine();
    let city = City::new();
    let permanent = Policy {
        permanent: true,
        ..policy()
    };
    ask_with(&engine, &city, permanent.clone()).await;
    let mut held = city.hold().await;
    city.write(&engine, 2);
    held.has_read().await;
    let reader = tokio::spawn({
        let (engine, city) = (engine.clone(), city.clone());
        async move { ask_with(&engine, &city, permanent).await }
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!reader.is_finished());
    held.release();
    assert_eq!(reader.await.unwrap().0, "2");
    assert_eq!(city.reads(), 2);
}

#[tokio::test]
async fn an_ignored_field_does_not_evict_and_any_other_does() {
    let (engine, _) = engine();
    let city = City::new();
    let ignored = Some(("city".to_owned(), vec!["views".to_owned()]));
    let registered = engine.register(Arc::clone(&city) as Arc<dyn Refreshable>, policy(), ignored);
    let write = |fields: &[&str]| {
        let fields = Some(fields.iter().map(|&f| f.to_owned()).collect());
        engine.apply(&[Change {
            uid: "city".into(),
            rows: Some(vec![RowChange {
                id: "1".into(),
                fields,
            }]),
            edges: vec![],
        }])
    };
    let ask = async || {
        engine
            .answer(&registered, serde_json::json!({}).into(), &public())
            .await
            .unwrap()
            .2
            .header(0)
    };
    ask().await;
    write(&["views", "updatedAt"]);
    assert_eq!(ask().await, "hit; reason=local; age=0");
    write(&["title", "views"]);
    assert_eq!(ask().await, "miss; reason=absent; fill=stored; age=0");
}

#[tokio::test]
async fn memory_stays_within_its_bound_and_the_index_follows() {
    struct Large(String);
    impl Refreshable for Large {
        fn name(&self) -> &str {
            &self.0
        }
        fn get_data<'a>(
            &'a self,
            _: &'a pfapi_core::refreshable::Request,
        ) -> pfapi_core::refreshable::Fetching<'a> {
            Box::pin(async move {
                Ok(pfapi_core::refreshable::Fetched {
                    body: vec![b'1'; 40_000].into(),
                    content_type: "application/json".into(),
                    observed: support::observed(),
                    ttl: None,
                })
            })
        }
    }
    let (engine, _) = engine();
    for i in 0..200 {
        let registered = engine.register(Arc::new(Large(format!("large {i}"))), policy(), None);
        engine
            .answer(&registered, serde_json::json!({}).into(), &public())
            .await
            .unwrap();
    }
    let stats = engine.stats();
    assert!(stats.bytes <= support::LIMITS.max_bytes, "{stats:?}");
    assert!(
        stats.entries >= 20 && stats.evictions["size"] >= 150,
        "{stats:?}"
    );
    engine.apply(&[support::changed("city", "1")]);
    let stats = engine.stats();
    assert_eq!((stats.entries, stats.dependencies), (0, 0), "{stats:?}");
}
