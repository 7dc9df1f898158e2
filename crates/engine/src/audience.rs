//! Who a caller is, remembered: from the credential a request carries to the audience its answers are made for.

use std::sync::Arc;

use moka::sync::Cache;
use pfapi_core::dependency::Observed;
use pfapi_core::entry::{Entry, State};
use pfapi_core::key::{Key, KeyBuilder};
use pfapi_core::ledger::Tick;
use pfapi_core::time::Now;

use crate::book::{Book, Resident};

/// More credentials than this are not remembered; those asked for least go first.
const MAX_CREDENTIALS: u64 = 10_000;

/// A set of permissions, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The name: equal exactly when the permissions are.
    pub name: Arc<str>,
    /// Whether the caller sent no credential.
    pub is_public: bool,
}

/// What is known at the end of a look-up, beside its result.
#[derive(Clone, Debug)]
pub struct AudienceLookup {
    /// The position in the log when the look-up began.
    pub stamp: Tick,
    /// What the look-up read.
    pub observed: Observed,
    /// Milliseconds the result is good for: at most the credential's own expiry.
    pub lifetime: u64,
}

/// Credentials that Strapi has authenticated, each with the audience that came out.
///
/// Such a memory is an entry like any other: stamped before the look-up, dependent on permissions, roles, users and
/// tokens, killed when one of them changes, and ended by the credential's own expiry.
#[derive(Debug)]
pub(crate) struct Audiences {
    known: Cache<Key, Arc<Entry<Audience>>>,
}

impl Audiences {
    pub(crate) fn new(book: &Book) -> Self {
        let departures = book.departures();
        let known = Cache::builder()
            .max_capacity(MAX_CREDENTIALS)
            .eviction_listener(move |_, entry: Arc<Entry<Audience>>, _| {
                departures.lock().push(entry.id)
            })
            .build();
        Self { known }
    }

    fn key(credential: Option<&str>) -> Key {
        // The credential itself is not kept: the key is a hash of it.
        match credential {
            Some(credential) => KeyBuilder::new("credential").text(credential).finish(),
            None => KeyBuilder::new("public").finish(),
        }
    }

    pub(crate) fn find(&self, credential: Option<&str>, now: Now) -> Option<Audience> {
        let entry = self.known.get(&Self::key(credential))?;
        entry.check(now).is_ok().then(|| entry.value.clone())
    }

    /// Remembers an audience that was looked up at `stamp`, unless something it depends on has moved since.
    pub(crate) fn remember(
        &self,
        book: &Book,
        credential: Option<&str>,
        audience: Audience,
        lookup: &AudienceLookup,
        now: Now,
    ) {
        let entry = Arc::new(Entry {
            state: State::default(),
            id: book.next_id(),
            key: Self::key(credential),
            stamp: lookup.stamp,
            dependencies: lookup.observed.dependencies(None),
            made_at: now.monotonic,
            lifetime: Some(lookup.lifetime),
            value: audience,
        });
        let resident = Resident::Audience(Arc::downgrade(&entry));
        if book
            .admit(entry.id, &entry.dependencies, entry.stamp, resident)
            .is_ok()
            && entry.state.show()
        {
            self.known.insert(entry.key, entry);
        }
    }

    pub(crate) fn clear(&self) {
        self.known.invalidate_all();
    }
}
