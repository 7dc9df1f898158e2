//! A cluster of three masters.

use std::time::{Duration, Instant};

use bytes::Bytes;
use pfapi_core::key::KeyBuilder;
use pfapi_core::log::{ChangeId, Position};
use serde_json::json;

use super::server::Server;
use super::{E1, RUNTIME, options, published, record, run};
use crate::redis::{BeatPosition, Beaten, BreakerState, Fault, Published, Redis};

const SLOTS: usize = 16_384;
const ARGUMENTS: [&str; 4] = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];

struct Cluster(Vec<Server>);

impl Cluster {
    fn form() -> Self {
        let nodes: Vec<_> = (0..3).map(|_| Server::start(&ARGUMENTS)).collect();
        for (i, node) in nodes.iter().enumerate() {
            node.ask::<()>(&["CLUSTER", "SET-CONFIG-EPOCH", &(i + 1).to_string()]);
            let slots: Vec<_> = (SLOTS * i / 3..SLOTS * (i + 1) / 3)
                .map(|slot| slot.to_string())
                .collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(slots.iter().map(String::as_str));
            node.ask::<()>(&words);
            let port = nodes[0].port.to_string();
            node.ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port]);
        }
        for node in &nodes {
            node.until(&["CLUSTER", "INFO"], "cluster_known_nodes:3");
            node.until(&["CLUSTER", "INFO"], "cluster_state:ok");
        }
        Self(nodes)
    }

    fn open(&self, more: serde_json::Value) -> std::sync::Arc<Redis> {
        let urls: Vec<_> = self.0.iter().map(Server::url).collect();
        Redis::open(options(&urls, more), &RUNTIME).unwrap()
    }

    /// The node that owns the slot of the log, and another.
    fn owner(&self) -> (&Server, &Server, String) {
        let slot: usize = self.0[0].ask(&["CLUSTER", "KEYSLOT", "{pfapi:test}"]);
        let owner = (0..3)
            .find(|i| (SLOTS * i / 3..SLOTS * (i + 1) / 3).contains(&slot))
            .unwrap();
        let (owner, other) = (&self.0[owner], &self.0[(owner + 1) % 3]);
        (owner, other, slot.to_string())
    }

    /// Adds a replica of a node.
    fn replica_of(&self, master: &Server) -> Server {
        let replica = Server::start(&ARGUMENTS);
        let port = master.port.to_string();
        replica.ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port]);
        for node in self.0.iter().chain([&replica]) {
            node.until(&["CLUSTER", "INFO"], "cluster_known_nodes:4");
        }
        let id: String = master.ask(&["CLUSTER", "MYID"]);
        replica.ask::<()>(&["CLUSTER", "REPLICATE", &id]);
        replica.until(&["ROLE"], "\"connected\"");
        replica
    }

    /// Moves the slot of the log to another node.
    fn move_log(&self) {
        let (from, to, slot) = self.owner();
        let (from_id, to_id): (String, String) =
            (from.ask(&["CLUSTER", "MYID"]), to.ask(&["CLUSTER", "MYID"]));
        to.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
        from.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
        let keys: Vec<String> = from.ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "1000"]);
        let port = to.port.to_string();
        let mut words = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        from.ask::<()>(&words);
        to.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
        from.ask::<()>(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
}

#[test]
fn values_and_log_work_on_a_cluster() {
    let cluster = Cluster::form();
    run(async {
        let redis = cluster.open(json!({}));
        for i in 0..50 {
            let key = KeyBuilder::new("test").text(&i.to_string()).finish();
            let value = Bytes::from(i.to_string());
            redis.put(&key, value.clone(), 60_000).await.unwrap();
            assert_eq!(redis.get(&key).await.unwrap().unwrap().0, value);
            assert_eq!(redis.lease(&key, 1).await, Ok(true));
            redis.release(&key, 1).await.unwrap();
            assert_eq!(redis.lease(&key, 2).await, Ok(true));
        }
        assert_eq!(redis.start_epoch(None, E1).await, Ok(true));
        let position = published(&redis, 7).await;
        assert_eq!(
            redis.publish(E1, ChangeId(7), "").await,
            Ok(Published::Already(position))
        );
        assert_eq!(redis.beat(E1, 1, 2, None).await, Ok(Beaten::Sent));
        let ends = redis.ends(Some(position), None).await.unwrap();
        assert!(ends.has_followed && ends.epoch == Some(E1));
        assert_eq!(
            redis.holds(E1, &[ChangeId(7)]).await,
            Ok(vec![Some(position)])
        );
        assert_eq!(redis.replay(None, 10).await.unwrap().len(), 2);
        let batch = redis
            .read(Position::default(), BeatPosition::default(), 1000)
            .await
            .unwrap();
        assert_eq!((batch.entries.len(), batch.beats.len()), (2, 1));
        // One node is enough to find the others.
        let one = Redis::open(
            options(&[cluster.0[2].url()], json!({ "cluster": true })),
            &RUNTIME,
        );
        assert_eq!(one.unwrap().ends(None, None).await.unwrap().epoch, Some(E1));
    });
}

