//! Time as a parameter: two readings that the caller takes once per event and passes down.

/// One reading of the clocks, in milliseconds.
///
/// The two are never mixed: lifetimes are measured on `monotonic`, dates in headers on `wall`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never goes back and that counts the time the machine was suspended, so that an
    /// answer does not outlive its ttl in a laptop's sleep or a paused virtual machine. Its zero is arbitrary.
    pub monotonic: u64,
    /// Milliseconds since the Unix epoch. May jump in either direction.
    pub wall: u64,
}

impl Now {
    /// Whole seconds since the Unix epoch, the resolution of HTTP dates.
    #[must_use]
    pub fn wall_seconds(self) -> u64 {
        self.wall / 1000
    }
}
