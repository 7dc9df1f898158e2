//! Keeping in step with other processes on the same database: the log in Redis, and the outbox in the database.
//!
//! A change made here: [`publish`]. Changes made elsewhere: [`follow`] reads them from the log, [`poll`] finds in the
//! outbox those the log did not bring, [`clean`] removes what everybody has seen. [`proof`] knows how old the newest
//! sign is that none was missed, and [`heartbeat`] keeps it young.

mod clean;
mod follow;
mod heartbeat;
mod options;
mod poll;
mod proof;
mod publish;
mod stats;
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use pfapi_core::log::outbox::Sightings;
use pfapi_core::log::{Epoch, Proof};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

pub use options::{LogOptions, OutboxOptions};
pub use publish::Publishing;
pub use store::{
    Claim, Listed, Listing, Orphan, OutboxStore, Removal, RemovedRow, StoreFuture,
    Stored as StoredRow,
};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::redis::{Redis, RedisOptions};
use crate::shared::SharedTier;
use proof::ProvenAt;

/// Publications under way at one time. More are left to the next sweep; their changes are pending until then.
const PUBLISHING_AT_ONCE: usize = 64;

/// The longest that a member may take to answer what is asked of the database. Its own limits are shorter; one whose event
/// loop is gone never answers.
const ANSWER: Duration = Duration::from_secs(15);

/// Milliseconds between two looks at whether the proof of life is there.
const LOOK: u64 = 5;

/// What the engine holds of its connections to others.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) options: LogOptions,
    redis: OnceCell<Arc<Redis>>,
    /// Names this engine's heartbeats among those of others.
    server: u64,
    proof: Mutex<Proof>,
    proven_at: ProvenAt,
    /// The log has to be looked at anew, from its ends on.
    must_resume: AtomicBool,
    publishing: Arc<Semaphore>,
    pace: publish::Pace,
    /// Pending changes are being published.
    sweeping: AtomicBool,
    /// When rows were last removed although no log holds their records, in monotonic milliseconds.
    expired_at: AtomicU64,
    /// The newest epoch that the database told of, when Redis had another: by the next look that may have changed.
    doubted: Mutex<Option<Epoch>>,
    poll_soon: Notify,
    /// What went wrong last with Redis and with the outbox, while it does.
    faults: Mutex<Faults>,
    sightings: Mutex<Sightings>,
    members: Mutex<Vec<Member>>,
    joined: AtomicU32,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// Somebody who has joined.
#[derive(Debug)]
struct Member {
    number: u32,
    /// The way to the database. Of several the first is asked.
    store: Option<Arc<dyn OutboxStore>>,
}

#[derive(Debug, Default)]
struct Faults {
    redis: Option<String>,
    outbox: Option<String>,
}

impl Log {
    pub(crate) fn new(options: LogOptions) -> Self {
        let channels = options.channels();
        Self {
            options,
            redis: OnceCell::new(),
            server: rand::random(),
            proof: Mutex::new(Proof::new(channels)),
            proven_at: ProvenAt::new(&Proof::new(channels)),
            must_resume: AtomicBool::new(false),
            publishing: Arc::new(Semaphore::new(PUBLISHING_AT_ONCE)),
            pace: publish::Pace::default(),
            sweeping: AtomicBool::new(false),
            expired_at: AtomicU64::new(0),
            doubted: Mutex::default(),
            poll_soon: Notify::new(),
            faults: Mutex::default(),
            sightings: Mutex::default(),
            members: Mutex::default(),
            joined: AtomicU32::new(0),
            tasks: Mutex::default(),
        }
    }

    /// The Redis, once somebody has joined who said where it is.
    pub(crate) fn redis(&self) -> Option<&Arc<Redis>> {
        self.redis.get()
    }

    fn store(&self) -> Option<Arc<dyn OutboxStore>> {
        self.members
            .lock()
            .iter()
            .find_map(|member| member.store.clone())
    }

    /// Asks another member from now on: the one that was asked may be gone without having left.
    fn ask_another(&self) {
        let mut members = self.members.lock();
        if members.len() > 1 {
            members.rotate_left(1);
        }
    }

    /// Whether the proof of life is young enough at `now` for answers from memory.
    pub(crate) fn is_online(&self, now: u64) -> bool {
        self.proven_at.holds(now, self.options.max_stale_offline)
    }

    /// Whether a reader may join a fetch that began at `begun` although no sign of life is young enough: what it brings
    /// is then no older than answers from memory may be.
    pub(crate) fn may_join(&self, begun: u64, now: u64) -> bool {
        now.saturating_sub(begun) <= self.options.max_stale_offline
    }

    fn prove(&self, sign: impl FnOnce(&mut Proof)) {
        let mut proof = self.proof.lock();
        sign(&mut proof);
        self.proven_at.set(&proof);
    }

    fn resume_soon(&self) {
        self.must_resume.store(true, Ordering::Release);
    }
}

impl Engine {
    /// Joins those who use this engine, and starts to follow what other processes change. `store` is the way to the
    /// outbox; `None` where it is switched off or cannot be had. Give the number to [`leave`](Self::leave).
    ///
    /// `redis` says where the shared log is, if there is one; whoever joined first is heard.
    ///
    /// # Errors
    /// When the options for Redis cannot be used.
    pub fn join(
        self: &Arc<Self>,
        store: Option<Arc<dyn OutboxStore>>,
        redis: Option<RedisOptions>,
    ) -> Result<u32, EngineError> {
        if let Some(options) = redis.filter(|_| self.log.options.redis) {
            let lease = options.lease;
            let redis = self
                .log
                .redis
                .get_or_try_init(|| Redis::open(options, self.runtime()))?;
            self.shared
                .get_or_init(|| SharedTier::new(Arc::clone(redis), lease));
        }
        let number = self.log.joined.fetch_add(1, Ordering::Relaxed);
        self.log.members.lock().push(Member { number, store });
        let mut tasks = self.log.tasks.lock();
        if tasks.is_empty() {
            let engine = Arc::downgrade(self);
            let runtime = self.runtime();
            if let Some(redis) = self.log.redis() {
                tasks.push(runtime.spawn(follow::run(engine.clone(), Arc::clone(redis))));
                tasks.push(runtime.spawn(heartbeat::run(engine.clone(), Arc::clone(redis))));
            }
            if self.log.options.outbox.is_some() {
                tasks.push(runtime.spawn(poll::run(engine)));
            }
        }
        Ok(number)
    }

    /// Leaves. With the last one, following ends, and nothing from memory is served until somebody joins again.
    pub fn leave(&self, number: u32) {
        let mut members = self.log.members.lock();
        members.retain(|member| member.number != number);
        if members.is_empty() {
            for task in self.log.tasks.lock().drain(..) {
                task.abort();
            }
            self.log.prove(Proof::log_lost);
        }
    }

    /// Whether answers from memory may be served now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.log.is_online(self.clock.now().monotonic)
    }

    /// Waits until answers from memory may be served, for `limit` milliseconds at the most. `false`: not yet.
    pub async fn online_within(&self, limit: u64) -> bool {
        let begun = self.clock.now().monotonic;
        loop {
            let now = self.clock.now().monotonic;
            if self.log.is_online(now) {
                return true;
            }
            if now.saturating_sub(begun) >= limit {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(LOOK)).await;
        }
    }
}
