//! What the Redis layer counts. Counters only rise.

use std::collections::BTreeMap;

use super::fault::Fault;
use crate::metrics::Counter;

/// The counters of one Redis.
#[derive(Debug, Default)]
pub(crate) struct RedisCounters {
    /// Questions asked about values and leases. One is one round trip, but for the first use of a script.
    pub(crate) values: Counter,
    /// Questions asked of the log, without reads that wait.
    pub(crate) commands: Counter,
    /// Reads that wait for the log.
    pub(crate) reads: Counter,
    /// Calls that were not made because Redis had failed repeatedly.
    pub(crate) open: Counter,
    /// Calls that got no answer in time.
    pub(crate) timeouts: Counter,
    /// Calls for which there was no connection, or whose connection broke.
    pub(crate) disconnected: Counter,
    /// Calls that Redis refused, or answered unexpectedly.
    pub(crate) refused: Counter,
    /// Times that calling was given up for a while after repeated faults.
    pub(crate) openings: Counter,
}

impl RedisCounters {
    /// Reads them all, by name.
    pub(crate) fn read(&self) -> BTreeMap<&'static str, u64> {
        [
            ("values", &self.values),
            ("commands", &self.commands),
            ("reads", &self.reads),
            ("open", &self.open),
            ("timeouts", &self.timeouts),
            ("disconnected", &self.disconnected),
            ("refused", &self.refused),
            ("openings", &self.openings),
        ]
        .map(|(name, counter)| (name, counter.read()))
        .into()
    }

    pub(super) fn fault(&self, fault: &Fault) {
        match fault {
            Fault::Open => self.open.increment(),
            Fault::Timeout => self.timeouts.increment(),
            Fault::Connection(_) => self.disconnected.increment(),
            Fault::Answer(_) | Fault::Damaged(_) | Fault::Options(_) => self.refused.increment(),
        }
    }
}
