//! One server: what it keeps, and how it calls the core.

use pfapi_core::flight::Landing;
use pfapi_core::ledger::{EntryId, Tick};
use pfapi_core::log::outbox::Sightings;
use pfapi_core::log::{
    ChangeId, Channels, Epoch, Followed, LogEntry, Mirror, Position, Proof, Record, Removed,
    SharedStamp,
};

use crate::database::{Database, OutboxRow};
use crate::state::{Key, LIMIT, Value, dependencies, record};
use crate::variant::{Rules, Variant};

/// How a server stands to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// Not connected, or about to look at what it finds.
    Lost,
    /// Has read the one-row table.
    Looking(Removed),
    /// Is to claim an epoch in the database.
    Claiming {
        /// What the one-row table said.
        noted: Option<Epoch>,
        /// The epoch key that was found.
        observed: Option<Epoch>,
    },
    /// Has claimed it, and is to start it.
    Starting {
        /// The epoch key that was found.
        observed: Option<Epoch>,
        /// The new one.
        next: Epoch,
    },
    /// Variant: has started it, and is to note it in the database.
    Noting(Epoch),
    /// Reads the log.
    Following,
}

/// Something cached here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cached {
    /// Its name in the index.
    pub id: EntryId,
    /// Under which key.
    pub key: Key,
    /// What it shows.
    pub value: Value,
    /// Whether readers see it; not yet, while pending.
    pub live: bool,
}

/// A running fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fetch {
    /// What it reads.
    pub key: Key,
    /// Its local stamp.
    pub stamp: Tick,
    /// Its shared stamp.
    pub shared: Option<SharedStamp>,
    /// What it has read.
    pub value: Option<Value>,
    /// Its verdict.
    pub landing: Option<Landing>,
    /// Its entry, while not shown yet.
    pub entry: Option<EntryId>,
    /// For every moment at which a reader may have joined, the oldest value that reader may see. For the check alone.
    pub arrivals: Vec<(Tick, Value)>,
}

/// A running poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Poll {
    /// When it began.
    pub began: u64,
    /// What it has read.
    pub rows: Option<Vec<OutboxRow>>,
}

/// A write that its writer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Write {
    /// Its change.
    pub id: ChangeId,
    /// What it writes.
    pub key: Key,
    /// Whether it was autocommitted, with an intent.
    pub autocommitted: bool,
    /// Applied and acknowledged; the intent remains to be settled.
    pub applied: bool,
}

/// Rows that the cleaner has found in the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cleaning {
    /// In which epoch; `None` without Redis.
    pub epoch: Option<Epoch>,
    /// Which, and where.
    pub rows: Vec<(ChangeId, Option<Position>)>,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// Its part of the rules.
    pub mirror: Mirror,
    /// Variants: a mirror that knows only the log.
    pub bare: Option<Box<Mirror>>,
    /// How old the newest sign of life is.
    pub proof: Proof,
    /// Variants: the same, of the log alone.
    pub other: Option<Proof>,
    /// Rows seen.
    pub sightings: Sightings,
    /// Which build it runs.
    pub build: u8,
    /// How it stands to the log.
    pub link: Link,
    /// What is cached.
    pub cached: Vec<Cached>,
    /// The fetch that runs.
    pub fetch: Option<Fetch>,
    /// A value that was read from Redis, not judged yet.
    pub got: Option<(Key, SharedStamp, Value)>,
    /// The poll that runs.
    pub poll: Option<Poll>,
    /// The write that runs.
    pub write: Option<Write>,
    /// The cleaner at work.
    pub cleaning: Option<Cleaning>,
    /// Variant: the position that the own publish returned.
    pub raised: Option<Position>,
    /// By key, the newest value whose change was applied here. For the checks alone.
    pub seen: Vec<Value>,
    /// By key, the newest value whose write was acknowledged here, restarts included. For the checks alone.
    pub acknowledged: Vec<Value>,
}

impl Server {
    /// One that has just started.
    #[must_use]
    pub fn new(rules: Rules, build: u8, keys: usize) -> Self {
        let log = rules.redis;
        let channels = match rules.variant {
            Variant::NoOutbox | Variant::OnlineWithoutPoll => Channels { log, outbox: false },
            Variant::ProofFromSilence | Variant::NewerChannel => Channels {
                log: false,
                outbox: true,
            },
            _ => Channels { log, outbox: true },
        };
        let mirror = Mirror::new(log, 1 << 20);
        let bare = matches!(
            rules.variant,
            Variant::PendingIgnored | Variant::StandingIgnored | Variant::FillWhilePending
        );
        Self {
            bare: bare.then(|| Box::new(mirror.clone())),
            mirror,
            proof: Proof::new(channels),
            other: rules
                .are(Variant::NewerChannel)
                .then(|| Proof::new(Channels { log, outbox: false })),
            sightings: Sightings::default(),
            build,
            link: Link::Lost,
            cached: Vec::new(),
            fetch: None,
            got: None,
            poll: None,
            write: None,
            cleaning: None,
            raised: None,
            seen: vec![0; keys],
            acknowledged: vec![0; keys],
        }
    }

