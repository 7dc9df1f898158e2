//! Encrypted connections. Not every build of Redis can encrypt, so the test does it for the server.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use pfapi_core::key::KeyBuilder;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::{RUNTIME, Server, options, run};
use crate::redis::{Fault, Redis};

/// An authority, and a certificate of it for the server and one for a client.
struct Certificates(PathBuf);

impl Certificates {
    fn make(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("pfapi-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        let all = Self(directory);
        all.openssl(&format!(
            "req -x509 {new_key} -keyout ca.key -out ca.crt -days 2 -subj /CN=authority"
        ));
        for name in ["server", "client"] {
            all.openssl(&format!(
                "req {new_key} -keyout {name}.key -out {name}.csr -subj /CN={name}"
            ));
            all.openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -days 2 -extfile names"
            ));
        }
        all
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(&self.0)
            .output()
            .unwrap_or_else(|error| {
                panic!("these tests need openssl, which does not run: {error}")
            });
        assert!(output.status.success(), "{output:?}");
    }

    fn path(&self, name: &str) -> String {
        Path::join(&self.0, name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

impl Drop for Certificates {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Answers encrypted for `server`, to clients with a certificate of the authority. Returns its port.
fn encrypt(server: &Server, certificates: &Certificates) -> u16 {
    let path = |name| certificates.path(name);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(path("ca.crt")).unwrap())
        .unwrap();
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_file(path("server.crt")).unwrap()],
            PrivateKeyDer::from_pem_file(path("server.key")).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, target) = (listener.local_addr().unwrap().port(), server.port);
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let near = StreamOwned::new(connection, near.unwrap());
            let far = TcpStream::connect(("127.0.0.1", target)).unwrap();
            std::thread::spawn(move || in_turns(near, far));
        }
    });
    port
}

/// Passes on a question, then its answer. Ends when either side does.
fn in_turns(mut near: StreamOwned<ServerConnection, TcpStream>, mut far: TcpStream) {
    let pause = Duration::from_millis(50);
    far.set_read_timeout(Some(pause)).unwrap();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = near.read(&mut buffer) {
        far.write_all(&buffer[..length]).unwrap();
        while let Ok(length @ 1..) = far.read(&mut buffer) {
            near.write_all(&buffer[..length]).unwrap();
        }
    }
}

#[test]
fn certificates_are_checked_on_both_sides() {
    let certificates = Certificates::make("tls");
    let server = Server::start(&[]);
    let port = encrypt(&server, &certificates);
    let open = |tls: Value| -> Arc<Redis> {
        let url = format!("rediss://127.0.0.1:{port}");
        Redis::open(options(&[url], json!({ "tls": tls })), &RUNTIME).unwrap()
    };
    let (ca, cert, key) = (
        certificates.text("ca.crt"),
        certificates.text("client.crt"),
        certificates.text("client.key"),
    );
    let ask =
        |redis: Arc<Redis>| run(async move { redis.get(&KeyBuilder::new("test").finish()).await });
    let client = json!({ "cert": cert, "key": key });
    let with = |name: &str, value: Value| {
        let mut tls = client.clone();
        tls[name] = value;
        tls
    };
    assert_eq!(ask(open(with("ca", json!(ca)))), Ok(None));
    assert_eq!(
        ask(open(with("rejectUnauthorized", json!(false)))),
        Ok(None)
    );
    let unknown = ask(open(client.clone()));
    assert!(
        matches!(&unknown, Err(Fault::Connection(text)) if text.contains("UnknownIssuer")),
        "{unknown:?}"
    );
    let nobody = ask(open(json!({ "ca": ca })));
    assert!(matches!(nobody, Err(Fault::Connection(_))), "{nobody:?}");
}
