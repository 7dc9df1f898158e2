//! The explorations that are made, and how they are told.

use crate::explore::{Explored, explore};
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

/// Two servers race: fills, Redis values, a change that is followed, found and applied.
const RACE: Scenario = Scenario {
    name: "races",
    writers: 2,
    budget: budget(1, 1, 1, 0, 1),
    joins: true,
    ..Scenario::QUIET
};

/// Redis loses something while a change is under way.
const LOSS: Scenario = Scenario {
    name: "Redis loses log, epoch, stream, tail or all",
    budget: budget(1, 1, 0, 1, 0),
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

/// A server dies, or loses its connection.
const CRASH: Scenario = Scenario {
    name: "a server dies, or is cut off",
    budget: budget(1, 1, 0, 1, 1),
    faults: &[Fault::Crash, Fault::Break],
    ..Scenario::QUIET
};

/// Rows go after their time, and then the log goes back.
const RETENTION: Scenario = Scenario {
    name: "rows go, and the log goes back",
    budget: budget(1, 0, 0, 1, 2),
    stride: 4,
    faults: &[Fault::LoseTail(1), Fault::Break],
    cleans: true,
    ..Scenario::QUIET
};

/// The log is trimmed.
const TRIM: Scenario = Scenario {
    name: "the stream is trimmed",
    budget: budget(1, 1, 0, 1, 1),
    faults: &[Fault::Trim(1)],
    ..Scenario::QUIET
};

/// Outcomes that are unknown to the writer.
const UNKNOWN: Scenario = Scenario {
    name: "unknown outcomes",
    budget: budget(1, 1, 0, 0, 2),
    writes: &[WriteKind::UnknownTransaction, WriteKind::RolledBack],
    ..Scenario::QUIET
};

/// Intents.
const INTENT: Scenario = Scenario {
    name: "autocommitted writes, and their writer dies",
    budget: budget(1, 1, 0, 1, 1),
    writes: &[WriteKind::UnknownAutocommitted],
    faults: &[Fault::Crash],
    ..Scenario::QUIET
};

/// Nothing but the database between the servers.
const ALONE: Scenario = Scenario {
    name: "no Redis: the outbox alone",
    redis: false,
    writers: 2,
    budget: budget(1, 1, 0, 1, 6),
    faults: &[Fault::Crash],
    fine: Fine {
        polls: true,
        ..Scenario::QUIET.fine
    },
    cleans: true,
    joins: true,
    ..Scenario::QUIET
};

/// Two epochs, of which the older comes back.
const REVERT: Scenario = Scenario {
    name: "an epoch begins, and the one before comes back",
    budget: budget(1, 0, 0, 2, 0),
    faults: &[Fault::LoseTail(1), Fault::Revert, Fault::Crash],
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
    budget: budget(1, 1, 0, 1, 1),
    faults: &[Fault::Crash],
    ..Scenario::QUIET
};

/// Every step that can be interrupted is.
const FINE: Scenario = Scenario {
    name: "every step interruptible",
    budget: budget(1, 1, 0, 0, 1),
    fine: ALL_FINE,
    joins: true,
    ..Scenario::QUIET
};

/// Small enough for every test run.
#[must_use]
pub fn small() -> Vec<Scenario> {
    vec![
        RACE, LOSS, CRASH, RETENTION, TRIM, UNKNOWN, INTENT, ALONE, REVERT, DEPLOY, FINE,
    ]
}

/// One line about an exploration.
#[must_use]
pub fn line(name: &str, it: &Explored) -> String {
    let result = match &it.violation {
        None if it.complete => "holds".to_owned(),
        None => "holds as far as explored".to_owned(),
        Some(violation) => format!("{} steps: {}", violation.trace.len(), violation.what),
    };
    let took = it.took.as_secs_f64();
    format!("{name:<52} {:>9} {:>3} {took:>7.1}s  {result}", it.states, it.depth)
}

/// What catches a variant first, in these scenarios.
#[must_use]
pub fn hunt(variant: Variant, scenarios: &[Scenario], threads: usize) -> Option<(Scenario, Explored)> {
    for scenario in scenarios {
        let scenario = Scenario {
            variant,
            ..*scenario
        };
        let it = explore(&scenario, threads);
        if it.violation.is_some() {
            return Some((scenario, it));
        }
    }
    None
}
