//! The engine: one cache with its change log, shared by all who open it under one name.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use once_cell::sync::{Lazy, OnceCell};
use parking_lot::Mutex;
use pfapi_core::change::Change;
use pfapi_core::key::Key;
use pfapi_core::ledger::Tick;
use pfapi_core::outcome::{Answered, Miss};
use pfapi_core::policy::{Limits, Policy};
use pfapi_core::refreshable::{Failure, Refreshable, Request};
use pfapi_core::time::Now;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::audience::{Audience, AudienceLookup, Audiences};
use crate::book::Book;
use crate::clock::Clock;
use crate::error::EngineError;
use crate::fetch::{Flights, Registered, Source, outcome};
use crate::log::{Log, LogOptions};
use crate::metrics::{Metrics, Stats};
use crate::renewal::RENEWALS_AT_ONCE;
use crate::requests::Requests;
use crate::shared::SharedTier;
use crate::tier::{LocalTier, StoredEntry};
use crate::validators::Validators;

/// The process's engines, by name. One Strapi opens one; its worker threads open the same.
static ENGINES: Lazy<Mutex<HashMap<String, Weak<Engine>>>> = Lazy::new(Mutex::default);

/// The threads on which fetches are awaited. Hits never come here.
static RUNTIME: OnceCell<Runtime> = OnceCell::new();

/// Threads of the runtime: they wait for JavaScript and copy bytes, no more.
const RUNTIME_THREADS: usize = 2;

/// A cache with its change log.
#[derive(Debug)]
pub struct Engine {
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) book: Book,
    pub(crate) log: Log,
    pub(crate) shared: OnceCell<SharedTier>,
    pub(crate) tier: LocalTier,
    pub(crate) flights: Flights,
    pub(crate) audiences: Audiences,
    pub(crate) requests: Requests,
    pub(crate) validators: Validators,
    pub(crate) renewals: Semaphore,
    runtime: &'static Runtime,
}

/// What is asked of a Refreshable.
#[derive(Clone, Debug)]
pub struct Params {
    /// The params before they are reduced.
    pub value: serde_json::Value,
    /// The same as JSON text, in the order in which they were written.
    pub spelling: String,
}

impl From<serde_json::Value> for Params {
    fn from(value: serde_json::Value) -> Self {
        Self {
            spelling: value.to_string(),
            value,
        }
    }
}

impl Engine {
    /// Opens the engine of this name, or makes it. The limits and options of whoever opened it first hold.
    ///
    /// # Errors
    /// When the process gives no threads.
    pub fn open(name: &str, limits: Limits, log: LogOptions) -> Result<Arc<Self>, EngineError> {
        let mut engines = ENGINES.lock();
        if let Some(engine) = engines.get(name).and_then(Weak::upgrade) {
            return Ok(engine);
        }
        let engine = Self::new(limits, log, Clock::System)?;
        engines.retain(|_, engine| engine.strong_count() > 0);
        engines.insert(name.to_owned(), Arc::downgrade(&engine));
        Ok(engine)
    }

