//! What can go wrong outside of a fetch.

use crate::redis::Fault;

/// An error of the engine itself, with a stable code.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The process gives no threads.
    #[error("the engine's threads could not be started: {0}")]
    Threads(#[from] std::io::Error),
    /// The options for Redis cannot be used.
    #[error(transparent)]
    Redis(#[from] Fault),
}

impl EngineError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Threads(_) => "PFAPI_ENGINE_THREADS",
            Self::Redis(fault) => fault.code(),
        }
    }
}
