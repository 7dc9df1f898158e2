//! Fetches: one per key at a time, shared by all who ask meanwhile.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use pfapi_core::dependency::Mask;
use pfapi_core::flight::Landing;
use pfapi_core::key::{Key, KeyBuilder};
use pfapi_core::ledger::Tick;
use pfapi_core::outcome::{Answered, Fill, Miss};
use pfapi_core::policy::Policy;
use pfapi_core::refreshable::{Failure, Fetched, Refreshable, Request};
use tokio::sync::watch;

use crate::engine::Engine;
use crate::shared::{Lease, LookUp};
use crate::tier::StoredEntry;

/// A Refreshable as the engine knows it: with the terms of its answers and the fields it ignores.
pub struct Registered {
    pub(crate) refreshable: Arc<dyn Refreshable>,
    pub(crate) policy: Arc<Policy>,
    /// The content type whose ignored fields were registered, with their mask.
    pub(crate) masked: Option<(String, Mask)>,
}

/// What to fetch, and from whom.
pub(crate) struct Source {
    pub(crate) registered: Arc<Registered>,
    pub(crate) request: Request,
    pub(crate) audience_is_public: bool,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.registered.refreshable.name())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// The key of the answer: Refreshable, audience and reduced params, nothing else.
    pub(crate) fn key(&self) -> Key {
        KeyBuilder::new("answer")
            .text(self.registered.refreshable.name())
            .text(&self.request.audience)
            .json(&self.request.params)
            .finish()
    }
}

/// What a flight brought: the answer, whether it was stored, and whom it may serve.
#[derive(Clone, Debug)]
pub(crate) struct Landed {
    pub(crate) entry: StoredEntry,
    pub(crate) fill: Fill,
    pub(crate) landing: Landing,
}

pub(crate) type Arrival = Result<Landed, Failure>;

/// A fetch under way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) stamp: Tick,
    /// Tells it from a later one of the same key.
    number: u64,
    /// When it began, in monotonic milliseconds.
    begun: u64,
    done: watch::Receiver<Option<Arrival>>,
}

impl Flight {
    /// Waits for the end of the fetch.
    pub(crate) async fn land(mut self) -> Arrival {
        match self
            .done
            .wait_for(Option::is_some)
            .await
            .map(|arrival| arrival.clone())
        {
            Ok(Some(arrival)) => arrival,
            Ok(None) | Err(_) => Err(Failure::Lost("its task ended early".to_owned())),
        }
    }
}

/// The fetches under way, by key.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    by_key: Mutex<HashMap<Key, Flight>>,
    count: AtomicU64,
}

impl Flights {
    pub(crate) fn count(&self) -> usize {
        self.by_key.lock().len()
    }

    /// Joins the running fetch of `key`, or starts one. The flag says whether this call started it.
    pub(crate) fn board(
        &self,
        engine: &Arc<Engine>,
        key: Key,
        source: &Arc<Source>,
    ) -> (Flight, bool) {
        let now = engine.clock.now().monotonic;
        let mut by_key = self.by_key.lock();
        if let Some(flight) = by_key.get(&key)
            && (engine.log.is_online(now) || engine.log.may_join(flight.begun, now))
        {
            return (flight.clone(), false);
        }
        let (tell, done) = watch::channel(None);
        let flight = Flight {
            stamp: engine.book.begin(),
            number: self.count.fetch_add(1, Ordering::Relaxed),
            begun: now,
            done,
        };
        by_key.insert(key, flight.clone());
        drop(by_key);
        let takeoff = Takeoff {
            engine: Arc::clone(engine),
            key,
            number: flight.number,
            stamp: flight.stamp,
        };
        engine
            .runtime()
            .spawn(fly(takeoff, Arc::clone(source), tell));
        (flight, true)
    }
}

/// Frees the key and the stamp however the fetch ends, its task's cancellation included.
struct Takeoff {
    engine: Arc<Engine>,
    key: Key,
    number: u64,
    stamp: Tick,
}

impl Takeoff {
    /// Takes the stamp anew: the fetch begins only now, after a look into the shared tier.
    fn restamp(&mut self) -> Tick {
        let stamp = self.engine.book.begin();
        self.engine.book.end(self.stamp);
        self.stamp = stamp;
        stamp
    }
}

impl Drop for Takeoff {
    fn drop(&mut self) {
        let mut by_key = self.engine.flights.by_key.lock();
        if by_key
            .get(&self.key)
            .is_some_and(|flight| flight.number == self.number)
        {
            by_key.remove(&self.key);
        }
        drop(by_key);
        self.engine.book.end(self.stamp);
    }
}

async fn fly(mut takeoff: Takeoff, source: Arc<Source>, tell: watch::Sender<Option<Arrival>>) {
    let engine = Arc::clone(&takeoff.engine);
    let arrival = match engine.look_up(takeoff.key, takeoff.stamp, &source).await {
        LookUp::Found(landed) => Ok(landed),
        LookUp::Fetch(lease) => fetch_and_land(&engine, &mut takeoff, &source, lease).await,
    };
    if arrival.is_err() {
        engine.metrics.failures.increment();
        engine.tier.remove_permanent(&takeoff.key);
    }
    // The key is freed before anyone is told: who finds the answer too old starts the next flight at once.
    drop(takeoff);
    tell.send_replace(Some(arrival));
}

async fn fetch_and_land(
    engine: &Arc<Engine>,
    takeoff: &mut Takeoff,
    source: &Arc<Source>,
    lease: Option<Lease>,
) -> Arrival {
    let begun = engine.clock.now();
    let stamp = takeoff.restamp();
    let shared_stamp = engine.stamp();
    let fetched = fetch(engine, source).await;
    let given = fetched.as_ref().ok().and_then(|fetched| fetched.ttl);
    let arrival =
        fetched.and_then(|fetched| engine.land(takeoff.key, stamp, begun, source, fetched));
    let landed = arrival.as_ref().ok();
    engine.share(landed, takeoff.key, shared_stamp, given, lease);
    arrival
}

/// Runs the fetch in a task of its own, so that neither a panic nor an endless wait reaches the readers.
async fn fetch(engine: &Engine, source: &Arc<Source>) -> Result<Fetched, Failure> {
    let running = Arc::clone(source);
    let mut task = engine.runtime().spawn(async move {
        running
            .registered
            .refreshable
            .get_data(&running.request)
            .await
    });
    let limit = engine.limits.fetch_timeout;
    match tokio::time::timeout(Duration::from_millis(limit), &mut task).await {
        Ok(Ok(result)) => result,
        Ok(Err(lost)) => Err(Failure::Lost(lost.to_string())),
        Err(_) => {
            task.abort();
            Err(Failure::Timeout(limit))
        }
    }
}

/// What a reader is told: the answer, and how it came about.
pub(crate) fn outcome(landed: &Landed, miss: Miss, started: bool) -> Answered {
    match landed.fill {
        Fill::Shared => Answered::Shared,
        fill if started => Answered::Fetched(miss, fill),
        fill => Answered::Joined(miss, fill),
    }
}
