//! What may leave in a response head.

use proptest::prelude::*;

use crate::http::{CachePolicy, ContentType, ETag, HttpDate, Representation, Verdict, head};

fn policy() -> impl Strategy<Value = CachePolicy> {
    any::<(bool, u32, Option<u32>, Option<u32>, bool)>().prop_map(
        |(public, max_age, s_maxage, stale_while_revalidate, must_revalidate)| CachePolicy {
            public,
            max_age,
            s_maxage,
            stale_while_revalidate,
            must_revalidate,
        },
    )
}

/// Any text, but often one that is fit for a header field.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        "[ -~\r\n\t\u{0}\u{e9}]{0,20}",
        any::<String>()
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(Verdict::Full), Just(Verdict::NotModified)]
}

proptest! {
    #[test]
    fn no_shared_cache_is_invited_to_keep_a_signed_in_callers_answer(policy in policy()) {
        let header = policy.header(false);
        prop_assert!(header.starts_with("private, max-age="), "{}", header);
        prop_assert!(!header.contains("public") && !header.contains("s-maxage"), "{}", header);
    }

    #[test]
    fn no_shared_cache_is_invited_by_a_private_policy(policy in policy()) {
        let private = CachePolicy { public: false, ..policy };
        prop_assert_eq!(private.header(true), policy.header(false));
    }

    #[test]
    fn no_header_value_can_end_its_line(
        status in verdict(),
        content_type in text(),
        trace in prop::option::of(text()),
        policy in policy(),
        public: bool,
        (last_modified, now) in any::<(u64, u64)>(),
        content_length: usize,
    ) {
        let Ok(content_type) = ContentType::parse(&content_type) else { return Ok(()) };
        let etag = ETag::of(content_type.as_str(), b"body");
        let rep = Representation {
            etag: &etag,
            last_modified: HttpDate::from_unix(last_modified),
            content_type: &content_type,
            content_length,
        };
        let now = HttpDate::from_unix(now);
        let fields = head(status, &rep, &policy, public, now, trace.as_deref());
        for (name, value) in &fields {
            prop_assert!(!value.is_empty(), "{}", name);
            prop_assert!(value.bytes().all(|b| matches!(b, b' '..=b'~')), "{}: {:?}", name, value);
        }
        let mut names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), fields.len(), "a field is sent twice");
        for name in ["ETag", "Cache-Control", "Expires", "Vary"] {
            prop_assert!(names.contains(&name), "{} is missing", name);
        }
        let full = status == Verdict::Full;
        prop_assert_eq!(names.contains(&"Content-Type"), full);
        prop_assert_eq!(names.contains(&"Content-Length"), full);
    }
}
