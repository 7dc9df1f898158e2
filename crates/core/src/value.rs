//! A value of the shared tier, as bytes.
//!
//! ```text
//! "pfv" version(u8)  key(32 bytes)  section*  0x00  checksum(8 bytes)
//! section = tag(u8, not 0)  length(u32)  bytes
//! ```
//!
//! All numbers are little-endian; the checksum is the beginning of BLAKE3 over everything before it. A later minor
//! version may add sections: a reader passes over a tag below 0x80 that it does not know, and refuses the value when it
//! meets an unknown one from 0x80 up (as PNG does with its chunks). So servers of two minor versions share values. Another
//! `version` is not read.

use bytes::Bytes;

use crate::dependency::Dependency;
use crate::key::Key;
use crate::log::{Epoch, Position, SharedStamp};

const MAGIC: &[u8; 3] = b"pfv";
const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 8;
const HEAD: usize = MAGIC.len() + 1 + KEY_BYTES;

/// From this tag on a section may not be passed over.
const CRITICAL: u8 = 0x80;
const END: u8 = 0;
const STAMP: u8 = 0x80;
const DEPENDENCIES: u8 = 0x81;
const TIMES: u8 = 0x82;
const CONTENT_TYPE: u8 = 0x83;
const FLAGS: u8 = 0x84;
const BODY: u8 = 0x85;

const PUBLIC: u8 = 1;
const BOUNDED: u8 = 2;

/// An answer as the shared tier holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedValue {
    /// Up to where its maker had followed the log before reading.
    pub stamp: SharedStamp,
    /// What it depends on.
    pub dependencies: Box<[Dependency]>,
    /// When its fetch began, in milliseconds since the Unix epoch on its maker's clock.
    pub made_at: u64,
    /// How long its fetch took, in milliseconds.
    pub duration: u64,
    /// When this body was first seen, in seconds since the Unix epoch.
    pub last_modified: u64,
    /// The media type of the body.
    pub content_type: String,
    /// Whether the audience it was made for is everyone.
    pub audience_is_public: bool,
    /// Whether its source said for how long it is good. If not, only the terms of the Refreshable bound its life.
    pub bounded: bool,
    /// The answer's bytes.
    pub body: Bytes,
}

/// Why bytes are not a value that can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Too short, not ours, or damaged.
    #[error("damaged")]
    Damaged,
    /// Of another version.
    #[error("of another version")]
    Version,
    /// Stored under another key.
    #[error("of another key")]
    Key,
}

impl SharedValue {
    /// The value as bytes, to be stored under `key`.
    #[must_use]
    pub fn encode(&self, key: &Key) -> Vec<u8> {
        let fixed = 256 + self.dependencies.len() * 8 + self.content_type.len();
        let mut out = Vec::with_capacity(fixed + self.body.len());
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(key.as_bytes());
        let Position {
            milliseconds,
            sequence,
        } = self.stamp.position;
        section(
            &mut out,
            STAMP,
            &words([self.stamp.epoch.0, milliseconds, sequence]),
        );
        let dependencies = words(self.dependencies.iter().map(|dependency| dependency.0));
        section(&mut out, DEPENDENCIES, &dependencies);
        section(
            &mut out,
            TIMES,
            &words([self.made_at, self.duration, self.last_modified]),
        );
        section(&mut out, CONTENT_TYPE, self.content_type.as_bytes());
        let public = if self.audience_is_public { PUBLIC } else { 0 };
        let bounded = if self.bounded { BOUNDED } else { 0 };
        section(&mut out, FLAGS, &[public | bounded]);
        section(&mut out, BODY, &self.body);
        out.push(END);
        let checksum = checksum(&out);
        out.extend_from_slice(&checksum);
        out
    }

    /// Reads a value that was found under `key`.
    ///
    /// # Errors
    /// When it cannot be used here; it then counts as absent.
    pub fn decode(bytes: &Bytes, key: &Key) -> Result<Self, Unreadable> {
        let sealed = bytes
            .len()
            .checked_sub(CHECKSUM_BYTES)
            .filter(|sealed| *sealed > HEAD)
            .ok_or(Unreadable::Damaged)?;
        if !bytes.starts_with(MAGIC) {
            return Err(Unreadable::Damaged);
        }
        if bytes[MAGIC.len()] != VERSION {
            return Err(Unreadable::Version);
        }
        if checksum(&bytes[..sealed]) != bytes[sealed..] {
            return Err(Unreadable::Damaged);
        }
        if bytes[MAGIC.len() + 1..HEAD] != *key.as_bytes() {
            return Err(Unreadable::Key);
        }
        Self::read_sections(&bytes.slice(HEAD..sealed)).ok_or(Unreadable::Damaged)
    }

