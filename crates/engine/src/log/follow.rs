//! Reading the shared log: from its ends at start and after a break, then entry by entry.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use pfapi_core::log::{
    Epoch, LogEnds, LogEntry, NewEpoch, Proof, Removed, Resume, SharedStamp, resume,
};
use tokio::time::timeout;

use super::{ANSWER, Claim};
use crate::book::Read;
use crate::engine::Engine;
use crate::redis::{Beat, BeatPosition, Fault, Redis};

/// Milliseconds one blocking read waits for news. As long as a heartbeat's interval: in good health it never lapses.
const BLOCK: u64 = 1000;
/// How long a read that brought news leaves to more of it.
const GATHER: Duration = Duration::from_millis(1);
/// Entries read at one time while the log is replayed.
const REPLAY: usize = 1000;
/// The longest pause between two attempts, in milliseconds; the first is a hundredth of it.
const MAX_PAUSE: u64 = 1000;

/// So many attempts in a row that end at an entry which cannot be followed, and the log is replaced: the entry would stay
/// for as long as the log retains it.
const DAMAGED: u32 = 3;

/// Why reading on has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The connection broke, or something asked to look at the log anew.
    Break,
    /// The next entry does not follow the last one, or cannot be read.
    Damage,
}

pub(super) async fn run(engine: Weak<Engine>, redis: Arc<Redis>) {
    let (mut failures, mut damaged) = (0_u32, 0_u32);
    let mut reached = None;
    loop {
        let Some(strong) = engine.upgrade() else {
            return;
        };
        let replace = damaged >= DAMAGED;
        if replace {
            damaged = 0;
        }
        let established = strong.establish(&redis, replace).await;
        strong.log.faults.lock().redis = established.as_ref().err().map(Fault::to_string);
        drop(strong);
        let end = match established {
            Ok(true) => read_on(&engine, &redis).await,
            Ok(false) => None,
            Err(Fault::Damaged(_)) => Some(End::Damage),
            Err(_) => Some(End::Break),
        };
        let followed = engine
            .upgrade()
            .and_then(|engine| engine.book.mirror(|mirror| mirror.stamp()));
        let moved = followed != reached;
        reached = followed;
        damaged = match end {
            Some(End::Damage) if !moved => damaged.saturating_add(1),
            _ if moved => 0,
            _ => damaged,
        };
        failures = if moved { 0 } else { failures.saturating_add(1) };
        pause(failures).await;
    }
}

/// Waits the longer the more attempts have failed, and never as long as another server does.
async fn pause(failures: u32) {
    let longest = (MAX_PAUSE / 100) << failures.min(7);
    let jitter = rand::random_range(0..=longest / 2);
    let wait = longest.min(MAX_PAUSE) / 2 + jitter;
    tokio::time::sleep(Duration::from_millis(wait)).await;
}

/// Follows the log until it has to be looked at anew; `None` when there is nobody left to follow it for.
async fn read_on(engine: &Weak<Engine>, redis: &Redis) -> Option<End> {
    // The oldest retained: one that was sent before a break proves as much, once the log has been read to its end.
    let mut beats_after = BeatPosition::default();
    loop {
        let strong = engine.upgrade()?;
        let stamp = strong.book.mirror(|mirror| mirror.stamp())?;
        if strong.log.must_resume.swap(false, Ordering::AcqRel) {
            return Some(End::Break);
        }
        // The engine is not held while there is nothing to read, so that it can go.
        drop(strong);
        let batch = match redis.read(stamp.position, beats_after, BLOCK).await {
            Ok(batch) => batch,
            Err(Fault::Damaged(_)) => return Some(End::Damage),
            Err(_) => return Some(End::Break),
        };
        let strong = engine.upgrade()?;
        for entry in &batch.entries {
            if let ControlFlow::Break(end) = strong.follow(entry) {
                return Some(end);
            }
        }
        beats_after = batch.beat_at;
        if batch.drained {
            strong.hear(&batch.beats);
        }
        if !batch.entries.is_empty() {
            // Where one comes, others follow: one read for several, instead of one for each.
            tokio::time::sleep(GATHER).await;
        }
    }
}

