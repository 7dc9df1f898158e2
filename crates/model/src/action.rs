//! What can happen next.

use pfapi_core::log::ChangeId;

use crate::scenario::{Fault, Scenario, WriteKind};
use crate::server::{Link, Server};
use crate::state::{Key, LONGEST_WRITE, State};
use crate::variant::Variant;

/// One atomic step. The number is the server that takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named by what it does")]
pub enum Action {
    Clock,
    Commit(usize, Key),
    CommitUnknown(usize, Key),
    RollBack(usize, Key),
    Intend(usize, Key),
    /// The writer of an autocommitted write gets an error; the statement may still take effect.
    Fail(usize),
    Effect(ChangeId),
    Apply(usize),
    Settle(usize),
    Publish(usize, ChangeId),
    Follow(usize),
    SendBeat(usize),
    ReadBeat(usize),
    /// Both of these at once.
    Beat(usize),
    BeginPoll(usize),
    ReadRows(usize),
    ApplyRows(usize),
    /// All three at once.
    Poll(usize),
    LookDatabase(usize),
    LookRedis(usize),
    Claim(usize),
    Start(usize),
    Note(usize),
    /// All that it takes, at once.
    Resume(usize),
    BeginFetch(usize, Key),
    ReadValue(usize),
    EndFetch(usize),
    Show(usize),
    Get(usize, usize),
    Admit(usize),
    LookStream(usize),
    Remove(usize),
    /// Both at once.
    Clean(usize),
    /// Orphaned intents become rows.
    Convert(usize),
    Crash(usize),
    Break(usize),
    Fault(Fault),
}

/// Every step that the state and the scenario allow.
#[must_use]
pub fn actions(scenario: &Scenario, state: &State) -> Vec<Action> {
    let mut all = Vec::new();
    if state.budget.ticks > 0 {
        all.push(Action::Clock);
    }
    for statement in &state.database.statements {
        let in_time = state.now.saturating_sub(statement.sent) < LONGEST_WRITE;
        if !statement.autocommitted || in_time {
            all.push(Action::Effect(statement.id));
        }
    }
    for (index, server) in state.servers.iter().enumerate() {
        writes(scenario, state, index, server, &mut all);
        log(scenario, state, index, server, &mut all);
        outbox(scenario, state, index, server, &mut all);
        reads(scenario, state, index, server, &mut all);
    }
    if state.budget.faults > 0 {
        faults(scenario, state, &mut all);
    }
    all
}

fn writes(
    scenario: &Scenario,
    state: &State,
    index: usize,
    server: &Server,
    all: &mut Vec<Action>,
) {
    match server.write {
        None if state.budget.writes > 0 && index < scenario.writers => {
            for key in 0..scenario.keys {
                all.extend(scenario.writes.iter().map(|kind| match kind {
                    WriteKind::Transaction => Action::Commit(index, key),
                    WriteKind::UnknownTransaction => Action::CommitUnknown(index, key),
                    WriteKind::RolledBack => Action::RollBack(index, key),
                    WriteKind::Autocommitted | WriteKind::UnknownAutocommitted => {
                        Action::Intend(index, key)
                    }
                }));
            }
        }
        None => {}
        Some(write) if write.applied => all.push(Action::Settle(index)),
        Some(write) => {
            let mut statements = state.database.statements.iter();
            if statements.any(|statement| statement.id == write.id) {
                if scenario.writes.contains(&WriteKind::UnknownAutocommitted) {
                    all.push(Action::Fail(index));
                }
            } else {
                all.push(Action::Apply(index));
            }
        }
    }
}

fn log(scenario: &Scenario, state: &State, index: usize, server: &Server, all: &mut Vec<Action>) {
    if !scenario.redis {
        return;
    }
    match server.link {
        Link::Lost if scenario.fine.resume => all.push(Action::LookDatabase(index)),
        Link::Lost => all.push(Action::Resume(index)),
        Link::Looking(_) => all.push(Action::LookRedis(index)),
        Link::Claiming { .. } => all.push(Action::Claim(index)),
        Link::Starting { .. } => all.push(Action::Start(index)),
        Link::Noting(_) => all.push(Action::Note(index)),
        Link::Following => {
            for (id, _) in server.mirror.pending() {
                if publishable(state, server, id) {
                    all.push(Action::Publish(index, id));
                }
            }
            let followed = server.mirror.stamp().map(|stamp| stamp.position);
            let next = followed.and_then(|position| state.redis.next(position));
            if next.is_some() {
                all.push(Action::Follow(index));
            }
            let missing = !server
                .mirror
                .stamp()
                .is_some_and(|it| state.redis.is_of(it.epoch));
            let sent = state.redis.beats.get(&index).map(|beat| beat.sent);
            let early = scenario.variant == Variant::BeatBeforeEntries;
            if scenario.fine.beats {
                if sent.is_none_or(|sent| sent < state.now) || missing {
                    all.push(Action::SendBeat(index));
                }
                if sent.is_some() && (next.is_none() || early) {
                    all.push(Action::ReadBeat(index));
                }
            } else if (next.is_none() || early)
                && (sent != Some(state.now) || missing || !beaten(server, state))
            {
                all.push(Action::Beat(index));
            }
        }
    }
}

