//! The shared tier: answers that other servers have fetched.
//!
//! Whoever reads a value judges it by its own mirror of the log; what is stored needs no index there. A short lease in
//! Redis has one server fetch while the others wait. It is for efficiency only: nothing becomes wrong without it.

mod share;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;
use pfapi_core::entry::{Answer, Entry, State};
use pfapi_core::flight::Landing;
use pfapi_core::http::{ContentType, ETag, HttpDate, first_seen};
use pfapi_core::key::Key;
use pfapi_core::ledger::Tick;
use pfapi_core::log::SharedStamp;
use pfapi_core::outcome::{Fill, Refusal};
use pfapi_core::time::Now;
use pfapi_core::value::SharedValue;
use tokio::sync::Semaphore;

use crate::book::Resident;
use crate::engine::Engine;
use crate::fetch::{Landed, Source};
use crate::redis::{BreakerState, Redis};
use crate::tier::{Stored, StoredEntry};

/// Writes to the shared tier under way at one time; a fill beyond them is kept in the local tier alone.
const WRITES_AT_ONCE: usize = 64;
/// Between two looks at a value that another server is fetching, in milliseconds; doubled up to the longest.
const FIRST_LOOK: u64 = 5;
const LONGEST_LOOK: u64 = 80;
/// Keys whose answers are not kept, and for how long that is remembered: nobody waits for a value that will not come.
const MAX_UNSHARED: u64 = 10_000;
const UNSHARED_FOR: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct SharedTier {
    redis: Arc<Redis>,
    lease_ms: u64,
    unshared: Cache<Key, ()>,
    writes: Arc<Semaphore>,
}

/// What a look into the shared tier came to.
pub(crate) enum LookUp {
    /// A value that is true; it is in the local tier now.
    Found(Landed),
    /// It has to be fetched: with a lease that others wait for, or without.
    Fetch(Option<Lease>),
}

/// The right to fetch a key for all servers, as long as it lasts.
#[derive(Debug)]
pub(crate) struct Lease {
    owner: u64,
}

impl SharedTier {
    pub(crate) fn new(redis: Arc<Redis>, lease_ms: u64) -> Self {
        Self {
            redis,
            lease_ms,
            unshared: Cache::builder()
                .max_capacity(MAX_UNSHARED)
                .time_to_live(UNSHARED_FOR)
                .build(),
            writes: Arc::new(Semaphore::new(WRITES_AT_ONCE)),
        }
    }

    async fn lease(&self, key: &Key, owner: u64) -> Option<bool> {
        self.redis.lease(key, owner).await.ok()
    }
}

impl Engine {
    /// Looks for the answer of a flight in the shared tier, and waits while another server fetches it.
    pub(crate) async fn look_up(&self, key: Key, stamp: Tick, source: &Arc<Source>) -> LookUp {
        let Some(shared) = self.shared.get() else {
            return LookUp::Fetch(None);
        };
        // What is judged by a mirror that nothing reaches, or that is being replayed, would look unmoved.
        if shared.redis.state() == BreakerState::Open || !self.is_online() {
            return LookUp::Fetch(None);
        }
        if let Some(landed) = self.take(shared, key, stamp, source).await {
            return LookUp::Found(landed);
        }
        if shared.unshared.contains_key(&key) {
            return LookUp::Fetch(None);
        }
        let owner = rand::random();
        let mut waited = 0;
        let mut pause = FIRST_LOOK;
        loop {
            match shared.lease(&key, owner).await {
                Some(true) => return LookUp::Fetch(Some(Lease { owner })),
                Some(false) if waited < shared.lease_ms => {}
                Some(false) | None => return LookUp::Fetch(None),
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_LOOK);
            if let Some(landed) = self.take(shared, key, stamp, source).await {
                self.metrics.shared.awaited.increment();
                return LookUp::Found(landed);
            }
        }
    }

