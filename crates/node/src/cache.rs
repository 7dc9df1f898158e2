//! The engine as JavaScript holds it.

use std::sync::Arc;

use napi::bindgen_prelude::{FnArgs, Function, Promise};
use napi::{Env, Error, Status};
use napi_derive::napi;
use pfapi_core::change::Change;
use pfapi_core::http::Conditions;
use pfapi_engine::{Asked, Engine};

use crate::audience::BindingAudienceLookup;
use crate::convert::{from_json, invalid};
use crate::reply::BindingReply;
use crate::source::{BindingFetched, BindingSourceHandle};

/// The arguments of a reader: method, url, and the `Authorization`, `If-None-Match` and `If-Modified-Since` headers.
type ReaderArguments = FnArgs<(
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
)>;

/// A cache with its change log, shared by all of this process who open it under one name.
#[napi(js_name = "Cache")]
pub struct BindingCache {
    engine: Arc<Engine>,
}

#[napi]
impl BindingCache {
    /// Opens the cache of this name, or makes it. `limits` is JSON; sizes in bytes, times in milliseconds.
    #[napi(constructor, catch_unwind)]
    pub fn new(name: String, limits: String) -> napi::Result<Self> {
        let limits = from_json("limits", &limits)?;
        let engine = Engine::open(&name, limits).map_err(|error| {
            Error::new(Status::GenericFailure, format!("{}: {error}", error.code()))
        })?;
        Ok(Self { engine })
    }

    /// The function to ask first: it answers a request from memory, or returns null. It takes the method, the request
    /// target and three headers, and never waits.
    ///
    /// A function and not a method: a method of a class takes a process-wide lock per call, a closure does not.
    #[napi(
        catch_unwind,
        ts_return_type = "(method: string, url: string, authorization: string | undefined, ifNoneMatch: string | undefined, ifModifiedSince: string | undefined) => BindingReply | null"
    )]
    pub fn reader<'env>(
        &self,
        env: &'env Env,
        trace: bool,
    ) -> napi::Result<Function<'env, ReaderArguments, Option<BindingReply>>> {
        let engine = Arc::clone(&self.engine);
        env.create_function_from_closure("reply", move |call| {
            let method: String = call.get(0)?;
            let url: String = call.get(1)?;
            let header = |index| call.get::<Option<String>>(index);
            let (credential, if_none_match, if_modified_since) =
                (header(2)?, header(3)?, header(4)?);
            let asked = Asked {
                method: &method,
                url: &url,
                credential: credential.as_deref(),
                conditions: Conditions {
                    if_none_match: if_none_match.as_deref(),
                    if_modified_since: if_modified_since.as_deref(),
                },
                trace,
            };
            Ok(engine.reply(&asked).map(BindingReply::from))
        })
    }

    /// Registers a Refreshable whose data JavaScript makes. `spec` is JSON: its name and the terms of its answers.
    #[napi(catch_unwind)]
    pub fn source(
        &self,
        spec: String,
        #[napi(ts_arg_type = "(params: string, audience: string) => Promise<BindingFetched>")]
        get_data: Function<'_, FnArgs<(String, String)>, Promise<BindingFetched>>,
    ) -> napi::Result<BindingSourceHandle> {
        BindingSourceHandle::register(&self.engine, &spec, &get_data)
    }

    /// Starts the look-up of an audience.
    #[napi(catch_unwind)]
    pub fn begin_audience(&self) -> BindingAudienceLookup {
        BindingAudienceLookup::begin(&self.engine)
    }

    /// Applies the changes of one settled transaction, given as JSON. When it returns, nothing that depends on them is
    /// served any more.
    #[napi(catch_unwind)]
    pub fn apply(&self, changes: String) -> napi::Result<()> {
        let changes: Vec<Change> = from_json("changes", &changes)?;
        self.engine.apply(&changes);
        Ok(())
    }

    /// Counts everything as changed.
    #[napi(catch_unwind)]
    pub fn apply_everything(&self) {
        self.engine.apply_everything();
    }

    /// Counters and sizes, as JSON.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> napi::Result<String> {
        serde_json::to_string(&self.engine.stats()).map_err(|error| invalid("stats", &error))
    }

    /// Drops all that is stored.
    #[napi(catch_unwind)]
    pub fn clear(&self) {
        self.engine.clear();
    }
}
