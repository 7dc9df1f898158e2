//! The rules of pfapi's cache.
//!
//! One idea carries all of it: there is one ordered log of changes, and everything cached carries a stamp, a position in
//! that log taken *before* its data was read. A cached answer is valid exactly when nothing it depends on changed after
//! its stamp.
//!
//! This crate decides and does nothing else: no I/O, no clock, no threads. Time comes in as a parameter, so every rule
//! here is tested without sleeping. `pfapi-engine` holds the clock, the memory and the tasks.
//!
//! In the order in which a request meets them:
//!
//! 1. [`key`] and [`query`]: which stored answer a request means.
//! 2. [`entry`]: whether a stored answer may be served now.
//! 3. [`flight`]: whether a running fetch may answer a reader who came later.
//! 4. [`refreshable`]: what is asked for the data, and what it gives back.
//! 5. [`dependency`]: what an answer depends on.
//! 6. [`ledger`]: whether a finished fetch may be stored, and what a change evicts.
//! 7. [`change`]: what a write moves.
//! 8. [`log`]: how several servers agree on what changed, and when.
//! 9. [`http`]: how an answer is put to the client.
//!
//! [`outcome`] names every way each of these can end.

pub mod change;
pub mod dependency;
pub mod entry;
pub mod flight;
pub mod http;
pub mod key;
pub mod ledger;
pub mod log;
pub mod outcome;
pub mod policy;
pub mod query;
pub mod refreshable;
pub mod time;
pub mod value;
