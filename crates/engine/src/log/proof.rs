//! The proof of life where every hit looks at it: one number, no lock.

use std::sync::atomic::{AtomicU64, Ordering};

use pfapi_core::log::Proof;

/// [`Proof::at`] as one number: 0 for never proven, else the moment plus one.
#[derive(Debug)]
pub(super) struct ProvenAt(AtomicU64);

impl ProvenAt {
    pub(super) fn new(proof: &Proof) -> Self {
        let proven = Self(AtomicU64::new(0));
        proven.set(proof);
        proven
    }

    pub(super) fn set(&self, proof: &Proof) {
        let at = proof.at().map_or(0, |at| at.saturating_add(1));
        self.0.store(at, Ordering::Release);
    }

    /// As [`Proof::holds`].
    pub(super) fn holds(&self, now: u64, limit: u64) -> bool {
        match self.0.load(Ordering::Acquire) {
            0 => false,
            at => now.saturating_sub(at - 1) <= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use pfapi_core::log::Channels;

    use super::*;

    #[test]
    fn it_says_what_the_proof_says() {
        let mut proof = Proof::new(Channels {
            log: false,
            outbox: true,
        });
        let proven = ProvenAt::new(&proof);
        assert!(!proven.holds(0, 1000));
        for began in [0, 5, u64::MAX] {
            proof.polled(began);
            proven.set(&proof);
            for now in [0, 5, 1005, 1006, u64::MAX] {
                assert_eq!(
                    proven.holds(now, 1000),
                    proof.holds(now, 1000),
                    "{began} {now}"
                );
            }
        }
    }
}
