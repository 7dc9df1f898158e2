//! The running cache: everything around `pfapi-core` that holds memory, reads the clock or runs tasks.
//!
//! A request's way: [`reply`](Engine::reply) tries memory and nothing else. What it cannot answer is authenticated and
//! reduced by the caller and comes to [`answer`](Engine::answer), which looks again, joins a running fetch or starts
//! one, which looks into the shared tier before it fetches. A write's way: [`commit`](Engine::commit), after which
//! nothing that depends on it is served here, and then the log, by which the other servers learn of it.

mod audience;
mod book;
mod clock;
mod engine;
mod error;
mod fetch;
mod landing;
mod log;
mod metrics;
mod redis;
mod renewal;
mod reply;
mod requests;
mod shared;
mod tier;
mod validators;

pub use audience::{Audience, AudienceLookup};
pub use clock::{Clock, ManualClock};
pub use engine::{Engine, Params};
pub use error::EngineError;
pub use fetch::Registered;
pub use log::{
    Claim, Listed, Listing, LogOptions, Orphan, OutboxOptions, OutboxStore, Publishing, Removal,
    RemovedRow, StoreFuture, StoredRow,
};
pub use metrics::{LogStats, Metrics, SharedStats, Stats};
pub use redis::{Fault, RedisOptions, TlsOptions};
pub use reply::{Asked, Reply};
pub use tier::{Stored, StoredEntry};
