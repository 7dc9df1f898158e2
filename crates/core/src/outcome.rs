//! Every way a look-up, a fill and an eviction can end. The words are the same in logs, metrics and headers.

/// Why a look-up did not give an answer that could be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Miss {
    /// Nothing is stored under the key: never asked for, evicted by a change, or dropped for room.
    Absent,
    /// Something is stored, but its ttl has passed.
    Expired,
    /// Something is stored that a change has killed and that is about to be removed.
    Dead,
    /// Nothing in memory may be served: for too long there has been no sign that no change of another server was
    /// missed.
    Offline,
}

impl Miss {
    /// All misses, for tables of counters.
    pub const ALL: [Self; 4] = [Self::Absent, Self::Expired, Self::Dead, Self::Offline];

    /// The word used in `X-Pfapi-Cache`, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Expired => "expired",
            Self::Dead => "dead",
            Self::Offline => "offline",
        }
    }
}

/// How a finished fetch ended: stored, or given to its readers and forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fill {
    /// The answer is in the cache.
    Stored,
    /// The answer came from the shared tier, and is in the local one now.
    Shared,
    /// The answer was right when it was read, and is not kept.
    Refused(Refusal),
}

impl Fill {
    /// The word used in `X-Pfapi-Cache`, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Shared => "shared",
            Self::Refused(refusal) => refusal.as_str(),
        }
    }
}

/// Why an answer was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Something it depends on changed after its stamp, while it was being read.
    Moved,
    /// Its stamp is older than what the ledger remembers, so it cannot be verified.
    Unverifiable,
    /// Nothing was observed, nothing declared, and no ttl was given: nobody could say when it ends.
    Undeclared,
    /// It was made with SQL that the plugin cannot attribute to a content type, and no dependency was declared.
    ForeignSql,
    /// The fetch wrote to the database.
    Wrote,
    /// It is larger than one answer may be.
    TooLarge,
    /// The source asked that it not be stored.
    NoStore,
}

impl Refusal {
    /// All refusals, for tables of counters.
    pub const ALL: [Self; 7] = [
        Self::Moved,
        Self::Unverifiable,
        Self::Undeclared,
        Self::ForeignSql,
        Self::Wrote,
        Self::TooLarge,
        Self::NoStore,
    ];

    /// The word used in `X-Pfapi-Cache`, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Unverifiable => "unverifiable",
            Self::Undeclared => "undeclared",
            Self::ForeignSql => "foreign-sql",
            Self::Wrote => "wrote",
            Self::TooLarge => "too-large",
            Self::NoStore => "no-store",
        }
    }
}

/// Why a stored answer left the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Eviction {
    /// Something it depends on changed.
    Changed,
    /// Its ttl passed.
    Expired,
    /// Room was needed for others.
    Size,
    /// A newer answer took its place.
    Replaced,
}

impl Eviction {
    /// All causes, for tables of counters.
    pub const ALL: [Self; 4] = [Self::Changed, Self::Expired, Self::Size, Self::Replaced];

    /// The word used in logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Expired => "expired",
            Self::Size => "size",
            Self::Replaced => "replaced",
        }
    }
}

/// How one request was answered; becomes the `X-Pfapi-Cache` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// From the local tier.
    Hit,
    /// From the shared tier, by way of a look-up that this or another request had started.
    Shared,
    /// By a fetch that this request started.
    Fetched(Miss, Fill),
    /// By a fetch that another request had started.
    Joined(Miss, Fill),
}

impl Answered {
    /// The value of `X-Pfapi-Cache`: the outcome first, then `reason`, how the fetch ended, and the answer's `age` in
    /// whole seconds.
    #[must_use]
    pub fn header(self, age_ms: u64) -> String {
        let age = age_ms / 1000;
        match self {
            Self::Hit => format!("hit; reason=local; age={age}"),
            Self::Shared => format!("hit; reason=redis; age={age}"),
            Self::Fetched(miss, fill) => {
                format!(
                    "miss; reason={}; fill={}; age={age}",
                    miss.as_str(),
                    fill.as_str()
                )
            }
            Self::Joined(miss, fill) => {
                format!(
                    "miss; reason={}; joined; fill={}; age={age}",
                    miss.as_str(),
                    fill.as_str()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_outcome_reason_and_age() {
        assert_eq!(Answered::Hit.header(3_999), "hit; reason=local; age=3");
        assert_eq!(Answered::Shared.header(1_000), "hit; reason=redis; age=1");
        assert_eq!(
            Answered::Fetched(Miss::Absent, Fill::Stored).header(0),
            "miss; reason=absent; fill=stored; age=0"
        );
        assert_eq!(
            Answered::Joined(Miss::Expired, Fill::Refused(Refusal::Moved)).header(12),
            "miss; reason=expired; joined; fill=moved; age=0"
        );
    }

    #[test]
    fn every_refusal_has_its_own_word() {
        let words: std::collections::HashSet<_> = Refusal::ALL.iter().map(|r| r.as_str()).collect();
        assert_eq!(words.len(), Refusal::ALL.len());
    }
}
