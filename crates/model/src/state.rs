//! Everything at one moment, and the measures of the model's time.

use std::sync::{Arc, OnceLock};

use pfapi_core::change::{Change, RowChange};
use pfapi_core::dependency::{Dependency, Mask};
use pfapi_core::log::Record;
use pfapi_core::log::outbox::{MAX_POLL_GAP, RETENTION};

use crate::database::Database;
use crate::redis::Redis;
use crate::server::Server;

/// A document, by number.
pub type Key = usize;
/// What a document shows: how often it was written.
pub type Value = u8;

/// Milliseconds of one step of the clock. All limits are whole steps of it, in the proportions that the product has.
pub const TICK: u64 = 7_500;
/// `maxStaleOffline`.
pub const LIMIT: u64 = TICK;
/// The longest that an autocommitted write may take.
pub const LONGEST_WRITE: u64 = 3 * TICK;

// The proportions on which the rules rest.
const _: () = assert!(LIMIT < MAX_POLL_GAP && 2 * MAX_POLL_GAP <= RETENTION);
const _: () = assert!(RETENTION.is_multiple_of(TICK) && MAX_POLL_GAP.is_multiple_of(TICK));

/// One state of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The clock that all servers share. Milliseconds.
    pub now: u64,
    /// The database.
    pub database: Arc<Database>,
    /// Redis.
    pub redis: Arc<Redis>,
    /// The servers.
    pub servers: Vec<Arc<Server>>,
    /// What may still happen.
    pub budget: Budget,
    /// Epochs given out, in the order of their random numbers.
    pub epochs: u64,
    /// An answer was given that must not have been: the check is made in the step itself.
    pub wrong: Option<&'static str>,
}

/// How often each thing may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Writes.
    pub writes: u8,
    /// Fetches begun.
    pub fetches: u8,
    /// Values read from Redis.
    pub gets: u8,
    /// Faults.
    pub faults: u8,
    /// Steps of the clock.
    pub ticks: u8,
}

/// What an answer for `key` depends on.
#[must_use]
pub fn dependencies(key: Key) -> &'static [Dependency] {
    static ALL: OnceLock<Vec<[Dependency; 2]>> = OnceLock::new();
    let of = |key: Key| {
        [
            Dependency::document("a", &key.to_string(), Mask::NONE),
            Dependency::whole("a"),
        ]
    };
    &ALL.get_or_init(|| (0..8).map(of).collect())[key]
}

/// The record of a write of `key`, as a server of build `reader` reads what one of build `writer` has written: a record
/// of an unknown version counts as everything.
#[must_use]
pub fn record(key: Key, writer: u8, reader: u8) -> Record {
    if writer > reader {
        return Record::everything("a record of a newer version");
    }
    let row = RowChange {
        id: key.to_string(),
        fields: Some(vec!["value".to_owned()]),
    };
    Record::changes(vec![Change {
        uid: "a".to_owned(),
        rows: Some(vec![row]),
        edges: vec![],
    }])
}
