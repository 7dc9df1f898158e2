//! What can go wrong between this process and Redis.

use redis::{ErrorKind, RedisError, Value};

/// Why Redis did not do what was asked. Whether it did it all the same is not known after `Timeout` and `Connection`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Redis has failed repeatedly and is not asked for a while.
    #[error("Redis is not asked for a while, because it failed repeatedly")]
    Open,
    /// No answer within the time limit.
    #[error("Redis did not answer in time")]
    Timeout,
    /// There is no connection, it broke, or what is at its other end cannot serve now (it loads, it is a replica, the
    /// credentials are refused).
    #[error("no connection to Redis: {0}")]
    Connection(String),
    /// Redis refused the command, or answered what nobody expects.
    #[error("unexpected answer of Redis: {0}")]
    Answer(String),
    /// An entry of the log does not say where it belongs.
    #[error("the log is damaged: {0}")]
    Damaged(String),
    /// The options cannot be used; the text names the value and what is allowed.
    #[error("{0}")]
    Options(String),
}

impl Fault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open => "PFAPI_REDIS_OPEN",
            Self::Timeout => "PFAPI_REDIS_TIMEOUT",
            Self::Connection(_) => "PFAPI_REDIS_CONNECTION",
            Self::Answer(_) => "PFAPI_REDIS_ANSWER",
            Self::Damaged(_) => "PFAPI_REDIS_DAMAGED",
            Self::Options(_) => "PFAPI_REDIS_OPTIONS",
        }
    }

    /// An answer that is not what the command gives.
    pub(super) fn unexpected(value: &Value) -> Self {
        // A value may be a megabyte of someone's data.
        let text: String = format!("{value:?}").chars().take(200).collect();
        Self::Answer(text)
    }
}

/// Codes of answers after which only another connection, or some time, may help: the credentials are refused, the server
/// became a replica, it loads its data, or its cluster is not whole.
const LOST: [&str; 8] = [
    "NOAUTH",
    "WRONGPASS",
    "READONLY",
    "UNBLOCKED",
    "LOADING",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
];

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        let text = error.to_string();
        let lost = match error.kind() {
            ErrorKind::Io
            | ErrorKind::Parse
            | ErrorKind::AuthenticationFailed
            | ErrorKind::InvalidClientConfig
            | ErrorKind::ClusterConnectionNotFound => true,
            // One answer, or those of a pipeline.
            _ => error
                .into_server_errors()
                .is_some_and(|errors| errors.iter().any(|(_, error)| LOST.contains(&error.code()))),
        };
        if lost {
            Self::Connection(text)
        } else {
            Self::Answer(text)
        }
    }
}
