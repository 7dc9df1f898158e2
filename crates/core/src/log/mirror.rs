//! The shared log as one server has followed it, with the ledger of what is cached here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::position::{ChangeId, Epoch, Position, SharedStamp};
use super::record::{Kind, Record};
use super::rings::Rings;
use crate::dependency::{Dependency, Mask};
use crate::ledger::{EntryId, Ledger, Tick};
use crate::outcome::Refusal;

/// More changes than this that the log has not taken, and single ones are given up: everything counts as changed.
const MAX_PENDING: usize = 4096;

/// Change ids that are remembered as applied. One that is forgotten is applied again, which only evicts too much.
const MAX_KNOWN: usize = 1 << 16;

/// One entry of the log, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogEntry {
    /// Where it is.
    pub position: Position,
    /// In which life of the log it was written.
    pub epoch: Epoch,
    /// The entry before it, as its writer found it.
    pub previous: Position,
    /// Which change it announces.
    pub id: ChangeId,
    /// What it says.
    pub record: Record,
}

/// What following one entry came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was news: these entries are evicted, and already out of the index.
    Applied(Vec<EntryId>),
    /// Its change had been applied here before: a change of our own, or one found in the outbox.
    Known,
    /// It is of another life of the log. Nothing read here so far can be trusted; see [`resume`](super::resume()).
    OtherEpoch,
    /// Entries are missing before it: this server has fallen behind the trimming, or the log is damaged.
    Gap,
}

/// What a record moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Moved {
    These(Box<[Dependency]>),
    Everything,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pending {
    record: Record,
    moved: Moved,
}

/// Follows the shared log, and judges by it what is read from and written to the shared tier.
///
/// Two clocks, never mixed: what is cached here is judged by the [`Tick`] at which its read began, which counts what
/// this server applied; what is cached in the shared tier by its [`SharedStamp`], the position up to which its maker
/// had followed the log. A server's own changes never raise a shared stamp: a record of another server may lie before
/// them that has not been followed yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mirror {
    ledger: Ledger,
    /// Whether there is a shared log at all.
    shared: bool,
    followed: Option<SharedStamp>,
    rings: Rings,
    /// Applied here, and not yet found in the log.
    pending: BTreeMap<ChangeId, Pending>,
    /// What pending changes move, with how many of them.
    unsettled: BTreeMap<Dependency, usize>,
    /// Pending changes of everything.
    unsettled_whole: usize,
    /// There were too many pending changes to tell apart.
    overflowed: bool,
    /// What the intents move that the last poll found.
    standing: BTreeSet<Dependency>,
    /// One of them may change anything.
    standing_whole: bool,
    known: BTreeSet<ChangeId>,
    known_order: VecDeque<ChangeId>,
}

impl Mirror {
    /// A mirror that has followed nothing yet. `shared`: whether there is a log to follow; `max_bytes`: how much of what
    /// moved lately it remembers.
    #[must_use]
    pub fn new(shared: bool, max_bytes: usize) -> Self {
        Self {
            ledger: Ledger::default(),
            shared,
            followed: None,
            rings: Rings::new(max_bytes),
            pending: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            unsettled_whole: 0,
            overflowed: false,
            standing: BTreeSet::new(),
            standing_whole: false,
            known: BTreeSet::new(),
            known_order: VecDeque::new(),
        }
    }

    /// What is cached here, and what ends it.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// As [`ledger`](Self::ledger), for what concerns this server alone: fetches that begin and end, entries that come
    /// and go. Changes are applied through the mirror.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Registers ignored fields. What moved before under the new mask is not known.
    pub fn ignore_fields(&mut self, uid: &str, fields: &[String]) -> Mask {
        let mask = self.ledger.ignore_fields(uid, fields);
        if let Some(stamp) = self.followed {
            let tag = crate::dependency::Tag::of(uid);
            self.rings.forget(tag, stamp.position);
        }
        mask
    }

    /// The stamp of a read that begins now, for the shared tier; `None` while no log is followed.
    #[must_use]
    pub fn stamp(&self) -> Option<SharedStamp> {
        self.followed
    }

