//! Who may keep an answer, and for how long.

use std::fmt::Write as _;

use super::HttpDate;

/// What the caches between here and the reader are told. All times are in seconds.
///
/// This is about copies that no eviction can reach: a `max_age` above 0 is a promise that the
/// reader accepts an answer that old. So the default ([`CachePolicy::default`]) makes every cache
/// ask each time, which a 304 keeps cheap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CachePolicy {
    /// Whether shared caches (CDNs, proxies) may keep answers made for the public audience
    /// (`public`, RFC 9111 section 5.2.2.9).
    pub public: bool,
    /// How long any cache may use its copy unasked (`max-age`, RFC 9111 section 5.2.2.1).
    pub max_age: u32,
    /// The same for shared caches, in place of `max_age` (`s-maxage`, RFC 9111 section 5.2.2.10).
    /// Only sent along with `public`.
    pub s_maxage: Option<u32>,
    /// How much longer a cache may show its copy while it asks (RFC 5861 section 3). A cache that
    /// follows the RFCs does not use it as long as `must_revalidate` is set too.
    pub stale_while_revalidate: Option<u32>,
    /// Forbids caches to use a stale copy even when they cannot reach us (`must-revalidate`, RFC
    /// 9111 section 5.2.2.2).
    pub must_revalidate: bool,
}

impl Default for CachePolicy {
    /// `private, max-age=0, must-revalidate`.
    fn default() -> CachePolicy {
        CachePolicy {
            public: false,
            max_age: 0,
            s_maxage: None,
            stale_while_revalidate: None,
            must_revalidate: true,
        }
    }
}

impl CachePolicy {
    /// The value of the `Cache-Control` header field for an answer to this audience.
    ///
    /// `public` and `s-maxage` need both the policy's consent and a public audience. A shared
    /// cache that ignores `Vary` would hand what it holds to anyone, so it must never hold an
    /// answer made for a signed-in caller: such an answer is `private` whatever the policy says.
    /// (`s-maxage` and `must-revalidate` by themselves allow a shared cache to keep the answer to
    /// a request with `Authorization`, RFC 9111 section 3.5; `private` overrides the latter.)
    pub fn header(&self, audience_is_public: bool) -> String {
        let shared = self.public && audience_is_public;
        let mut value = String::from(if shared { "public" } else { "private" });
        let s_maxage = self.s_maxage.filter(|_| shared);
        let timed = [
            ("max-age", Some(self.max_age)),
            ("s-maxage", s_maxage),
            ("stale-while-revalidate", self.stale_while_revalidate),
        ];
        for (directive, seconds) in timed {
            if let Some(seconds) = seconds {
                // Writing to a `String` does not fail.
                let _ = write!(value, ", {directive}={seconds}");
            }
        }
        if self.must_revalidate {
            value.push_str(", must-revalidate");
        }
        value
    }

    /// The value of `Expires` (RFC 9111 section 5.3) for an answer sent `now`: `max_age` later.
    /// Caches that know `max-age` ignore it.
    pub fn expires(&self, now: HttpDate) -> HttpDate {
        now.plus(u64::from(self.max_age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: CachePolicy = CachePolicy {
        public: true,
        max_age: 60,
        s_maxage: Some(300),
        stale_while_revalidate: Some(30),
        must_revalidate: false,
    };

    #[test]
    fn by_default_every_cache_asks_each_time() {
        for audience_is_public in [false, true] {
            assert_eq!(
                CachePolicy::default().header(audience_is_public),
                "private, max-age=0, must-revalidate"
            );
        }
    }

    #[test]
    fn a_public_answer_under_a_public_policy_says_so() {
        assert_eq!(
            OPEN.header(true),
            "public, max-age=60, s-maxage=300, stale-while-revalidate=30"
        );
        let strict = CachePolicy {
            must_revalidate: true,
            stale_while_revalidate: None,
            ..OPEN
        };
        assert_eq!(
            strict.header(true),
            "public, max-age=60, s-maxage=300, must-revalidate"
        );
    }

    #[test]
    fn an_answer_for_a_signed_in_caller_is_private_whatever_the_policy_says() {
        assert_eq!(
            OPEN.header(false),
            "private, max-age=60, stale-while-revalidate=30"
        );
    }

    #[test]
    fn a_private_policy_tells_shared_caches_nothing() {
        let private = CachePolicy {
            public: false,
            ..OPEN
        };
        assert_eq!(private.header(true), OPEN.header(false));
    }

    #[test]
    fn an_answer_expires_when_its_max_age_is_over() {
        let now = HttpDate::from_unix(1_000);
        assert_eq!(OPEN.expires(now), HttpDate::from_unix(1_060));
        assert_eq!(CachePolicy::default().expires(now), now);
        assert_eq!(OPEN.expires(HttpDate::MAX), HttpDate::MAX);
    }
}
