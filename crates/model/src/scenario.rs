//! What may happen in one exploration, and how often.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::Action;
use crate::database::Database;
use crate::redis::Redis;
use crate::server::Server;
use crate::state::{Budget, State, TICK};
use crate::variant::{Rules, Variant};

/// How a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// In a transaction, whose row commits with it.
    Transaction,
    /// Its writer gets an error, and the COMMIT takes effect all the same, then or later, or never.
    UnknownTransaction,
    /// Rolled back, and announced all the same.
    RolledBack,
    /// Outside of any transaction, with an intent before.
    Autocommitted,
    /// As before, or its writer gets an error.
    UnknownAutocommitted,
}

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A server dies at any point, and starts again with nothing in memory.
    Crash,
    /// A server loses its connection to Redis, and knows it.
    Break,
    /// Redis restarts without its data.
    Empty,
    /// Log and epoch are evicted; the values stay.
    LoseLog,
    /// The epoch key alone is evicted.
    LoseEpoch,
    /// The stream alone is evicted.
    LoseStream,
    /// A failover loses the newest entries; every connection breaks.
    LoseTail(usize),
    /// The same behind a proxy that keeps the connections.
    LoseTailSilently(usize),
    /// The log of the epoch before comes back; every connection breaks.
    Revert,
    /// The stream is trimmed to its newest entries.
    Trim(usize),
}

/// What is done in several steps, so that others come between; all else is done at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fine {
    /// Polls.
    pub polls: bool,
    /// Heartbeats.
    pub beats: bool,
    /// Looking at the log after a break, claiming and starting epochs.
    pub resume: bool,
    /// Judging an entry and showing it.
    pub show: bool,
    /// Looking for a record in the log and removing its row.
    pub cleaner: bool,
}

/// One bounded world.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is called in the report.
    pub name: &'static str,
    /// Which rules.
    pub variant: Variant,
    /// Whether there is a Redis.
    pub redis: bool,
    /// Keys.
    pub keys: usize,
    /// The build that each server runs.
    pub builds: &'static [u8],
    /// The first so many servers write.
    pub writers: usize,
    /// How often things happen.
    pub budget: Budget,
    /// By how many steps the clock moves at once.
    pub stride: u64,
    /// How writes go.
    pub writes: &'static [WriteKind],
    /// What may go wrong.
    pub faults: &'static [Fault],
    /// What is interruptible.
    pub fine: Fine,
    /// Whether readers join running fetches.
    pub joins: bool,
    /// Whether rows are removed and orphans converted.
    pub cleans: bool,
    /// Whether every server has key 0 cached at the start, and Redis too.
    pub warm: bool,
    /// Whether the log is in its second epoch at the start, with values of Redis that were filled in the first.
    pub second_epoch: bool,
    /// Healing is tried from one state in so many; 0: from none.
    pub heals: u64,
    /// No more states than this.
    pub most_states: usize,
}

impl Scenario {
    /// Two servers with a Redis, one key that both have cached, and nothing that happens.
    pub const QUIET: Self = Self {
        name: "quiet",
        variant: Variant::Correct,
        redis: true,
        keys: 1,
        builds: &[0, 0],
        writers: 1,
        budget: Budget {
            writes: 1,
            fetches: 1,
            gets: 0,
            faults: 0,
            ticks: 0,
        },
        stride: 1,
        writes: &[WriteKind::Transaction],
        faults: &[],
        fine: Fine {
            polls: false,
            beats: false,
            resume: false,
            show: false,
            cleaner: false,
        },
        joins: false,
        cleans: false,
        warm: true,
        second_epoch: false,
        heals: 1,
        most_states: usize::MAX,
    };

    /// The rules of this run.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            variant: self.variant,
            redis: self.redis,
        }
    }

    /// Where it begins: every server online, and, if warm, with key 0 cached everywhere.
    #[must_use]
    pub fn start(&self) -> State {
        let server = |build: &u8| Arc::new(Server::new(self.rules(), *build, self.keys));
        let mut state = State {
            now: 0,
            database: Arc::new(Database::new(self.keys)),
            redis: Arc::new(Redis::default()),
            servers: self.builds.iter().map(server).collect(),
            budget: self.budget,
            epochs: 0,
            wrong: None,
        };
        self.warm_up(&mut state);
        if self.second_epoch {
            let redis = Arc::make_mut(&mut state.redis);
            redis.past = Some(Box::new(std::mem::take(&mut redis.log)));
            for s in 0..state.servers.len() {
                state.server(s).lose();
            }
            self.warm_up(&mut state);
        }
        Arc::make_mut(&mut state.redis).beats = BTreeMap::new();
        state.budget = self.budget;
        // So that a poll and a heartbeat are due.
        state.now += TICK;
        state
    }

    fn warm_up(&self, state: &mut State) {
        for s in 0..state.servers.len() {
            if self.redis {
                state.take(self, Action::Resume(s));
                while state.servers[s]
                    .mirror
                    .stamp()
                    .is_some_and(|stamp| state.redis.next(stamp.position).is_some())
                {
                    state.take(self, Action::Follow(s));
                }
                state.take(self, Action::Beat(s));
            }
            if self.rules().outbox() {
                state.take(self, Action::Poll(s));
            }
            if self.warm {
                state.take(self, Action::BeginFetch(s, 0));
                state.take(self, Action::ReadValue(s));
                state.take(self, Action::EndFetch(s));
                if self.fine.show {
                    state.take(self, Action::Show(s));
                }
            }
        }
    }
}
