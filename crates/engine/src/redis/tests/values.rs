//! Values and leases.

use bytes::Bytes;
use pfapi_core::key::{Key, KeyBuilder};
use serde_json::json;

use super::{Server, open, run};

fn key(name: &str) -> Key {
    KeyBuilder::new("test").text(name).finish()
}

#[test]
fn a_value_comes_back_with_the_time_it_has_left_in_one_round_trip() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(&server, json!({}));
        let value = Bytes::from_static(b"\x00\xff value");
        redis.put(&key("a"), value.clone(), 60_000).await.unwrap();
        let before = redis.counters().values.read();
        let (found, left) = redis.get(&key("a")).await.unwrap().unwrap();
        assert_eq!(found, value);
        assert!((50_000..=60_000).contains(&left), "{left}");
        assert_eq!(redis.counters().values.read(), before + 1);
        assert_eq!(redis.get(&key("b")).await, Ok(None));
    });
}

#[test]
fn a_value_is_in_the_namespace_and_of_the_build() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(&server, json!({}));
        redis
            .put(&key("a"), Bytes::from_static(b"1"), 60_000)
            .await
            .unwrap();
        let name = format!("pfapi:test:v:b1:{}", key("a").to_base64url());
        assert_eq!(server.ask::<Option<String>>(&["GET", &name]).unwrap(), "1");
        let other = open(&server, json!({ "build": "b2" }));
        assert_eq!(other.get(&key("a")).await, Ok(None));
    });
}

#[test]
fn what_has_no_end_is_not_ours_and_what_has_no_time_is_not_written() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(&server, json!({}));
        let name = format!("pfapi:test:v:b1:{}", key("a").to_base64url());
        server.ask::<()>(&["SET", &name, "1"]);
        assert_eq!(redis.get(&key("a")).await, Ok(None));
        redis
            .put(&key("b"), Bytes::from_static(b"1"), 0)
            .await
            .unwrap();
        assert_eq!(redis.get(&key("b")).await, Ok(None));
    });
}

/// Fails when release.lua deletes without comparing.
#[test]
fn a_lease_has_one_owner_who_alone_gives_it_back() {
    run(async {
        let server = Server::start(&[]);
        let redis = open(&server, json!({ "lease": 300 }));
        assert_eq!(redis.lease(&key("a"), 1).await, Ok(true));
        assert_eq!(redis.lease(&key("a"), 2).await, Ok(false));
        redis.release(&key("a"), 2).await.unwrap();
        assert_eq!(redis.lease(&key("a"), 2).await, Ok(false));
        redis.release(&key("a"), 1).await.unwrap();
        assert_eq!(redis.lease(&key("a"), 2).await, Ok(true));
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_eq!(redis.lease(&key("a"), 3).await, Ok(true));
    });
}
