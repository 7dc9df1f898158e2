//! The outbox, where JavaScript asks the database.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::{FnArgs, Function, Promise};
use napi::threadsafe_function::ThreadsafeFunction;
use napi_derive::napi;
use pfapi_core::log::ChangeId;
use pfapi_engine::{Claim, Listing, Orphan, OutboxStore, Removal, StoreFuture, StoredRow};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A function of the store as JavaScript gives it: JSON in, JSON out.
type Given<'env> = Function<'env, FnArgs<(String,)>, Promise<String>>;

/// The same, to be called from any thread. Weak: a poll does not keep a process alive that wants to end.
type Ask =
    ThreadsafeFunction<FnArgs<(String,)>, Promise<String>, FnArgs<(String,)>, Status, false, true>;

/// The way to the outbox. Every function takes one text and gives a promise of one, both JSON.
#[napi(object, object_to_js = false)]
pub struct BindingOutbox<'env> {
    /// Takes nothing that matters: all rows without their records, and what the database remembers of the log.
    #[napi(ts_type = "(nothing: string) => Promise<string>")]
    pub list: Given<'env>,
    /// Takes ids: the rows with their records.
    #[napi(ts_type = "(ids: string) => Promise<string>")]
    pub read: Given<'env>,
    /// Takes what is to be removed.
    #[napi(ts_type = "(removal: string) => Promise<string>")]
    pub remove: Given<'env>,
    /// Takes intents whose writers are gone, with the ids of the rows they become.
    #[napi(ts_type = "(orphans: string) => Promise<string>")]
    pub settle: Given<'env>,
    /// Takes a new epoch and the one it replaces: whether it did.
    #[napi(ts_type = "(claim: string) => Promise<string>")]
    pub claim: Given<'env>,
}

/// The outbox as the engine asks for it.
pub(crate) struct ScriptedOutbox {
    list: Arc<Ask>,
    read: Arc<Ask>,
    remove: Arc<Ask>,
    settle: Arc<Ask>,
    claim: Arc<Ask>,
}

impl std::fmt::Debug for ScriptedOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedOutbox").finish_non_exhaustive()
    }
}

impl ScriptedOutbox {
    pub(crate) fn new(given: &BindingOutbox<'_>) -> napi::Result<Self> {
        let callable = |function: &Given<'_>| -> napi::Result<Arc<Ask>> {
            let ask = function
                .build_threadsafe_function()
                .callee_handled::<false>()
                .weak::<true>()
                .build()?;
            Ok(Arc::new(ask))
        };
        Ok(Self {
            list: callable(&given.list)?,
            read: callable(&given.read)?,
            remove: callable(&given.remove)?,
            settle: callable(&given.settle)?,
            claim: callable(&given.claim)?,
        })
    }
}

impl OutboxStore for ScriptedOutbox {
    fn list(&self) -> StoreFuture<'_, Listing> {
        answer(&self.list, &())
    }

    fn read(&self, ids: &[ChangeId]) -> StoreFuture<'_, Vec<StoredRow>> {
        answer(&self.read, ids)
    }

    fn remove(&self, removal: &Removal) -> StoreFuture<'_, ()> {
        answer(&self.remove, removal)
    }

    fn settle(&self, orphans: &[Orphan]) -> StoreFuture<'_, ()> {
        answer(&self.settle, orphans)
    }

    fn claim(&self, claim: &Claim) -> StoreFuture<'_, bool> {
        answer(&self.claim, claim)
    }
}

/// Asks with one value as JSON, and reads the answer as another.
fn answer<T: DeserializeOwned + 'static>(
    ask: &Arc<Ask>,
    asked: &(impl Serialize + ?Sized),
) -> StoreFuture<'static, T> {
    let asked = serde_json::to_string(asked).map_err(|error| error.to_string());
    let ask = Arc::clone(ask);
    Box::pin(async move {
        let called = ask
            .call_async_catch((asked?,).into())
            .await
            .map_err(|error| error.to_string())?;
        let text = called.await.map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    })
}
