//! The engine as JavaScript holds it.

use std::sync::Arc;

use napi::bindgen_prelude::{FnArgs, Function, Promise, PromiseRaw};
use napi::{Env, Error, Status};
use napi_derive::napi;
use pfapi_core::change::Change;
use pfapi_core::http::Conditions;
use pfapi_core::log::Record;
use pfapi_engine::{Asked, Engine, EngineError, OutboxStore};

use crate::audience::BindingAudienceLookup;
use crate::convert::{from_json, invalid};
use crate::outbox::{BindingOutbox, ScriptedOutbox};
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
    /// Opens the cache of this name, or makes it. `limits` and `log` are JSON; sizes in bytes, times in milliseconds.
    #[napi(constructor, catch_unwind)]
    pub fn new(name: String, limits: String, log: String) -> napi::Result<Self> {
        let limits = from_json("limits", &limits)?;
        let log = from_json("log", &log)?;
        let engine = Engine::open(&name, limits, log).map_err(failed)?;
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

    /// The record by which other processes learn of changes, given as JSON.
    #[napi(catch_unwind)]
    pub fn record(&self, changes: String) -> napi::Result<String> {
        let changes: Vec<Change> = from_json("changes", &changes)?;
        Ok(Record::changes(changes).encode())
    }

    /// The record that counts everything as changed.
    #[napi(catch_unwind)]
    pub fn record_of_everything(&self, why: String) -> String {
        Record::everything(&why).encode()
    }

    /// Applies a change that has been committed, or may have been: when this returns, nothing that depends on it is
    /// served any more. The promise is there when the change is on its way to other servers, and resolves when it is
    /// published, after 250 ms at the latest.
    #[napi(catch_unwind)]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        id: String,
        record: String,
    ) -> napi::Result<Option<PromiseRaw<'env, ()>>> {
        let id = id.parse().map_err(|error| invalid("id", &error))?;
        match self.engine.commit(id, Record::decode(&record)) {
            Some(publishing) => env
                .spawn_future(async move {
                    publishing.done().await;
                    Ok(())
                })
                .map(Some),
            None => Ok(None),
        }
    }

    /// A row of the outbox is about to be written that tells together what has been told one by one: to this process it is
    /// not news.
    #[napi(catch_unwind)]
    pub fn know(&self, id: String) -> napi::Result<()> {
        self.engine
            .know(id.parse().map_err(|error| invalid("id", &error))?);
        Ok(())
    }

    /// Applies changes, given as JSON, that no other process can see: those of a transaction that was rolled back.
    #[napi(catch_unwind)]
    pub fn apply(&self, changes: String) -> napi::Result<()> {
        let changes: Vec<Change> = from_json("changes", &changes)?;
        self.engine.apply(&changes);
        Ok(())
    }

    /// Counts everything as changed, in this process alone.
    #[napi(catch_unwind)]
    pub fn apply_everything(&self) {
        self.engine.apply_everything();
    }

    /// Joins those who use this cache, and starts to follow what other processes change. The functions are the way to the
    /// outbox, all taking and giving JSON; without them there is none. `redis` is JSON, where there is one. Give the
    /// number to `leave`.
    #[napi(catch_unwind)]
    pub fn join(
        &self,
        #[napi(ts_arg_type = "BindingOutbox | undefined | null")] outbox: Option<BindingOutbox<'_>>,
        redis: Option<String>,
    ) -> napi::Result<u32> {
        let redis = match redis {
            Some(redis) => Some(from_json("redis", &redis)?),
            None => None,
        };
        let store = match outbox {
            Some(outbox) => Some(Arc::new(ScriptedOutbox::new(&outbox)?) as Arc<dyn OutboxStore>),
            None => None,
        };
        self.engine.join(store, redis).map_err(failed)
    }

    /// Leaves. With the last one following ends.
    #[napi(catch_unwind)]
    pub fn leave(&self, member: u32) {
        self.engine.leave(member);
    }

    /// Whether answers from memory may be served now: no change of another process can have been missed for too long.
    #[napi(catch_unwind)]
    pub fn is_online(&self) -> bool {
        self.engine.is_online()
    }

    /// Waits until answers from memory may be served, for `limit` milliseconds at the most. `false`: not yet.
    #[napi]
    pub async fn online_within(&self, limit: u32) -> bool {
        self.engine.online_within(u64::from(limit)).await
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

fn failed(error: EngineError) -> Error {
    Error::new(Status::GenericFailure, format!("{}: {error}", error.code()))
}
