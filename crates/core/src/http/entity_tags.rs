//! Reading the entity tags a client sends in `If-None-Match`.

use super::ETag;

/// Optional white space (`OWS`, RFC 9110 section 5.6.3).
const OWS: [char; 2] = [' ', '\t'];

/// The value of an `If-None-Match` header field (RFC 9110 section 13.1.2). Several such fields
/// arrive joined by `, `, which is the same list.
#[derive(Clone, Debug)]
pub enum EntityTagList<'a> {
    /// `*`: any representation at all.
    Any,
    /// A list of tags, read as the iterator goes.
    Tags(EntityTags<'a>),
}

impl<'a> EntityTagList<'a> {
    /// Reads a field value. `*` only counts alone: as a member of a list it is malformed, which
    /// shows when the list is iterated.
    pub fn parse(field: &'a str) -> EntityTagList<'a> {
        if field.trim_matches(OWS) == "*" {
            EntityTagList::Any
        } else {
            EntityTagList::Tags(EntityTags { rest: field })
        }
    }

    /// Whether the list covers `etag` by weak comparison (RFC 9110 section 8.8.3.2), which is what
    /// `If-None-Match` asks for: `W/` makes no difference.
    ///
    /// The whole list has to be well-formed. What follows a malformed member cannot be told apart
    /// from the inside of a tag, and what precedes it came from the same unreliable sender.
    pub fn matches(self, etag: &ETag) -> bool {
        match self {
            EntityTagList::Any => true,
            EntityTagList::Tags(tags) => {
                let mut found = false;
                for tag in tags {
                    match tag {
                        Ok(tag) => found |= tag.matches_weakly(etag),
                        Err(MalformedEntityTag) => return false,
                    }
                }
                found
            }
        }
    }
}

/// Whether an `If-None-Match` field value covers `etag`. A malformed value covers nothing, so its
/// sender gets the full answer.
///
/// A tag that a proxy has rewritten on its way (such as `"…-gzip"`) is another tag: only the exact
/// text between the quotes counts.
pub fn if_none_match_matches(field: &str, etag: &ETag) -> bool {
    EntityTagList::parse(field).matches(etag)
}

/// One member of an [`EntityTagList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'a> {
    /// Whether the tag was marked with `W/`.
    pub weak: bool,
    /// What stands between the quotes. A backslash there is an ordinary character.
    pub opaque: &'a str,
}

impl EntityTag<'_> {
    /// Weak comparison (RFC 9110 section 8.8.3.2): the opaque tags are equal byte for byte, weak or
    /// not.
    pub fn matches_weakly(&self, etag: &ETag) -> bool {
        self.opaque == etag.opaque()
    }
}

/// The list is not what RFC 9110 section 8.8.3 allows. Iteration ends after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed entity tag")]
pub struct MalformedEntityTag;

/// The members of an [`EntityTagList`], in order. Borrows the field, allocates nothing, and looks
/// at every byte a bounded number of times.
#[derive(Clone, Debug)]
pub struct EntityTags<'a> {
    /// Either the start of the field or what follows a complete member: nothing, or a comma.
    rest: &'a str,
}

impl<'a> Iterator for EntityTags<'a> {
    type Item = Result<EntityTag<'a>, MalformedEntityTag>;

    fn next(&mut self) -> Option<Self::Item> {
        // A recipient accepts empty members (RFC 9110 section 5.6.1.2).
        let member = self.rest.trim_start_matches([' ', '\t', ',']);
        self.rest = "";
        if member.is_empty() {
            return None;
        }
        Some(match take_tag(member) {
            Some((tag, rest)) => {
                self.rest = rest;
                Ok(tag)
            }
            None => Err(MalformedEntityTag),
        })
    }
}

impl std::iter::FusedIterator for EntityTags<'_> {}

/// Takes one tag off the start of `text`; what is left is empty or starts with a comma.
fn take_tag(text: &str) -> Option<(EntityTag<'_>, &str)> {
    // The mark is case-sensitive, and no space may follow it.
    let (weak, quoted) = match text.strip_prefix("W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
    if !opaque.chars().all(is_etagc) {
        return None;
    }
    let rest = rest.trim_start_matches(OWS);
    (rest.is_empty() || rest.starts_with(',')).then_some((EntityTag { weak, opaque }, rest))
}

/// `etagc` of RFC 9110 section 8.8.3: visible ASCII but the quote, or anything beyond ASCII (the
/// host hands header bytes over as Latin-1 or UTF-8, so `obs-text` may be any such character).
fn is_etagc(c: char) -> bool {
    matches!(c, '!' | '#'..='~') || c >= '\u{80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> ETag {
        ETag::of("application/json", b"{}")
    }

    /// `@` stands for our tag, quotes included.
    fn check(field: &str, expected: bool) {
        let etag = ours();
        let field = field.replace('@', etag.as_str());
        assert_eq!(if_none_match_matches(&field, &etag), expected, "{field:?}");
    }

    #[test]
    fn our_tag_is_found_wherever_the_list_holds_it() {
        check("@", true);
        check("W/@", true);
        check(" \t@\t ", true);
        check("\"x\", @", true);
        check("\"x\",@,\"y\"", true);
        check("\"x\" ,\tW/@ , \"y\"", true);
        check(", ,, @,, ,", true);
        check("\"a,b\", @", true);
        check("\"\", @", true);
        check("\"back\\\", @", true);
        check("\"\u{e9}\u{1f980}\", @", true);
        check("\"W/\", @", true);
    }

    #[test]
    fn a_star_alone_covers_everything() {
        check("*", true);
        check(" \t* ", true);
        check("\"*\"", false);
        check("W/*", false);
        check("**", false);
        check("*, @", false);
        check("@, *", false);
    }

    #[test]
    fn other_tags_and_empty_lists_cover_nothing() {
        check("", false);
        check("  ", false);
        check(", ,", false);
        check("\"x\"", false);
        check("\"x\", W/\"y\"", false);
    }

    #[test]
    fn a_malformed_value_covers_nothing_even_when_our_tag_stands_in_it() {
        let bare = ours().opaque().to_owned();
        check(&bare, false);
        check(&format!("\"{bare}"), false);
        check(&format!("{bare}\""), false);
        check(&format!("'{bare}'"), false);
        check(&format!("\" {bare}\""), false);
        check("w/@", false);
        check("W/ @", false);
        check("W@", false);
        check("W/W/@", false);
        check("@@", false);
        check("@ @", false);
        check("@;q=1", false);
        check("\"x\" @", false);
        check("@, x", false);
        check("x, @", false);
        check("@, \"x", false);
        check("\"x, @", false);
        check("@, \"a b\"", false);
        check("@, \"a\u{7f}\"", false);
        check("@\n", false);
        check("\u{a0}@", false);
    }

    #[test]
    fn a_tag_suffixed_by_a_proxy_is_another_tag() {
        let bare = ours().opaque().to_owned();
        check(&format!("\"{bare}-gzip\""), false);
        check(&format!("\"{bare}--br\""), false);
        check(&format!("\"{}\"", bare.to_uppercase()), false);
    }

    #[test]
    fn iteration_ends_after_a_malformed_member() {
        let EntityTagList::Tags(mut tags) = EntityTagList::parse("W/\"a,b\", x, \"c\"") else {
            panic!("not a list");
        };
        assert_eq!(
            tags.next(),
            Some(Ok(EntityTag {
                weak: true,
                opaque: "a,b"
            }))
        );
        assert_eq!(tags.next(), Some(Err(MalformedEntityTag)));
        assert_eq!(tags.next(), None);
        assert_eq!(tags.next(), None);
    }
}