fn beaten(server: &Server, state: &State) -> bool {
    server.proof.at().is_some_and(|at| at >= state.now)
}

/// Publishing what the log holds changes nothing, and need not be explored.
fn publishable(state: &State, server: &Server, id: ChangeId) -> bool {
    let of = server.mirror.stamp().map(|stamp| stamp.epoch);
    of.is_some_and(|epoch| !state.redis.is_of(epoch)) || state.redis.entry_of(id).is_none()
}

fn outbox(
    scenario: &Scenario,
    state: &State,
    index: usize,
    server: &Server,
    all: &mut Vec<Action>,
) {
    if scenario.variant == Variant::NoOutbox {
        return;
    }
    let due = server
        .proof
        .last_poll()
        .is_none_or(|began| began < state.now);
    match &server.poll {
        Some(poll) if poll.rows.is_some() => all.push(Action::ApplyRows(index)),
        Some(_) => all.push(Action::ReadRows(index)),
        None if scenario.fine.polls && due => all.push(Action::BeginPoll(index)),
        None if due
            || state
                .database
                .rows
                .iter()
                .any(|row| !server.mirror.knows(row.id)) =>
        {
            all.push(if scenario.fine.polls {
                Action::BeginPoll(index)
            } else {
                Action::Poll(index)
            });
        }
        None => {}
    }
    if !scenario.cleans {
        return;
    }
    if server.cleaning.is_some() {
        all.push(Action::Remove(index));
    } else if !removable(scenario, state, server).is_empty() {
        all.push(if scenario.fine.cleaner {
            Action::LookStream(index)
        } else {
            Action::Clean(index)
        });
    }
    let orphans = server.sightings.orphans(state.now, LONGEST_WRITE);
    if orphans.iter().any(|id| {
        let mut rows = state.database.rows.iter();
        rows.any(|row| row.id == *id && row.intent)
    }) {
        all.push(Action::Convert(index));
    }
}

/// Which rows the cleaner of a server would remove now.
#[must_use]
pub fn removable(scenario: &Scenario, state: &State, server: &Server) -> Vec<ChangeId> {
    let rows = &state.database.rows;
    let there = |id: &ChangeId| rows.iter().any(|row| row.id == *id && !row.intent);
    let unlogged = !scenario.redis || scenario.variant == Variant::RemovedUnchecked;
    let looks_only = scenario.variant == Variant::CleanerNeverPublishes;
    let logged = |id: &ChangeId| {
        let found = || !looks_only || state.redis.entry_of(*id).is_some();
        unlogged || (server.link == Link::Following && found())
    };
    let old = server.sightings.removable(state.now);
    old.into_iter()
        .filter(|id| there(id) && logged(id))
        .collect()
}

fn reads(scenario: &Scenario, state: &State, index: usize, server: &Server, all: &mut Vec<Action>) {
    match &server.fetch {
        None if state.budget.fetches > 0 => {
            all.extend((0..scenario.keys).map(|key| Action::BeginFetch(index, key)));
        }
        None => {}
        Some(fetch) if fetch.value.is_none() => all.push(Action::ReadValue(index)),
        Some(fetch) if fetch.landing.is_none() => all.push(Action::EndFetch(index)),
        Some(_) => all.push(Action::Show(index)),
    }
    let online = server.online(scenario.rules(), state.now);
    match server.got {
        None if state.budget.gets > 0 && server.link == Link::Following && online => {
            let ours = state.redis.values.iter().enumerate();
            let ours = ours.filter(|(_, stored)| stored.build == server.build);
            all.extend(ours.map(|(at, _)| Action::Get(index, at)));
        }
        None => {}
        Some(_) => all.push(Action::Admit(index)),
    }
}

fn faults(scenario: &Scenario, state: &State, all: &mut Vec<Action>) {
    for fault in scenario.faults {
        match fault {
            Fault::Crash => all.extend((0..state.servers.len()).map(Action::Crash)),
            Fault::Break => {
                for (index, server) in state.servers.iter().enumerate() {
                    if server.link == Link::Following {
                        all.push(Action::Break(index));
                    }
                }
            }
            Fault::Revert if state.redis.past.is_none() => {}
            Fault::Trim(keep) | Fault::LoseTail(keep)
                if state.redis.log.entries.as_ref().map_or(0, Vec::len) <= *keep => {}
            other => all.push(Action::Fault(*other)),
        }
    }
}
