//! A Refreshable: one piece of data that can be asked for again.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use serde_json::Value;

use crate::dependency::Observed;

/// What is asked of a Refreshable.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The reduced params: what decides the result, and nothing else.
    pub params: Value,
    /// The params as they were asked, as JSON text. They mean the same as `params`; a source to whom the spelling matters
    /// (one that reads the order of members, or that refuses some spellings) works from these.
    pub spelling: String,
    /// For whom the answer is made: a name for a set of permissions. Empty for data that no permission shapes.
    pub audience: String,
}

/// What a Refreshable gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The answer's bytes, as they go to the client.
    pub body: Bytes,
    /// The media type of `body`.
    pub content_type: String,
    /// What the answer was made from.
    pub observed: Observed,
    /// Milliseconds the source says the answer is good for.
    pub ttl: Option<u64>,
}

/// Why a Refreshable gave nothing back. Its readers all get the same failure, and nothing is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The source failed; the text describes the error for those who asked, in the source's own form.
    #[error("{0}")]
    Source(String),
    /// The fetch took longer than it may.
    #[error("the fetch did not end within {0} ms")]
    Timeout(u64),
    /// The fetch ended without saying how: its task was stopped or panicked.
    #[error("the fetch was lost: {0}")]
    Lost(String),
}

/// The future of one fetch.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Fetched, Failure>> + Send + 'a>>;

/// One piece of data that can be asked for again, and so can be cached.
///
/// Two requests share one cached answer exactly when [`reduce`](Refreshable::reduce) gives them equal params and their
/// audiences are equal.
pub trait Refreshable: Send + Sync {
    /// Names the Refreshable; part of every key, so two of one engine never share answers.
    fn name(&self) -> &str;

    /// Keeps only what decides the result, in one spelling, so that equal results share one key. What it drops must
    /// not be able to change the answer. The default keeps everything.
    fn reduce(&self, params: Value) -> Value {
        params
    }

    /// Makes the answer. `request.params` are reduced ones. The caller has taken the stamp before this is called.
    fn get_data<'a>(&'a self, request: &'a Request) -> Fetching<'a>;
}
