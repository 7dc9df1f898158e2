//! Redis: the log, the heartbeats, the values, and how they get lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pfapi_core::log::{ChangeId, Epoch, LogEnds, LogEntry, Position, Record, SharedStamp};

use crate::state::{Key, Value};

/// One heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Beat {
    /// When it was sent, on its sender's clock.
    pub sent: u64,
    /// The log's epoch at that moment.
    pub epoch: Epoch,
}

/// A value of the shared tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stored {
    /// Under which key.
    pub key: Key,
    /// Part of the key as well: builds do not share values.
    pub build: u8,
    /// The stamp its maker gave it.
    pub stamp: SharedStamp,
    /// What it shows.
    pub value: Value,
}

/// The log: a stream, and the set that makes appending idempotent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Log {
    /// The epoch key.
    pub epoch: Option<Epoch>,
    /// The stream; `None` when its key is missing.
    pub entries: Option<Vec<Arc<LogEntry>>>,
    /// Where each change was appended.
    pub ids: BTreeMap<ChangeId, Position>,
}

/// The one Redis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Redis {
    /// The log.
    pub log: Log,
    /// The log as it was before the newest epoch was started: what a restored snapshot brings back.
    pub past: Option<Box<Log>>,
    /// The newest heartbeat of each server.
    pub beats: BTreeMap<usize, Beat>,
    /// Every value ever written: each may be the one that a reader gets, since values can go back in time by themselves.
    pub values: BTreeSet<Stored>,
    /// Its clock: positions rise even when the log loses its tail.
    pub clock: u64,
}

/// The log is of another epoch than the caller's, or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherEpoch;

fn at(milliseconds: u64) -> Position {
    Position {
        milliseconds,
        sequence: 0,
    }
}

impl Redis {
    /// Whether stream and epoch are there, and of this epoch.
    #[must_use]
    pub fn is_of(&self, epoch: Epoch) -> bool {
        self.log.entries.is_some() && self.log.epoch == Some(epoch)
    }

    /// The script that appends a record, and says where it is: once for each change that the stream still holds, or, in
    /// a variant, only `once` in an epoch.
    ///
    /// # Errors
    /// When the log is not of `epoch`.
    pub fn publish(
        &mut self,
        epoch: Epoch,
        id: ChangeId,
        record: Record,
        once: bool,
    ) -> Result<Position, OtherEpoch> {
        if !self.is_of(epoch) {
            return Err(OtherEpoch);
        }
        let first = self.first();
        if let Some(known) = self.log.ids.get(&id)
            && (once || first.is_some_and(|first| *known >= first))
        {
            return Ok(*known);
        }
        self.clock += 1;
        let position = at(self.clock);
        let entries = self.log.entries.get_or_insert_default();
        let previous = entries.last().map(|entry| entry.position);
        entries.push(Arc::new(LogEntry {
            position,
            epoch,
            previous: previous.unwrap_or_default(),
            id,
            record,
        }));
        self.log.ids.insert(id, position);
        Ok(position)
    }

    /// The script that starts an epoch: compares the epoch key, deletes the log, writes its first entry.
    pub fn start(&mut self, observed: Option<Epoch>, epoch: Epoch, id: ChangeId) -> bool {
        if self.log.epoch != observed {
            return false;
        }
        let old = std::mem::take(&mut self.log);
        if old.entries.is_some() && old.epoch.is_some() {
            self.past = Some(Box::new(old));
        }
        self.log.epoch = Some(epoch);
        self.log.entries = Some(Vec::new());
        let _ = self.publish(epoch, id, Record::everything("a new epoch"), false);
        true
    }

    /// The oldest entry.
    #[must_use]
    pub fn first(&self) -> Option<Position> {
        Some(self.log.entries.as_ref()?.first()?.position)
    }

    /// Whether the entry at this position is in the stream.
    #[must_use]
    pub fn holds(&self, position: Position) -> bool {
        let mut entries = self.log.entries.iter().flatten();
        entries.any(|entry| entry.position == position)
    }

    /// The entry of a change, when the stream has it.
    #[must_use]
    pub fn entry_of(&self, id: ChangeId) -> Option<Position> {
        let mut entries = self.log.entries.iter().flatten();
        Some(entries.rfind(|entry| entry.id == id)?.position)
    }

    /// The entry that a blocking read after `position` returns.
    #[must_use]
    pub fn next(&self, position: Position) -> Option<&Arc<LogEntry>> {
        let mut entries = self.log.entries.iter().flatten();
        entries.find(|entry| entry.position > position)
    }

    /// A look at the log.
    #[must_use]
    pub fn look(&self, followed: Option<SharedStamp>, removed: Option<Position>) -> LogEnds {
        let entries = self.log.entries.as_ref();
        LogEnds {
            epoch: self.log.epoch.filter(|_| entries.is_some()),
            first: self.first(),
            last: entries.and_then(|entries| Some(entries.last()?.position)),
            has_followed: followed.is_some_and(|stamp| self.holds(stamp.position)),
            has_removed: removed.is_some_and(|position| self.holds(position)),
        }
    }

    /// Loses the newest `count` entries, and what it knew of them. `false`: there are not that many, or no more.
    pub fn lose_tail(&mut self, count: usize) -> bool {
        let Some(entries) = &mut self.log.entries else {
            return false;
        };
        if entries.len() <= count {
            return false;
        }
        for entry in entries.split_off(entries.len() - count) {
            self.log.ids.remove(&entry.id);
        }
        true
    }

    /// Trims all but the newest `keep` entries.
    pub fn trim(&mut self, keep: usize) -> bool {
        match &mut self.log.entries {
            Some(entries) if entries.len() > keep => {
                entries.drain(..entries.len() - keep);
                true
            }
            _ => false,
        }
    }
}
