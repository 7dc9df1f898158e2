//! From a stored answer to a response: the one native call of a hit, and the same for a miss once it is fetched.

use bytes::Bytes;
use pfapi_core::http::{
    Conditions, HttpDate, Method, Representation, Verdict, evaluate, head, shown,
};
use pfapi_core::key::Key;
use pfapi_core::outcome::Answered;

use crate::engine::Engine;
use crate::tier::StoredEntry;

/// The parts of a request that decide the response.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The request target as sent: path and query.
    pub url: &'a str,
    /// The `Authorization` header.
    pub credential: Option<&'a str>,
    /// The preconditions.
    pub conditions: Conditions<'a>,
    /// Whether the response says how it was made, in `X-Pfapi-Cache`.
    pub trace: bool,
}

/// A response: what goes to the client, byte for byte.
#[derive(Clone, Debug)]
pub struct Reply {
    /// 200 or 304.
    pub status: u16,
    /// The header fields; `Date` is the HTTP server's.
    pub head: Vec<(&'static str, String)>,
    /// The body; `None` for HEAD and 304.
    pub body: Option<Bytes>,
}

impl Engine {
    /// Answers a request from memory, or not at all. Synchronous: no task is started, and none of the locks that a fill
    /// or a change holds is taken.
    ///
    /// `None`: not mine. The caller's audience is not known, the request line was never answered for it, the answer is
    /// not there to be served, or changes of others may have been missed.
    #[must_use]
    pub fn reply(&self, asked: &Asked<'_>) -> Option<Reply> {
        let method = Method::parse(asked.method).filter(|method| *method != Method::Options)?;
        let now = self.clock.now();
        if !self.log.is_online(now.monotonic) {
            return None;
        }
        let audience = self.audiences.find(asked.credential, now)?;
        let key = self.requests.find(&audience.name, asked.url)?;
        let entry = self.find(&key, now).ok()?;
        self.metrics.answered(Answered::Hit);
        Some(self.respond(asked, method, &entry, Answered::Hit))
    }

    /// Remembers what a request line means for an audience; see [`Engine::reply`].
    pub fn remember_request(&self, audience: &str, url: &str, key: Key) {
        self.requests.remember(audience, url, key);
    }

    /// Puts an answer into a response.
    #[must_use]
    pub fn respond(
        &self,
        asked: &Asked<'_>,
        method: Method,
        entry: &StoredEntry,
        answered: Answered,
    ) -> Reply {
        let now = self.clock.now();
        let today = HttpDate::from_unix(now.wall_seconds());
        let answer = &entry.value.answer;
        let verdict = evaluate(
            &asked.conditions,
            &answer.etag,
            shown(answer.last_modified, today),
        );
        let trace = asked.trace.then(|| answered.header(entry.age(now)));
        let representation = Representation {
            etag: &answer.etag,
            last_modified: answer.last_modified,
            content_type: &answer.content_type,
            content_length: answer.body.len(),
        };
        let policy = &answer.policy.cache_control;
        let head = head(
            verdict,
            &representation,
            policy,
            answer.audience_is_public,
            today,
            trace.as_deref(),
        );
        if verdict == Verdict::NotModified {
            self.metrics.not_modified();
        }
        let body = (verdict == Verdict::Full && method != Method::Head)
            .then(|| Bytes::clone(&answer.body));
        Reply {
            status: verdict.status(),
            head,
            body,
        }
    }
}
