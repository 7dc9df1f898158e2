//! A Refreshable whose data is made in JavaScript.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::{FnArgs, Function, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use napi_derive::napi;
use pfapi_core::http::{Conditions, Method};
use pfapi_core::query;
use pfapi_core::refreshable::{Failure, Fetched, Fetching, Refreshable, Request};
use pfapi_engine::{Asked, Audience, Engine, Params, Registered};
use serde_json::Value;

use crate::boundary::Payload;
use crate::convert::{BindingObserved, BindingSource, from_json};
use crate::reply::{BindingReply, BindingValue};

/// What JavaScript's `getData` is called with: the params as JSON, as they were asked, and the audience's name.
type Arguments = FnArgs<(String, String)>;

/// JavaScript's `getData`. Weak: a fetch does not keep a process alive that wants to end. `call_async_catch` is the one
/// way to call it that survives a callback which throws.
type GetData =
    ThreadsafeFunction<Arguments, Promise<BindingFetched>, Arguments, Status, false, true>;

/// What `getData` gives back.
#[napi(object, object_to_js = false)]
pub struct BindingFetched {
    /// The answer's bytes; empty with a failure.
    #[napi(ts_type = "Buffer | string")]
    pub body: Payload,
    /// Their media type.
    pub content_type: String,
    /// JSON: what the fetch read.
    pub observed: String,
    /// Milliseconds the source says the answer is good for.
    pub ttl: Option<f64>,
    /// The failure, described for those who asked.
    pub failure: Option<String>,
}

struct Scripted {
    name: String,
    canonical_query: bool,
    get_data: GetData,
}

impl Refreshable for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn reduce(&self, params: Value) -> Value {
        if self.canonical_query {
            query::canonical(&params).into_owned()
        } else {
            params
        }
    }

    fn get_data<'a>(&'a self, request: &'a Request) -> Fetching<'a> {
        Box::pin(async move {
            let arguments = (request.spelling.clone(), request.audience.clone());
            let called = self.get_data.call_async_catch(arguments.into()).await;
            let fetched = match called {
                Ok(promise) => promise.await,
                Err(error) => Err(error),
            };
            convert(fetched.map_err(|error| Failure::Lost(error.to_string()))?)
        })
    }
}

fn convert(fetched: BindingFetched) -> Result<Fetched, Failure> {
    if let Some(failure) = fetched.failure {
        return Err(Failure::Source(failure));
    }
    let observed: BindingObserved = serde_json::from_str(&fetched.observed)
        .map_err(|error| Failure::Lost(error.to_string()))?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float saturates"
    )]
    let ttl = fetched.ttl.map(|milliseconds| milliseconds as u64);
    Ok(Fetched {
        body: fetched.body.0,
        content_type: fetched.content_type,
        observed: observed.into(),
        ttl,
    })
}

/// The parts of a request that decide the response.
#[napi(object, object_to_js = false)]
pub struct BindingAsked {
    /// The method, as sent.
    pub method: String,
    /// The request target as sent: path and query.
    pub url: String,
    /// The `If-None-Match` header.
    pub if_none_match: Option<String>,
    /// The `If-Modified-Since` header.
    pub if_modified_since: Option<String>,
    /// Whether the response carries `X-Pfapi-Cache`.
    pub trace: bool,
}

/// A Refreshable, registered with its engine.
#[napi(js_name = "Source")]
pub struct BindingSourceHandle {
    canonical_query: bool,
    engine: Arc<Engine>,
    registered: Arc<Registered>,
}

impl BindingSourceHandle {
    pub(crate) fn register(
        engine: &Arc<Engine>,
        spec: &str,
        get_data: &Function<'_, Arguments, Promise<BindingFetched>>,
    ) -> napi::Result<Self> {
        let spec: BindingSource = from_json("source", spec)?;
        let get_data = get_data
            .build_threadsafe_function()
            .callee_handled::<false>()
            .weak::<true>()
            .build()?;
        let policy = spec.policy();
        let ignored = spec.ignored.map(|ignored| (ignored.uid, ignored.fields));
        let canonical_query = spec.canonical_query;
        let scripted = Scripted {
            name: spec.name,
            canonical_query,
            get_data,
        };
        let registered = engine.register(Arc::new(scripted), policy, ignored);
        Ok(Self {
            canonical_query,
            engine: Arc::clone(engine),
            registered,
        })
    }

    async fn fetch(&self, spelling: String, audience: &Audience) -> napi::Result<Answered> {
        let mut value: Value = from_json("params", &spelling)?;
        if self.canonical_query && query::order_sensitive(&value) {
            // Where the order of members decides, only the same spelling is the same question.
            value = Value::String(spelling.clone());
        }
        Ok(self
            .engine
            .answer(&self.registered, Params { value, spelling }, audience)
            .await)
    }
}

type Answered = Result<
    (
        pfapi_core::key::Key,
        pfapi_engine::StoredEntry,
        pfapi_core::outcome::Answered,
    ),
    Failure,
>;

#[napi]
impl BindingSourceHandle {
    /// Answers a request whose audience and params are known, and remembers that its request line means them.
    #[napi]
    pub async fn answer(
        &self,
        asked: BindingAsked,
        params: String,
        audience: String,
        is_public: bool,
    ) -> napi::Result<BindingReply> {
        let audience = Audience {
            name: audience.into(),
            is_public,
        };
        let (key, entry, answered) = match self.fetch(params, &audience).await? {
            Ok(answer) => answer,
            Err(failure) => return Ok(failure.into()),
        };
        self.engine
            .remember_request(&audience.name, &asked.url, key);
        let conditions = Conditions {
            if_none_match: asked.if_none_match.as_deref(),
            if_modified_since: asked.if_modified_since.as_deref(),
        };
        let method = Method::parse(&asked.method).unwrap_or(Method::Get);
        let respond_to = Asked {
            method: &asked.method,
            url: &asked.url,
            credential: None,
            conditions,
            trace: asked.trace,
        };
        Ok(self
            .engine
            .respond(&respond_to, method, &entry, answered)
            .into())
    }

    /// The value for params and audience, stored or fetched.
    #[napi]
    pub async fn value(&self, params: String, audience: String) -> napi::Result<BindingValue> {
        let audience = Audience {
            name: audience.into(),
            is_public: false,
        };
        Ok(match self.fetch(params, &audience).await? {
            Ok((_, entry, answered)) => BindingValue::new(&entry, answered.header(0)),
            Err(failure) => failure.into(),
        })
    }
}
