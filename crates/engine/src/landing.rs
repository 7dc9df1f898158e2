//! The end of a fetch: judged, stored if nothing it was made from has moved, and given to all who wait.

use std::sync::Arc;

use pfapi_core::dependency::Observed;
use pfapi_core::entry::{Answer, Entry, State};
use pfapi_core::flight::Landing;
use pfapi_core::http::{ContentType, ETag, HttpDate};
use pfapi_core::key::Key;
use pfapi_core::ledger::Tick;
use pfapi_core::outcome::{Fill, Miss, Refusal};
use pfapi_core::policy::lifetime;
use pfapi_core::refreshable::{Failure, Fetched};
use pfapi_core::time::Now;

use crate::book::Resident;
use crate::engine::Engine;
use crate::fetch::{Arrival, Landed, Source};
use crate::tier::{Stored, StoredEntry};

impl Engine {
    /// Judges what a fetch brought, and stores it if nothing it depends on has moved.
    pub(crate) fn land(
        &self,
        key: Key,
        stamp: Tick,
        begun: Now,
        source: &Arc<Source>,
        fetched: Fetched,
    ) -> Arrival {
        let now = self.clock.now();
        let registered = &source.registered;
        let policy = &registered.policy;
        let content_type = ContentType::parse(&fetched.content_type).map_err(|error| {
            Failure::Source(format!(
                "content type {:?}: {}",
                fetched.content_type,
                error.as_str()
            ))
        })?;
        let etag = ETag::of(content_type.as_str(), &fetched.body);
        let last_modified = self.date(key, &etag, HttpDate::from_unix(now.wall_seconds()));

        let dependencies = if policy.evict {
            let masked = registered
                .masked
                .as_ref()
                .map(|(uid, mask)| (uid.as_str(), *mask));
            fetched.observed.dependencies(masked)
        } else {
            Box::default()
        };
        let storable = fetched
            .observed
            .storable(fetched.ttl.is_some() || !policy.evict);
        let unmoved_until = if known(&fetched.observed, storable) {
            self.book.unmoved_until(&dependencies, stamp)
        } else {
            None
        };
        let entry = Arc::new(Entry {
            state: State::default(),
            id: self.book.next_id(),
            key,
            stamp,
            dependencies,
            made_at: begun.monotonic,
            lifetime: lifetime(policy, fetched.ttl),
            value: Stored {
                answer: Answer {
                    body: fetched.body,
                    content_type,
                    etag,
                    last_modified,
                    duration: now.monotonic.saturating_sub(begun.monotonic),
                    audience_is_public: source.audience_is_public,
                    policy: Arc::clone(policy),
                },
                renewal: policy.permanent.then(|| Arc::clone(source)),
            },
        });
        let fill = match storable.and_then(|()| self.store(&entry)) {
            Ok(()) => Fill::Stored,
            Err(refusal) => Fill::Refused(refusal),
        };
        self.metrics.filled(fill);
        Ok(Landed {
            entry,
            fill,
            landing: Landing {
                stamp,
                unmoved_until,
            },
        })
    }

    /// Index, check, show: in this order, so that no change can come between check and show unnoticed.
    fn store(&self, entry: &StoredEntry) -> Result<(), Refusal> {
        if entry.value.answer.body.len() as u64 > self.limits.max_entry_bytes {
            return Err(Refusal::TooLarge);
        }
        let resident = Resident::Answer(Arc::downgrade(entry));
        self.book
            .admit(entry.id, &entry.dependencies, entry.stamp, resident)?;
        if !entry.state.show() {
            return Err(Refusal::Moved);
        }
        self.keep(entry);
        Ok(())
    }

    /// Puts a shown entry into the local tier.
    pub(crate) fn keep(&self, entry: &StoredEntry) {
        self.tier.insert(Arc::clone(entry));
        if entry.check(self.clock.now()) == Err(Miss::Dead) {
            // A change killed it on its way in. It would never be served, only take room.
            self.tier.remove_dead(entry);
        }
    }
}

/// Whether all that the answer was made from is known, so that "nothing moved" means something. A refusal for any
/// other reason leaves that open.
fn known(observed: &Observed, storable: Result<(), Refusal>) -> bool {
    match storable {
        Ok(()) => true,
        Err(Refusal::NoStore) => {
            !observed.reads.is_empty() && !observed.foreign_sql && !observed.wrote
        }
        Err(_) => false,
    }
}
