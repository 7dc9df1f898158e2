//! What each step does.

mod failing;
mod following;
mod polling;
mod reading;
mod writes;

use std::sync::Arc;

use crate::action::Action;
use crate::scenario::Scenario;
use crate::server::{Link, Poll, Server};
use crate::state::{State, TICK};

impl State {
    /// The state after a step.
    #[must_use]
    pub fn after(&self, scenario: &Scenario, action: Action) -> Self {
        let mut next = self.clone();
        next.take(scenario, action);
        if scenario.joins {
            next.note_arrivals(scenario);
        }
        next
    }

    pub(crate) fn server(&mut self, index: usize) -> &mut Server {
        Arc::make_mut(&mut self.servers[index])
    }

    pub(crate) fn take(&mut self, scenario: &Scenario, action: Action) {
        match action {
            Action::Clock => {
                self.now += scenario.stride * TICK;
                self.budget.ticks = self.budget.ticks.saturating_sub(1);
            }
            Action::Commit(s, key) => self.commit(scenario, s, key),
            Action::CommitUnknown(s, key) => self.commit_unknown(scenario, s, key),
            Action::RollBack(s, key) => {
                let id = self.new_change(s);
                self.apply_own(scenario, s, id, key);
            }
            Action::Intend(s, key) => self.intend(scenario, s, key),
            Action::Fail(s) => self.fail(scenario, s),
            Action::Effect(id) => self.effect(scenario, id),
            Action::Apply(s) => self.apply(scenario, s),
            Action::Settle(s) => self.settle(s),
            Action::Publish(s, id) => self.publish(scenario, s, id),
            Action::Follow(s) => self.follow(scenario, s),
            Action::SendBeat(s) => self.send_beat(s),
            Action::ReadBeat(s) => self.read_beat(s),
            Action::Beat(s) => {
                self.send_beat(s);
                self.read_beat(s);
            }
            Action::BeginPoll(s) => {
                let (began, rows) = (self.now, None);
                self.server(s).poll = Some(Poll { began, rows });
            }
            Action::ReadRows(s) => {
                let rows = self.database.rows.clone();
                if let Some(poll) = &mut self.server(s).poll {
                    poll.rows = Some(rows);
                }
            }
            Action::ApplyRows(s) => self.apply_rows(scenario, s),
            Action::Poll(s) => {
                self.take(scenario, Action::BeginPoll(s));
                self.take(scenario, Action::ReadRows(s));
                self.apply_rows(scenario, s);
            }
            Action::LookDatabase(s) => {
                let removed = self.database.removed;
                self.server(s).link = Link::Looking(removed);
            }
            Action::LookRedis(s) => self.look(scenario, s),
            Action::Claim(s) => self.claim(scenario, s),
            Action::Start(s) => self.start(scenario, s),
            Action::Note(s) => self.note(s),
            Action::Resume(s) => self.resume_at_once(scenario, s),
            Action::BeginFetch(s, key) => self.begin_fetch(s, key),
            Action::ReadValue(s) => {
                let database = self.database.clone();
                if let Some(fetch) = &mut self.server(s).fetch {
                    fetch.value = Some(database.values[fetch.key]);
                }
            }
            Action::EndFetch(s) => self.end_fetch(scenario, s),
            Action::Show(s) => self.show(scenario, s),
            Action::Get(s, at) => {
                self.budget.gets = self.budget.gets.saturating_sub(1);
                let stored = self.redis.values.iter().nth(at).copied();
                self.server(s).got = stored.map(|it| (it.key, it.stamp, it.value));
            }
            Action::Admit(s) => self.admit(scenario, s),
            Action::LookStream(s) => self.look_stream(scenario, s),
            Action::Remove(s) => self.remove(s),
            Action::Clean(s) => {
                self.look_stream(scenario, s);
                self.remove(s);
            }
            Action::Convert(s) => self.convert(s),
            Action::Crash(s) => self.crash(scenario, s),
            Action::Break(s) => {
                self.budget.faults = self.budget.faults.saturating_sub(1);
                self.server(s).lose();
            }
            Action::Fault(fault) => self.fault(fault),
        }
    }
}
