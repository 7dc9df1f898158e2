//! Following the log: reads that wait for what comes next, on a connection of their own.

use std::time::Duration;

use pfapi_core::log::{LogEntry, Position};
use redis::Value;
use redis::streams::{StreamId, StreamReadReply};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::Redis;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::entry::{field, log_entry, position};
use super::fault::Fault;

/// The longest that a read waits.
pub(super) const LONGEST_BLOCK: Duration = Duration::from_secs(30);
/// Entries of each stream that one read brings.
const COUNT: usize = 256;
/// Milliseconds before connecting again after a second fault; doubled with each more.
const FIRST_BACKOFF: u64 = 50;
/// Milliseconds that this grows to.
const LONGEST_BACKOFF: u64 = 5_000;

/// A position in the stream of heartbeats. The default is before all: use it whenever the log's epoch has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BeatPosition(pub(crate) Position);

/// One heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Beat {
    /// Who sent it.
    pub(crate) server: u64,
    /// When, on its sender's clock.
    pub(crate) sent: u64,
}

/// What one read brought. Both streams are seen at one moment: if the log is drained, the heartbeats prove that all is
/// followed that the log held when they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The next entries of the log.
    pub(crate) entries: Vec<LogEntry>,
    /// Whether these are all that there were.
    pub(crate) drained: bool,
    /// The heartbeats, those of other servers among them.
    pub(crate) beats: Vec<Beat>,
    /// Up to where heartbeats have been read.
    pub(crate) beat_at: BeatPosition,
}

/// The connection for reads that wait.
pub(super) struct Tail {
    endpoint: Endpoint,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    /// Taken out while a read waits: one that is given up takes the connection along, and Redis forgets it. The next
    /// would else have to wait behind it.
    connection: Option<Connection>,
    /// Consecutive.
    faults: u32,
}

impl Tail {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            line: Mutex::default(),
        }
    }
}

impl Redis {
    /// Waits up to `block_ms` milliseconds, and at most 30 s, for what comes after these positions in the log or among
    /// the heartbeats. Meant for one loop: a second read waits for the first.
    ///
    /// After a fault the next read first waits, longer each time, up to 5 s.
    ///
    /// # Errors
    /// When Redis cannot be asked, or an entry does not say where it belongs. The circuit breaker has no part in this.
    pub(crate) async fn read(
        &self,
        log_after: Position,
        beat_after: BeatPosition,
        block_ms: u64,
    ) -> Result<Batch, Fault> {
        let mut line = self.tail.line.lock().await;
        if line.faults > 1 {
            sleep(backoff(line.faults)).await;
        }
        let outcome = self
            .read_on(&mut line, log_after, beat_after, block_ms)
            .await;
        match &outcome {
            Ok(_) => line.faults = 0,
            Err(fault) => {
                line.faults = line.faults.saturating_add(1);
                self.counters.fault(fault);
            }
        }
        outcome
    }

    async fn read_on(
        &self,
        line: &mut Line,
        log_after: Position,
        beat_after: BeatPosition,
        block_ms: u64,
    ) -> Result<Batch, Fault> {
        let mut connection = match line.connection.take() {
            Some(connection) => connection,
            None => self.tail.endpoint.connect().await?,
        };
        // To wait for 0 is to wait for ever.
        let block = Duration::from_millis(block_ms.max(1)).min(LONGEST_BLOCK);
        let mut command = redis::cmd("XREAD");
        command
            .arg("COUNT")
            .arg(COUNT)
            .arg("BLOCK")
            .arg(block.as_millis() as u64)
            .arg("STREAMS")
            .arg(self.log_name())
            .arg(self.beat_name())
            .arg(log_after.to_string())
            .arg(beat_after.0.to_string());
        self.counters.reads.increment();
        let limit = block + self.options.answering();
        let reply: Option<StreamReadReply> = timeout(limit, command.query_async(&mut connection))
            .await
            .map_err(|_| Fault::Timeout)??;
        let batch = self.batch(reply, beat_after)?;
        line.connection = Some(connection);
        Ok(batch)
    }

    fn batch(
        &self,
        reply: Option<StreamReadReply>,
        beat_after: BeatPosition,
    ) -> Result<Batch, Fault> {
        let mut batch = Batch {
            entries: Vec::new(),
            drained: true,
            beats: Vec::new(),
            beat_at: beat_after,
        };
        let (log, beat) = (self.log_name(), self.beat_name());
        for stream in reply.map(|reply| reply.keys).unwrap_or_default() {
            if stream.key == log {
                batch.drained = stream.ids.len() < COUNT;
                batch.entries = stream.ids.iter().map(log_entry).collect::<Result<_, _>>()?;
            } else if stream.key == beat {
                for entry in &stream.ids {
                    batch.beat_at = BeatPosition(position(&entry.id)?);
                    batch.beats.extend(read_beat(entry));
                }
            } else {
                return Err(Fault::unexpected(&Value::SimpleString(stream.key)));
            }
        }
        Ok(batch)
    }
}

/// A heartbeat that cannot be read proves nothing, and does no harm.
fn read_beat(entry: &StreamId) -> Option<Beat> {
    Some(Beat {
        server: field(entry, "server").ok()?,
        sent: field(entry, "sent").ok()?,
    })
}

fn backoff(faults: u32) -> Duration {
    let doublings = faults.saturating_sub(2).min(16);
    let pause = (FIRST_BACKOFF << doublings).min(LONGEST_BACKOFF);
    Duration::from_millis(pause * 3 / 4 + rand::random_range(0..=pause / 2))
}
