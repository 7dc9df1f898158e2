//! A source whose reads a test holds open at the point where a race would be.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pfapi_core::change::{Change, RowChange};
use pfapi_core::dependency::{Observed, Read};
use pfapi_core::http::CachePolicy;
use pfapi_core::policy::{Limits, Policy};
use pfapi_core::refreshable::{Failure, Fetched, Fetching, Refreshable, Request};
use pfapi_engine::{Audience, Clock, Engine, LogOptions, ManualClock};
use tokio::sync::{Mutex, oneshot};

pub const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_entry_bytes: 1 << 16,
    max_permanent_bytes: 1 << 16,
    fetch_timeout: 5_000,
};

pub fn engine() -> (Arc<Engine>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    let engine = Engine::new(
        LIMITS,
        LogOptions::default(),
        Clock::Manual(Arc::clone(&clock)),
    )
    .unwrap();
    (engine, clock)
}

pub fn policy() -> Policy {
    Policy {
        ttl: 60_000,
        local_ttl: 10_000,
        permanent: false,
        evict: true,
        cache_control: CachePolicy::default(),
    }
}

pub fn public() -> Audience {
    Audience {
        name: "public".into(),
        is_public: true,
    }
}

/// A row of type `city` whose value a test changes, read through a source that can be held open.
pub struct City {
    pub value: AtomicUsize,
    pub reads: AtomicUsize,
    held: Mutex<VecDeque<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
    pub observed: Observed,
    pub ttl: Option<u64>,
}

/// A read that a test holds open: it has its value and waits.
pub struct Held {
    reading: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the read has been made.
    pub async fn has_read(&mut self) {
        (&mut self.reading).await.unwrap();
    }

    pub fn release(self) {
        self.release.send(()).unwrap();
    }
}

impl City {
    pub fn new() -> Arc<Self> {
        Self::with(observed(), None)
    }

    pub fn with(observed: Observed, ttl: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            value: 1.into(),
            reads: 0.into(),
            held: Mutex::default(),
            observed,
            ttl,
        })
    }

    /// Holds the next read (the one after those already held) open after it has read.
    pub async fn hold(&self) -> Held {
        let (told, reading) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.held.lock().await.push_back((told, released));
        Held { reading, release }
    }

    /// Commits a new value and applies the change, as the write seam does.
    pub fn write(&self, engine: &Arc<Engine>, value: usize) {
        self.value.store(value, Ordering::SeqCst);
        engine.apply(&[changed("city", "1")]);
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

impl Refreshable for City {
    fn name(&self) -> &str {
        "city"
    }

    fn get_data<'a>(&'a self, _: &'a Request) -> Fetching<'a> {
        Box::pin(async move {
            let value = self.value.load(Ordering::SeqCst);
            self.reads.fetch_add(1, Ordering::SeqCst);
            let held = self.held.lock().await.pop_front();
            if let Some((told, released)) = held {
                told.send(()).unwrap();
                released
                    .await
                    .map_err(|_| Failure::Source("not released".into()))?;
            }
            Ok(Fetched {
                body: value.to_string().into(),
                content_type: "application/json".into(),
                observed: self.observed.clone(),
                ttl: self.ttl,
            })
        })
    }
}

pub fn observed() -> Observed {
    let reads = vec![Read::Document {
        uid: "city".into(),
        id: "1".into(),
    }];
    Observed {
        reads,
        ..Observed::default()
    }
}

pub fn changed(uid: &str, id: &str) -> Change {
    Change {
        uid: uid.into(),
        rows: Some(vec![RowChange {
            id: id.into(),
            fields: None,
        }]),
        edges: vec![],
    }
}

/// Asks for the city: the value, and the `X-Pfapi-Cache` word for how it came.
pub async fn ask(engine: &Arc<Engine>, city: &Arc<City>) -> (String, String) {
    ask_with(engine, city, policy()).await
}

pub async fn ask_with(engine: &Arc<Engine>, city: &Arc<City>, policy: Policy) -> (String, String) {
    let registered = engine.register(Arc::clone(city) as Arc<dyn Refreshable>, policy, None);
    let (_, entry, answered) = engine
        .answer(&registered, serde_json::json!({}).into(), &public())
        .await
        .unwrap();
    let body = String::from_utf8(entry.value.answer.body.to_vec()).unwrap();
    (body, answered.header(0))
}

/// Asks in a task of its own.
pub fn spawn(engine: &Arc<Engine>, city: &Arc<City>) -> tokio::task::JoinHandle<(String, String)> {
    let (engine, city) = (Arc::clone(engine), Arc::clone(city));
    tokio::spawn(async move { ask(&engine, &city).await })
}
