//! The scripts, each of which does in one step what other servers must not come between.

use super::connection::Script;

#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) publish: Script,
    pub(super) beat: Script,
    pub(super) ends: Script,
    pub(super) start_epoch: Script,
    pub(super) holds: Script,
    pub(super) release: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            publish: Script::new(include_str!("scripts/publish.lua")),
            beat: Script::new(include_str!("scripts/beat.lua")),
            ends: Script::new(include_str!("scripts/ends.lua")),
            start_epoch: Script::new(include_str!("scripts/start_epoch.lua")),
            holds: Script::new(include_str!("scripts/holds.lua")),
            release: Script::new(include_str!("scripts/release.lua")),
        }
    }
}
