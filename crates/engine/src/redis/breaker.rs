//! The circuit breaker: a Redis that fails repeatedly is left alone for a while, so that a request does not wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::counters::RedisCounters;

/// Consecutive faults that open the breaker.
pub(super) const FAULTS_TO_OPEN: u32 = 5;
/// Milliseconds of the first pause.
pub(super) const FIRST_PAUSE: u64 = 500;
/// Milliseconds that a pause grows to, by doubling with each trial that fails.
const LONGEST_PAUSE: u64 = 5_000;

/// The gate of a closed breaker; every other value but [`TRIAL`] is when the pause ends.
const CLOSED: u64 = 0;
/// The gate while one call tries whether Redis is back.
const TRIAL: u64 = u64::MAX;

/// Whether Redis is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BreakerState {
    /// It is.
    Closed,
    /// It is not: it has failed repeatedly.
    Open,
    /// One call tries whether it is back; the others are turned away.
    HalfOpen,
}

impl BreakerState {
    /// The word used in logs and metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// Counts faults. Time comes in as milliseconds of the engine's monotonic clock.
#[derive(Debug)]
pub(super) struct Breaker {
    gate: AtomicU64,
    record: Mutex<Record>,
    counters: Arc<RedisCounters>,
}

#[derive(Debug)]
struct Record {
    /// Consecutive, while closed.
    faults: u32,
    /// Milliseconds of the present or next pause, before jitter.
    pause: u64,
}

/// The permission to make one call. Dropped without a verdict (the caller gave up waiting), it says nothing of Redis;
/// a trial that is dropped leaves the next call to try.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    trial: bool,
}

impl Breaker {
    pub(super) fn new(counters: Arc<RedisCounters>) -> Self {
        Self {
            gate: AtomicU64::new(CLOSED),
            record: Mutex::new(Record {
                faults: 0,
                pause: FIRST_PAUSE,
            }),
            counters,
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.gate.load(Ordering::Acquire) {
            CLOSED => BreakerState::Closed,
            TRIAL => BreakerState::HalfOpen,
            _ => BreakerState::Open,
        }
    }

    /// Lets a call through, or not. `now` is asked for only while the breaker is open.
    pub(super) fn admit(&self, now: impl FnOnce() -> u64) -> Option<Pass<'_>> {
        let gate = self.gate.load(Ordering::Acquire);
        let trial = match gate {
            CLOSED => false,
            TRIAL => return None,
            until => {
                if now() < until {
                    return None;
                }
                self.gate
                    .compare_exchange(until, TRIAL, Ordering::AcqRel, Ordering::Acquire)
                    .ok()?;
                true
            }
        };
        Some(Pass {
            breaker: self,
            trial,
        })
    }

    /// Connecting failed. One that ran into its time limit opens the breaker at once: each call would wait as long.
    /// Returns whether the breaker is open now.
    pub(super) fn connecting_failed(&self, timed_out: bool, now: u64) -> bool {
        self.failed(if timed_out { FAULTS_TO_OPEN } else { 1 }, now)
    }

    fn failed(&self, weight: u32, now: u64) -> bool {
        let mut record = self.record.lock();
        match self.gate.load(Ordering::Acquire) {
            CLOSED => {
                record.faults = record.faults.saturating_add(weight);
                if record.faults < FAULTS_TO_OPEN {
                    return false;
                }
                record.pause = FIRST_PAUSE;
                self.counters.openings.increment();
            }
            TRIAL => record.pause = (record.pause * 2).min(LONGEST_PAUSE),
            // A call that began before the breaker opened.
            _ => return true,
        }
        record.faults = 0;
        self.pause(record.pause, now);
        true
    }

    /// Ends the pause at a moment that differs from server to server, so that they do not come back all at once.
    fn pause(&self, pause: u64, now: u64) {
        let until = now + pause * 3 / 4 + rand::random_range(0..=pause / 2);
        self.gate
            .store(until.clamp(CLOSED + 1, TRIAL - 1), Ordering::Release);
    }

    fn succeeded(&self, trial: bool) {
        let mut record = self.record.lock();
        record.faults = 0;
        if trial {
            record.pause = FIRST_PAUSE;
            self.gate.store(CLOSED, Ordering::Release);
        }
    }
}

impl Pass<'_> {
    /// Redis answered, if only to refuse.
    pub(super) fn succeeded(mut self) {
        self.breaker.succeeded(self.trial);
        self.trial = false;
    }

    /// Whether this call tries if Redis is back.
    pub(super) fn is_trial(&self) -> bool {
        self.trial
    }

    /// Redis did not answer. Returns whether the breaker is open now.
    pub(super) fn failed(mut self, now: u64) -> bool {
        self.trial = false;
        self.breaker.failed(1, now)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.trial {
            // A moment that has passed already: the next call tries. If connecting has failed meanwhile, its pause holds.
            let _ = self.breaker.gate.compare_exchange(
                TRIAL,
                CLOSED + 1,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(Arc::default())
    }

    fn open(breaker: &Breaker, now: u64) {
        for i in 1..=FAULTS_TO_OPEN {
            let opened = breaker.admit(|| now).unwrap().failed(now);
            assert_eq!(opened, i == FAULTS_TO_OPEN);
        }
    }

    #[test]
    fn consecutive_faults_open_it_and_a_success_between_does_not_count() {
        let breaker = breaker();
        for _ in 0..3 {
            for _ in 1..FAULTS_TO_OPEN {
                breaker.admit(|| 0).unwrap().failed(0);
            }
            breaker.admit(|| 0).unwrap().succeeded();
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        open(&breaker, 1000);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.admit(|| 1000 + 374).is_none());
        assert_eq!(breaker.counters.openings.read(), 1);
    }

    #[test]
    fn after_the_pause_one_call_tries() {
        let breaker = breaker();
        open(&breaker, 1000);
        let trial = breaker.admit(|| 1000 + 625).unwrap();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.admit(|| 1_000_000).is_none());
        trial.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn pauses_grow_and_end() {
        let breaker = breaker();
        open(&breaker, 0);
        let mut now = 0;
        for pause in [500, 1000, 2000, 4000, 5000, 5000] {
            assert!(breaker.admit(|| now + pause * 3 / 4 - 1).is_none());
            now += pause * 5 / 4;
            assert!(breaker.admit(|| now).unwrap().failed(now));
        }
    }

    #[test]
    fn a_trial_whose_caller_gave_up_leaves_the_next_to_try() {
        let breaker = breaker();
        open(&breaker, 0);
        drop(breaker.admit(|| 625).unwrap());
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.admit(|| 625).unwrap().succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn connecting_that_timed_out_opens_it_at_once() {
        let breaker = breaker();
        assert!(!breaker.connecting_failed(false, 0));
        assert!(breaker.connecting_failed(true, 0));
        // The trial's connection failed: the trial's own end does not shorten the pause.
        let trial = breaker.admit(|| 625).unwrap();
        breaker.connecting_failed(false, 700);
        drop(trial);
        assert!(breaker.admit(|| 1400).is_none());
    }
}
