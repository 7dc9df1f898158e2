//! A peer that goes away without a word, as behind a firewall that forgot the connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pfapi_core::key::KeyBuilder;
use serde_json::json;

use super::{RUNTIME, Server, options, run};
use crate::redis::Redis;

/// Passes on what it is sent, but for its first connections, which it stops hearing without closing them.
struct Proxy {
    port: u16,
    /// Connections accepted so far.
    accepted: Arc<AtomicUsize>,
    /// Those before this one are silent.
    silent: Arc<AtomicUsize>,
}

impl Proxy {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            accepted: Arc::default(),
            silent: Arc::default(),
        };
        let (target, accepted, silent) = (
            server.port,
            Arc::clone(&proxy.accepted),
            Arc::clone(&proxy.silent),
        );
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                let far = TcpStream::connect(("127.0.0.1", target)).unwrap();
                let index = accepted.fetch_add(1, Ordering::SeqCst);
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let silent = Arc::clone(&silent);
                    std::thread::spawn(move || pass(from, to, index, &silent));
                }
            }
        });
        proxy
    }

    fn silence(&self) {
        let accepted = self.accepted.load(Ordering::SeqCst);
        self.silent.store(accepted, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, index: usize, silent: &AtomicUsize) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let is_silent = index < silent.load(Ordering::SeqCst);
        if !is_silent && to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
}

/// Fails when an opening breaker keeps the connections.
#[test]
fn a_connection_whose_peer_fell_silent_is_replaced() {
    run(async {
        let server = Server::start(&[]);
        let proxy = Proxy::to(&server);
        let url = format!("redis://127.0.0.1:{}", proxy.port);
        let limits = json!({ "commandTimeout": 100, "connectTimeout": 500 });
        let redis = Redis::open(options(&[url], limits), &RUNTIME).unwrap();
        let key = KeyBuilder::new("test").finish();
        assert_eq!(redis.get(&key).await, Ok(None));
        redis.ends(None, None).await.unwrap();
        proxy.silence();
        let began = Instant::now();
        while redis.get(&key).await.is_err() || redis.ends(None, None).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(redis.counters().openings.read(), 1);
    });
}
