//! What the engine counts. Counters only rise; sizes are read when asked for.

mod log;
mod shared;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use pfapi_core::outcome::{Answered, Eviction, Fill, Miss, Refusal};
use serde::Serialize;

pub(crate) use log::LogMetrics;
pub use log::LogStats;
pub(crate) use shared::SharedMetrics;
pub use shared::SharedStats;

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds some.
    pub fn add(&self, some: u64) {
        self.0.fetch_add(some, Ordering::Relaxed);
    }

    /// Reads it.
    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A value that rises and falls.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of one engine. Arrays are indexed by the outcome enums, so that a new outcome cannot be forgotten here.
#[derive(Debug, Default)]
pub struct Metrics {
    hits: Counter,
    not_modified: Counter,
    joined: Counter,
    misses: [Counter; Miss::ALL.len()],
    stored: Counter,
    refusals: [Counter; Refusal::ALL.len()],
    evictions: [Counter; Eviction::ALL.len()],
    pub(crate) shared: SharedMetrics,
    pub(crate) log: LogMetrics,
    /// Fetches that gave no answer.
    pub failures: Counter,
    /// Fetches begun by the engine itself, to update a permanent entry.
    pub refreshes: Counter,
    /// Batches of changes applied.
    pub applied: Counter,
    /// Permanent answers kept like any other because there was no room among the permanent ones.
    pub permanent_overflows: Counter,
}

/// A reading of all counters and sizes, as JSON for `stats()`.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Answers given from the local tier, 304s among them.
    pub hits: u64,
    /// Answers of status 304.
    pub not_modified: u64,
    /// Look-ups that found nothing to serve, by reason.
    pub misses: BTreeMap<&'static str, u64>,
    /// Misses that were answered by a fetch another request had started.
    pub joined: u64,
    /// Fetched answers that were stored.
    pub stored: u64,
    /// Fetched answers that were not, by reason.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Entries that left the local tier, by cause.
    pub evictions: BTreeMap<&'static str, u64>,
    /// Fetches that gave no answer.
    pub failures: u64,
    /// Fetches begun to update a permanent entry.
    pub refreshes: u64,
    /// Batches of changes applied: the newest position in the log.
    pub applied: u64,
    /// Permanent answers for which there was no room among the permanent ones.
    pub permanent_overflows: u64,
    /// Entries in the local tier, permanent ones among them.
    pub entries: u64,
    /// Bytes charged to the local tier, without permanent entries.
    pub bytes: u64,
    /// Bytes charged to permanent entries.
    pub permanent_bytes: u64,
    /// Distinct dependencies in the index.
    pub dependencies: u64,
    /// Fetches that run now.
    pub flights: u64,
    /// The shared tier.
    pub shared: SharedStats,
    /// The change log, and what keeps it whole.
    pub log: LogStats,
}

impl Metrics {
    pub(crate) fn answered(&self, answered: Answered) {
        match answered {
            Answered::Hit => self.hits.increment(),
            Answered::Shared => self.shared.answers.increment(),
            Answered::Fetched(miss, _) => self.misses[miss as usize].increment(),
            Answered::Joined(miss, _) => {
                self.misses[miss as usize].increment();
                self.joined.increment();
            }
        }
    }

    pub(crate) fn not_modified(&self) {
        self.not_modified.increment();
    }

    pub(crate) fn filled(&self, fill: Fill) {
        match fill {
            Fill::Stored => self.stored.increment(),
            Fill::Shared => {}
            Fill::Refused(refusal) => self.refusals[refusal as usize].increment(),
        }
    }

    pub(crate) fn evicted(&self, eviction: Eviction) {
        self.evictions[eviction as usize].increment();
    }

    /// Reads the counters; the sizes are left at zero for the engine to fill in.
    pub(crate) fn read(&self) -> Stats {
        Stats {
            hits: self.hits.read(),
            not_modified: self.not_modified.read(),
            misses: Miss::ALL
                .map(|m| (m.as_str(), self.misses[m as usize].read()))
                .into(),
            joined: self.joined.read(),
            stored: self.stored.read(),
            refusals: by_refusal(&self.refusals),
            evictions: Eviction::ALL
                .map(|e| (e.as_str(), self.evictions[e as usize].read()))
                .into(),
            failures: self.failures.read(),
            refreshes: self.refreshes.read(),
            applied: self.applied.read(),
            permanent_overflows: self.permanent_overflows.read(),
            entries: 0,
            bytes: 0,
            permanent_bytes: 0,
            dependencies: 0,
            flights: 0,
            shared: self.shared.read(),
            log: self.log.read(),
        }
    }
}

fn by_refusal(counters: &[Counter; Refusal::ALL.len()]) -> BTreeMap<&'static str, u64> {
    Refusal::ALL
        .map(|refusal| (refusal.as_str(), counters[refusal as usize].read()))
        .into()
}