    /// Whether answers from memory, or from Redis, are given.
    #[must_use]
    pub fn online(&self, rules: Rules, now: u64) -> bool {
        let holds = self.proof.holds(now, LIMIT);
        match rules.variant {
            Variant::ProofFromSilence => holds && (!rules.redis || self.link == Link::Following),
            Variant::NewerChannel => {
                holds || self.other.is_some_and(|other| other.holds(now, LIMIT))
            }
            _ => holds,
        }
    }

    /// The oldest value that a reader may see who comes now.
    #[must_use]
    pub fn oldest_allowed(&self, database: &Database, key: Key, now: u64) -> Value {
        self.seen[key]
            .max(self.acknowledged[key])
            .max(database.oldest_allowed(key, now))
    }

    /// Whether a value of Redis may be served.
    #[must_use]
    pub fn believes(&self, rules: Rules, key: Key, stamp: SharedStamp) -> bool {
        let by = match (&self.bare, rules.variant) {
            (Some(bare), Variant::PendingIgnored | Variant::StandingIgnored) => bare,
            _ => &self.mirror,
        };
        by.judge(dependencies(key), stamp).is_ok()
    }

    /// Whether a fill may be written to Redis.
    #[must_use]
    pub fn may_fill(&self, key: Key, stamp: SharedStamp) -> bool {
        let by = self.bare.as_deref().unwrap_or(&self.mirror);
        by.judge(dependencies(key), stamp).is_ok()
    }

    /// Ends entries, shown or not.
    pub fn evict(&mut self, evicted: &[EntryId]) {
        self.cached.retain(|cached| !evicted.contains(&cached.id));
    }

    /// The connection broke, or the log is not what it was.
    pub fn lose(&mut self) {
        self.link = Link::Lost;
        self.proof.log_lost();
        if let Some(other) = &mut self.other {
            other.log_lost();
        }
    }

    /// Starts to follow a log: at the entry before its first.
    pub fn enter(&mut self, rules: Rules, stamp: SharedStamp) {
        let evicted = self.mirror.enter(stamp);
        self.evict(&evicted);
        if let Some(bare) = &mut self.bare {
            bare.enter(stamp);
        }
        self.raised = None;
        if !rules.are(Variant::RowTimeOutlivesEpoch) {
            self.sightings.restart();
        }
        self.link = Link::Following;
        self.proof.log_lost();
    }

    /// Follows one entry. The build of its writer is that of the row, where there is one.
    pub fn follow(&mut self, database: &Database, entry: &LogEntry) {
        if let Some(bare) = &mut self.bare {
            bare.follow(entry);
        }
        match self.mirror.follow(entry) {
            Followed::Applied(evicted) => {
                self.evict(&evicted);
                self.saw(database, entry.id);
            }
            Followed::Known => self.saw(database, entry.id),
            Followed::OtherEpoch | Followed::Gap => self.lose(),
        }
    }

    /// Applies what this server has committed.
    pub fn commit(&mut self, rules: Rules, database: &Database, id: ChangeId, record: &Record) {
        let evicted = self.mirror.commit(id, record);
        self.evict(&evicted);
        self.shadow(rules, Variant::StandingIgnored, |bare| {
            bare.commit(id, record);
        });
        self.saw(database, id);
    }

    /// Applies what a poll has read.
    pub fn apply_rows(&mut self, rules: Rules, database: &Database, rows: &[OutboxRow]) {
        let read = |row: &OutboxRow| record(row.key, row.build, self.build);
        let records: Vec<(OutboxRow, Record)> = rows.iter().map(|row| (*row, read(row))).collect();
        for (row, record) in &records {
            if row.intent && !rules.are(Variant::IntentsMarkedSeen) {
                continue;
            }
            if let Some(evicted) = self.mirror.found(row.id, record) {
                self.evict(&evicted);
            }
            self.shadow(rules, Variant::StandingIgnored, |bare| {
                bare.found(row.id, record);
            });
            self.saw(database, row.id);
        }
        let intents = records.iter().filter(|(row, _)| row.intent);
        let evicted = self.mirror.stand(intents.map(|(_, record)| record));
        self.evict(&evicted);
    }

    fn shadow(&mut self, rules: Rules, variant: Variant, act: impl FnOnce(&mut Mirror)) {
        if let Some(bare) = &mut self.bare
            && rules.are(variant)
        {
            act(bare);
        }
    }

    fn saw(&mut self, database: &Database, id: ChangeId) {
        if let Some(effect) = database.effect(id) {
            let seen = &mut self.seen[effect.key];
            *seen = effect.value.max(*seen);
        }
    }

    /// A name for a new entry.
    #[must_use]
    pub fn free_entry(&self) -> EntryId {
        let taken = |id: u64| {
            let fetched = self.fetch.as_ref().and_then(|fetch| fetch.entry);
            fetched == Some(EntryId(id)) || self.cached.iter().any(|it| it.id == EntryId(id))
        };
        EntryId((0..).find(|id| !taken(*id)).unwrap_or_default())
    }

    /// Takes what is cached under a key out of cache and index.
    pub fn replace(&mut self, key: Key, except: EntryId) {
        let old = |cached: &Cached| cached.key == key && cached.id != except && cached.live;
        for cached in self.cached.iter().filter(|cached| old(cached)) {
            self.mirror.ledger_mut().forget(cached.id);
        }
        self.cached.retain(|cached| !old(cached));
    }
}
