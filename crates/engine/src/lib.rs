//! The running cache: everything around `pfapi-core` that holds memory, reads the clock or runs tasks.
//!
//! A request's way: [`reply`](Engine::reply) tries memory and nothing else. What it cannot answer is authenticated and
//! reduced by the caller and comes to [`answer`](Engine::answer), which looks again, joins a running fetch or starts
//! one. A write's way: [`apply`](Engine::apply), after which nothing that depends on it is served.

mod audience;
mod book;
mod clock;
mod engine;
mod error;
mod fetch;
mod landing;
mod metrics;
mod renewal;
mod reply;
mod requests;
mod tier;
mod validators;

pub use audience::{Audience, AudienceLookup};
pub use clock::{Clock, ManualClock};
pub use engine::{Engine, Params};
pub use error::EngineError;
pub use fetch::Registered;
pub use metrics::{Metrics, Stats};
pub use reply::{Asked, Reply};
pub use tier::{Stored, StoredEntry};
