//! Keys: one 32-byte name for everything that shapes an answer.
//!
//! A key is BLAKE3-256 over an encoding in which every part carries a type tag and a length, so
//! that no choice of parts can be read as another choice: `text("ab").text("c")` and
//! `text("a").text("bc")` differ, and so do the text `1` and the number 1.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Number, Value};

/// Version of the encoding below; part of every key, so that a changed encoding never meets old keys.
const ENCODING: &[u8] = b"pfapi-key-1";

/// The name of one cached answer: 256 bits, so a collision is not expected within the life of any cache.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as 43 characters of unpadded base64url (RFC 4648 section 5): safe in a URL, in a
    /// file name and in a Redis key.
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Key {
    /// The first 8 bytes as hex: enough to recognise a key in a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(")?;
        for byte in &self.0[..8] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Collects the parts of a key, in order; the order of the parts is part of the key.
#[derive(Clone)]
pub struct KeyBuilder {
    hasher: blake3::Hasher,
}

impl fmt::Debug for KeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBuilder").finish_non_exhaustive()
    }
}

impl KeyBuilder {
    /// Starts a key of one `kind`, such as `response` or `refreshable`; keys of different kinds
    /// never meet.
    pub fn new(kind: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(ENCODING);
        Self { hasher }.text(kind)
    }

    /// Adds a text, compared byte by byte. An empty text is a part too.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.hasher.update(b"t");
        encode_text(text, &mut |bytes| {
            self.hasher.update(bytes);
        });
        self
    }

    /// Adds a JSON value, compared by meaning: the order of an object's members does not count,
    /// numbers are compared by value (1, 1.0 and 1e0 are one; so are 0 and -0), 1 and `"1"` differ.
    ///
    /// Any depth is accepted: the walk keeps its own stack, so a deep value costs memory, never
    /// the thread's stack.
    #[must_use]
    pub fn json(mut self, value: &Value) -> Self {
        self.hasher.update(b"j");
        encode_json(value, &mut |bytes| {
            self.hasher.update(bytes);
        });
        self
    }

    /// The key of the parts so far.
    pub fn finish(&self) -> Key {
        Key(*self.hasher.finalize().as_bytes())
    }
}

/// The encoding of a JSON value as bytes: equal exactly when the values are equal in the sense of
/// [`KeyBuilder::json`], and a total order over values, fit for sorting and for dropping duplicates.
pub(crate) fn json_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_json(value, &mut |part| bytes.extend_from_slice(part));
    bytes
}

/// What is left to encode of one array or object.
enum Rest<'a> {
    Items(std::slice::Iter<'a, Value>),
    Members(std::vec::IntoIter<(&'a String, &'a Value)>),
}

/// Writes `value` through `put`. An array or object announces the number of its members, so where
/// it ends is never a guess.
fn encode_json(value: &Value, put: &mut impl FnMut(&[u8])) {
    let mut open = Vec::new();
    open.extend(encode_head(value, put));
    while let Some(rest) = open.last_mut() {
        let next = match rest {
            Rest::Items(items) => items.next(),
            Rest::Members(members) => members.next().map(|(name, member)| {
                encode_text(name, put);
                member
            }),
        };
        match next {
            Some(member) => open.extend(encode_head(member, put)),
            None => {
                open.pop();
            }
        }
    }
}

/// Writes a scalar whole, or the tag and count of an array or object, whose members are returned.
fn encode_head<'a>(value: &'a Value, put: &mut impl FnMut(&[u8])) -> Option<Rest<'a>> {
    match value {
        Value::Null => put(b"n"),
        Value::Bool(false) => put(b"0"),
        Value::Bool(true) => put(b"1"),
        Value::Number(number) => encode_number(number, put),
        Value::String(text) => {
            put(b"s");
            encode_text(text, put);
        }
        Value::Array(items) => {
            put(b"a");
            put(&length(items.len()));
            return Some(Rest::Items(items.iter()));
        }
        Value::Object(members) => {
            put(b"o");
            put(&length(members.len()));
            // Sorted here as well: another crate may switch on serde_json's `preserve_order`.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            return Some(Rest::Members(members.into_iter()));
        }
    }
    None
}

/// Writes a number so that equal numbers have equal bytes and different ones do not: whatever is an
/// integer in the range of `i64` or `u64` as an integer (a float there is cast exactly), the rest as
/// the bits of its `f64`.
fn encode_number(number: &Number, put: &mut impl FnMut(&[u8])) {
    /// -2^63 and 2^64: between them every whole `f64` converts to `i128` without loss.
    const LOWEST: f64 = -9_223_372_036_854_775_808.0;
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    let integer = number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from));
    match (integer, number.as_f64()) {
        (Some(integer), _) => {
            put(b"i");
            put(&integer.to_le_bytes());
        }
        (None, Some(float)) if float.fract() == 0.0 && (LOWEST..BEYOND).contains(&float) => {
            put(b"i");
            put(&(float as i128).to_le_bytes());
        }
        (None, Some(float)) => {
            put(b"f");
            put(&float.to_bits().to_le_bytes());
        }
        // Only with serde_json's `arbitrary_precision`: kept as it is written.
        (None, None) => {
            put(b"x");
            encode_text(&number.to_string(), put);
        }
    }
}

fn encode_text(text: &str, put: &mut impl FnMut(&[u8])) {
    put(&length(text.len()));
    put(text.as_bytes());
}

fn length(length: usize) -> [u8; 8] {
    (length as u64).to_le_bytes()
}