impl Engine {
    /// Takes the log up where it was left, or anew, or begins a new one. `false`: to be tried again.
    async fn establish(self: &Arc<Self>, redis: &Arc<Redis>, damaged: bool) -> Result<bool, Fault> {
        let Some(removed) = self.remembered().await else {
            return Ok(false);
        };
        let followed = self.book.mirror(|mirror| mirror.stamp());
        let ends = redis
            .ends(followed.map(|stamp| stamp.position), removed.position)
            .await?;
        self.log.must_resume.store(false, Ordering::Release);
        let mut verdict = resume(followed, removed, &ends);
        if damaged && !matches!(verdict, Resume::Begin(_)) {
            verdict = Resume::Begin(NewEpoch::Damaged);
        }
        match verdict {
            Resume::Continue => {}
            Resume::Enter(epoch) => {
                if !self.enter(redis, epoch).await? {
                    return Ok(false);
                }
            }
            // Another server may be between its claim and its start.
            Resume::Begin(NewEpoch::NotTheNewest) if self.doubts(removed.epoch) => {
                return Ok(false);
            }
            Resume::Begin(why) => {
                self.begin_epoch(redis, why, removed, &ends).await?;
                return Ok(false);
            }
        }
        // At once, not with the next second: there is no sign of life until it has come back.
        self.beat(redis).await;
        Ok(true)
    }

    /// What the database remembers of the log; `None` while it does not answer.
    async fn remembered(&self) -> Option<Removed> {
        if self.log.options.outbox.is_none() {
            return Some(Removed::default());
        }
        let store = self.log.store()?;
        match timeout(ANSWER, store.list()).await {
            Ok(Ok(listing)) => Some(listing.removed.into()),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Whether this epoch of the database's is seen for the first time to be another than that of Redis.
    fn doubts(&self, newest: Option<Epoch>) -> bool {
        let mut doubted = self.log.doubted.lock();
        let first = *doubted != newest;
        *doubted = newest;
        first
    }

    /// Forgets all, and replays what the log retains: what was cached in the shared tier since then can be judged.
    async fn enter(self: &Arc<Self>, redis: &Redis, epoch: Epoch) -> Result<bool, Fault> {
        let mut entries = redis.replay(None, REPLAY).await?;
        let Some(first) = entries.first().filter(|first| first.epoch == epoch) else {
            return Ok(false);
        };
        let stamp = SharedStamp {
            epoch,
            position: first.previous,
        };
        self.log.prove(Proof::log_lost);
        self.log.sightings.lock().restart();
        self.metrics.log.entered.increment();
        let killed = self.book.enter(stamp);
        self.bury(killed);
        while let Some(last) = entries.last().map(|entry| entry.position) {
            if entries.iter().any(|entry| self.follow(entry).is_break()) {
                return Ok(false);
            }
            entries = redis.replay(Some(last), REPLAY).await?;
        }
        self.log.poll_soon.notify_one();
        Ok(true)
    }

    /// Begins a new epoch: first in the database, so that of several servers one does, and so that a Redis that goes
    /// back to the old one is found out; then in Redis.
    async fn begin_epoch(
        &self,
        redis: &Redis,
        why: NewEpoch,
        removed: Removed,
        ends: &LogEnds,
    ) -> Result<(), Fault> {
        let epoch = Epoch(rand::random());
        if self.log.options.outbox.is_some() {
            let claim = Claim {
                observed: removed.epoch,
                epoch,
            };
            let Some(store) = self.log.store() else {
                return Ok(());
            };
            if timeout(ANSWER, store.claim(&claim)).await != Ok(Ok(true)) {
                return Ok(());
            }
        }
        if redis.start_epoch(ends.epoch, epoch).await? {
            self.metrics.log.epoch_begun(why);
        }
        Ok(())
    }

    /// Applies one entry of the log.
    fn follow(self: &Arc<Self>, entry: &LogEntry) -> ControlFlow<End> {
        match self.book.follow(entry) {
            Read::News(killed) => {
                self.metrics.log.followed.increment();
                self.bury(killed);
            }
            Read::Known => self.metrics.log.followed.increment(),
            Read::OtherEpoch => {
                // Whatever came with the other epoch is not known here.
                let killed = self.book.apply_everything();
                self.bury(killed);
                self.log.prove(Proof::log_lost);
                return ControlFlow::Break(End::Break);
            }
            Read::Gap => {
                self.metrics.log.gaps.increment();
                return ControlFlow::Break(End::Damage);
            }
        }
        ControlFlow::Continue(())
    }

    /// Heartbeats that came through the log, all of it read up to them.
    fn hear(&self, beats: &[Beat]) {
        let own = beats
            .iter()
            .filter(|beat| beat.server == self.log.server)
            .map(|beat| beat.sent)
            .max();
        if let Some(sent) = own {
            let now = self.clock.now().monotonic;
            self.metrics.log.lag_ms.set(now.saturating_sub(sent));
            self.log.prove(|proof| proof.beat_returned(sent));
        }
    }
}
