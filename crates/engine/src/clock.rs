//! The only place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use pfapi_core::time::Now;

/// Where the engine's time comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clocks.
    #[default]
    System,
    /// Time that stands still until it is moved, for tests.
    Manual(Arc<ManualClock>),
}

/// Time that a test moves.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Lets `milliseconds` pass, on both clocks.
    pub fn advance(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// 2026-01-01T00:00:00Z, where a manual clock's wall time begins.
const MANUAL_EPOCH: u64 = 1_767_225_600_000;

impl Clock {
    /// Reads both clocks.
    #[must_use]
    pub fn now(&self) -> Now {
        match self {
            Self::System => Now {
                monotonic: monotonic(),
                wall: wall(),
            },
            Self::Manual(clock) => {
                let passed = clock.0.load(Ordering::Relaxed);
                Now {
                    monotonic: passed,
                    wall: MANUAL_EPOCH + passed,
                }
            }
        }
    }
}

fn wall() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Counts the time the machine was suspended, which `std::time::Instant` does not on Linux.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn monotonic() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1000
        + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000_000
}

/// `Instant` is the best that the standard library has elsewhere: on Windows it counts suspension, on macOS it does not.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn monotonic() -> u64 {
    static START: once_cell::sync::Lazy<std::time::Instant> =
        once_cell::sync::Lazy::new(std::time::Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}
