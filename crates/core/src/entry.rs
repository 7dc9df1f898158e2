//! One stored answer, and whether it may be served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;

use crate::dependency::Dependency;
use crate::http::{ContentType, ETag, HttpDate};
use crate::key::Key;
use crate::ledger::{EntryId, Tick};
use crate::outcome::Miss;
use crate::policy::Policy;
use crate::time::Now;

/// What one entry costs beside its body: its own fields, the key, and its places in the maps. Measured roughly; errs on
/// the high side.
const FIXED_COST: usize = 400;
/// What one dependency costs in the index, both ways.
const DEPENDENCY_COST: usize = 64;

/// The state of an entry: made, shown to readers, killed. It only moves forward.
///
/// Making an entry visible is a compare-and-set from `Pending` to `Live`, and an eviction swaps either to `Dead`. So
/// there is no order of events in which a change evicts an entry and the entry is shown afterwards.
#[derive(Debug, Default)]
pub struct State(AtomicU8);

const PENDING: u8 = 0;
const LIVE: u8 = 1;
const DEAD: u8 = 2;

/// Something stored, and all that is needed to end it.
#[derive(Debug)]
pub struct Entry<T> {
    /// Starts as pending.
    pub state: State,
    /// Names this entry in the dependency index.
    pub id: EntryId,
    /// Under which key it is stored.
    pub key: Key,
    /// The position in the log taken before its data was read.
    pub stamp: Tick,
    /// What it depends on; empty when only its lifetime ends it.
    pub dependencies: Box<[Dependency]>,
    /// When its fetch began, in monotonic milliseconds: what it shows is at least that old.
    pub made_at: u64,
    /// Milliseconds it lives from `made_at`; `None`: until it is evicted.
    pub lifetime: Option<u64>,
    /// What is stored.
    pub value: T,
}

/// A stored answer, ready to be sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer's bytes.
    pub body: Bytes,
    /// The media type of `body`.
    pub content_type: ContentType,
    /// The strong validator of `body`.
    pub etag: ETag,
    /// When this body was first seen under this key.
    pub last_modified: HttpDate,
    /// How long the fetch took, in milliseconds.
    pub duration: u64,
    /// Whether the audience it was made for is everyone: only such an answer may be put into shared caches.
    pub audience_is_public: bool,
    /// The terms on which it is kept.
    pub policy: Arc<Policy>,
}

impl State {
    /// Shows a pending entry to readers. `false`: a change has killed it in the meantime.
    #[must_use]
    pub fn show(&self) -> bool {
        self.0
            .compare_exchange(PENDING, LIVE, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Kills the entry, shown or not.
    pub fn kill(&self) {
        self.0.swap(DEAD, Ordering::AcqRel);
    }

    fn is_live(&self) -> bool {
        self.0.load(Ordering::Acquire) == LIVE
    }
}

impl<T> Entry<T> {
    /// Whether the entry may be served at `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, now: Now) -> Result<(), Miss> {
        if !self.state.is_live() {
            return Err(Miss::Dead);
        }
        match self.lifetime {
            Some(lifetime) if self.age(now) >= lifetime => Err(Miss::Expired),
            _ => Ok(()),
        }
    }

    /// Milliseconds since its fetch began.
    #[must_use]
    pub fn age(&self, now: Now) -> u64 {
        now.monotonic.saturating_sub(self.made_at)
    }

    /// Bytes it is charged with in the local tier when its own payload has `payload` of them: payload, bookkeeping and
    /// its part of the dependency index.
    #[must_use]
    pub fn weight(&self, payload: usize) -> usize {
        FIXED_COST + payload + self.dependencies.len() * DEPENDENCY_COST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyBuilder;

    fn entry(lifetime: Option<u64>) -> Entry<()> {
        Entry {
            state: State::default(),
            id: EntryId(1),
            key: KeyBuilder::new("test").finish(),
            stamp: Tick::default(),
            dependencies: Box::default(),
            made_at: 1000,
            lifetime,
            value: (),
        }
    }

    fn at(monotonic: u64) -> Now {
        Now { monotonic, wall: 0 }
    }

    #[test]
    fn only_a_shown_entry_is_served() {
        let entry = entry(None);
        assert_eq!(entry.check(at(1000)), Err(Miss::Dead));
        assert!(entry.state.show());
        assert_eq!(entry.check(at(1000)), Ok(()));
        entry.state.kill();
        assert_eq!(entry.check(at(1000)), Err(Miss::Dead));
    }

    #[test]
    fn an_entry_killed_while_pending_is_never_shown() {
        let entry = entry(None);
        entry.state.kill();
        assert!(!entry.state.show());
        assert_eq!(entry.check(at(1000)), Err(Miss::Dead));
    }

    #[test]
    fn an_entry_ends_with_its_lifetime_and_not_before() {
        let entry = entry(Some(300));
        assert!(entry.state.show());
        assert_eq!(entry.check(at(1299)), Ok(()));
        assert_eq!(entry.check(at(1300)), Err(Miss::Expired));
    }

    #[test]
    fn weight_counts_payload_and_dependencies() {
        let mut entry = entry(None);
        let bare = entry.weight(0);
        entry.dependencies = vec![Dependency(1), Dependency(2)].into();
        assert_eq!(entry.weight(1000), bare + 1000 + 2 * DEPENDENCY_COST);
    }
}
