//! What is counted of the shared tier.

use std::collections::BTreeMap;

use pfapi_core::outcome::Refusal;
use serde::Serialize;

use super::{Counter, by_refusal};

#[derive(Debug, Default)]
pub(crate) struct SharedMetrics {
    pub(crate) answers: Counter,
    pub(crate) hits: Counter,
    pub(crate) awaited: Counter,
    pub(crate) absent: Counter,
    refused: [Counter; Refusal::ALL.len()],
    pub(crate) written: Counter,
    not_written: [Counter; Refusal::ALL.len()],
    pub(crate) crowded: Counter,
    pub(crate) faults: Counter,
}

/// The shared tier in numbers.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SharedStats {
    /// Requests answered with a value from there.
    pub answers: u64,
    /// Look-ups that found a value which is true.
    pub hits: u64,
    /// Look-ups that waited for another server's fetch and then found it.
    pub awaited: u64,
    /// Look-ups that found nothing.
    pub absent: u64,
    /// Values found and not believed, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Values written.
    pub written: u64,
    /// Fills that were not written, by reason.
    pub not_written: BTreeMap<&'static str, u64>,
    /// Fills that were not written because too many writes were under way.
    pub crowded: u64,
    /// Look-ups and writes that failed.
    pub faults: u64,
}

impl SharedMetrics {
    pub(crate) fn refused(&self, refusal: Refusal) {
        self.refused[refusal as usize].increment();
    }

    pub(crate) fn not_written(&self, refusal: Refusal) {
        self.not_written[refusal as usize].increment();
    }

    pub(super) fn read(&self) -> SharedStats {
        SharedStats {
            answers: self.answers.read(),
            hits: self.hits.read(),
            awaited: self.awaited.read(),
            absent: self.absent.read(),
            refused: by_refusal(&self.refused),
            written: self.written.read(),
            not_written: by_refusal(&self.not_written),
            crowded: self.crowded.read(),
            faults: self.faults.read(),
        }
    }
}