    fn read_sections(sections: &Bytes) -> Option<Self> {
        let (mut stamp, mut dependencies, mut times) = (None, None, None);
        let (mut content_type, mut flags, mut body) = (None, None, None);
        let mut at = 0;
        loop {
            let tag = *sections.get(at)?;
            if tag == END {
                break;
            }
            let length = sections.get(at + 1..at + 5)?;
            let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
            let from = at + 5;
            let part = sections.get(from..from.checked_add(length)?)?;
            match tag {
                STAMP => stamp = Some(three(part)?),
                DEPENDENCIES => dependencies = Some(numbers(part)?.map(Dependency).collect()),
                TIMES => times = Some(three(part)?),
                CONTENT_TYPE => content_type = Some(String::from_utf8(part.to_vec()).ok()?),
                FLAGS => flags = Some(*part.first()?),
                BODY => body = Some(sections.slice(from..from + length)),
                unknown if unknown >= CRITICAL => return None,
                _ => {}
            }
            at = from + length;
        }
        let [epoch, milliseconds, sequence] = stamp?;
        let [made_at, duration, last_modified] = times?;
        let position = Position {
            milliseconds,
            sequence,
        };
        Some(Self {
            stamp: SharedStamp {
                epoch: Epoch(epoch),
                position,
            },
            dependencies: dependencies?,
            made_at,
            duration,
            last_modified,
            content_type: content_type?,
            audience_is_public: flags? & PUBLIC != 0,
            bounded: flags? & BOUNDED != 0,
            body: body?,
        })
    }
}

fn section(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    // An answer is bounded far below 4 GiB; what would not fit is cut, and the value then fails its reader's checks.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.push(tag);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

fn words(numbers: impl IntoIterator<Item = u64>) -> Vec<u8> {
    numbers.into_iter().flat_map(u64::to_le_bytes).collect()
}

fn numbers(bytes: &[u8]) -> Option<impl Iterator<Item = u64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    rest.is_empty()
        .then(|| words.iter().map(|word| u64::from_le_bytes(*word)))
}

fn three(bytes: &[u8]) -> Option<[u64; 3]> {
    numbers(bytes)?.collect::<Vec<_>>().try_into().ok()
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut checksum = [0; CHECKSUM_BYTES];
    blake3::Hasher::new()
        .update(bytes)
        .finalize_xof()
        .fill(&mut checksum);
    checksum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyBuilder;
    use proptest::prelude::*;

    const FIRST_RELEASE: &str = "706676013c160e0690e1f31e26232ef019ab40fd5d8e39e89805cb86e704a35e358d4be3801800000007000000000000000800000000000000090000000000000081100000000100000000000000ffffffffffffffff82180000000a000000000000000b000000000000000c0000000000000083100000006170706c69636174696f6e2f6a736f6e84010000000185020000007b7d0070d569c800f94ca8";

    fn key() -> Key {
        KeyBuilder::new("test").finish()
    }

    fn value() -> SharedValue {
        SharedValue {
            stamp: SharedStamp {
                epoch: Epoch(7),
                position: Position {
                    milliseconds: 8,
                    sequence: 9,
                },
            },
            dependencies: vec![Dependency(1), Dependency(u64::MAX)].into(),
            made_at: 10,
            duration: 11,
            last_modified: 12,
            content_type: "application/json".into(),
            audience_is_public: true,
            bounded: false,
            body: Bytes::from_static(b"{}"),
        }
    }

    fn sealed(mut bytes: Vec<u8>) -> Bytes {
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes.into()
    }

    fn with_section(tag: u8) -> Bytes {
        let mut bytes = value().encode(&key());
        bytes.truncate(bytes.len() - CHECKSUM_BYTES - 1);
        section(&mut bytes, tag, b"new");
        bytes.push(END);
        sealed(bytes)
    }

    #[test]
    fn a_value_comes_back_as_it_was() {
        let bytes = value().encode(&key()).into();
        assert_eq!(SharedValue::decode(&bytes, &key()), Ok(value()));
    }

    /// What the first release wrote. A change that makes this fail needs another `VERSION`.
    #[test]
    fn what_the_first_release_wrote_stays_readable() {
        let hex: String = value()
            .encode(&key())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, FIRST_RELEASE);
    }

    #[test]
    fn sections_of_a_later_minor_version_are_passed_over_unless_they_matter() {
        assert_eq!(
            SharedValue::decode(&with_section(0x10), &key()),
            Ok(value())
        );
        assert_eq!(
            SharedValue::decode(&with_section(0xf0), &key()),
            Err(Unreadable::Damaged)
        );
    }

    #[test]
    fn another_version_and_another_key_are_refused() {
        let mut bytes = value().encode(&key());
        let other = KeyBuilder::new("other").finish();
        assert_eq!(
            SharedValue::decode(&bytes.clone().into(), &other),
            Err(Unreadable::Key)
        );
        bytes[3] = 2;
        bytes.truncate(bytes.len() - CHECKSUM_BYTES);
        assert_eq!(
            SharedValue::decode(&sealed(bytes), &key()),
            Err(Unreadable::Version)
        );
    }

    proptest! {
        #[test]
        fn damage_is_noticed(at in 0..200_usize, bit in 0..8_u8) {
            let mut bytes = value().encode(&key());
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(SharedValue::decode(&bytes.into(), &key()).is_err());
        }

        #[test]
        fn what_is_cut_or_random_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..150_usize) {
            prop_assert!(SharedValue::decode(&bytes.into(), &key()).is_err());
            let mut bytes = value().encode(&key());
            bytes.truncate(cut.min(bytes.len() - 1));
            prop_assert!(SharedValue::decode(&bytes.into(), &key()).is_err());
        }
    }
}
