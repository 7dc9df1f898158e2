//! Against a real redis-server, which each test starts and ends for itself.

mod cluster;
mod faults;
mod following;
mod log;
mod options;
mod server;
mod silence;
mod tls;
mod values;

use std::sync::{Arc, LazyLock};

use pfapi_core::log::{Epoch, Position, Record};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Published, Redis, RedisOptions};
use server::Server;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_io()
        .enable_time()
        .build()
        .unwrap()
});

const E1: Epoch = Epoch(1);
const E2: Epoch = Epoch(2);

fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}

/// Options with time limits that a busy machine keeps, changed by `more`.
fn options(urls: &[String], more: Value) -> RedisOptions {
    let mut all = json!({
        "urls": urls,
        "namespace": "pfapi:test",
        "build": "b1",
        "connectTimeout": 3000,
        "commandTimeout": 3000,
    });
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn open(server: &Server, more: Value) -> Arc<Redis> {
    Redis::open(options(&[server.url()], more), &RUNTIME).unwrap()
}

/// A server and a log of [`E1`] on it.
async fn with_log(more: Value) -> (Server, Arc<Redis>) {
    let server = Server::start(&[]);
    let redis = open(&server, more);
    assert_eq!(redis.start_epoch(None, E1).await, Ok(true));
    (server, redis)
}

fn record(why: &str) -> String {
    Record::everything(why).encode()
}

async fn published(redis: &Redis, id: u128) -> Position {
    let id = pfapi_core::log::ChangeId(id);
    match redis.publish(E1, id, &record("test")).await {
        Ok(Published::At(position)) => position,
        other => panic!("{other:?}"),
    }
}

/// What is asked of Redis can be asked on any thread of the runtime.
#[test]
fn calls_can_be_spawned() {
    fn check<T: Send>(_: T) {}
    let url = "redis://127.0.0.1:1".to_owned();
    let redis = Redis::open(options(&[url], json!({})), &RUNTIME).unwrap();
    let key = pfapi_core::key::KeyBuilder::new("test").finish();
    check(redis.get(&key));
    check(redis.lease(&key, 1));
    check(redis.release(&key, 1));
    check(redis.put(&key, bytes::Bytes::new(), 1));
    check(redis.beat(E1, 1, 1, None));
    check(redis.holds(E1, &[]));
    check(redis.replay(None, 1));
    check(redis.read(Position::default(), super::BeatPosition::default(), 1));
}
