//! Responses as JavaScript gets them.

use napi_derive::napi;
use pfapi_core::refreshable::Failure;
use pfapi_engine::{Reply, StoredEntry};

use crate::boundary::Body;

/// A response, ready to be sent, or the failure that stands in its place.
#[napi(object, object_from_js = false)]
pub struct BindingReply {
    /// 200 or 304; 0 with a failure.
    pub status: u32,
    /// Header names and values in turn.
    pub head: Vec<String>,
    /// The body; absent for HEAD and 304.
    #[napi(ts_type = "Buffer")]
    pub body: Option<Body>,
    /// Why there is no answer.
    pub failure: Option<BindingFailure>,
}

/// A stored or fetched value, for callers that are not HTTP.
#[napi(object, object_from_js = false)]
pub struct BindingValue {
    /// The bytes; absent with a failure.
    #[napi(ts_type = "Buffer")]
    pub body: Option<Body>,
    /// Their media type.
    pub content_type: String,
    /// How it came about, as in `X-Pfapi-Cache`.
    pub outcome: String,
    /// Why there is no value.
    pub failure: Option<BindingFailure>,
}

/// Why a fetch gave nothing.
#[napi(object, object_from_js = false)]
pub struct BindingFailure {
    /// `source`: the Refreshable failed, and `text` is what it said. `timeout`, `lost`: the engine says why.
    pub kind: String,
    /// The source's own words, or the engine's.
    pub text: String,
}

impl From<Failure> for BindingFailure {
    fn from(failure: Failure) -> Self {
        let kind = match failure {
            Failure::Source(_) => "source",
            Failure::Timeout(_) => "timeout",
            Failure::Lost(_) => "lost",
        };
        Self {
            kind: kind.to_owned(),
            text: failure.to_string(),
        }
    }
}

impl From<Reply> for BindingReply {
    fn from(reply: Reply) -> Self {
        let mut head = Vec::with_capacity(reply.head.len() * 2);
        for (name, value) in reply.head {
            head.push(name.to_owned());
            head.push(value);
        }
        Self {
            status: u32::from(reply.status),
            head,
            body: reply.body.map(Body),
            failure: None,
        }
    }
}

impl From<Failure> for BindingReply {
    fn from(failure: Failure) -> Self {
        Self {
            status: 0,
            head: Vec::new(),
            body: None,
            failure: Some(failure.into()),
        }
    }
}

impl BindingValue {
    pub(crate) fn new(entry: &StoredEntry, outcome: String) -> Self {
        let answer = &entry.value.answer;
        Self {
            body: Some(Body(answer.body.clone())),
            content_type: answer.content_type.as_str().to_owned(),
            outcome,
            failure: None,
        }
    }
}

impl From<Failure> for BindingValue {
    fn from(failure: Failure) -> Self {
        Self {
            body: None,
            content_type: String::new(),
            outcome: String::new(),
            failure: Some(failure.into()),
        }
    }
}
