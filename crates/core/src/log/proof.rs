//! Proof of life: how old the newest sign is that no change has been missed. Silence is not health.

/// The channels over which changes of other servers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Channels {
    /// The shared log: proven by heartbeats of our own that come back through it.
    pub log: bool,
    /// The outbox: proven by polls that succeed.
    pub outbox: bool,
}

/// When each channel last proved itself, on this server's own clock that counts suspended time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    channels: Channels,
    /// When the newest of our own heartbeats that came back was sent.
    beat: Option<u64>,
    /// When the last successful poll began.
    poll: Option<u64>,
}

impl Proof {
    /// Nothing is proven yet.
    #[must_use]
    pub fn new(channels: Channels) -> Self {
        Self {
            channels,
            beat: None,
            poll: None,
        }
    }

    /// A heartbeat of our own came back: all that the log held when it was sent has been followed.
    pub fn beat_returned(&mut self, sent: u64) {
        self.beat = self.beat.max(Some(sent));
    }

    /// A poll of the outbox succeeded.
    pub fn polled(&mut self, began: u64) {
        self.poll = self.poll.max(Some(began));
    }

    /// The log was lost sight of: earlier signs prove nothing any more. A poll must begin after this, too, because what
    /// was published to a log that is gone may only be in the outbox.
    pub fn log_lost(&mut self) {
        self.beat = None;
        self.poll = None;
    }

    /// When the last successful poll began, in milliseconds.
    #[must_use]
    pub fn last_poll(&self) -> Option<u64> {
        self.poll
    }

    /// The moment up to which no change has been missed: the older of the channels' signs. `None`: never proven.
    /// `Some(u64::MAX)` where no other process can change anything, which is a promise of the configuration.
    #[must_use]
    pub fn at(&self) -> Option<u64> {
        let Channels { log, outbox } = self.channels;
        let of = |needed, sign: Option<u64>| if needed { sign } else { Some(u64::MAX) };
        Some(of(log, self.beat)?.min(of(outbox, self.poll)?))
    }

    /// Whether answers from memory may be served at `now`: the proof is no older than `limit` milliseconds.
    #[must_use]
    pub fn holds(&self, now: u64, limit: u64) -> bool {
        self.at().is_some_and(|at| now.saturating_sub(at) <= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Channels = Channels {
        log: true,
        outbox: true,
    };

    #[test]
    fn the_older_sign_counts() {
        let mut proof = Proof::new(BOTH);
        proof.beat_returned(100);
        assert_eq!(proof.at(), None);
        proof.polled(50);
        assert_eq!(proof.at(), Some(50));
        proof.polled(200);
        assert_eq!(proof.at(), Some(100));
        assert!(proof.holds(600, 500) && !proof.holds(601, 500));
    }

    #[test]
    fn an_older_sign_that_comes_late_changes_nothing() {
        let mut proof = Proof::new(BOTH);
        proof.beat_returned(100);
        proof.beat_returned(90);
        proof.polled(100);
        proof.polled(90);
        assert_eq!(proof.at(), Some(100));
    }

    #[test]
    fn after_a_break_both_must_prove_themselves_again() {
        let mut proof = Proof::new(BOTH);
        proof.beat_returned(100);
        proof.polled(100);
        proof.log_lost();
        proof.beat_returned(200);
        assert_eq!(proof.at(), None);
        proof.polled(210);
        assert_eq!(proof.at(), Some(200));
    }

    #[test]
    fn where_nobody_else_writes_nothing_needs_proof() {
        assert!(Proof::new(Channels::default()).holds(u64::MAX, 0));
    }
}
