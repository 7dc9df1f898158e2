//! A connection that is made when it is first needed, shared by all calls of one kind, and replaced when it breaks.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::breaker::Breaker;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::fault::Fault;
use crate::clock::Clock;

/// How connecting ended; `None` while it goes on.
type Outcome = Option<Result<Connection, Fault>>;

/// One connection, or the attempt to make it.
pub(super) struct Link(watch::Receiver<Outcome>);

impl Link {
    /// The connection, once it stands. Connecting goes on when the caller stops waiting.
    pub(super) async fn connection(&self) -> Result<Connection, Fault> {
        let mut outcome = self.0.clone();
        match outcome.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            _ => Err(Fault::Connection("connecting was given up".to_owned())),
        }
    }

    fn has_failed(&self) -> bool {
        matches!(&*self.0.borrow(), Some(Err(_))) || self.0.has_changed().is_err() && !self.stands()
    }

    /// Whether it stands now, as far as anyone has noticed.
    pub(super) fn stands(&self) -> bool {
        matches!(&*self.0.borrow(), Some(Ok(_)))
    }
}

/// The connection for one kind of calls.
pub(super) struct Lane {
    endpoint: Endpoint,
    breaker: Arc<Breaker>,
    runtime: &'static Runtime,
    link: Mutex<Option<Arc<Link>>>,
}

impl Lane {
    pub(super) fn new(
        endpoint: Endpoint,
        breaker: Arc<Breaker>,
        runtime: &'static Runtime,
    ) -> Self {
        Self {
            endpoint,
            breaker,
            runtime,
            link: Mutex::default(),
        }
    }

    /// The present connection. If there is none, or making it failed, a new one is begun: how often is up to the
    /// breaker, which lets calls through less and less often.
    pub(super) fn link(&self) -> Arc<Link> {
        let mut link = self.link.lock();
        if let Some(link) = &*link
            && !link.has_failed()
        {
            return Arc::clone(link);
        }
        let (tell, outcome) = watch::channel(None);
        let endpoint = self.endpoint.clone();
        let breaker = Arc::clone(&self.breaker);
        self.runtime.spawn(async move {
            let outcome = endpoint.connect().await;
            // Counted once here, and not by each of the calls that wait for it.
            if let Err(fault) = &outcome {
                let now = Clock::System.now().monotonic;
                breaker.connecting_failed(*fault == Fault::Timeout, now);
            }
            tell.send_replace(Some(outcome));
        });
        Arc::clone(link.insert(Arc::new(Link(outcome))))
    }

    /// Gives up a connection that broke, unless it has been replaced already.
    pub(super) fn lose(&self, broken: &Arc<Link>) {
        let mut link = self.link.lock();
        if link.as_ref().is_some_and(|link| Arc::ptr_eq(link, broken)) {
            *link = None;
        }
    }

    /// Gives up the present connection: on one whose peer went away without a word, nothing ever comes.
    pub(super) fn reset(&self) {
        let mut link = self.link.lock();
        if link.as_ref().is_some_and(|link| link.stands()) {
            *link = None;
        }
    }
}
