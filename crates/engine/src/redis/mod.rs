//! Redis: the tier that servers share, and the log that tells them what changed.
//!
//! Three connections, so that a large value does not hold up the log and a read that waits holds up nobody: one for
//! values, one for the commands of the log, one for following it. None is made before it is needed, each is replaced
//! when it breaks, for ever; a process starts and serves without Redis. Each call has a time limit. Calls about values
//! and the log go through one circuit breaker.
//!
//! A call whose time limit has passed may still be carried out. Nothing here minds: a change is appended once whatever
//! happens, an epoch is started only in place of the one that was seen, and a value says itself how old it is.

mod breaker;
mod connection;
mod counters;
mod endpoint;
mod entry;
mod fault;
mod lane;
mod log;
mod options;
mod scripts;
mod tail;
mod values;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;

pub(crate) use breaker::BreakerState;
pub(crate) use counters::RedisCounters;
pub use fault::Fault;
pub(crate) use log::{Beaten, Published};
pub use options::{RedisOptions, TlsOptions};
pub(crate) use tail::{Beat, BeatPosition};

use crate::clock::Clock;
use crate::metrics::Counter;
use breaker::Breaker;
use connection::Connection;
use endpoint::Endpoint;
use lane::Lane;
use scripts::Scripts;
use tail::Tail;

/// One Redis: a server or a cluster.
///
/// Its methods are to be awaited on tasks of the runtime it was opened with. All may be given up at any time by
/// dropping their future.
pub(crate) struct Redis {
    options: RedisOptions,
    values: Lane,
    commands: Lane,
    tail: Tail,
    breaker: Arc<Breaker>,
    counters: Arc<RedisCounters>,
    scripts: Scripts,
}

impl Redis {
    /// Checks the options. Does not connect: that is done when something is asked.
    ///
    /// # Errors
    /// [`Fault::Options`], which names the value and what is allowed.
    pub(crate) fn open(
        options: RedisOptions,
        runtime: &'static Runtime,
    ) -> Result<Arc<Self>, Fault> {
        // A cluster's client notices a node that does not answer after the calls have given up waiting for it.
        let shared = Endpoint::new(&options, options.answering() * 2)?;
        let waiting = Endpoint::new(&options, tail::LONGEST_BLOCK + options.answering() * 2)?;
        let counters = Arc::<RedisCounters>::default();
        let breaker = Arc::new(Breaker::new(Arc::clone(&counters)));
        Ok(Arc::new(Self {
            values: Lane::new(shared.clone(), Arc::clone(&breaker), runtime),
            commands: Lane::new(shared, Arc::clone(&breaker), runtime),
            tail: Tail::new(waiting),
            breaker,
            counters,
            scripts: Scripts::default(),
            options,
        }))
    }

    /// Whether calls go through now.
    pub(crate) fn state(&self) -> BreakerState {
        self.breaker.state()
    }

    /// What was counted since the start.
    pub(crate) fn counters(&self) -> &RedisCounters {
        &self.counters
    }

    /// Makes one call: `ask` is given a connection, and must end within `limit` of now, connecting included.
    async fn call<T, F>(
        &self,
        lane: &Lane,
        counter: &Counter,
        limit: Duration,
        ask: impl Fn(Connection) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let outcome = self.admitted(lane, counter, limit, ask).await;
        if let Err(fault) = &outcome {
            self.counters.fault(fault);
        }
        outcome
    }

    async fn admitted<T, F>(
        &self,
        lane: &Lane,
        counter: &Counter,
        limit: Duration,
        ask: impl Fn(Connection) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let now = || Clock::System.now().monotonic;
        let pass = self.breaker.admit(now).ok_or(Fault::Open)?;
        let mut asked = false;
        let asking = async {
            loop {
                let link = lane.link();
                let stood = link.stands();
                asked = false;
                let connection = link.connection().await?;
                asked = true;
                counter.increment();
                let outcome = ask(connection).await;
                if !matches!(outcome, Err(Fault::Connection(_))) {
                    return outcome;
                }
                lane.lose(&link);
                // A connection may have been closed while nobody used it; one made just now was not.
                if !stood {
                    return outcome;
                }
            }
        };
        let outcome = timeout(limit, asking).await.unwrap_or(Err(Fault::Timeout));
        match &outcome {
            Ok(_) | Err(Fault::Answer(_) | Fault::Damaged(_)) => pass.succeeded(),
            // Connecting is judged by whoever does it, and goes on. But a trial that had to wait for it has failed, or the
            // next call would wait as well.
            Err(_) if !asked && !pass.is_trial() => drop(pass),
            Err(_) => {
                if pass.failed(now()) {
                    self.values.reset();
                    self.commands.reset();
                }
            }
        }
        outcome
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("options", &self.options)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
