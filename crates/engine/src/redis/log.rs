//! The log: a stream, its epoch, the heartbeats that prove it alive, and a key for each change published lately. All
//! are in one slot of a cluster, so that one script sees them at one moment.

use std::time::Duration;

use pfapi_core::log::{ChangeId, Epoch, LogEnds, LogEntry, Position, Record};
use redis::Value;
use redis::streams::StreamRangeReply;

use super::Redis;
use super::connection::{Connection, Script};
use super::entry::{as_text, log_entry, position};
use super::fault::Fault;

/// Milliseconds for which a published change is recognised when it is published again.
const ID_LIFE: u64 = 600_000;
/// Heartbeats that are retained.
const BEATS: u64 = 64;
/// Changes that are looked for in one round trip.
const HOLDS_AT_ONCE: usize = 500;

/// What publishing a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// It is the newest entry, here.
    At(Position),
    /// It had been published to this log before, here.
    Already(Position),
    /// The log is not the one that was meant: nothing was published. `None`: there is none.
    OtherEpoch(Option<Epoch>),
}

/// What a heartbeat came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beaten {
    /// It was sent.
    Sent,
    /// The log is not the one that was meant: nothing was sent. `None`: there is none.
    OtherEpoch(Option<Epoch>),
    /// The log does not hold what the sender has followed last: it was trimmed, or went back in time. Nothing was sent.
    Lost,
}

impl Redis {
    /// Appends a change to the log, if it is of this epoch. Publishing a change again is harmless for ten minutes, and
    /// after that appends a second entry of the same change.
    ///
    /// # Errors
    /// When Redis cannot be asked or refuses. The change may have been published: publish it again.
    pub(crate) async fn publish(
        &self,
        epoch: Epoch,
        id: ChangeId,
        record: &str,
    ) -> Result<Published, Fault> {
        let keys = vec![self.log_name(), self.epoch_name(), self.id_name(id)];
        let arguments = vec![
            epoch.to_string(),
            id.to_string(),
            record.to_owned(),
            self.options.log_length.to_string(),
            ID_LIFE.to_string(),
        ];
        let answer = self.run(&self.scripts.publish, keys, arguments).await?;
        let (word, text) = pair(&answer)?;
        match word {
            "at" => Ok(Published::At(position(text)?)),
            "already" => Ok(Published::Already(position(text)?)),
            "other" => Ok(Published::OtherEpoch(epoch_of(text)?)),
            _ => Err(Fault::unexpected(&answer)),
        }
    }

    /// Sends a heartbeat of `server` through the log's neighbour, if the log is of this epoch and holds what the sender has
    /// followed last. `sent`: the sender's own time, which comes back with it.
    ///
    /// # Errors
    /// When Redis cannot be asked or refuses.
    pub(crate) async fn beat(
        &self,
        epoch: Epoch,
        server: u64,
        sent: u64,
        followed: Option<Position>,
    ) -> Result<Beaten, Fault> {
        let keys = vec![self.log_name(), self.epoch_name(), self.beat_name()];
        let arguments = vec![
            epoch.to_string(),
            server.to_string(),
            sent.to_string(),
            BEATS.to_string(),
            followed.map_or(String::new(), |position| position.to_string()),
        ];
        let answer = self.run(&self.scripts.beat, keys, arguments).await?;
        match pair(&answer)? {
            ("at", _) => Ok(Beaten::Sent),
            ("other", text) => Ok(Beaten::OtherEpoch(epoch_of(text)?)),
            ("lost", _) => Ok(Beaten::Lost),
            _ => Err(Fault::unexpected(&answer)),
        }
    }

    /// Looks at the log, and whether it retains two entries: the one followed last, and the one whose outbox row was
    /// removed last.
    ///
    /// # Errors
    /// When Redis cannot be asked, or the epoch cannot be read.
    pub(crate) async fn ends(
        &self,
        followed: Option<Position>,
        removed: Option<Position>,
    ) -> Result<LogEnds, Fault> {
        let keys = vec![self.log_name(), self.epoch_name()];
        let text = |position: Option<Position>| position.map_or(String::new(), |p| p.to_string());
        let arguments = vec![text(followed), text(removed)];
        let answer = self.run(&self.scripts.ends, keys, arguments).await?;
        let Value::Array(parts) = &answer else {
            return Err(Fault::unexpected(&answer));
        };
        let [
            epoch,
            first,
            last,
            Value::Int(has_followed),
            Value::Int(has_removed),
        ] = &parts[..]
        else {
            return Err(Fault::unexpected(&answer));
        };
        let end = |value| match as_text(value) {
            Some("") => Ok(None),
            Some(text) => position(text).map(Some),
            None => Err(Fault::unexpected(value)),
        };
        Ok(LogEnds {
            epoch: epoch_of(as_text(epoch).ok_or_else(|| Fault::unexpected(epoch))?)?,
            first: end(first)?,
            last: end(last)?,
            has_followed: *has_followed > 0,
            has_removed: *has_removed > 0,
        })
    }

