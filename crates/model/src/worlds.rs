//! The worlds that are explored: small ones in every test run, large ones in a long run, and one for each variant.

use crate::scenario::{Fault, Fine, Scenario, WriteKind};
use crate::state::Budget;
use crate::variant::Variant;

const ALL_FINE: Fine = Fine {
    polls: true,
    beats: true,
    resume: true,
    show: true,
    cleaner: true,
};

const fn budget(writes: u8, fetches: u8, gets: u8, faults: u8, ticks: u8) -> Budget {
    Budget {
        writes,
        fetches,
        gets,
        faults,
        ticks,
    }
}

/// Two servers race: fills, values of Redis, a change that is followed, found and applied.
const RACE: Scenario = Scenario {
    name: "races",
    budget: budget(1, 1, 1, 0, 0),
    joins: true,
    ..Scenario::QUIET
};

/// Two writes of two documents.
const TWO_KEYS: Scenario = Scenario {
    name: "two writers, two documents",
    keys: 2,
    writers: 2,
    budget: budget(2, 1, 0, 0, 0),
    ..Scenario::QUIET
};

/// Redis loses something while a change is under way.
const LOSS: Scenario = Scenario {
    name: "Redis loses log, epoch, stream, tail or all",
    budget: budget(1, 0, 0, 1, 0),
    faults: &[
        Fault::Empty,
        Fault::LoseLog,
        Fault::LoseEpoch,
        Fault::LoseStream,
        Fault::LoseTail(1),
        Fault::LoseTailSilently(1),
    ],
    ..Scenario::QUIET
};

/// As [`RETENTION`], in the second epoch, and the first comes back.
const FORMER: Scenario = Scenario {
    name: "rows go, and the epoch before comes back",
    faults: &[Fault::Revert],
    second_epoch: true,
    ..RETENTION
};

/// A server dies, or loses its connection.
const CRASH: Scenario = Scenario {
    name: "a server dies, or is cut off",
    budget: budget(1, 1, 0, 1, 0),
    faults: &[Fault::Crash, Fault::Break],
    ..Scenario::QUIET
};

/// The same, and then time passes.
const LATER: Scenario = Scenario {
    name: "a server dies or is cut off, and time passes",
    budget: budget(1, 0, 0, 1, 1),
    stride: 2,
    ..CRASH
};

/// Rows go after their time, and then the log goes back.
const RETENTION: Scenario = Scenario {
    name: "rows go, and the log goes back",
    budget: budget(1, 0, 0, 1, 1),
    stride: 4,
    faults: &[Fault::LoseTail(1)],
    cleans: true,
    ..Scenario::QUIET
};

/// The log is trimmed.
const TRIM: Scenario = Scenario {
    name: "the stream is trimmed",
    budget: budget(2, 0, 0, 1, 0),
    faults: &[Fault::Trim(1)],
    ..Scenario::QUIET
};

/// Outcomes that are unknown to the writer.
const UNKNOWN: Scenario = Scenario {
    name: "unknown outcomes",
    budget: budget(1, 1, 0, 0, 1),
    stride: 2,
    writes: &[WriteKind::UnknownTransaction, WriteKind::RolledBack],
    ..Scenario::QUIET
};

/// Intents.
const INTENT: Scenario = Scenario {
    name: "autocommitted writes, and their writer dies",
    budget: budget(1, 1, 0, 1, 1),
    stride: 2,
    writes: &[WriteKind::UnknownAutocommitted],
    faults: &[Fault::Crash],
    ..Scenario::QUIET
};

/// Nothing but the database between the servers.
const ALONE: Scenario = Scenario {
    name: "no Redis: the outbox alone",
    redis: false,
    budget: budget(1, 0, 0, 0, 3),
    stride: 2,
    fine: Fine {
        polls: true,
        ..Scenario::QUIET.fine
    },
    cleans: true,
    ..Scenario::QUIET
};

/// Fetches that readers join, without Redis.
const JOINED: Scenario = Scenario {
    name: "no Redis: readers join a fetch",
    budget: budget(1, 1, 0, 1, 1),
    faults: &[Fault::Crash],
    joins: true,
    ..ALONE
};

/// Two epochs, of which the older comes back.
const REVERT: Scenario = Scenario {
    name: "an epoch begins, and the one before comes back",
    budget: budget(1, 0, 0, 2, 0),
    faults: &[Fault::LoseTail(1), Fault::Revert],
    ..Scenario::QUIET
};

/// Epochs are begun by several servers that are interrupted.
const EPOCHS: Scenario = Scenario {
    name: "two servers begin an epoch, step by step",
    budget: budget(1, 0, 0, 1, 0),
    faults: &[Fault::LoseLog],
    fine: Fine {
        resume: true,
        ..Scenario::QUIET.fine
    },
    ..Scenario::QUIET
};

/// A newer build writes records that the older one cannot read.
const DEPLOY: Scenario = Scenario {
    name: "a rolling deploy",
    builds: &[0, 1],
    writers: 2,
    budget: budget(1, 1, 0, 0, 0),
    ..Scenario::QUIET
};

/// Every step that can be interrupted is.
const FINE: Scenario = Scenario {
    name: "every step interruptible",
    budget: budget(1, 1, 0, 0, 0),
    fine: ALL_FINE,
    joins: true,
    ..Scenario::QUIET
};

