//! The database: what is committed, and the outbox that commits with it.

use pfapi_core::log::{ChangeId, Epoch, Position, Removed};

use crate::state::{Key, LIMIT, Value};

/// One row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxRow {
    /// The change it announces.
    pub id: ChangeId,
    /// Whether the write may yet take effect.
    pub intent: bool,
    /// What it says has changed.
    pub key: Key,
    /// Which build wrote it.
    pub build: u8,
}

/// A statement that was sent, whose effect is still to come, if it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Statement {
    /// The change: of the row that commits with it, or of the intent that went before.
    pub id: ChangeId,
    /// What it writes.
    pub key: Key,
    /// Autocommitted, with an intent; else a COMMIT whose outcome its writer does not know.
    pub autocommitted: bool,
    /// Nobody waits for it any more.
    pub unknown: bool,
    /// When it was sent.
    pub sent: u64,
    /// The build of its writer.
    pub build: u8,
}

/// What a change has made of its key. For the checks alone: no rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Effect {
    /// The change.
    pub id: ChangeId,
    /// What it wrote.
    pub key: Key,
    /// The value that it committed.
    pub value: Value,
}

/// The one database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Database {
    /// The committed values: each write of a key adds one.
    pub values: Vec<Value>,
    /// The outbox, by id.
    pub rows: Vec<OutboxRow>,
    /// The one-row table.
    pub removed: Removed,
    /// Statements under way.
    pub statements: Vec<Statement>,
    /// What has taken effect.
    pub effects: Vec<Effect>,
    /// Which values were acknowledged, and when.
    pub acknowledged: Vec<(Key, Value, u64)>,
}

impl Database {
    /// With `keys` keys, never written.
    #[must_use]
    pub fn new(keys: usize) -> Self {
        Self {
            values: vec![0; keys],
            ..Self::default()
        }
    }

    /// A write takes effect.
    pub fn write(&mut self, id: ChangeId, key: Key) {
        self.values[key] += 1;
        let value = self.values[key];
        self.effects.push(Effect { id, key, value });
        self.effects.sort_unstable();
    }

    /// Adds a row, or replaces the one of the same id.
    pub fn put(&mut self, row: OutboxRow) {
        self.rows.retain(|other| other.id != row.id);
        self.rows.push(row);
        self.rows.sort_unstable();
    }

    /// What a change wrote, once it has.
    #[must_use]
    pub fn effect(&self, id: ChangeId) -> Option<Effect> {
        self.effects.iter().find(|effect| effect.id == id).copied()
    }

    /// Notes that the writer has its answer, or, where it never gets one, that the change is there.
    pub fn acknowledge(&mut self, id: ChangeId, now: u64) {
        if let Some(effect) = self.effect(id) {
            self.acknowledged.push((effect.key, effect.value, now));
            self.acknowledged.sort_unstable();
        }
    }

    /// The oldest value that a server may show which claims to be no more than the limit behind.
    #[must_use]
    pub fn oldest_allowed(&self, key: Key, now: u64) -> Value {
        let old = |at: u64| now.saturating_sub(at) > LIMIT;
        self.acknowledged
            .iter()
            .filter(|(of, _, at)| *of == key && old(*at))
            .map(|(_, value, _)| *value)
            .max()
            .unwrap_or(0)
    }

    /// Claims the next epoch: `UPDATE … SET epoch = next WHERE epoch = observed`. Only one wins.
    pub fn claim(&mut self, observed: Option<Epoch>, next: Epoch) -> bool {
        if self.removed.epoch != observed {
            return false;
        }
        self.removed = Removed {
            epoch: Some(next),
            position: None,
        };
        true
    }

    /// Removes rows and remembers the newest position removed, in one transaction; nothing at all if the epoch is not
    /// the one in which they were found in the log.
    pub fn remove(&mut self, epoch: Option<Epoch>, found: &[(ChangeId, Option<Position>)]) {
        if epoch.is_some() && self.removed.epoch != epoch {
            return;
        }
        self.rows
            .retain(|row| found.iter().all(|(id, _)| *id != row.id));
        let newest = found.iter().filter_map(|(_, position)| *position).max();
        self.removed.position = self.removed.position.max(newest);
    }
}
