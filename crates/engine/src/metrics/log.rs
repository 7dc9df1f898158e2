//! What is counted of the change log, the outbox and the connection to Redis.

use std::collections::BTreeMap;

use pfapi_core::log::NewEpoch;
use serde::Serialize;

use super::{Counter, Gauge};

#[derive(Debug, Default)]
pub(crate) struct LogMetrics {
    pub(crate) followed: Counter,
    pub(crate) gaps: Counter,
    pub(crate) entered: Counter,
    epochs: [Counter; NewEpoch::ALL.len()],
    pub(crate) published: Counter,
    pub(crate) publish_failed: Counter,
    pub(crate) publish_crowded: Counter,
    pub(crate) lag_ms: Gauge,
    pub(crate) offline_ms: Counter,
    pub(crate) polls: Counter,
    pub(crate) polls_failed: Counter,
    pub(crate) found: Counter,
    pub(crate) orphans: Counter,
}

/// The change log in numbers.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct LogStats {
    /// Whether answers from memory may be served: no change of another server can have been missed for too long.
    pub online: bool,
    /// Milliseconds since the newest sign that none was missed; absent when there is none, 0 where none is needed.
    pub proof_age_ms: Option<u64>,
    /// The epoch that is followed.
    pub epoch: Option<String>,
    /// The newest position followed.
    pub position: Option<String>,
    /// Entries followed.
    pub followed: u64,
    /// Times that entries were missing.
    pub gaps: u64,
    /// Times that the log was taken up anew: the first, another epoch, and after it was trimmed too far.
    pub entered: u64,
    /// Epochs begun by this server, by reason.
    pub epochs: BTreeMap<&'static str, u64>,
    /// Changes published.
    pub published: u64,
    /// Attempts to publish that failed; the change is tried again.
    pub publish_failed: u64,
    /// Changes left to the next attempt because too many were under way.
    pub publish_crowded: u64,
    /// Changes made or found here that the log has not been seen to have.
    pub pending: u64,
    /// Milliseconds the newest heartbeat of our own took through the log.
    pub lag_ms: u64,
    /// Milliseconds in which nothing from memory was served, to the second.
    pub offline_ms: u64,
    /// Polls of the outbox that succeeded.
    pub polls: u64,
    /// Polls that failed.
    pub polls_failed: u64,
    /// Changes found in the outbox before the log told of them.
    pub found: u64,
    /// Rows in the outbox.
    pub outbox_depth: u64,
    /// Intents settled for writers that were gone.
    pub orphans: u64,
    /// Bytes charged to what moved lately.
    pub mirror_bytes: u64,
    /// Why the log in Redis is not followed, while it is not.
    pub redis_fault: Option<String>,
    /// Why the outbox could not be polled, while it could not.
    pub outbox_fault: Option<String>,
    /// The circuit breaker of Redis: `closed`, `open`, `half-open`; absent without Redis.
    pub breaker: Option<&'static str>,
    /// Round trips to Redis and faults, by kind; absent without Redis.
    pub redis: Option<BTreeMap<&'static str, u64>>,
}

impl LogMetrics {
    pub(crate) fn epoch_begun(&self, why: NewEpoch) {
        self.epochs[why as usize].increment();
    }

    /// Reads the counters; what is not a counter is left for the engine to fill in.
    pub(crate) fn read(&self) -> LogStats {
        LogStats {
            followed: self.followed.read(),
            gaps: self.gaps.read(),
            entered: self.entered.read(),
            epochs: NewEpoch::ALL
                .map(|why| (why.as_str(), self.epochs[why as usize].read()))
                .into(),
            published: self.published.read(),
            publish_failed: self.publish_failed.read(),
            publish_crowded: self.publish_crowded.read(),
            lag_ms: self.lag_ms.read(),
            offline_ms: self.offline_ms.read(),
            polls: self.polls.read(),
            polls_failed: self.polls_failed.read(),
            found: self.found.read(),
            orphans: self.orphans.read(),
            ..LogStats::default()
        }
    }
}