/// Everything at once, for random walks.
pub const EVERYTHING: Scenario = Scenario {
    name: "everything, at random",
    keys: 2,
    writers: 2,
    budget: budget(3, 4, 3, 2, 9),
    writes: &[
        WriteKind::Transaction,
        WriteKind::UnknownTransaction,
        WriteKind::RolledBack,
        WriteKind::UnknownAutocommitted,
    ],
    faults: &[
        Fault::Crash,
        Fault::Break,
        Fault::Empty,
        Fault::LoseLog,
        Fault::LoseEpoch,
        Fault::LoseStream,
        Fault::LoseTail(1),
        Fault::LoseTail(2),
        Fault::LoseTailSilently(1),
        Fault::Revert,
        Fault::Trim(1),
    ],
    fine: ALL_FINE,
    joins: true,
    cleans: true,
    ..Scenario::QUIET
};

/// The same with steps that are not interrupted, which gets further.
pub const COARSE: Scenario = Scenario {
    name: "everything but interruptions, at random",
    stride: 2,
    fine: Scenario::QUIET.fine,
    ..EVERYTHING
};

/// The same without Redis.
pub const WITHOUT: Scenario = Scenario {
    name: "everything without Redis, at random",
    redis: false,
    faults: &[Fault::Crash],
    ..EVERYTHING
};

/// Small enough for every test run.
#[must_use]
pub fn small() -> Vec<Scenario> {
    let all = [
        RACE, TWO_KEYS, LOSS, CRASH, LATER, RETENTION, FORMER, TRIM, UNKNOWN, INTENT, ALONE,
        JOINED, REVERT, EPOCHS, DEPLOY, FINE,
    ];
    all.map(|it| Scenario {
        most_states: 15_000,
        ..it
    })
    .into()
}

/// For a long run: more of everything.
#[must_use]
pub fn large() -> Vec<Scenario> {
    let more = |it: Scenario, budget: Budget, most_states: usize| Scenario {
        budget,
        most_states,
        heals: 5,
        ..it
    };
    vec![
        more(RACE, budget(2, 1, 1, 0, 1), 250_000),
        more(TWO_KEYS, budget(2, 1, 0, 0, 0), 250_000),
        more(LOSS, budget(1, 1, 0, 1, 1), 250_000),
        more(CRASH, budget(1, 1, 0, 2, 1), 250_000),
        more(RETENTION, budget(1, 0, 0, 2, 1), 250_000),
        more(FORMER, budget(1, 0, 0, 1, 1), 250_000),
        more(TRIM, budget(2, 1, 0, 1, 0), 250_000),
        more(UNKNOWN, budget(1, 1, 0, 0, 2), 250_000),
        more(INTENT, budget(1, 1, 0, 1, 2), 250_000),
        more(ALONE, budget(2, 0, 0, 1, 3), 250_000),
        more(JOINED, budget(1, 1, 0, 1, 2), 250_000),
        more(EPOCHS, budget(1, 0, 0, 2, 0), 250_000),
        more(DEPLOY, budget(1, 1, 0, 1, 0), 250_000),
        more(FINE, budget(1, 1, 0, 1, 0), 250_000),
        Scenario {
            name: "three servers",
            builds: &[0, 0, 0],
            ..more(LOSS, budget(1, 0, 0, 1, 0), 250_000)
        },
    ]
}

/// Where a broken variant shows first.
#[must_use]
pub fn hunting_ground(variant: Variant) -> Scenario {
    let ground = match variant {
        Variant::StampRaisedByOwnPublish | Variant::PendingIgnored | Variant::FillWhilePending => {
            RACE
        }
        Variant::StandingIgnored | Variant::IntentsMarkedSeen => INTENT,
        Variant::CheckThenShow => FINE,
        Variant::NoRetention | Variant::PollGapIgnored | Variant::PollGapByBegin => ALONE,
        Variant::RemovedAtPublish | Variant::NoOutbox => LOSS,
        Variant::RowTimeCountsFromRow
        | Variant::RowTimeOutlivesEpoch
        | Variant::ProofFromSilence
        | Variant::BeatBeforeEntries
        | Variant::RemovedNotCompared
        | Variant::RemovedUnchecked => Scenario {
            heals: 0,
            ..RETENTION
        },
        Variant::NoEpoch => RETENTION,
        Variant::RemovedInAnyEpoch => Scenario {
            fine: Fine {
                cleaner: true,
                ..RETENTION.fine
            },
            ..RETENTION
        },
        Variant::NewerChannel | Variant::OnlineWithoutPoll => LATER,
        Variant::EpochNotClaimed => Scenario {
            faults: &[Fault::LoseLog, Fault::Crash, Fault::Revert],
            ..EPOCHS
        },
        Variant::EpochNotNoted => FORMER,
        Variant::UnknownUnderOwnId => UNKNOWN,
        Variant::NeverPublishedTwice => TRIM,
        Variant::CleanerNeverPublishes => LOSS,
        Variant::JoinWhileOffline => JOINED,
        Variant::FirstPollKeeps => Scenario {
            budget: budget(1, 1, 0, 1, 2),
            ..JOINED
        },
        Variant::Correct => RACE,
    };
    let most_states = if variant.harmless().is_some() {
        15_000
    } else {
        400_000
    };
    Scenario {
        variant,
        most_states,
        ..ground
    }
}
