//! What the user says of Redis, and what is wrong with it.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::fault::Fault;

/// How Redis is reached and used. Comes as JSON from JavaScript.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RedisOptions {
    /// `redis://` or `rediss://`, with credentials and database if wanted. Several are nodes of one cluster.
    pub urls: Vec<String>,
    /// Instead of the URL's.
    #[serde(default)]
    pub username: Option<String>,
    /// Instead of the URL's.
    #[serde(default)]
    pub password: Option<String>,
    /// Instead of the URL's. A cluster has only database 0.
    #[serde(default)]
    pub database: Option<i64>,
    /// For `rediss://`.
    #[serde(default)]
    pub tls: Option<TlsOptions>,
    /// Whether a single URL is a node of a cluster.
    #[serde(default)]
    pub cluster: bool,
    /// What all keys begin with.
    pub namespace: String,
    /// Part of the keys of values: servers of different builds do not share them, but do share the log.
    pub build: String,
    /// Milliseconds to wait for a connection to a node.
    #[serde(default = "connect_timeout")]
    pub connect_timeout: u64,
    /// Milliseconds to wait for an answer.
    #[serde(default = "command_timeout")]
    pub command_timeout: u64,
    /// Entries that the log retains, at least.
    #[serde(default = "log_length")]
    pub log_length: u64,
    /// Milliseconds after which a lease ends that was not given back.
    #[serde(default = "lease")]
    pub lease: u64,
}

/// How the server is known, and this client to it.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsOptions {
    /// Certificates of authorities, PEM. Instead of Mozilla's list.
    #[serde(default)]
    pub ca: Option<String>,
    /// This client's certificate with its chain, PEM.
    #[serde(default)]
    pub cert: Option<String>,
    /// The certificate's private key, PEM.
    #[serde(default)]
    pub key: Option<String>,
    /// `false`: any certificate is taken for the server's.
    #[serde(default = "yes")]
    pub reject_unauthorized: bool,
}

fn connect_timeout() -> u64 {
    1000
}

fn command_timeout() -> u64 {
    250
}

fn log_length() -> u64 {
    10_000
}

fn lease() -> u64 {
    5_000
}

fn yes() -> bool {
    true
}

impl RedisOptions {
    /// Whether Redis is a cluster.
    pub(super) fn is_cluster(&self) -> bool {
        self.cluster || self.urls.len() > 1
    }

    /// See [`connect_timeout`](Self::connect_timeout).
    pub(super) fn connecting(&self) -> Duration {
        Duration::from_millis(self.connect_timeout)
    }

    /// See [`command_timeout`](Self::command_timeout).
    pub(super) fn answering(&self) -> Duration {
        Duration::from_millis(self.command_timeout)
    }

    /// Checks what can be checked without the URLs.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.urls.is_empty() {
            return fault("redis.urls is empty: at least one redis:// or rediss:// URL is needed");
        }
        // In the namespace braces would move the hash tag, and with it the keys to different nodes.
        for (name, text) in [
            ("redis.namespace", &self.namespace),
            ("redis.build", &self.build),
        ] {
            let unfit = |c: char| c.is_whitespace() || c.is_control() || "{}".contains(c);
            if text.is_empty() || text.contains(unfit) {
                return fault(&format!(
                    "{name} is {text:?}: it must not be empty, nor contain spaces or braces"
                ));
            }
        }
        for (name, number) in [
            ("redis.connectTimeout", self.connect_timeout),
            ("redis.commandTimeout", self.command_timeout),
            ("redis.logLength", self.log_length),
            ("redis.lease", self.lease),
        ] {
            if number == 0 || number > 3_600_000 {
                return fault(&format!(
                    "{name} is {number}: it must be at least 1 and at most 3600000"
                ));
            }
        }
        let database = self.database.unwrap_or(0);
        if database < 0 || (database != 0 && self.is_cluster()) {
            return fault(&format!(
                "redis.database is {database}: it must be 0 or more, and 0 on a cluster"
            ));
        }
        self.tls.as_ref().map_or(Ok(()), TlsOptions::check)
    }
}

impl TlsOptions {
    fn check(&self) -> Result<(), Fault> {
        for (name, text) in [("redis.tls.ca", &self.ca), ("redis.tls.cert", &self.cert)] {
            if text
                .as_ref()
                .is_some_and(|text| !text.contains("-----BEGIN CERTIFICATE-----"))
            {
                return fault(&format!("{name} contains no certificate in PEM form"));
            }
        }
        if self.cert.is_some() != self.key.is_some() {
            return fault("redis.tls.cert and redis.tls.key must be given both or neither");
        }
        Ok(())
    }
}

pub(super) fn fault<T>(text: &str) -> Result<T, Fault> {
    Err(Fault::Options(text.to_owned()))
}

impl fmt::Debug for RedisOptions {
    /// Without URLs and credentials: what is printed here may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("namespace", &self.namespace)
            .field("build", &self.build)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsOptions {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions").finish_non_exhaustive()
    }
}
