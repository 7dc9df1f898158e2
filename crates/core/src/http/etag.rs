//! The strong validator of an answer.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How many bytes of the hash a tag keeps: 128 bits, so that no two bodies meet by chance.
const HASH_BYTES: usize = 16;

/// A strong entity tag (RFC 9110 section 8.8.3): `"` + 22 characters of base64url + `"`.
///
/// It is a function of the bytes alone, so every server, and every restart, gives the same tag to
/// the same answer. Cloning shares the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ETag(Arc<str>);

impl ETag {
    /// The tag of a representation: the first 16 bytes of the BLAKE3 hash of its content type and
    /// its body.
    ///
    /// The content type counts because the same bytes under another type are another
    /// representation. Its length (u64, little endian) goes first, so that no byte can move from
    /// the type to the body without changing what is hashed.
    pub fn of(content_type: &str, body: &[u8]) -> ETag {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(content_type.len() as u64).to_le_bytes());
        hasher.update(content_type.as_bytes());
        hasher.update(body);
        let mut hash = [0; HASH_BYTES];
        // The extendable output starts with the bytes of the ordinary hash.
        hasher.finalize_xof().fill(&mut hash);
        ETag(format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash)).into())
    }

    /// The tag with its quotes, as it stands in the `ETag` header field.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag without its quotes, to compare with what stands between the quotes of another one.
    /// (base64url has no quote of its own.)
    pub(super) fn opaque(&self) -> &str {
        self.0.trim_matches('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_22_base64url_characters_in_quotes() {
        let tag = ETag::of("application/json", b"{}");
        assert_eq!(tag.as_str().len(), 24);
        assert_eq!(tag.as_str(), format!("\"{}\"", tag.opaque()));
        assert!(
            tag.opaque()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{}",
            tag.as_str()
        );
    }

    #[test]
    fn a_tag_is_the_start_of_the_plain_hash_of_what_is_documented() {
        let mut input = 3u64.to_le_bytes().to_vec();
        input.extend_from_slice(b"a/bbody");
        let expected = URL_SAFE_NO_PAD.encode(&blake3::hash(&input).as_bytes()[..16]);
        assert_eq!(ETag::of("a/b", b"body").opaque(), expected);
    }

    #[test]
    fn a_tag_never_changes_between_releases() {
        // A change here makes every client in the world download everything once more.
        assert_eq!(
            ETag::of("application/json", b"{}").as_str(),
            "\"qOd60CAMPZHLEGKl7kTVIw\""
        );
    }

    #[test]
    fn bytes_cannot_move_from_the_type_to_the_body() {
        assert_ne!(ETag::of("a/b", b"c"), ETag::of("a/", b"bc"));
        assert_ne!(ETag::of("", b"a/b"), ETag::of("a/b", b""));
    }

    #[test]
    fn another_content_type_is_another_tag() {
        assert_ne!(
            ETag::of("application/json", b"{}"),
            ETag::of("text/plain", b"{}")
        );
    }
}
