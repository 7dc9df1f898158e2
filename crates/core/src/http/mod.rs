//! The HTTP rules of a cached answer: validators, conditional requests, freshness, response heads.
//!
//! Everything here is a pure function of its arguments: the wall clock is a parameter, nothing is
//! read or sent. One wrong "304 Not Modified" shows a reader stale content that no purge can reach,
//! so wherever a request can be read in two ways, the answer is the full one (200).
//!
//! | question | file |
//! |---|---|
//! | which methods are answered from the cache | `method` |
//! | which bytes an answer is | `etag` |
//! | which tags a client holds | `entity_tags` |
//! | how a date is written and read | `date` |
//! | which date an answer carries, and when it may be shown | `last_modified` |
//! | may the body be left out | `conditional` |
//! | who may keep the answer, for how long | `cache_control` |
//! | what may stand in a header field | `content_type` |
//! | the complete response head | `head` |

mod cache_control;
mod conditional;
mod content_type;
mod date;
mod entity_tags;
mod etag;
mod head;
mod last_modified;
mod method;

#[cfg(test)]
mod tests;

pub use cache_control::CachePolicy;
pub use conditional::{Conditions, Verdict, evaluate};
pub use content_type::{ContentType, ContentTypeError};
pub use date::HttpDate;
pub use entity_tags::{
    EntityTag, EntityTagList, EntityTags, MalformedEntityTag, if_none_match_matches,
};
pub use etag::ETag;
pub use head::{Representation, VARY, head};
pub use last_modified::{first_seen, shown};
pub use method::{ALLOW, Method};
