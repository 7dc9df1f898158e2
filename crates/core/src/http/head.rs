//! The header fields of an answer.

use super::content_type::is_field_value;
use super::{CachePolicy, ContentType, ETag, HttpDate, Verdict, shown};

/// The value of `Vary` (RFC 9110 section 12.5.5) on every answer, the public ones included: whether
/// a caller is public is itself read from `Authorization`.
pub const VARY: &str = "Authorization";

/// What a response head says about the stored body.
#[derive(Clone, Copy, Debug)]
pub struct Representation<'a> {
    /// The tag of the body.
    pub etag: &'a ETag,
    /// When the body was first seen under its key, see [`first_seen`](super::first_seen).
    pub last_modified: HttpDate,
    /// The media type of the body.
    pub content_type: &'a ContentType,
    /// The length of the body in bytes, for `HEAD` too.
    pub content_length: usize,
}

/// The header fields of the answer to a `GET` or `HEAD`, in the order in which they are sent.
///
/// - 200: `Content-Type`, `Content-Length`, `ETag`, `Last-Modified` (once it may be shown),
///   `Cache-Control`, `Expires`, `Vary`, `X-Pfapi-Cache`.
/// - 304 (RFC 9110 section 15.4.5): `ETag`, `Cache-Control`, `Expires`, `Vary`, `X-Pfapi-Cache`.
///   There is no body to describe, and `Last-Modified` has no use next to a tag.
///
/// `now_wall` should be the time that `status` was decided at. `trace` is the value of
/// `X-Pfapi-Cache` (outcome and age, formatted by the caller); it is left out if it is `None` or
/// not fit for a header field. No value ever holds a control character.
///
/// `Date` (RFC 9110 section 6.6.1) is not here: Node sets it on every response. Nor is CORS, which
/// Strapi decides per request; whatever it adds to `Vary` is added to ours.
pub fn head(
    status: Verdict,
    rep: &Representation<'_>,
    policy: &CachePolicy,
    audience_is_public: bool,
    now_wall: HttpDate,
    trace: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut fields = Vec::with_capacity(8);
    if status == Verdict::Full {
        fields.push(("Content-Type", rep.content_type.as_str().to_owned()));
        fields.push(("Content-Length", rep.content_length.to_string()));
    }
    fields.push(("ETag", rep.etag.as_str().to_owned()));
    if status == Verdict::Full
        && let Some(date) = shown(rep.last_modified, now_wall)
    {
        fields.push(("Last-Modified", date.format()));
    }
    fields.push(("Cache-Control", policy.header(audience_is_public)));
    fields.push(("Expires", policy.expires(now_wall).format()));
    fields.push(("Vary", VARY.to_owned()));
    if let Some(trace) = trace.filter(|trace| is_field_value(trace)) {
        fields.push(("X-Pfapi-Cache", trace.to_owned()));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_SEEN: HttpDate = HttpDate::from_unix(784_111_777);

    /// The head of one fixed answer, one `Name: value` per line; the tag is written as `@`.
    fn render(status: Verdict, public: bool, now_wall: HttpDate, trace: Option<&str>) -> String {
        let content_type = ContentType::parse("application/json; charset=utf-8").unwrap();
        let etag = ETag::of(content_type.as_str(), b"{}");
        let rep = Representation {
            etag: &etag,
            last_modified: FIRST_SEEN,
            content_type: &content_type,
            content_length: 2,
        };
        let policy = CachePolicy {
            public: true,
            max_age: 60,
            ..CachePolicy::default()
        };
        head(status, &rep, &policy, public, now_wall, trace)
            .into_iter()
            .map(|(name, value)| format!("{name}: {}\n", value.replace(etag.as_str(), "@")))
            .collect()
    }

    #[test]
    fn a_full_answer_describes_its_body() {
        assert_eq!(
            render(Verdict::Full, true, FIRST_SEEN.plus(1), Some("hit; age=1")),
            "Content-Type: application/json; charset=utf-8\n\
             Content-Length: 2\n\
             ETag: @\n\
             Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\n\
             Cache-Control: public, max-age=60, must-revalidate\n\
             Expires: Sun, 06 Nov 1994 08:50:38 GMT\n\
             Vary: Authorization\n\
             X-Pfapi-Cache: hit; age=1\n"
        );
    }

    #[test]
    fn a_304_describes_no_body() {
        assert_eq!(
            render(
                Verdict::NotModified,
                false,
                FIRST_SEEN.plus(1),
                Some("hit; age=1")
            ),
            "ETag: @\n\
             Cache-Control: private, max-age=60, must-revalidate\n\
             Expires: Sun, 06 Nov 1994 08:50:38 GMT\n\
             Vary: Authorization\n\
             X-Pfapi-Cache: hit; age=1\n"
        );
    }

    #[test]
    fn last_modified_is_left_out_until_it_is_a_second_old() {
        assert!(!render(Verdict::Full, true, FIRST_SEEN, None).contains("Last-Modified"));
        assert!(render(Verdict::Full, true, FIRST_SEEN.plus(1), None).contains("Last-Modified"));
    }

    #[test]
    fn a_trace_is_sent_only_if_there_is_one_and_it_fits_on_its_line() {
        for trace in [
            None,
            Some(""),
            Some("hit\r\nSet-Cookie: a=b"),
            Some("h\u{ee}t"),
        ] {
            let head = render(Verdict::Full, true, FIRST_SEEN, trace);
            assert!(!head.contains("X-Pfapi-Cache"), "{head}");
            assert!(!head.contains("Set-Cookie"), "{head}");
        }
    }

    #[test]
    fn every_answer_varies_by_authorization() {
        for status in [Verdict::Full, Verdict::NotModified] {
            for public in [false, true] {
                assert!(render(status, public, FIRST_SEEN, None).contains("Vary: Authorization\n"));
            }
        }
    }
}
