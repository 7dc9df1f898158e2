//! The look-up of an audience, from its stamp to its end.

use std::sync::Arc;

use napi_derive::napi;
use pfapi_core::ledger::Tick;
use pfapi_engine::{Audience, AudienceLookup, Engine};

use crate::convert::{BindingObserved, from_json};

/// A look-up under way: made before Strapi is asked who the caller is.
#[napi(js_name = "AudienceLookup")]
pub struct BindingAudienceLookup {
    engine: Arc<Engine>,
    stamp: Option<Tick>,
}

impl BindingAudienceLookup {
    pub(crate) fn begin(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            stamp: Some(engine.begin_audience()),
        }
    }
}

#[napi]
impl BindingAudienceLookup {
    /// Ends the look-up: for `lifetime` milliseconds at the most, requests with this `Authorization` header are of this
    /// audience. `observed` is JSON: what the look-up read.
    #[napi(catch_unwind)]
    pub fn remember(
        &mut self,
        credential: Option<String>,
        name: String,
        is_public: bool,
        observed: String,
        lifetime: f64,
    ) -> napi::Result<()> {
        let observed = from_json::<BindingObserved>("observed", &observed)?.into();
        if let Some(stamp) = self.stamp.take() {
            let audience = Audience {
                name: name.into(),
                is_public,
            };
            // Milliseconds from JavaScript: whole, and never negative.
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float saturates"
            )]
            let lifetime = lifetime as u64;
            let lookup = AudienceLookup {
                stamp,
                observed,
                lifetime,
            };
            self.engine
                .remember_audience(credential.as_deref(), audience, lookup);
        }
        Ok(())
    }

    /// Ends the look-up without a result.
    #[napi(catch_unwind)]
    pub fn give_up(&mut self) {
        if let Some(stamp) = self.stamp.take() {
            self.engine.give_up_audience(stamp);
        }
    }
}

impl Drop for BindingAudienceLookup {
    fn drop(&mut self) {
        self.give_up();
    }
}
