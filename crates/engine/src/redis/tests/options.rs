//! What is told of options that cannot be used.

use serde_json::{Value, json};

use super::{RUNTIME, options};
use crate::redis::{Fault, Redis, RedisOptions};

fn fault(url: &str, more: Value) -> String {
    match Redis::open(options(&[url.to_owned()], more), &RUNTIME) {
        Err(fault @ Fault::Options(_)) => {
            assert_eq!(fault.code(), "PFAPI_REDIS_OPTIONS");
            fault.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn faults_name_the_value_and_what_is_allowed() {
    let url = "redis://localhost";
    for (url, more, parts) in [
        ("localhost:6379", json!({}), ["urls[0]", "redis[s]://"]),
        ("http://localhost", json!({}), ["urls[0]", "redis[s]://"]),
        ("unix:///tmp/redis", json!({}), ["unix", "redis[s]://"]),
        (
            "rediss://host#insecure",
            json!({}),
            ["fragment", "redis[s]://"],
        ),
        (
            "redis://u:s3cret@host/x",
            json!({}),
            ["database", "redis[s]://"],
        ),
        (
            "redis://host/1",
            json!({ "cluster": true }),
            ["database", "cluster"],
        ),
        (url, json!({ "database": -1 }), ["redis.database", "-1"]),
        (
            url,
            json!({ "namespace": "a{b}" }),
            ["redis.namespace", "a{b}"],
        ),
        (url, json!({ "build": "" }), ["redis.build", "empty"]),
        (url, json!({ "logLength": 0 }), ["redis.logLength", "0"]),
        (url, json!({ "tls": {} }), ["rediss://", "redis.tls"]),
        (
            "rediss://host",
            json!({ "tls": { "ca": "x" } }),
            ["redis.tls.ca", "PEM"],
        ),
        (
            "rediss://host",
            json!({ "tls": { "key": "x" } }),
            ["redis.tls.cert", "both"],
        ),
    ] {
        let text = fault(url, more);
        for part in parts {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("s3cret"), "{text}");
    }
    let text = Redis::open(options(&[], json!({})), &RUNTIME).unwrap_err();
    assert!(text.to_string().contains("redis.urls"));
}

#[test]
fn options_of_tls_are_taken() {
    for tls in [
        json!({}),
        json!({ "rejectUnauthorized": false }),
        json!({ "rejectUnauthorized": true }),
    ] {
        for cluster in [false, true] {
            let more = json!({ "tls": tls, "cluster": cluster });
            let options = options(&["rediss://u:p@localhost:6390".to_owned()], more);
            assert!(Redis::open(options, &RUNTIME).is_ok(), "{tls}");
        }
    }
    assert!(serde_json::from_value::<RedisOptions>(json!({ "url": "x" })).is_err());
}

#[test]
fn what_is_printed_holds_no_secrets() {
    let options = options(
        &["redis://u:s3cret@host".to_owned()],
        json!({ "password": "s3cret" }),
    );
    assert!(!format!("{options:?}").contains("s3cret"));
    let redis = Redis::open(options, &RUNTIME).unwrap();
    assert!(!format!("{redis:?}").contains("s3cret"));
}