#[test]
fn a_read_that_waits_holds_up_nobody_and_follows_the_log_to_another_node() {
    let cluster = Cluster::form();
    run(async {
        let redis = cluster.open(json!({}));
        assert_eq!(redis.start_epoch(None, E1).await, Ok(true));
        let at = published(&redis, 1).await;
        // Waits on the node that has the log now.
        let read = redis.read(at, BeatPosition::default(), 20_000);
        let write = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(!redis.ends(None, None).await.unwrap().has_followed);
            tokio::task::block_in_place(|| cluster.move_log());
            tokio::time::sleep(Duration::from_millis(500)).await;
            redis.publish(E1, ChangeId(2), &record("moved")).await
        };
        let began = Instant::now();
        let (batch, published) = tokio::join!(read, write);
        let Ok(Published::At(position)) = published else {
            panic!("{published:?}");
        };
        let batch = batch.unwrap();
        assert_eq!(batch.entries[0].position, position);
        assert_eq!(batch.entries[0].previous, at);
        assert!(began.elapsed() < Duration::from_secs(8));
        // A read that is given up holds up nobody on a cluster either.
        for _ in 0..2 {
            let read = redis.read(position, batch.beat_at, 20_000);
            let given_up = tokio::time::timeout(Duration::from_millis(200), read).await;
            assert!(given_up.is_err());
        }
        redis.beat(E1, 1, 2, None).await.unwrap();
        let began = Instant::now();
        let read = redis.read(position, batch.beat_at, 20_000).await.unwrap();
        assert_eq!(read.beats.len(), 1);
        assert!(began.elapsed() < Duration::from_secs(3));
    });
}

#[test]
fn a_cluster_that_hangs_or_dies_comes_back() {
    let mut cluster = Cluster::form();
    run(async {
        let redis = cluster.open(json!({ "commandTimeout": 200, "connectTimeout": 500 }));
        let answered = async |redis: &Redis| {
            let began = Instant::now();
            while let Err(fault) = redis.ends(None, None).await {
                assert!(began.elapsed() < Duration::from_secs(30), "{fault}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        answered(&redis).await;
        cluster.0.iter().for_each(Server::freeze);
        let began = Instant::now();
        while redis.state() == BreakerState::Closed {
            assert!(redis.ends(None, None).await.is_err());
            assert!(began.elapsed() < Duration::from_secs(3));
        }
        assert_eq!(redis.ends(None, None).await, Err(Fault::Open));
        cluster.0.iter().for_each(Server::thaw);
        answered(&redis).await;
        cluster.0.iter_mut().for_each(Server::kill);
        for _ in 0..10 {
            assert!(redis.ends(None, None).await.is_err());
        }
        cluster.0.iter_mut().for_each(Server::restart);
        answered(&redis).await;
    });
}

/// The ways in which a master goes: it hands over to its replica, and it dies.
#[test]
fn a_read_goes_on_at_the_replica_that_took_over() {
    let cluster = Cluster::form();
    let (owner, ..) = cluster.owner();
    let replica = cluster.replica_of(owner);
    run(async {
        let redis = cluster.open(json!({ "commandTimeout": 500, "connectTimeout": 500 }));
        assert_eq!(redis.start_epoch(None, E1).await, Ok(true));
        let mut at = published(&redis, 1).await;
        let mut beat_at = BeatPosition::default();
        for (id, hand_over) in [(2, true), (3, false)] {
            let (old, new) = if hand_over {
                (owner, &replica)
            } else {
                (&replica, owner)
            };
            let follow = async {
                let began = Instant::now();
                loop {
                    let read = redis.read(at, beat_at, 5_000).await;
                    if let Ok(batch) = &read
                        && let Some(entry) = batch.entries.first()
                    {
                        return (entry.id, entry.position, batch.beat_at);
                    }
                    assert!(began.elapsed() < Duration::from_secs(25), "{read:?}");
                }
            };
            let write = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                tokio::task::block_in_place(|| {
                    if hand_over {
                        new.ask::<()>(&["CLUSTER", "FAILOVER"]);
                        new.until(&["ROLE"], "\"master\"");
                        old.until(&["ROLE"], "\"connected\"");
                    } else {
                        old.freeze();
                        new.until(&["ROLE"], "\"master\"");
                    }
                });
                let began = Instant::now();
                loop {
                    match redis.publish(E1, ChangeId(id), &record("test")).await {
                        Ok(Published::At(_) | Published::Already(_)) => break,
                        other => assert!(began.elapsed() < Duration::from_secs(15), "{other:?}"),
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            let (followed, ()) = tokio::join!(follow, write);
            assert_eq!(followed.0, ChangeId(id));
            (at, beat_at) = (followed.1, followed.2);
        }
    });
}
