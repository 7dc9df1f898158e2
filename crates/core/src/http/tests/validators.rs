//! Tags, the lists clients send, and what is concluded from them.

use proptest::prelude::*;

use crate::http::{Conditions, ETag, EntityTagList, HttpDate, Verdict, evaluate};
use crate::http::{Method, if_none_match_matches};

/// A member of a list: `None` is an empty one, `true` marks a weak tag.
type Member = Option<(bool, String)>;

/// Text between quotes, commas included.
fn opaque() -> impl Strategy<Value = String> {
    "[!#-~\u{80}-\u{ff}]{0,8}"
}

fn member() -> impl Strategy<Value = Member> {
    prop_oneof![
        1 => Just(None),
        3 => (any::<bool>(), opaque()).prop_map(Some),
    ]
}

fn write(member: &Member) -> String {
    match member {
        None => String::new(),
        Some((weak, opaque)) => format!("{}\"{opaque}\"", if *weak { "W/" } else { "" }),
    }
}

/// The members with white space around each.
fn join(members: &[(String, String)]) -> String {
    let spaced: Vec<String> = members
        .iter()
        .map(|(space, member)| format!("{space}{member}{space}"))
        .collect();
    spaced.join(",")
}

fn spaced_members() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("[ \t]{0,2}", member().prop_map(|it| write(&it))), 0..6)
}

/// Members that no list may hold.
fn malformed() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9*/]{1,6}",
        "[a-z]\"[a-z]{0,3}\"",
        "W/ \"[a-z]{0,3}\"",
        "\"[a-z]{0,3}\"[a-z\"]",
        "\"[a-z]{0,3}[ \t\u{0}-\u{1f}\u{7f}][a-z]{0,3}\"",
        "\"[a-z]{1,3}\" \"[a-z]{1,3}\"",
    ]
}

/// Text made of what lists are made of, so that it comes close to being one.
fn list_like(etag: &ETag) -> impl Strategy<Value = String> + use<> {
    let tag = etag.as_str().to_owned();
    let bare = tag.trim_matches('"').to_owned();
    let piece = prop_oneof![
        Just(tag),
        Just(bare),
        "[\", \tW/*x\\\\]",
        any::<char>().prop_map(|c| c.to_string()),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn ours() -> ETag {
    ETag::of("application/json", b"ours")
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text: String, bytes: Vec<u8>) {
        for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
            if_none_match_matches(text, &ours());
            if let EntityTagList::Tags(tags) = EntityTagList::parse(text) {
                prop_assert!(tags.count() <= text.len());
            }
            let _ = Method::parse(text);
        }
    }

    #[test]
    fn a_valid_list_matches_exactly_when_it_holds_our_tag(
        mut members in spaced_members(),
        insert in prop::option::of((any::<prop::sample::Index>(), any::<bool>())),
    ) {
        let ours = ours();
        if let Some((index, weak)) = insert {
            let mark = if weak { "W/" } else { "" };
            let tag = (String::from(" "), format!("{mark}{}", ours.as_str()));
            members.insert(index.index(members.len() + 1), tag);
        }
        let field = join(&members);
        prop_assert_eq!(if_none_match_matches(&field, &ours), insert.is_some(), "{:?}", field);
    }

    #[test]
    fn the_tags_of_a_valid_list_are_read_back(members in prop::collection::vec(member(), 0..6)) {
        let written: Vec<String> = members.iter().map(write).collect();
        let field = written.join(", ");
        let EntityTagList::Tags(tags) = EntityTagList::parse(&field) else {
            return Err(TestCaseError::fail("read as *"));
        };
        let read: Vec<Member> = tags
            .map(|tag| tag.ok().map(|tag| (tag.weak, tag.opaque.to_owned())))
            .collect();
        let sent: Vec<Member> = members.into_iter().filter(Option::is_some).collect();
        prop_assert_eq!(read, sent, "{:?}", field);
    }

    #[test]
    fn a_list_with_a_malformed_member_never_matches(
        mut members in spaced_members(),
        bad in malformed(),
        ours_at: prop::sample::Index,
        bad_at: prop::sample::Index,
    ) {
        let ours = ours();
        let count = members.len();
        members.insert(ours_at.index(count + 1), (String::new(), ours.as_str().to_owned()));
        members.insert(bad_at.index(count + 2), (String::new(), bad));
        let field = join(&members);
        prop_assert!(!if_none_match_matches(&field, &ours), "{:?}", field);
    }

    #[test]
    fn nothing_matches_that_does_not_hold_our_whole_tag(field in list_like(&ours())) {
        let ours = ours();
        if if_none_match_matches(&field, &ours) {
            let star = field.trim_matches([' ', '\t']) == "*";
            prop_assert!(star || field.contains(ours.as_str()), "{:?}", field);
        }
    }

    #[test]
    fn equal_answers_have_equal_tags(content_type: String, body: Vec<u8>) {
        let tag = ETag::of(&content_type, &body);
        prop_assert_eq!(&tag, &ETag::of(&content_type, &body.clone()));
        prop_assert!(if_none_match_matches(tag.as_str(), &tag));
    }

    #[test]
    fn any_change_of_the_body_changes_the_tag(
        body in prop::collection::vec(any::<u8>(), 1..200),
        at: prop::sample::Index,
        flip in 1u8..,
    ) {
        let tag = ETag::of("application/json", &body);
        let at = at.index(body.len());
        let mut flipped = body.clone();
        flipped[at] ^= flip;
        let mut longer = body.clone();
        longer.insert(at, flip);
        for other in [&flipped, &longer, &body[..at].to_vec()] {
            prop_assert_ne!(&tag, &ETag::of("application/json", other));
        }
    }

    #[test]
    fn a_client_with_other_bodies_always_gets_ours(
        ours: Vec<u8>,
        held in prop::collection::vec((any::<bool>(), any::<Vec<u8>>()), 0..5),
        shown in prop::option::of(any::<u64>().prop_map(HttpDate::from_unix)),
    ) {
        let etag = ETag::of("application/json", &ours);
        let tags: Vec<String> = held
            .iter()
            .filter(|(_, body)| *body != ours)
            .map(|(weak, body)| {
                let mark = if *weak { "W/" } else { "" };
                format!("{mark}{}", ETag::of("application/json", body).as_str())
            })
            .collect();
        let field = tags.join(", ");
        // Even the right date does not help a client that names the wrong tags.
        let date = shown.map(HttpDate::format);
        let conditions =
            Conditions { if_none_match: Some(&field), if_modified_since: date.as_deref() };
        prop_assert_eq!(evaluate(&conditions, &etag, shown), Verdict::Full);
    }
}
