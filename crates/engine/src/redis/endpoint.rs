//! Where Redis is, and how a connection to it is made.

use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo,
    IntoConnectionInfo, ProtocolVersion, TlsCertificates,
};
use tokio::time::timeout;

use super::connection::Connection;
use super::fault::Fault;
use super::options::{RedisOptions, TlsOptions, fault};

/// Times that a cluster's client follows a redirection, or asks again during a failover. The time limit of the call
/// ends it earlier.
const CLUSTER_RETRIES: u32 = 5;
/// Milliseconds between these.
const CLUSTER_RETRY_WAIT: (u64, u64) = (10, 100);

/// A Redis that can be connected to, as often as needed.
#[derive(Clone)]
pub(super) struct Endpoint {
    kind: Kind,
    connecting: Duration,
}

#[derive(Clone)]
enum Kind {
    Standalone(Box<Client>),
    Cluster(Box<ClusterClient>),
}

impl Endpoint {
    /// `longest`: how long an answer may take on a connection to this endpoint. On a standalone server each call keeps
    /// its own limit; a cluster's client needs to know, to find out that a node has died.
    pub(super) fn new(options: &RedisOptions, longest: Duration) -> Result<Self, Fault> {
        options.check()?;
        // Which of its implementations rustls uses must not depend on what else is linked into the process; an error
        // means that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let nodes = options
            .urls
            .iter()
            .enumerate()
            .map(|(i, url)| node(options, i, url))
            .collect::<Result<Vec<_>, _>>()?;
        let certificates = options.tls.as_ref().map(certificates);
        let unusable = |error: redis::RedisError| {
            Fault::Options(format!("the options for redis cannot be used: {error}"))
        };
        let kind = if options.is_cluster() {
            let mut builder = ClusterClient::builder(nodes)
                .connection_timeout(options.connecting())
                .response_timeout(longest)
                .overall_response_timeout(None)
                .retries(CLUSTER_RETRIES)
                .min_retry_wait(CLUSTER_RETRY_WAIT.0)
                .max_retry_wait(CLUSTER_RETRY_WAIT.1)
                .tcp_settings(tcp_settings());
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates);
            }
            Kind::Cluster(Box::new(builder.build().map_err(unusable)?))
        } else {
            let Some(node) = nodes.into_iter().next() else {
                return fault("redis.urls is empty");
            };
            let client = match certificates {
                Some(certificates) => Client::build_with_tls(node, certificates),
                None => Client::open(node),
            };
            Kind::Standalone(Box::new(client.map_err(unusable)?))
        };
        Ok(Self {
            kind,
            connecting: options.connecting(),
        })
    }

    /// Connects. Takes at most the time limit of connecting, on a cluster twice that: its nodes are asked for the
    /// topology, and then connected to.
    pub(super) async fn connect(&self) -> Result<Connection, Fault> {
        match &self.kind {
            Kind::Standalone(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(self.connecting))
                    .set_response_timeout(None);
                let connection = client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await?;
                Ok(Connection::Standalone(connection))
            }
            Kind::Cluster(client) => {
                let connection = timeout(self.connecting * 2, client.get_async_connection())
                    .await
                    .map_err(|_| Fault::Timeout)??;
                Ok(Connection::Cluster(connection))
            }
        }
    }
}

fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// Reads a URL. What is told of it never contains its credentials.
fn node(options: &RedisOptions, index: usize, url: &str) -> Result<ConnectionInfo, Fault> {
    const ALLOWED: &str = "allowed is redis[s]://[[user]:password@]host[:port][/database]";
    let bad = |why: &str| Fault::Options(format!("redis.urls[{index}] {why}: {ALLOWED}"));
    let parsed = redis::parse_redis_url(url).ok_or_else(|| bad("is no URL of Redis"))?;
    if !["redis", "rediss"].contains(&parsed.scheme()) {
        return Err(bad(&format!("has the scheme {:?}", parsed.scheme())));
    }
    if parsed.fragment().is_some() || parsed.query().is_some() {
        return Err(bad("has a query or a fragment"));
    }
    let info = url
        .into_connection_info()
        .map_err(|error| bad(&format!("cannot be read ({error})")))?;
    let addr = match info.addr() {
        ConnectionAddr::TcpTls { host, port, .. } => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: options
                .tls
                .as_ref()
                .is_some_and(|tls| !tls.reject_unauthorized),
            tls_params: None,
        },
        _ if options.tls.is_some() => {
            return Err(bad("is not encrypted, but redis.tls is set; use rediss://"));
        }
        addr => addr.clone(),
    };
    let mut settings = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP2);
    if let Some(username) = &options.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &options.password {
        settings = settings.set_password(password);
    }
    if let Some(database) = options.database {
        settings = settings.set_db(database);
    }
    if settings.db() < 0 || (settings.db() != 0 && options.is_cluster()) {
        return Err(bad("names a database that is not 0 on a cluster"));
    }
    Ok(info
        .set_addr(addr)
        .set_redis_settings(settings)
        .set_tcp_settings(tcp_settings()))
}

fn certificates(tls: &TlsOptions) -> TlsCertificates {
    let bytes = |text: &String| text.clone().into_bytes();
    let client_tls = tls
        .cert
        .as_ref()
        .zip(tls.key.as_ref())
        .map(|(cert, key)| ClientTlsConfig {
            client_cert: bytes(cert),
            client_key: bytes(key),
        });
    TlsCertificates {
        client_tls,
        root_cert: tls.ca.as_ref().map(bytes),
    }
}
