//! Two instances behind a real HAProxy, with the configuration that we hand out: started and stopped one after the other
//! while people write, read and listen.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::crowd::Crowd;
use crate::http::Http;
use crate::load::{Journal, Person};
use crate::process::{Process, command, free_port, until};
use crate::services::{Outlay, Postgres, Redis, folder};

/// A running HAProxy.
struct Balancer {
    port: u16,
    status: Http,
    _process: Process,
}

impl Balancer {
    /// One that runs the configuration that is handed out, with nothing but its addresses changed.
    async fn new(folder: &Path, instances: &[Outlay; 2]) -> Self {
        let (port, status) = (free_port(), free_port());
        let handed_out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/haproxy.cfg");
        let mut config = fs::read_to_string(handed_out).unwrap();
        let [one, two] = instances.each_ref().map(|instance| instance.port);
        for (ours, here) in [
            ("bind :80\n", format!("bind 127.0.0.1:{port}\n")),
            (
                "bind 127.0.0.1:8404\n",
                format!("bind 127.0.0.1:{status}\n"),
            ),
            ("10.0.0.11:8080", format!("127.0.0.1:{one}")),
            ("10.0.0.12:8080", format!("127.0.0.1:{two}")),
        ] {
            assert_eq!(config.matches(ours).count(), 1, "{ours}");
            config = config.replace(ours, &here);
        }
        let path = folder.join("haproxy.cfg");
        fs::write(&path, config).unwrap();
        let mut haproxy = command(&program(), false);
        haproxy.arg("-db").arg("-f").arg(path);
        let process = Process::start(haproxy, &folder.join("haproxy.log"));
        let mut balancer = Self {
            port,
            status: Http::at(status),
            _process: process,
        };
        balancer.sees("one", true).await;
        balancer.sees("two", true).await;
        balancer
    }

    /// Waits until it takes an instance for ready, or for not.
    async fn sees(&mut self, instance: &str, is_up: bool) {
        let begin = format!("instances,{instance},");
        until("HAProxy has noticed", async || {
            let table = self.status.get("/;csv").await.ok()?.text;
            let line = table.lines().find(|line| line.starts_with(&begin))?;
            // The status is the 18th column: UP, DOWN, or on the way with what is missing.
            let status = line.split(',').nth(17)?;
            (status == if is_up { "UP" } else { "DOWN" }).then_some(())
        })
        .await;
    }
}

/// Where Debian puts it is in the path of root only.
fn program() -> PathBuf {
    let program = PathBuf::from("/usr/sbin/haproxy");
    assert!(program.exists(), "scripts/need haproxy installs it");
    program
}

/// Listens to the events, and comes back when it is told to, until it is over; counts how often it was.
async fn listen(person: Person, journal: Arc<Journal>, told: Arc<AtomicU64>) {
    while !journal.is_over() {
        let mut stream = TcpStream::connect(("127.0.0.1", person.port))
            .await
            .unwrap();
        let request = format!(
            "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            person.token
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream);
        let mut said = String::new();
        lines.read_line(&mut said).await.unwrap();
        if !said.starts_with("HTTP/1.1 200") {
            journal.note_wrong(format!("a stream is refused: {said}"));
        }
        while !said.contains(r#"data: {"reason":"stopping"}"#) {
            let read = tokio::select! {
                read = lines.read_line(&mut said) => read.unwrap(),
                () = journal.over() => return,
            };
            if read == 0 {
                journal.note_wrong(format!("a stream ends without a word: {said}"));
                return;
            }
        }
        told.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_are_stopped_and_started_one_after_the_other_without_one_failed_request() {
    let folder = folder();
    let postgres = Postgres::new(folder.path()).await;
    let redis = Redis::new(folder.path()).await;
    let settings = vec![
        ("DATABASE_URL", postgres.url("outlay")),
        ("REDIS_URL", redis.url()),
        ("OUTLAY_DATABASE_CONNECTIONS", "6".to_owned()),
        ("OUTLAY_PUBLIC_URL", "http://localhost".to_owned()),
        ("OUTLAY_TRUSTED_PROXIES", "1".to_owned()),
        ("OUTLAY_DRAIN", "5".to_owned()),
    ];
    let mut instances = [
        Outlay::new(folder.path(), settings.clone()).await,
        Outlay::new(folder.path(), settings).await,
    ];
    let mut balancer = Balancer::new(folder.path(), &instances).await;
    let outside = Http::at(balancer.port).get("/metrics").await.unwrap();
    assert_eq!(outside.status, 404, "the metrics are for nobody outside");
    let mut crowd = Crowd::default();
    let anna = Person::new(balancer.port, "anna").await;
    let shared = anna.share("Flat").await;
    for (seed, ledger) in (0..).zip([shared, shared, anna.personal]) {
        crowd.write(&anna, ledger, seed);
    }
    let told = Arc::new(AtomicU64::new(0));
    for _ in 0..4 {
        crowd.read(&anna, shared);
        let journal = Arc::clone(&crowd.journal);
        crowd.join(listen(anna.clone(), journal, Arc::clone(&told)));
    }
    for (instance, name) in instances.iter_mut().zip(["one", "two"]) {
        assert!(instance.stop().await, "{}", instance.log());
        balancer.sees(name, false).await;
        instance.start().await;
        balancer.sees(name, true).await;
    }
    let mut connection = postgres.connect("outlay").await.unwrap();
    let ledgers = [(&anna, shared), (&anna, anna.personal)];
    crowd.end(&mut connection, &ledgers).await;
    assert_eq!(crowd.journal.failures(), 0, "{}", crowd.journal);
    let told = told.load(Ordering::Relaxed);
    println!("{told} streams told to come back");
    assert!(told >= 4, "{told} streams were told to come back");
}