    /// Begins a new log in place of the one that was `observed` (`None`: that there was none). `false`: another server
    /// was faster. The positions of the new log, and of its heartbeats, may lie before those of the old one.
    ///
    /// # Errors
    /// When Redis cannot be asked or refuses. The epoch may have been started: look again.
    pub(crate) async fn start_epoch(
        &self,
        observed: Option<Epoch>,
        epoch: Epoch,
    ) -> Result<bool, Fault> {
        let keys = vec![self.log_name(), self.beat_name(), self.epoch_name()];
        let arguments = vec![
            observed.map_or(String::new(), |epoch| epoch.to_string()),
            epoch.to_string(),
            ChangeId(rand::random()).to_string(),
            Record::everything("new epoch").encode(),
        ];
        match self.run(&self.scripts.start_epoch, keys, arguments).await? {
            Value::Int(started) => Ok(started == 1),
            other => Err(Fault::unexpected(&other)),
        }
    }

    /// Reads up to `count` entries after a position, or from the oldest on. Fewer: there are no more. May take a
    /// millisecond an entry longer than other calls.
    ///
    /// # Errors
    /// When Redis cannot be asked, or an entry does not say where it belongs.
    pub(crate) async fn replay(
        &self,
        after: Option<Position>,
        count: usize,
    ) -> Result<Vec<LogEntry>, Fault> {
        let mut command = redis::cmd("XRANGE");
        command
            .arg(self.log_name())
            .arg(after.map_or("-".to_owned(), |position| format!("({position}")))
            .arg("+")
            .arg("COUNT")
            .arg(count);
        let command = &command;
        let ask = |mut connection: Connection| async move {
            let reply: StreamRangeReply = command.query_async(&mut connection).await?;
            reply.ids.iter().map(log_entry).collect()
        };
        let limit = self.options.answering() + Duration::from_millis(count as u64);
        self.call(&self.commands, &self.counters.commands, limit, ask)
            .await
    }

    /// Where these changes are in the log of this epoch, of those that it holds at this moment. A change published more
    /// than ten minutes ago is not found.
    ///
    /// # Errors
    /// When Redis cannot be asked.
    pub(crate) async fn holds(
        &self,
        epoch: Epoch,
        ids: &[ChangeId],
    ) -> Result<Vec<Option<Position>>, Fault> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(HOLDS_AT_ONCE) {
            let mut keys = vec![self.log_name(), self.epoch_name()];
            keys.extend(ids.iter().map(|id| self.id_name(*id)));
            let mut arguments = vec![epoch.to_string()];
            arguments.extend(ids.iter().map(ChangeId::to_string));
            let answer = self.run(&self.scripts.holds, keys, arguments).await?;
            let Value::Array(parts) = &answer else {
                return Err(Fault::unexpected(&answer));
            };
            if parts.len() != ids.len() {
                return Err(Fault::unexpected(&answer));
            }
            for part in parts {
                found.push(match as_text(part) {
                    Some("") => None,
                    Some(text) => Some(position(text)?),
                    None => return Err(Fault::unexpected(part)),
                });
            }
        }
        Ok(found)
    }

    async fn run(
        &self,
        script: &Script,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<Value, Fault> {
        let (keys, arguments) = (&keys, &arguments);
        let ask = |mut connection: Connection| async move {
            Ok(script.run(&mut connection, keys, arguments).await?)
        };
        let limit = self.options.answering();
        self.call(&self.commands, &self.counters.commands, limit, ask)
            .await
    }

    pub(super) fn log_name(&self) -> String {
        self.tagged("log")
    }

    pub(super) fn beat_name(&self) -> String {
        self.tagged("beat")
    }

    fn epoch_name(&self) -> String {
        self.tagged("epoch")
    }

    fn id_name(&self, id: ChangeId) -> String {
        self.tagged(&format!("id:{id}"))
    }

    /// A key in the slot of the namespace.
    fn tagged(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.options.namespace)
    }
}

/// A script's answer of two texts.
fn pair(answer: &Value) -> Result<(&str, &str), Fault> {
    let Value::Array(parts) = answer else {
        return Err(Fault::unexpected(answer));
    };
    let [word, text] = &parts[..] else {
        return Err(Fault::unexpected(answer));
    };
    as_text(word)
        .zip(as_text(text))
        .ok_or_else(|| Fault::unexpected(answer))
}

/// An epoch, or an empty text for none.
fn epoch_of(text: &str) -> Result<Option<Epoch>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error| Fault::Answer(format!("{error}")))
}