    /// Makes an engine that nobody else shares.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn new(limits: Limits, log: LogOptions, clock: Clock) -> Result<Arc<Self>, EngineError> {
        let runtime = RUNTIME.get_or_try_init(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(RUNTIME_THREADS)
                .thread_name("pfapi")
                .enable_all()
                .build()
        })?;
        let metrics = Arc::new(Metrics::default());
        let book = Book::new(log.redis, log.mirror_bytes);
        Ok(Arc::new(Self {
            shared: OnceCell::new(),
            log: Log::new(log),
            tier: LocalTier::new(&limits, Arc::clone(&metrics), book.departures()),
            audiences: Audiences::new(&book),
            requests: Requests::new(limits.max_bytes),
            validators: Validators::new(limits.max_bytes),
            flights: Flights::default(),
            renewals: Semaphore::new(RENEWALS_AT_ONCE),
            clock,
            limits,
            metrics,
            book,
            runtime,
        }))
    }

    pub(crate) fn runtime(&self) -> &'static Runtime {
        self.runtime
    }

    /// Registers a Refreshable with the terms of its answers. `ignored`: a content type, and fields of it whose changes
    /// its answers ignore.
    pub fn register(
        &self,
        refreshable: Arc<dyn Refreshable>,
        policy: Policy,
        ignored: Option<(String, Vec<String>)>,
    ) -> Arc<Registered> {
        let masked = ignored.map(|(uid, fields)| {
            let mask = self.book.ignore_fields(&uid, &fields);
            (uid, mask)
        });
        Arc::new(Registered {
            refreshable,
            policy: Arc::new(policy),
            masked,
        })
    }

    /// Answers a request: from the local tier, by a running fetch, or by a new one.
    ///
    /// # Errors
    /// The failure of the fetch. Nothing is stored then.
    pub async fn answer(
        self: &Arc<Self>,
        registered: &Arc<Registered>,
        params: Params,
        audience: &Audience,
    ) -> Result<(Key, StoredEntry, Answered), Failure> {
        let Params { value, spelling } = params;
        let params = registered.refreshable.reduce(value);
        let request = Request {
            params,
            spelling,
            audience: audience.name.to_string(),
        };
        let registered = Arc::clone(registered);
        let source = Arc::new(Source {
            registered,
            request,
            audience_is_public: audience.is_public,
        });
        let key = source.key();
        let arrival = self.book.tick();
        loop {
            let miss = match self.find(&key, self.clock.now()) {
                Ok(entry) => return Ok((key, entry, self.count(Answered::Hit))),
                Err(miss) => miss,
            };
            let (flight, started) = self.flights.board(self, key, &source);
            let stamp = flight.stamp;
            match flight.land().await {
                Ok(landed) if landed.landing.serves(arrival) => {
                    let answered = outcome(&landed, miss, started);
                    return Ok((key, landed.entry, self.count(answered)));
                }
                // A failure may be of the past too ("not found", before the reader's own write): only a fetch that
                // began when the reader was there decides.
                Err(failure) if stamp >= arrival => return Err(failure),
                _ => {}
            }
        }
    }

    fn count(&self, answered: Answered) -> Answered {
        self.metrics.answered(answered);
        answered
    }

    /// The stored answer under `key`, if it may be served at `now`.
    pub(crate) fn find(&self, key: &Key, now: Now) -> Result<StoredEntry, Miss> {
        if !self.log.is_online(now.monotonic) {
            return Err(Miss::Offline);
        }
        let entry = self.tier.get(key).ok_or(Miss::Absent)?;
        entry.check(now)?;
        Ok(entry)
    }

    /// Applies changes that concern this server alone, as those of a transaction that was rolled back: when this returns,
    /// nothing that depends on them is served. Returns the new position in the ledger.
    pub fn apply(self: &Arc<Self>, changes: &[Change]) -> Tick {
        let killed = self.book.apply(changes);
        self.bury(killed)
    }

    /// Counts everything as changed, on this server alone.
    pub fn apply_everything(self: &Arc<Self>) -> Tick {
        let killed = self.book.apply_everything();
        self.bury(killed)
    }

    /// Starts the look-up of an audience: its stamp. Give it to [`remember_audience`](Self::remember_audience) or to
    /// [`give_up_audience`](Self::give_up_audience).
    pub fn begin_audience(&self) -> Tick {
        self.book.begin()
    }

    /// Ends the look-up: remembers which audience Strapi found for a credential.
    pub fn remember_audience(
        &self,
        credential: Option<&str>,
        audience: Audience,
        lookup: AudienceLookup,
    ) {
        self.audiences
            .remember(&self.book, credential, audience, &lookup, self.clock.now());
        self.book.end(lookup.stamp);
    }

    /// Ends a look-up that found no audience.
    pub fn give_up_audience(&self, stamp: Tick) {
        self.book.end(stamp);
    }

    /// Reads counters and sizes.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (entries, bytes, permanent_bytes) = self.tier.sizes();
        Stats {
            entries,
            bytes,
            permanent_bytes,
            dependencies: self.book.dependencies() as u64,
            flights: self.flights.count() as u64,
            log: self.log_stats(),
            ..self.metrics.read()
        }
    }

    /// Drops all that is stored.
    pub fn clear(self: &Arc<Self>) {
        self.book.apply_everything();
        self.requests.clear();
        self.audiences.clear();
        self.tier.clear();
    }
}