    /// A change was committed by this server: applies it, and holds it as pending until the log is seen to have it.
    /// Returns the entries it evicts.
    ///
    /// A poll of this server may have found its row first, passed it on, and seen it in the log. It is then applied once
    /// more, but not held again: nothing would ever settle it.
    pub fn commit(&mut self, id: ChangeId, record: &Record) -> Vec<EntryId> {
        let moved = self.moved(record);
        if self.learn(id) {
            self.hold(id, record, &moved);
        }
        self.apply(&moved)
    }

    /// A poll has found a row of the outbox that is not an intent. `None`: its change is known, nothing is to be done.
    /// Else it is applied and pending, and is to be passed on to the log.
    pub fn found(&mut self, id: ChangeId, record: &Record) -> Option<Vec<EntryId>> {
        (!self.known.contains(&id)).then(|| self.commit(id, record))
    }

    /// A row of this id is about to be written by this server, and says nothing but what has been applied here: several
    /// changes taken together. It is not news.
    pub fn know(&mut self, id: ChangeId) {
        self.learn(id);
    }

    /// Whether a change has been applied here.
    #[must_use]
    pub fn knows(&self, id: ChangeId) -> bool {
        self.known.contains(&id)
    }

    /// Whether a change has been applied here and seen in the log.
    #[must_use]
    pub fn settled(&self, id: ChangeId) -> bool {
        self.known.contains(&id) && !self.pending.contains_key(&id)
    }

