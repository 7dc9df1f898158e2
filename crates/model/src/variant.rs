//! The rules, and the rules with one of them broken. A broken one replaces a decision where the model calls the core, so
//! that no broken switch is ever in the core itself.

/// Which rules the model follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Variant {
    /// All of them.
    #[default]
    Correct,
    /// A fill is stamped with the position that this server's own publish returned.
    StampRaisedByOwnPublish,
    /// A value of Redis is judged by the log alone, not by what is pending.
    PendingIgnored,
    /// A value of Redis is judged without regard to the intents that stand.
    StandingIgnored,
    /// A fetch is judged first, and put into the index when it is shown.
    CheckThenShow,
    /// A row is removed as soon as its record is published.
    RemovedAtPublish,
    /// Without Redis, a row is removed by the first poll that finds it.
    NoRetention,
    /// Without Redis, polls that lie far apart change nothing.
    PollGapIgnored,
    /// Without Redis, how far polls lie apart is told from when they began, however long they took.
    PollGapByBegin,
    /// Without Redis, what was read before the first poll is kept after it.
    FirstPollKeeps,
    /// With Redis, the time of a row counts from when it was seen, though its record came to the log later.
    RowTimeCountsFromRow,
    /// The time of a row counts on although another log has been entered.
    RowTimeOutlivesEpoch,
    /// An intent counts as seen once a poll has found it.
    IntentsMarkedSeen,
    /// After a break the log is read on, whatever it is.
    NoEpoch,
    /// There is no outbox.
    NoOutbox,
    /// Being connected proves that nothing is missed.
    ProofFromSilence,
    /// The newer of the two signs counts.
    NewerChannel,
    /// A heartbeat counts although entries before it were not followed.
    BeatBeforeEntries,
    /// What was removed from the outbox need not be in the log that is found.
    RemovedNotCompared,
    /// The removing transaction does not look whether the epoch is still the newest.
    RemovedInAnyEpoch,
    /// The database is not told which epoch was started last.
    EpochNotNoted,
    /// An epoch is started in Redis first, and noted in the database afterwards.
    EpochNotClaimed,
    /// A fill is written to Redis although a dependency is pending.
    FillWhilePending,
    /// A write whose outcome is unknown is announced under the id of its row.
    UnknownUnderOwnId,
    /// A row is removed after its time, whether or not the log has its record.
    RemovedUnchecked,
    /// A server is online as soon as its heartbeat has come back.
    OnlineWithoutPoll,
    /// A change that was published once is never published again, though the log has lost it to trimming.
    NeverPublishedTwice,
    /// The cleaner only looks whether the log has the record of a row, and never publishes it again.
    CleanerNeverPublishes,
    /// A reader joins a running fetch although the proof of life does not hold.
    JoinWhileOffline,
}

impl Variant {
    /// Every broken one.
    pub const BROKEN: [Self; 28] = [
        Self::StampRaisedByOwnPublish,
        Self::PendingIgnored,
        Self::StandingIgnored,
        Self::CheckThenShow,
        Self::RemovedAtPublish,
        Self::NoRetention,
        Self::PollGapIgnored,
        Self::PollGapByBegin,
        Self::FirstPollKeeps,
        Self::RowTimeCountsFromRow,
        Self::RowTimeOutlivesEpoch,
        Self::IntentsMarkedSeen,
        Self::NoEpoch,
        Self::NoOutbox,
        Self::ProofFromSilence,
        Self::NewerChannel,
        Self::BeatBeforeEntries,
        Self::RemovedNotCompared,
        Self::RemovedInAnyEpoch,
        Self::EpochNotNoted,
        Self::EpochNotClaimed,
        Self::FillWhilePending,
        Self::UnknownUnderOwnId,
        Self::RemovedUnchecked,
        Self::OnlineWithoutPoll,
        Self::NeverPublishedTwice,
        Self::CleanerNeverPublishes,
        Self::JoinWhileOffline,
    ];

    /// Why a variant that no run catches cannot show a stale answer; `None` where one must catch it.
    #[must_use]
    pub fn harmless(self) -> Option<&'static str> {
        match self {
            Self::FillWhilePending => Some(
                "its stamp lies before the record that is pending, so every reader who has met the change refuses it",
            ),
            Self::RemovedInAnyEpoch => {
                Some("whoever enters the newer epoch drops everything: it costs epochs, no truth")
            }
            Self::EpochNotClaimed => Some(
                "any difference between the two epochs begins another: it costs epochs, no truth, while both are noted",
            ),
            _ => None,
        }
    }
}

/// What holds during a whole run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Which rules.
    pub variant: Variant,
    /// Whether there is a Redis.
    pub redis: bool,
}

impl Rules {
    /// Whether this variant is the one.
    #[must_use]
    pub fn are(self, variant: Variant) -> bool {
        self.variant == variant
    }

    /// Whether there is an outbox.
    #[must_use]
    pub fn outbox(self) -> bool {
        !self.are(Variant::NoOutbox)
    }
}
