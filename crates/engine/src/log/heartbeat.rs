//! One heartbeat per second. That it comes back through the log is the sign that the log is being followed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::engine::Engine;
use crate::redis::{Beaten, Redis};

/// Between two heartbeats, in milliseconds.
pub(super) const INTERVAL: u64 = 1000;

pub(super) async fn run(engine: Weak<Engine>, redis: Arc<Redis>) {
    let mut next = tokio::time::interval(Duration::from_millis(INTERVAL));
    next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        next.tick().await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        if !engine.log.is_online(engine.clock.now().monotonic) {
            engine.metrics.log.offline_ms.add(INTERVAL);
        }
        engine.beat(&redis).await;
    }
}

impl Engine {
    /// Sends one, and starts to publish what is still to be published.
    pub(super) async fn beat(self: &Arc<Self>, redis: &Arc<Redis>) {
        let now = self.clock.now().monotonic;
        let Some(stamp) = self.book.mirror(|mirror| mirror.stamp()) else {
            return;
        };
        let beaten = redis
            .beat(stamp.epoch, self.log.server, now, Some(stamp.position))
            .await;
        match beaten {
            Ok(Beaten::Sent) => self.sweep(redis),
            Ok(Beaten::OtherEpoch(_) | Beaten::Lost) => self.log.resume_soon(),
            Err(_) => {}
        }
    }
}
