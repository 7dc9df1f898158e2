//! The date of an answer: when this body was first seen under this key.
//!
//! Strapi's `updatedAt` cannot serve: an answer changes when a relation, a permission or a sort
//! neighbour changes. So the cache dates bodies itself. The date travels with the value through
//! every tier, and keeps two promises that together make it safe to compare for equality:
//!
//! 1. it rises with every new body of a key, even if the wall clock went back ([`first_seen`]);
//! 2. it is shown only once its second is over ([`shown`]), because two bodies of one second, told
//!    by servers or entries that knew nothing of each other, would carry the same date.
//!
//! The first promise reaches as far as the memory of the key's previous date. Where that is lost and
//! the clock went back as well, a date can repeat; entity tags, which clients prefer, cannot.

use super::{ETag, HttpDate};

/// The date of a body that was just produced: `Last-Modified` (RFC 9110 section 8.8.2).
///
/// `previous` is the tag and date of the key's body so far, if it is still known. The same tag
/// keeps its date; another one gets `now_wall`, but at least a second more than the previous date.
/// A date pushed ahead of the clock in this way is only shown after the clock has passed it.
///
/// At [`HttpDate::MAX`] a date cannot rise any more; such a date is never shown.
pub fn first_seen(
    previous: Option<(&ETag, HttpDate)>,
    etag: &ETag,
    now_wall: HttpDate,
) -> HttpDate {
    match previous {
        Some((held, date)) if held == etag => date,
        Some((_, date)) => now_wall.max(date.plus(1)),
        None => now_wall,
    }
}

/// The date to put in the `Last-Modified` header field at `now_wall`, if any: not before it is one
/// second old. This also keeps it from ever lying ahead of `Date`, which RFC 9110 section 8.8.2.1
/// forbids.
pub fn shown(last_modified: HttpDate, now_wall: HttpDate) -> Option<HttpDate> {
    (now_wall > last_modified).then_some(last_modified)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> HttpDate {
        HttpDate::from_unix(seconds)
    }

    fn tag(body: &str) -> ETag {
        ETag::of("text/plain", body.as_bytes())
    }

    #[test]
    fn a_body_seen_for_the_first_time_is_dated_now() {
        assert_eq!(first_seen(None, &tag("a"), at(100)), at(100));
    }

    #[test]
    fn the_same_body_keeps_its_date() {
        let a = tag("a");
        assert_eq!(first_seen(Some((&a, at(100))), &a, at(500)), at(100));
        assert_eq!(first_seen(Some((&a, at(100))), &a, at(50)), at(100));
    }

    #[test]
    fn a_new_body_is_dated_later_than_the_one_before() {
        let (a, b) = (tag("a"), tag("b"));
        assert_eq!(first_seen(Some((&a, at(100))), &b, at(500)), at(500));
        assert_eq!(
            first_seen(Some((&a, at(100))), &b, at(100)),
            at(101),
            "same second"
        );
        assert_eq!(
            first_seen(Some((&a, at(100))), &b, at(7)),
            at(101),
            "clock went back"
        );
    }

    #[test]
    fn a_body_that_returns_gets_a_new_date() {
        let (a, b) = (tag("a"), tag("b"));
        let first = first_seen(None, &a, at(100));
        let second = first_seen(Some((&a, first)), &b, at(200));
        assert_eq!(first_seen(Some((&b, second)), &a, at(300)), at(300));
    }

    #[test]
    fn a_date_is_shown_from_the_next_second_on() {
        assert_eq!(shown(at(100), at(99)), None);
        assert_eq!(shown(at(100), at(100)), None);
        assert_eq!(shown(at(100), at(101)), Some(at(100)));
        assert_eq!(shown(at(100), at(9_999)), Some(at(100)));
    }

    #[test]
    fn the_last_date_of_all_is_never_shown() {
        assert_eq!(shown(HttpDate::MAX, HttpDate::from_unix(u64::MAX)), None);
    }
}
