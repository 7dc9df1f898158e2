//! How long and on what terms an answer is kept: set per handle or per Refreshable, with the plugin's defaults behind.

use serde::Deserialize;

use crate::http::CachePolicy;

/// The terms under which answers of one Refreshable are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How long an answer may be kept at the most, in milliseconds. A backstop: changes evict long before.
    pub ttl: u64,
    /// How long the local tier may keep it, in milliseconds; at most `ttl`.
    pub local_ttl: u64,
    /// Kept for good and updated in place when it changes, instead of being evicted and fetched again by a reader.
    /// Neither time nor lack of room ends it, unless a ttl was given with the answer itself.
    pub permanent: bool,
    /// `false`: changes do not evict it, only its ttl ends it. The answer may then be stale for that long.
    pub evict: bool,
    /// What browsers and shared caches are told.
    pub cache_control: CachePolicy,
}

/// Milliseconds an answer lives from the moment its fetch began.
///
/// A ttl given with the answer (an HTTP source knows how long it is good for) shortens or lengthens the Refreshable's
/// own, but the local tier's bound stays. `None`: for good.
#[must_use]
pub fn lifetime(policy: &Policy, given: Option<u64>) -> Option<u64> {
    match (policy.permanent, given) {
        (true, None) => None,
        (true, Some(given)) => Some(given),
        (false, given) => Some(given.unwrap_or(policy.ttl).min(policy.local_ttl)),
    }
}

/// Sizes and limits of one engine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Bytes the local tier may hold: bodies, heads and the dependency index.
    pub max_bytes: u64,
    /// Bytes one answer may have; a larger one is not stored.
    pub max_entry_bytes: u64,
    /// Bytes of permanent answers; those that do not fit are kept like any other.
    pub max_permanent_bytes: u64,
    /// Milliseconds one fetch may take before its readers get an error and the key is free again.
    pub fetch_timeout: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(permanent: bool) -> Policy {
        Policy {
            ttl: 1000,
            local_ttl: 300,
            permanent,
            evict: true,
            cache_control: CachePolicy::default(),
        }
    }

    #[test]
    fn local_ttl_bounds_the_lifetime() {
        assert_eq!(lifetime(&policy(false), None), Some(300));
        assert_eq!(lifetime(&policy(false), Some(100)), Some(100));
        assert_eq!(lifetime(&policy(false), Some(5000)), Some(300));
    }

    #[test]
    fn permanent_ends_only_by_a_ttl_given_with_the_answer() {
        assert_eq!(lifetime(&policy(true), None), None);
        assert_eq!(lifetime(&policy(true), Some(5000)), Some(5000));
    }
}
