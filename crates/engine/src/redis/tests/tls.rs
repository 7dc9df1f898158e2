//! Encrypted connections.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use pfapi_core::key::KeyBuilder;
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

#[test]
fn certificates_are_checked_on_both_sides() {
    let certificates = Certificates::make("tls");
    let server = Server::start(&[
        "--port",
        "0",
        "--tls-port",
        "{port}",
        "--tls-ca-cert-file",
        &certificates.path("ca.crt"),
        "--tls-cert-file",
        &certificates.path("server.crt"),
        "--tls-key-file",
        &certificates.path("server.key"),
        "--tls-auth-clients",
        "yes",
    ]);
    let open = |tls: Value| -> Arc<Redis> {
        let url = format!("rediss://127.0.0.1:{}", server.port);
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
