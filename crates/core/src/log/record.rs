//! What one change says to other servers, in a form that older and newer versions can read.

use serde::{Deserialize, Serialize};

use crate::change::Change;

/// The version written into every record.
pub const RECORD_VERSION: u32 = 1;

/// A longer record is made coarser until it fits: the log's memory must not depend on what users write.
pub const MAX_RECORD_BYTES: usize = 16 * 1024;

/// One change as it travels: JSON, `{"v":1,"changes":[…]}` or `{"v":1,"everything":"why"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// What changed.
    pub kind: Kind,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What one settled transaction changed, by content type.
    Changes(Vec<Change>),
    /// Anything may have changed; the text says why, for logs and metrics.
    Everything(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    everything: Option<String>,
}

impl Record {
    /// A record of changes.
    #[must_use]
    pub fn changes(changes: Vec<Change>) -> Self {
        Self {
            kind: Kind::Changes(changes),
        }
    }

    /// A record that counts everything as changed.
    #[must_use]
    pub fn everything(why: &str) -> Self {
        Self {
            kind: Kind::Everything(why.to_owned()),
        }
    }

    /// The record as text of at most [`MAX_RECORD_BYTES`]. What does not fit loses its rows, the type with the most
    /// first: it then counts as changed whole.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut wire = match &self.kind {
            Kind::Changes(changes) => Wire {
                v: RECORD_VERSION,
                changes: Some(changes.clone()),
                everything: None,
            },
            Kind::Everything(why) => Self::wire_of_everything(why.chars().take(200).collect()),
        };
        loop {
            let text = serde_json::to_string(&wire).unwrap_or_default();
            if !text.is_empty() && text.len() <= MAX_RECORD_BYTES {
                return text;
            }
            let largest = wire
                .changes
                .iter_mut()
                .flatten()
                .filter(|change| change.rows.is_some())
                .max_by_key(|change| change.rows.as_ref().map_or(0, Vec::len));
            match largest {
                Some(change) => change.rows = None,
                None => wire = Self::wire_of_everything("too many types in one change".to_owned()),
            }
        }
    }

    fn wire_of_everything(why: String) -> Wire {
        Wire {
            v: RECORD_VERSION,
            changes: None,
            everything: Some(why),
        }
    }

    /// Reads a record. One of an unknown version, or that cannot be read, counts as everything: whatever it says, its
    /// change is not overlooked.
    #[must_use]
    pub fn decode(text: &str) -> Self {
        match serde_json::from_str::<Wire>(text) {
            Ok(Wire { v, .. }) if v != RECORD_VERSION => {
                Self::everything(&format!("a record of version {v}"))
            }
            Ok(Wire {
                changes: Some(changes),
                everything: None,
                ..
            }) => Self::changes(changes),
            Ok(Wire {
                changes: None,
                everything: Some(why),
                ..
            }) => Self::everything(&why),
            Ok(_) | Err(_) => Self::everything("a record that cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::RowChange;

    fn change(uid: &str, rows: usize) -> Change {
        let row = |i| RowChange {
            id: format!("document-{i}"),
            fields: Some(vec!["title".into()]),
        };
        Change {
            uid: uid.into(),
            rows: Some((0..rows).map(row).collect()),
            edges: vec!["b".into()],
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        for record in [
            Record::changes(vec![change("a", 2), change("b", 0)]),
            Record::everything("schema"),
        ] {
            assert_eq!(Record::decode(&record.encode()), record);
        }
    }

    #[test]
    fn a_record_that_does_not_fit_becomes_coarser() {
        let record = Record::changes(vec![change("a", 1000), change("b", 1)]);
        let text = record.encode();
        assert!(text.len() <= MAX_RECORD_BYTES);
        let Kind::Changes(changes) = Record::decode(&text).kind else {
            panic!("{text}");
        };
        assert_eq!(changes[0].rows, None);
        assert_eq!(changes[0].edges, ["b"]);
        assert_eq!(changes[1], change("b", 1));

        let types = (0..2000).map(|i| change(&format!("type-{i}"), 1)).collect();
        let text = Record::changes(types).encode();
        assert!(matches!(Record::decode(&text).kind, Kind::Everything(_)));
    }

    #[test]
    fn what_cannot_be_read_counts_as_everything() {
        for text in [
            "",
            "{}",
            "not json",
            r#"{"v":2,"changes":[]}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"changes":[],"more":1}"#,
            r#"{"v":1,"changes":[{"uid":"a","rows":null,"new":1}]}"#,
            r#"{"v":1,"changes":[],"everything":"why"}"#,
        ] {
            let decoded = Record::decode(text);
            assert!(matches!(decoded.kind, Kind::Everything(_)), "{text}");
        }
    }
}
