//! Values, one key each, and the leases that keep servers from making the same value at once.

use std::time::Duration;

use bytes::Bytes;
use pfapi_core::key::Key;
use redis::{Cmd, Value};

use super::Redis;
use super::connection::Connection;
use super::fault::Fault;

impl Redis {
    /// Reads a value, with the milliseconds it has left. `None` too when it has no end, which nothing written here has.
    ///
    /// One round trip, and no transaction: a cluster's client does not follow a moved slot out of one. The time left is
    /// asked for before and after the value, and the shorter counts, so that a value replaced in between is never given
    /// more time than it has.
    ///
    /// # Errors
    /// When Redis cannot be asked, or answers something else.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<(Bytes, u64)>, Fault> {
        let name = self.value_name(key);
        let mut pipeline = redis::pipe();
        pipeline
            .cmd("PTTL")
            .arg(&name)
            .cmd("GET")
            .arg(&name)
            .cmd("PTTL")
            .arg(&name);
        let pipeline = &pipeline;
        let ask = |mut connection: Connection| async move {
            let answers: [Value; 3] = pipeline.query_async(&mut connection).await?;
            match answers {
                [
                    Value::Int(before),
                    Value::BulkString(value),
                    Value::Int(after),
                ] => {
                    let left = u64::try_from(before.min(after)).ok();
                    Ok(left.map(|left| (Bytes::from(value), left)))
                }
                [Value::Int(_), Value::Nil, Value::Int(_)] => Ok(None),
                [_, other, _] => Err(Fault::unexpected(&other)),
            }
        };
        let limit = self.options.answering();
        self.call(&self.values, &self.counters.values, limit, ask)
            .await
    }

    /// Writes a value, which Redis forgets after `ttl_ms` milliseconds. With none, nothing is written.
    ///
    /// # Errors
    /// When Redis cannot be asked, or refuses: its memory may be full.
    pub(crate) async fn put(&self, key: &Key, value: Bytes, ttl_ms: u64) -> Result<(), Fault> {
        if ttl_ms == 0 {
            return Ok(());
        }
        let mut command = redis::cmd("SET");
        command
            .arg(self.value_name(key))
            .arg(&value[..])
            .arg("PX")
            .arg(ttl_ms);
        self.ask(command).await.map(drop)
    }

    /// Takes the lease of a value for `owner`. `false`: somebody has it. It ends by itself after the configured time.
    ///
    /// # Errors
    /// When Redis cannot be asked. The lease may have been taken all the same.
    pub(crate) async fn lease(&self, key: &Key, owner: u64) -> Result<bool, Fault> {
        let mut command = redis::cmd("SET");
        command
            .arg(self.lease_name(key))
            .arg(owner_name(owner))
            .arg("NX")
            .arg("PX")
            .arg(self.options.lease);
        match self.ask(command).await? {
            Value::Okay => Ok(true),
            Value::Nil => Ok(false),
            other => Err(Fault::unexpected(&other)),
        }
    }

    /// Gives the lease of a value back, if `owner` has it.
    ///
    /// # Errors
    /// When Redis cannot be asked. The lease then ends by itself.
    pub(crate) async fn release(&self, key: &Key, owner: u64) -> Result<(), Fault> {
        let (keys, arguments) = (&[self.lease_name(key)], &[owner_name(owner)]);
        let script = &self.scripts.release;
        let ask = |mut connection: Connection| async move {
            script.run(&mut connection, keys, arguments).await?;
            Ok(())
        };
        let limit = self.options.answering();
        self.call(&self.values, &self.counters.values, limit, ask)
            .await
    }

    async fn ask(&self, command: Cmd) -> Result<Value, Fault> {
        let command = &command;
        let ask = |mut connection: Connection| async move {
            Ok(command.query_async(&mut connection).await?)
        };
        let limit: Duration = self.options.answering();
        self.call(&self.values, &self.counters.values, limit, ask)
            .await
    }

    fn value_name(&self, key: &Key) -> String {
        self.name("v", key)
    }

    fn lease_name(&self, key: &Key) -> String {
        self.name("l", key)
    }

    fn name(&self, kind: &str, key: &Key) -> String {
        let (namespace, build) = (&self.options.namespace, &self.options.build);
        format!("{namespace}:{kind}:{build}:{}", key.to_base64url())
    }
}

fn owner_name(owner: u64) -> String {
    format!("{owner:016x}")
}