    /// The stamp of a read that begins now.
    pub(crate) fn stamp(&self) -> Option<SharedStamp> {
        self.shared.get()?;
        self.book.mirror(|mirror| mirror.stamp())
    }

    /// Reads a value and takes it over, if it is there and true.
    async fn take(
        &self,
        shared: &SharedTier,
        key: Key,
        stamp: Tick,
        source: &Arc<Source>,
    ) -> Option<Landed> {
        let Ok(found) = shared.redis.get(&key).await else {
            self.metrics.shared.faults.increment();
            return None;
        };
        let Some((bytes, remaining)) = found else {
            self.metrics.shared.absent.increment();
            return None;
        };
        match self.admit_shared(key, stamp, source, &bytes, remaining) {
            Ok(landed) => {
                self.metrics.shared.hits.increment();
                Some(landed)
            }
            Err(refusal) => {
                self.metrics.shared.refused(refusal);
                None
            }
        }
    }

    /// Index, check, show: as for a fill, but judged by the mirror of the log.
    fn admit_shared(
        &self,
        key: Key,
        stamp: Tick,
        source: &Arc<Source>,
        bytes: &Bytes,
        remaining: u64,
    ) -> Result<Landed, Refusal> {
        let value = SharedValue::decode(bytes, &key).map_err(|_| Refusal::Unverifiable)?;
        let now = self.clock.now();
        let shared_stamp = value.stamp;
        let entry = self.entry_of(key, stamp, source, value, remaining, now)?;
        let resident = Resident::Answer(Arc::downgrade(&entry));
        let until =
            self.book
                .admit_shared(entry.id, &entry.dependencies, shared_stamp, resident)?;
        // Asked after the verdict: the proof is taken back before the log is taken up anew.
        if !self.is_online() {
            entry.state.kill();
            return Err(Refusal::Unverifiable);
        }
        if !entry.state.show() {
            return Err(Refusal::Moved);
        }
        self.keep(&entry);
        Ok(Landed {
            entry,
            fill: Fill::Shared,
            landing: Landing {
                stamp,
                unmoved_until: Some(until),
            },
        })
    }

    fn entry_of(
        &self,
        key: Key,
        stamp: Tick,
        source: &Arc<Source>,
        value: SharedValue,
        remaining: u64,
        now: Now,
    ) -> Result<StoredEntry, Refusal> {
        let content_type =
            ContentType::parse(&value.content_type).map_err(|_| Refusal::Unverifiable)?;
        let etag = ETag::of(content_type.as_str(), &value.body);
        let last_modified = self.date(key, &etag, HttpDate::from_unix(value.last_modified));
        let policy = &source.registered.policy;
        // The two clocks may differ: how long it may still live is what Redis says, not what the dates do.
        let age = now.wall.saturating_sub(value.made_at);
        let made_at = now.monotonic.saturating_sub(age);
        let lives_until = (now.monotonic - made_at).saturating_add(remaining.min(policy.local_ttl));
        let lifetime = (value.bounded || !policy.permanent).then_some(lives_until);
        Ok(Arc::new(Entry {
            state: State::default(),
            id: self.book.next_id(),
            key,
            stamp,
            dependencies: value.dependencies,
            made_at,
            lifetime,
            value: Stored {
                answer: Answer {
                    body: value.body,
                    content_type,
                    etag,
                    last_modified,
                    duration: value.duration,
                    audience_is_public: value.audience_is_public,
                    policy: Arc::clone(policy),
                },
                renewal: policy.permanent.then(|| Arc::clone(source)),
            },
        }))
    }

    /// Keeps the date of a body rising per key, wherever it comes from.
    pub(crate) fn date(&self, key: Key, etag: &ETag, seen: HttpDate) -> HttpDate {
        let held = self.validators.get(&key);
        let date = first_seen(held.as_ref().map(|(etag, date)| (etag, *date)), etag, seen);
        self.validators.put(key, etag.clone(), date);
        date
    }
}
