//! Whether the log found after a break is still the one that was left. A log that went back in time (power loss, a
//! failover that lost the tail, an eviction of its key) would make what it has forgotten look unchanged for ever.

use super::position::{Epoch, Position, SharedStamp};

/// What a look at the log found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LogEnds {
    /// The log's epoch; `None` when the epoch or the log is missing.
    pub epoch: Option<Epoch>,
    /// The oldest retained entry.
    pub first: Option<Position>,
    /// The newest entry.
    pub last: Option<Position>,
    /// Whether the entry up to which this server has followed the log is retained.
    pub has_followed: bool,
    /// Whether the entry of the outbox row removed last is retained.
    pub has_removed: bool,
}

/// What the database remembers of the log: the epoch that was started last, and the newest position whose outbox row
/// has been removed, which therefore only the log still tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Removed {
    /// The epoch that was started last; `None` before the first.
    pub epoch: Option<Epoch>,
    /// The newest position removed in that epoch.
    pub position: Option<Position>,
}

/// Why a new epoch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NewEpoch {
    /// There is no log: the first start, or Redis was emptied, or has evicted it.
    Missing,
    /// The log does not hold what this server has read from it.
    WentBack,
    /// The log does not hold what was removed from the outbox because it did.
    LostRemoved,
    /// The log is of another epoch than the one that the database says was started last.
    NotTheNewest,
    /// The log cannot be read on: an entry is not what it must be, or the chain of entries is broken, again and again.
    Damaged,
}

impl NewEpoch {
    /// All reasons, for tables of counters.
    pub const ALL: [Self; 5] = [
        Self::Missing,
        Self::WentBack,
        Self::LostRemoved,
        Self::NotTheNewest,
        Self::Damaged,
    ];

    /// The word used in logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WentBack => "went-back",
            Self::LostRemoved => "lost-removed",
            Self::NotTheNewest => "not-the-newest",
            Self::Damaged => "damaged",
        }
    }
}

/// What to do with a log found at start or after a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resume {
    /// It is the one that was left: go on reading where this server stopped.
    Continue,
    /// Take it up anew: forget all that is local, and replay what it retains. The first start, another epoch, or this
    /// server fell behind the trimming.
    Enter(Epoch),
    /// It cannot be trusted: begin a new epoch, for every server.
    Begin(NewEpoch),
}

/// Judges a log found at start (`followed` is `None`) or after a break.
#[must_use]
pub fn resume(followed: Option<SharedStamp>, removed: Removed, ends: &LogEnds) -> Resume {
    let Some(epoch) = ends.epoch else {
        return Resume::Begin(NewEpoch::Missing);
    };
    if removed.epoch.is_some_and(|newest| newest != epoch) {
        return Resume::Begin(NewEpoch::NotTheNewest);
    }
    let lost = |position: Position, retained: bool| {
        !retained && ends.first.is_none_or(|first| position >= first)
    };
    if removed
        .position
        .is_some_and(|position| lost(position, ends.has_removed))
    {
        return Resume::Begin(NewEpoch::LostRemoved);
    }
    match followed {
        Some(stamp) if stamp.epoch == epoch => {
            if ends.has_followed {
                Resume::Continue
            } else if lost(stamp.position, false) {
                Resume::Begin(NewEpoch::WentBack)
            } else {
                Resume::Enter(epoch)
            }
        }
        _ => Resume::Enter(epoch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: Epoch = Epoch(1);

    fn at(milliseconds: u64) -> Position {
        Position {
            milliseconds,
            sequence: 0,
        }
    }

    fn followed(milliseconds: u64) -> Option<SharedStamp> {
        Some(SharedStamp {
            epoch: E,
            position: at(milliseconds),
        })
    }

    fn removed(epoch: u64, position: Option<u64>) -> Removed {
        Removed {
            epoch: Some(Epoch(epoch)),
            position: position.map(at),
        }
    }

    const ENDS: LogEnds = LogEnds {
        epoch: Some(E),
        first: Some(Position {
            milliseconds: 10,
            sequence: 0,
        }),
        last: Some(Position {
            milliseconds: 20,
            sequence: 0,
        }),
        has_followed: true,
        has_removed: true,
    };

    #[test]
    fn the_log_that_was_left_goes_on() {
        assert_eq!(
            resume(followed(15), removed(1, Some(12)), &ENDS),
            Resume::Continue
        );
    }

    #[test]
    fn a_first_start_another_epoch_and_trimming_enter() {
        let trimmed = LogEnds {
            has_followed: false,
            ..ENDS
        };
        assert_eq!(resume(None, Removed::default(), &ENDS), Resume::Enter(E));
        assert_eq!(
            resume(followed(5), removed(1, None), &trimmed),
            Resume::Enter(E)
        );
        let other = LogEnds {
            epoch: Some(Epoch(2)),
            ..ENDS
        };
        assert_eq!(
            resume(followed(15), removed(2, None), &other),
            Resume::Enter(Epoch(2))
        );
    }

    #[test]
    fn a_missing_log_begins_anew() {
        assert_eq!(
            resume(followed(15), removed(1, None), &LogEnds::default()),
            Resume::Begin(NewEpoch::Missing)
        );
    }

    #[test]
    fn a_log_that_lost_what_was_read_or_removed_begins_anew() {
        let lost = LogEnds {
            has_followed: false,
            has_removed: false,
            ..ENDS
        };
        assert_eq!(
            resume(followed(25), removed(1, None), &lost),
            Resume::Begin(NewEpoch::WentBack)
        );
        assert_eq!(
            resume(None, removed(1, Some(25)), &lost),
            Resume::Begin(NewEpoch::LostRemoved)
        );
        // What the trimming took is not lost.
        assert_eq!(resume(None, removed(1, Some(5)), &lost), Resume::Enter(E));
    }

    #[test]
    fn a_log_from_before_the_newest_epoch_begins_anew() {
        assert_eq!(
            resume(followed(15), removed(2, None), &ENDS),
            Resume::Begin(NewEpoch::NotTheNewest)
        );
    }
}
