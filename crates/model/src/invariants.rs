//! What must be true wherever a read answers.

use crate::scenario::Scenario;
use crate::state::State;

/// The first thing that is wrong in a state.
#[must_use]
pub fn violated(scenario: &Scenario, state: &State) -> Option<&'static str> {
    state.wrong.or_else(|| {
        let servers = 0..state.servers.len();
        servers
            .into_iter()
            .find_map(|s| wrong_at(scenario, state, s))
    })
}

fn wrong_at(scenario: &Scenario, state: &State, s: usize) -> Option<&'static str> {
    let (server, database) = (&state.servers[s], &state.database);
    let rules = scenario.rules();
    let online = server.online(rules, state.now);
    for cached in server.cached.iter().filter(|cached| cached.live) {
        if cached.value > database.values[cached.key] {
            return Some("a value shows that was never committed");
        }
        if cached.value < server.seen[cached.key] {
            return Some("a local entry is older than a change that was applied here");
        }
        if online && cached.value < server.acknowledged[cached.key] {
            return Some("a local entry is older than what was acknowledged here");
        }
        if online && cached.value < database.oldest_allowed(cached.key, state.now) {
            return Some("a local entry is served that is older than the limit allows");
        }
    }
    if !scenario.redis {
        return None;
    }
    for stored in &state.redis.values {
        let ours = stored.build == server.build;
        if !ours || !server.believes(rules, stored.key, stored.stamp) {
            continue;
        }
        if stored.value < server.seen[stored.key] {
            return Some("a value of Redis is believed that is older than a change applied here");
        }
        if online && stored.value < server.acknowledged[stored.key] {
            return Some(
                "a value of Redis is served that is older than what was acknowledged here",
            );
        }
        if online && stored.value < database.oldest_allowed(stored.key, state.now) {
            return Some("a value of Redis is served that is older than the limit allows");
        }
    }
    None
}
