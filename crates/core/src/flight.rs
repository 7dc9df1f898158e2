//! Coalescing: when a reader may be answered by a fetch that somebody else started.

use crate::ledger::Tick;

/// What is known of a fetch when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Landing {
    /// The stamp taken before its first read.
    pub stamp: Tick,
    /// The position up to which nothing the answer depends on had moved when it was judged; `None` when something had,
    /// or when not all that it depends on is known.
    pub unmoved_until: Option<Tick>,
}

impl Landing {
    /// Whether a reader who arrived at `arrival` may take this answer.
    ///
    /// A reader joins a running fetch optimistically, and what was read before the reader came may be older than what
    /// that reader must see (its own write, for one). The answer serves if nothing had moved up to the reader's
    /// arrival, or if the fetch began when the reader was already there. Otherwise the reader joins one newer flight,
    /// which began after it arrived, so that nobody waits for more than two.
    ///
    /// The verdict "unmoved" is itself as old as the moment it was made: a reader who boards between that moment and
    /// the end of the flight may come after a write that the verdict does not cover.
    ///
    /// Stricter than it need be: a change that came after the arrival would be allowed, but only its newest position
    /// is remembered, not whether there was an earlier one.
    #[must_use]
    pub fn serves(self, arrival: Tick) -> bool {
        self.stamp >= arrival || self.unmoved_until.is_some_and(|until| until >= arrival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, RowChange};
    use crate::dependency::{Dependency, Mask};
    use crate::ledger::Ledger;

    fn write() -> Change {
        let row = RowChange {
            id: "1".into(),
            fields: None,
        };
        Change {
            uid: "a".into(),
            rows: Some(vec![row]),
            edges: vec![],
        }
    }

    fn land(ledger: &Ledger, stamp: Tick) -> Landing {
        let dependencies = [Dependency::list("a", Mask::NONE)];
        let unmoved = ledger.judge(&dependencies, stamp).is_ok();
        Landing {
            stamp,
            unmoved_until: unmoved.then(|| ledger.tick()),
        }
    }

    #[test]
    fn who_joins_before_a_write_and_who_joins_after() {
        let mut ledger = Ledger::default();
        let before = ledger.tick();
        let stamp = ledger.begin();
        ledger.apply(&[write()]);
        let after = ledger.tick();
        let landing = land(&ledger, stamp);
        assert!(landing.serves(before), "was there when the fetch began");
        assert!(
            !landing.serves(after),
            "must see the write, which the fetch may have missed"
        );
    }

    #[test]
    fn an_unmoved_answer_serves_everyone() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        ledger.apply(&[Change {
            uid: "b".into(),
            ..write()
        }]);
        assert!(land(&ledger, stamp).serves(ledger.tick()));
    }

    #[test]
    fn who_boards_after_the_verdict_and_after_a_write_is_not_served() {
        let mut ledger = Ledger::default();
        let stamp = ledger.begin();
        let landing = land(&ledger, stamp);
        ledger.apply(&[write()]);
        assert!(!landing.serves(ledger.tick()));
    }

    #[test]
    fn the_second_flight_always_serves() {
        let mut ledger = Ledger::default();
        let old = ledger.begin();
        ledger.apply(&[write()]);
        let arrival = ledger.tick();
        assert!(!land(&ledger, old).serves(arrival));
        let young = ledger.begin();
        ledger.apply(&[write()]);
        assert!(land(&ledger, young).serves(arrival));
    }
}
