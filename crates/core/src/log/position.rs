//! Names in the shared log: which log, where in it, and which change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One life of the shared log. Random, and replaced when the log was lost or went back in time: positions of different
/// epochs say nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(pub u64);

/// A position in the shared log: the id of a Redis stream entry, milliseconds and a sequence number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Position {
    /// Milliseconds on the clock of the Redis server that gave it.
    pub milliseconds: u64,
    /// Counts the entries of one millisecond.
    pub sequence: u64,
}

/// Up to where the log had been followed, without a gap, before the first statement of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SharedStamp {
    /// The log's life.
    pub epoch: Epoch,
    /// The newest position followed.
    pub position: Position,
}

/// Names one change for good, whatever roads it travels: made by the server that wrote, at random (128 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeId(pub u128);

/// A text that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct Malformed {
    text: String,
    what: &'static str,
}

impl Malformed {
    fn new(text: &str, what: &'static str) -> Self {
        let text = text.to_owned();
        Self { text, what }
    }
}

impl fmt::Display for Epoch {
    /// 16 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        u64::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| Malformed::new(text, "an epoch (16 hexadecimal digits)"))
    }
}

impl fmt::Display for Position {
    /// As Redis writes it: `1767225600000-0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for Position {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(text, "a position (<milliseconds>-<sequence>)");
        let (milliseconds, sequence) = text.split_once('-').ok_or_else(malformed)?;
        Ok(Self {
            milliseconds: milliseconds.parse().map_err(|_| malformed())?,
            sequence: sequence.parse().map_err(|_| malformed())?,
        })
    }
}

impl fmt::Display for ChangeId {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ChangeId {
    type Err = Malformed;

    /// Takes a UUID with or without its hyphens.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        u128::from_str_radix(&digits, 16)
            .map(Self)
            .map_err(|_| Malformed::new(text, "a change id (32 hexadecimal digits)"))
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(text: String) -> Result<Self, Malformed> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(it: $name) -> Self {
                it.to_string()
            }
        }
    )*};
}
as_text!(Epoch, Position, ChangeId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_what_they_were() {
        let position = Position {
            milliseconds: 1_767_225_600_000,
            sequence: 12,
        };
        assert_eq!(position.to_string().parse(), Ok(position));
        assert_eq!(Epoch(10).to_string().parse(), Ok(Epoch(10)));
        assert_eq!(ChangeId(7).to_string().parse(), Ok(ChangeId(7)));
        let uuid = "00000000-0000-0000-0000-0000000000ff";
        assert_eq!(uuid.parse(), Ok(ChangeId(255)));
    }

    #[test]
    fn what_is_malformed_is_named() {
        for text in ["", "1", "1-", "a-b"] {
            assert!(text.parse::<Position>().is_err());
        }
        let error = "zz".parse::<Epoch>().unwrap_err();
        assert!(error.to_string().contains("\"zz\""));
    }

    #[test]
    fn positions_order_by_time_then_sequence() {
        let at = |milliseconds, sequence| Position {
            milliseconds,
            sequence,
        };
        assert!(at(1, 9) < at(2, 0) && at(2, 0) < at(2, 1));
    }
}
