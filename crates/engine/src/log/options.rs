//! How an engine keeps in step with others.

use pfapi_core::log::Channels;
use serde::Deserialize;

/// What other processes are there, and how they are followed. Times in milliseconds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogOptions {
    /// Whether there is a Redis with a shared log and a shared tier. Where it is comes with [`join`](crate::Engine::join).
    pub redis: bool,
    /// The outbox in the database; `None`: no other process changes the database.
    pub outbox: Option<OutboxOptions>,
    /// Answers from memory are served for so long after the last sign that no change was missed.
    pub max_stale_offline: u64,
    /// Bytes for what moved lately in the shared log.
    pub mirror_bytes: usize,
}

/// How the outbox is polled.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutboxOptions {
    /// Between the beginnings of two polls.
    pub poll_interval: u64,
    /// The longest a write outside of a transaction may take; after that its writer counts as dead.
    pub longest_write: u64,
}

impl LogOptions {
    /// Over which channels changes of others come.
    #[must_use]
    pub fn channels(&self) -> Channels {
        Channels {
            log: self.redis,
            outbox: self.outbox.is_some(),
        }
    }
}
