//! A redis-server of a test's own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Runs until it is dropped.
pub(super) struct Server {
    pub(super) port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
    process: Child,
}

impl Server {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let directory = std::env::temp_dir().join(format!("pfapi-redis-{port}"));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let process = spawn(port, &directory, &arguments);
        let server = Self {
            port,
            directory,
            arguments,
            process,
        };
        server.wait();
        server
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection beside the one that is tested.
    pub(super) fn client(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// Asks without the code that is tested.
    pub(super) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut self.client()).unwrap()
    }

    /// Asks until the answer contains a text.
    pub(super) fn until(&self, words: &[&str], text: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let answer: redis::Value = self.ask(words);
            let answer = format!("{answer:?}");
            if answer.contains(text) {
                break;
            }
            assert!(Instant::now() < until, "{words:?} is not {text}: {answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it as it is: its connections stay, and nothing is answered.
    pub(super) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(super) fn thaw(&self) {
        self.signal("-CONT");
    }

    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it anew after [`kill`](Self::kill), at the same port and empty.
    pub(super) fn restart(&mut self) {
        self.process = spawn(self.port, &self.directory, &self.arguments);
        self.wait();
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < until, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn spawn(port: u16, directory: &PathBuf, arguments: &[String]) -> Child {
    let binary = std::env::var("PFAPI_TEST_REDIS_BIN").unwrap_or("redis-server".to_owned());
    Command::new(&binary)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "{binary:?} does not run ({error}): these tests need a redis-server; set PFAPI_TEST_REDIS_BIN to the \
                 path of one"
            )
        })
}

/// A port that is free, and whose neighbour for a cluster's own traffic is free too.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        // Other processes test at the same time.
        let start = u16::try_from(std::process::id() % 20_000).unwrap();
        let port = 21_000 + (start + NEXT.fetch_add(7, Ordering::Relaxed)) % 20_000;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 10_000) {
            return port;
        }
    }
}
