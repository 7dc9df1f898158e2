//! The outbox as the engine asks for it. Whoever has the database answers; every decision is made here.

use std::future::Future;
use std::pin::Pin;

use pfapi_core::log::outbox::Row;
use pfapi_core::log::{ChangeId, Epoch, Position, Removed};
use serde::{Deserialize, Serialize};

/// An answer of the database, or what it said instead.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// The table of the outbox, and the row beside it that remembers what the log must hold.
pub trait OutboxStore: std::fmt::Debug + Send + Sync {
    /// All rows, those that are not intents without their records, and what the database remembers of the log.
    fn list(&self) -> StoreFuture<'_, Listing>;

    /// The rows of these ids that are still there, with their records.
    fn read(&self, ids: &[ChangeId]) -> StoreFuture<'_, Vec<Stored>>;

    /// Removes rows, in one transaction with what has to be remembered of them. Nothing is removed when the epoch is
    /// not the one that the database knows as the newest. Without an epoch, though the database knows one: only rows that
    /// are an hour old, and a new epoch is noted if there were any.
    fn remove(&self, removal: &Removal) -> StoreFuture<'_, ()>;

    /// Makes rows of intents whose writers are dead.
    fn settle(&self, orphans: &[Orphan]) -> StoreFuture<'_, ()>;

    /// Remembers a new epoch, if the newest is still the one observed. `false`: somebody else was first.
    fn claim(&self, claim: &Claim) -> StoreFuture<'_, bool>;
}

/// What a poll finds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listing {
    /// All rows.
    pub rows: Vec<Listed>,
    /// What the database remembers of the log.
    pub removed: RemovedRow,
}

/// A row; an intent with its record, because every poll applies it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listed {
    /// The change, or the intent's own id.
    pub id: ChangeId,
    /// Whether it is an intent.
    pub intent: bool,
    /// The record of an intent.
    #[serde(default)]
    pub record: Option<String>,
}

/// What the database remembers of the log; see [`Removed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovedRow {
    /// The epoch started last.
    pub epoch: Option<Epoch>,
    /// The newest position whose row was removed.
    pub position: Option<Position>,
}

/// A row with its record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stored {
    /// The change, or the intent's own id.
    pub id: ChangeId,
    /// Whether it is an intent.
    pub intent: bool,
    /// The record as it was written.
    pub record: String,
}

/// Rows to be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// The changes whose rows go.
    pub ids: Vec<ChangeId>,
    /// With a log: the epoch in which the log holds them all.
    pub epoch: Option<Epoch>,
    /// With a log: the newest of their positions.
    pub position: Option<Position>,
}

/// An intent to become a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// The intent.
    pub id: ChangeId,
    /// The id of the row.
    #[serde(rename = "as")]
    pub new_id: ChangeId,
}

/// A new epoch to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The newest epoch, as it was read.
    pub observed: Option<Epoch>,
    /// The one to take its place.
    pub epoch: Epoch,
}

impl From<&Listed> for Row {
    fn from(&Listed { id, intent, .. }: &Listed) -> Self {
        Self { id, intent }
    }
}

impl From<RemovedRow> for Removed {
    fn from(RemovedRow { epoch, position }: RemovedRow) -> Self {
        Self { epoch, position }
    }
}
