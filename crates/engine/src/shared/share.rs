//! After a fetch: what the other servers get of it.

use std::sync::Arc;

use bytes::Bytes;
use pfapi_core::key::Key;
use pfapi_core::log::SharedStamp;
use pfapi_core::outcome::{Fill, Refusal};
use pfapi_core::value::SharedValue;

use super::{Lease, SharedTier};
use crate::engine::Engine;
use crate::fetch::Landed;

impl Engine {
    /// After a fetch: gives the other servers what it brought, if nothing it depends on has moved, and ends the lease.
    /// `stamp` was taken before the fetch began; `given` is the ttl that the source gave.
    pub(crate) fn share(
        self: &Arc<Self>,
        landed: Option<&Landed>,
        key: Key,
        stamp: Option<SharedStamp>,
        given: Option<u64>,
        lease: Option<Lease>,
    ) {
        let Some(shared) = self.shared.get() else {
            return;
        };
        let value =
            landed.and_then(|landed| self.value_of(shared, landed, key, stamp, given.is_some()));
        let lifetime = landed.map_or(0, |landed| {
            let longest = landed.entry.value.answer.policy.ttl;
            let ttl = given.map_or(longest, |given| given.min(longest));
            ttl.saturating_sub(landed.entry.age(self.clock.now()))
        });
        if value.is_none() && lease.is_none() {
            return;
        }
        let value = value.filter(|_| lifetime > 0);
        let permit = Arc::clone(&shared.writes).try_acquire_owned().ok();
        if permit.is_none() && value.is_some() {
            self.metrics.shared.crowded.increment();
        }
        let redis = Arc::clone(&shared.redis);
        let metrics = Arc::clone(&self.metrics);
        self.runtime().spawn(async move {
            if let Some(bytes) = value.filter(|_| permit.is_some()) {
                match redis.put(&key, bytes, lifetime).await {
                    Ok(()) => metrics.shared.written.increment(),
                    Err(_) => metrics.shared.faults.increment(),
                }
            }
            if let Some(lease) = lease {
                // If it cannot be given back it ends by itself.
                let _ = redis.release(&key, lease.owner).await;
            }
            drop(permit);
        });
    }

    fn value_of(
        &self,
        shared: &SharedTier,
        landed: &Landed,
        key: Key,
        stamp: Option<SharedStamp>,
        bounded: bool,
    ) -> Option<Bytes> {
        match landed.fill {
            Fill::Stored => {}
            Fill::Shared => return None,
            Fill::Refused(Refusal::Moved | Refusal::Unverifiable) => return None,
            Fill::Refused(_) => {
                shared.unshared.insert(key, ());
                return None;
            }
        }
        let stamp = stamp.filter(|_| self.is_online())?;
        let entry = &landed.entry;
        if let Err(refusal) = self
            .book
            .mirror(|mirror| mirror.judge(&entry.dependencies, stamp))
        {
            self.metrics.shared.not_written(refusal);
            return None;
        }
        let answer = &entry.value.answer;
        let now = self.clock.now();
        let value = SharedValue {
            stamp,
            dependencies: entry.dependencies.clone(),
            made_at: now.wall.saturating_sub(entry.age(now)),
            duration: answer.duration,
            last_modified: answer.last_modified.unix(),
            content_type: answer.content_type.as_str().to_owned(),
            audience_is_public: answer.audience_is_public,
            bounded,
            body: answer.body.clone(),
        };
        Some(value.encode(&key).into())
    }
}
