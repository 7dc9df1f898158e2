//! The state of the log, for people and their monitoring.

use crate::engine::Engine;
use crate::metrics::LogStats;

impl Engine {
    /// Reads the counters of the log, and where it stands.
    pub(crate) fn log_stats(&self) -> LogStats {
        let now = self.clock.now().monotonic;
        let (stamp, (mirror_bytes, pending)) =
            self.book.mirror(|mirror| (mirror.stamp(), mirror.sizes()));
        let redis = self.log.redis();
        let faults = self.log.faults.lock();
        LogStats {
            redis_fault: faults.redis.clone(),
            outbox_fault: faults.outbox.clone(),
            online: self.log.is_online(now),
            proof_age_ms: self.log.proof.lock().at().map(|at| now.saturating_sub(at)),
            epoch: stamp.map(|stamp| stamp.epoch.to_string()),
            position: stamp.map(|stamp| stamp.position.to_string()),
            pending: pending as u64,
            mirror_bytes: mirror_bytes as u64,
            outbox_depth: self.log.sightings.lock().depth() as u64,
            breaker: redis.map(|redis| redis.state().as_str()),
            redis: redis.map(|redis| redis.counters().read()),
            ..self.metrics.log.read()
        }
    }
}
