//! Whether the client already holds the body.

use super::{ETag, HttpDate, if_none_match_matches};

/// The conditions of a request, as the values of its header fields. `None` means that the field
/// was not sent; an empty value is a value.
///
/// `If-Match`, `If-Unmodified-Since` and `If-Range` are not decided here: they are for writes and for
/// ranges, and Strapi's own answers pay no heed to them either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions<'a> {
    /// `If-None-Match` (RFC 9110 section 13.1.2); several fields joined by `, `.
    pub if_none_match: Option<&'a str>,
    /// `If-Modified-Since` (RFC 9110 section 13.1.3).
    pub if_modified_since: Option<&'a str>,
}

/// How a `GET` or `HEAD` is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// 200 with the body.
    Full,
    /// 304: the client proved that it holds exactly this body.
    NotModified,
}

impl Verdict {
    /// The name of the verdict in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Full => "full",
            Verdict::NotModified => "not_modified",
        }
    }

    /// The status code: 200 or 304.
    pub fn status(self) -> u16 {
        match self {
            Verdict::Full => 200,
            Verdict::NotModified => 304,
        }
    }
}

/// Decides a `GET` or `HEAD` (conditions do not apply to `OPTIONS`, RFC 9110 section 13.2.1) for
/// the representation with this tag. `shown_last_modified` is what [`shown`](super::shown) gives
/// at the time of the request.
///
/// - `If-None-Match`, when sent, decides alone, even if it is malformed: `If-Modified-Since` is
///   then ignored (RFC 9110 sections 13.1.3 and 13.2.2).
/// - `If-Modified-Since` gives [`Verdict::NotModified`] only if it equals the shown
///   `Last-Modified`. The RFC lets a server also say so for any later date, but a date later than
///   ours proves nothing about which body the client holds: it may be read off the client's own
///   clock, or come from another server or an earlier run whose clock was ahead. Clients that send
///   back the date they were given, as the RFC recommends, lose nothing.
/// - A date that is malformed, or sent twice, is ignored (section 13.1.3).
pub fn evaluate(
    conditions: &Conditions<'_>,
    etag: &ETag,
    shown_last_modified: Option<HttpDate>,
) -> Verdict {
    let held = match (conditions.if_none_match, conditions.if_modified_since) {
        (Some(field), _) => if_none_match_matches(field, etag),
        (None, Some(field)) => shown_last_modified
            .is_some_and(|last_modified| HttpDate::parse(field) == Some(last_modified)),
        (None, None) => false,
    };
    if held {
        Verdict::NotModified
    } else {
        Verdict::Full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: HttpDate = HttpDate::from_unix(784_111_777);
    const SHOWN_TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn check(if_none_match: Option<&str>, if_modified_since: Option<&str>, expected: Verdict) {
        let etag = ETag::of("application/json", b"{}");
        let field = if_none_match.map(|field| field.replace('@', etag.as_str()));
        let conditions = Conditions {
            if_none_match: field.as_deref(),
            if_modified_since,
        };
        assert_eq!(
            evaluate(&conditions, &etag, Some(SHOWN)),
            expected,
            "{conditions:?}"
        );
    }

    #[test]
    fn a_request_without_conditions_gets_everything() {
        check(None, None, Verdict::Full);
    }

    #[test]
    fn a_client_that_names_our_tag_gets_304() {
        check(Some("@"), None, Verdict::NotModified);
        check(Some("\"x\", W/@"), None, Verdict::NotModified);
        check(Some("*"), None, Verdict::NotModified);
        check(Some("\"x\""), None, Verdict::Full);
    }

    #[test]
    fn if_none_match_decides_alone() {
        check(
            Some("@"),
            Some("Sun, 06 Nov 1994 08:49:36 GMT"),
            Verdict::NotModified,
        );
        check(Some("\"x\""), Some(SHOWN_TEXT), Verdict::Full);
        check(Some(""), Some(SHOWN_TEXT), Verdict::Full);
        check(Some("malformed"), Some(SHOWN_TEXT), Verdict::Full);
    }

    #[test]
    fn only_the_very_date_we_showed_gives_304() {
        check(None, Some(SHOWN_TEXT), Verdict::NotModified);
        check(
            None,
            Some("Sunday, 06-Nov-94 08:49:37 GMT"),
            Verdict::NotModified,
        );
        check(None, Some("Sun Nov  6 08:49:37 1994"), Verdict::NotModified);
        check(None, Some("Sun, 06 Nov 1994 08:49:36 GMT"), Verdict::Full);
        check(None, Some("Sun, 06 Nov 1994 08:49:38 GMT"), Verdict::Full);
        check(None, Some("Fri, 31 Dec 9999 23:59:59 GMT"), Verdict::Full);
        check(None, Some("yesterday"), Verdict::Full);
        check(
            None,
            Some(&format!("{SHOWN_TEXT}, {SHOWN_TEXT}")),
            Verdict::Full,
        );
    }

    #[test]
    fn a_date_that_is_not_shown_yet_proves_nothing() {
        let conditions = Conditions {
            if_none_match: None,
            if_modified_since: Some(SHOWN_TEXT),
        };
        assert_eq!(
            evaluate(&conditions, &ETag::of("a/b", b""), None),
            Verdict::Full
        );
        let malformed = Conditions {
            if_none_match: None,
            if_modified_since: Some("soon"),
        };
        assert_eq!(
            evaluate(&malformed, &ETag::of("a/b", b""), None),
            Verdict::Full
        );
    }

    #[test]
    fn verdicts_name_their_status() {
        assert_eq!(
            (Verdict::Full.as_str(), Verdict::Full.status()),
            ("full", 200)
        );
        assert_eq!(
            (Verdict::NotModified.as_str(), Verdict::NotModified.status()),
            ("not_modified", 304)
        );
    }
}