    /// A poll has found these intents: all that stand at present. Each poll applies them anew, and while they stand no
    /// value of the shared tier that they may change is believed. Returns the entries they evict.
    pub fn stand<'a>(&mut self, intents: impl IntoIterator<Item = &'a Record>) -> Vec<EntryId> {
        self.standing.clear();
        self.standing_whole = false;
        let mut evicted = Vec::new();
        for record in intents {
            let moved = self.moved(record);
            match &moved {
                Moved::These(dependencies) => self.standing.extend(dependencies.iter().copied()),
                Moved::Everything => self.standing_whole = true,
            }
            evicted.extend(self.apply(&moved));
        }
        evicted
    }

    /// Takes the log up anew: all that is cached here is evicted, and what the log told before `stamp` is not known.
    pub fn enter(&mut self, stamp: SharedStamp) -> Vec<EntryId> {
        self.followed = Some(stamp);
        self.rings.reset(stamp.position);
        self.ledger.apply_everything()
    }

    /// Follows the next entry of the log.
    pub fn follow(&mut self, entry: &LogEntry) -> Followed {
        let Some(stamp) = self.followed else {
            return Followed::OtherEpoch;
        };
        if entry.epoch != stamp.epoch {
            return Followed::OtherEpoch;
        }
        if entry.position <= stamp.position {
            return Followed::Known;
        }
        if entry.previous != stamp.position {
            return Followed::Gap;
        }
        let position = entry.position;
        self.followed = Some(SharedStamp { position, ..stamp });
        self.settle(entry.id);
        let moved = self.moved(&entry.record);
        match &moved {
            Moved::These(dependencies) => self.rings.push(position, dependencies),
            Moved::Everything => self.rings.reset(position),
        }
        if self.learn(entry.id) {
            Followed::Applied(self.apply(&moved))
        } else {
            Followed::Known
        }
    }

    /// Counts everything as changed, on this server alone.
    pub fn forget_everything(&mut self) -> Vec<EntryId> {
        self.ledger.apply_everything()
    }

    /// Whether what was read at `stamp` is still true, as far as this server has followed the log and knows of changes
    /// that are not in it yet. Decides both whether a value of the shared tier may be served, and whether a fill may be
    /// written to it.
    ///
    /// # Errors
    /// `Moved` when a dependency changed after the stamp, or may be changing; `Unverifiable` when that is not known.
    pub fn judge(&self, dependencies: &[Dependency], stamp: SharedStamp) -> Result<(), Refusal> {
        if self.followed.map(|followed| followed.epoch) != Some(stamp.epoch) || self.overflowed {
            return Err(Refusal::Unverifiable);
        }
        let unsettled = dependencies.iter().any(|dependency| {
            self.unsettled.contains_key(dependency) || self.standing.contains(dependency)
        });
        if unsettled || self.unsettled_whole > 0 || self.standing_whole {
            return Err(Refusal::Moved);
        }
        self.rings.judge(dependencies, stamp.position)
    }

    /// Puts an entry that came from the shared tier into the index and judges it, in one step: from here on every change
    /// finds it. Returns the local position up to which it is known to be true.
    ///
    /// # Errors
    /// As [`judge`](Self::judge); the entry is then not in the index.
    pub fn admit(
        &mut self,
        entry: EntryId,
        dependencies: &[Dependency],
        stamp: SharedStamp,
    ) -> Result<Tick, Refusal> {
        self.ledger.index(entry, dependencies);
        if let Err(refusal) = self.judge(dependencies, stamp) {
            self.ledger.forget(entry);
            return Err(refusal);
        }
        Ok(self.ledger.tick())
    }

    /// The changes that the log has not been seen to have, to be published again.
    #[must_use]
    pub fn pending(&self) -> Vec<(ChangeId, Record)> {
        self.pending
            .iter()
            .map(|(id, pending)| (*id, pending.record.clone()))
            .collect()
    }

    /// Whether there were too many pending changes to tell apart; see [`give_up`](Self::give_up).
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Replaces all pending changes by one that counts everything as changed, which is to be published.
    pub fn give_up(&mut self, id: ChangeId) -> Record {
        self.drop_pending();
        self.overflowed = false;
        let record = Record::everything("too many unpublished changes");
        self.learn(id);
        self.hold(id, &record, &Moved::Everything);
        record
    }

    /// Bytes charged to what moved lately, and changes pending.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        (self.rings.bytes(), self.pending.len())
    }

    fn moved(&self, record: &Record) -> Moved {
        match &record.kind {
            Kind::Changes(changes) => {
                Moved::These(self.ledger.moved(changes).into_iter().collect())
            }
            Kind::Everything(_) => Moved::Everything,
        }
    }

    fn apply(&mut self, moved: &Moved) -> Vec<EntryId> {
        match moved {
            Moved::These(dependencies) => self.ledger.apply_moved(dependencies.iter().copied()),
            Moved::Everything => self.ledger.apply_everything(),
        }
    }

    fn hold(&mut self, id: ChangeId, record: &Record, moved: &Moved) {
        if !self.shared || self.overflowed {
            return;
        }
        if self.pending.len() >= MAX_PENDING {
            self.drop_pending();
            self.overflowed = true;
            return;
        }
        match moved {
            Moved::These(dependencies) => {
                for dependency in dependencies {
                    *self.unsettled.entry(*dependency).or_default() += 1;
                }
            }
            Moved::Everything => self.unsettled_whole += 1,
        }
        let pending = Pending {
            record: record.clone(),
            moved: moved.clone(),
        };
        self.pending.insert(id, pending);
    }

    fn drop_pending(&mut self) {
        self.pending.clear();
        self.unsettled.clear();
        self.unsettled_whole = 0;
    }

    /// The log has the change: it is no longer pending.
    fn settle(&mut self, id: ChangeId) {
        match self.pending.remove(&id).map(|pending| pending.moved) {
            Some(Moved::These(dependencies)) => {
                for dependency in &dependencies {
                    if let Some(count) = self.unsettled.get_mut(dependency) {
                        *count -= 1;
                        if *count == 0 {
                            self.unsettled.remove(dependency);
                        }
                    }
                }
            }
            Some(Moved::Everything) => self.unsettled_whole -= 1,
            None => {}
        }
    }

    /// Remembers that a change has been applied here; `false` when it was already.
    fn learn(&mut self, id: ChangeId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.known_order.push_back(id);
        if self.known_order.len() > MAX_KNOWN
            && let Some(oldest) = self.known_order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests;
