//! The change log that several servers share, as rules. What carries it (a Redis stream, rows of a database table) is
//! `pfapi-engine`'s matter; the same functions are explored exhaustively by the model in `pfapi-model`.
//!
//! In the order in which a change meets them: it becomes a [`Record`] with a [`ChangeId`]; the server that made it
//! applies it and holds it as pending ([`Mirror::commit`]); the log gives it a [`Position`] and every server follows
//! it there ([`Mirror::follow`]); rows of the [`outbox`] bring it to those the log did not reach. [`Proof`] says how old
//! the newest sign is that nothing was missed, [`resume`] whether a log found after a break is still the one that was
//! left.

mod mirror;
pub mod outbox;
mod position;
mod proof;
mod record;
mod resume;
mod rings;

pub use mirror::{Followed, LogEntry, Mirror};
pub use position::{ChangeId, Epoch, Position, SharedStamp};
pub use proof::{Channels, Proof};
pub use record::{Kind, MAX_RECORD_BYTES, RECORD_VERSION, Record};
pub use resume::{LogEnds, NewEpoch, Removed, Resume, resume};
