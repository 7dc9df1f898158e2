//! Options and changes as they come from JavaScript, and errors as they go there.

use napi::{Error, Status};
use pfapi_core::dependency::{Observed, Read};
use pfapi_core::http::CachePolicy;
use pfapi_core::policy::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An error of the binding itself. These are faults of our own JavaScript, not of a user's input.
pub(crate) fn invalid(what: &str, error: &impl std::fmt::Display) -> Error {
    Error::new(
        Status::InvalidArg,
        format!("PFAPI_BINDING: {what}: {error}"),
    )
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &str, json: &str) -> napi::Result<T> {
    serde_json::from_str(json).map_err(|error| invalid(what, &error))
}

/// The terms of one Refreshable's answers. Times in milliseconds, but for those of `cacheControl`, which are seconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BindingSource {
    pub(crate) name: String,
    /// The params are a Strapi query: core brings it into one spelling.
    pub(crate) canonical_query: bool,
    ttl: u64,
    local_ttl: u64,
    permanent: bool,
    evict: bool,
    pub(crate) ignored: Option<BindingIgnored>,
    cache_control: BindingCacheControl,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BindingIgnored {
    pub(crate) uid: String,
    pub(crate) fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BindingCacheControl {
    public: bool,
    max_age: u32,
    s_max_age: Option<u32>,
    stale_while_revalidate: Option<u32>,
    must_revalidate: bool,
}

impl BindingSource {
    pub(crate) fn policy(&self) -> Policy {
        let control = &self.cache_control;
        Policy {
            ttl: self.ttl,
            local_ttl: self.local_ttl,
            permanent: self.permanent,
            evict: self.evict,
            cache_control: CachePolicy {
                public: control.public,
                max_age: control.max_age,
                s_maxage: control.s_max_age,
                stale_while_revalidate: control.stale_while_revalidate,
                must_revalidate: control.must_revalidate,
            },
        }
    }
}

/// What a fetch saw, without its body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BindingObserved {
    reads: Vec<Read>,
    declared: bool,
    foreign_sql: bool,
    wrote: bool,
    no_store: bool,
}

impl From<BindingObserved> for Observed {
    fn from(binding: BindingObserved) -> Self {
        Self {
            reads: binding.reads,
            declared: binding.declared,
            foreign_sql: binding.foreign_sql,
            wrote: binding.wrote,
            no_store: binding.no_store,
        }
    }
}
