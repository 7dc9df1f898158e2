//! Writes, as the write seam makes them.

use std::sync::Arc;

use pfapi_core::log::ChangeId;

use crate::database::{OutboxRow, Statement};
use crate::scenario::Scenario;
use crate::server::Write;
use crate::state::{Key, State, record};
use crate::variant::Variant;

/// An id for the second announcement of a write whose outcome is unknown.
fn second(id: ChangeId) -> ChangeId {
    ChangeId(id.0 + 0x100)
}

impl State {
    pub(super) fn new_change(&mut self, s: usize) -> ChangeId {
        let id = ChangeId(16 * (s as u128 + 1) + u128::from(self.budget.writes));
        self.budget.writes = self.budget.writes.saturating_sub(1);
        id
    }

    pub(super) fn row(&self, s: usize, id: ChangeId, key: Key, intent: bool) -> OutboxRow {
        OutboxRow {
            id,
            intent,
            key,
            build: self.servers[s].build,
        }
    }

    pub(super) fn apply_own(&mut self, scenario: &Scenario, s: usize, id: ChangeId, key: Key) {
        let database = self.database.clone();
        let server = self.server(s);
        let own = record(key, server.build, server.build);
        server.commit(scenario.rules(), &database, id, &own);
    }

    pub(super) fn commit(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        let row = self.row(s, id, key, false);
        let database = Arc::make_mut(&mut self.database);
        database.write(id, key);
        if scenario.rules().outbox() {
            database.put(row);
        }
        self.server(s).write = Some(Write {
            id,
            key,
            autocommitted: false,
            applied: false,
        });
    }

    pub(super) fn commit_unknown(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        self.send(s, id, key, false);
        self.announce_unknown(scenario, s, id, key);
    }

    pub(super) fn send(&mut self, s: usize, id: ChangeId, key: Key, autocommitted: bool) {
        let statement = Statement {
            id,
            key,
            autocommitted,
            unknown: !autocommitted,
            sent: self.now,
            build: self.servers[s].build,
        };
        let database = Arc::make_mut(&mut self.database);
        database.statements.push(statement);
        database.statements.sort_unstable();
    }

    pub(super) fn announce_unknown(
        &mut self,
        scenario: &Scenario,
        s: usize,
        id: ChangeId,
        key: Key,
    ) {
        let own = scenario.variant == Variant::UnknownUnderOwnId;
        self.apply_own(scenario, s, if own { id } else { second(id) }, key);
    }

    pub(super) fn intend(&mut self, scenario: &Scenario, s: usize, key: Key) {
        let id = self.new_change(s);
        let row = self.row(s, id, key, true);
        if scenario.rules().outbox() {
            Arc::make_mut(&mut self.database).put(row);
        }
        self.send(s, id, key, true);
        self.server(s).write = Some(Write {
            id,
            key,
            autocommitted: true,
            applied: false,
        });
    }

    pub(super) fn fail(&mut self, scenario: &Scenario, s: usize) {
        let Some(write) = self.server(s).write.take() else {
            return;
        };
        let database = Arc::make_mut(&mut self.database);
        for statement in &mut database.statements {
            statement.unknown |= statement.id == write.id;
        }
        self.announce_unknown(scenario, s, write.id, write.key);
    }

    pub(super) fn effect(&mut self, scenario: &Scenario, id: ChangeId) {
        let now = self.now;
        let database = Arc::make_mut(&mut self.database);
        let mut statements = database.statements.iter();
        let Some(at) = statements.position(|statement| statement.id == id) else {
            return;
        };
        let statement = database.statements.remove(at);
        database.write(id, statement.key);
        if !statement.autocommitted && scenario.rules().outbox() {
            database.put(OutboxRow {
                id,
                intent: false,
                key: statement.key,
                build: statement.build,
            });
        }
        if statement.unknown {
            database.acknowledge(id, now);
        }
    }

    pub(super) fn apply(&mut self, scenario: &Scenario, s: usize) {
        let Some(write) = self.servers[s].write else {
            return;
        };
        self.apply_own(scenario, s, write.id, write.key);
        let now = self.now;
        let database = Arc::make_mut(&mut self.database);
        database.acknowledge(write.id, now);
        let value = database.effect(write.id).map_or(0, |effect| effect.value);
        let server = self.server(s);
        let newest = &mut server.acknowledged[write.key];
        *newest = value.max(*newest);
        server.write = write.autocommitted.then_some(Write {
            applied: true,
            ..write
        });
    }

    pub(super) fn settle(&mut self, s: usize) {
        let Some(write) = self.server(s).write.take() else {
            return;
        };
        let database = Arc::make_mut(&mut self.database);
        for row in &mut database.rows {
            if row.id == write.id {
                row.intent = false;
            }
        }
    }
}
