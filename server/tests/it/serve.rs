//! The program as an operator meets it: started, asked, told to stop, and told nonsense.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Database;

/// A server of its own on a free port, on a database of the tests' cluster, killed with the test.
struct Server {
    process: Child,
    address: String,
    log: BufReader<ChildStderr>,
    _database: Database,
}

/// The program with no settings but those given.
fn outlay(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlay"));
    command
        .args(arguments)
        .env_clear()
        .envs(settings.iter().copied())
        .stderr(Stdio::piped());
    command
}

impl Server {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let database = Database::new().await;
        let mut command = outlay(&["serve"], settings);
        command
            .env("DATABASE_URL", database.url())
            .env("OUTLAY_LISTEN", "127.0.0.1:0")
            .env("OUTLAY_LOG_FORMAT", "json");
        let mut process = command.spawn().expect("the program starts");
        let mut log = BufReader::new(process.stderr.take().expect("piped"));
        let ready = log_line(&mut log, "ready");
        let address = ready["listen"].as_str().expect("an address").to_owned();
        Self {
            process,
            address,
            log,
            _database: database,
        }
    }

    /// The answer to a request, as it came over the wire.
    fn get(&self, path: &str) -> String {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        ))
    }

    /// The answer to a request as it goes over the wire.
    fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// How the answer begins to what is sent so many bytes at a time.
    fn first_words(&self, request: &str, pace: usize) -> [u8; 12] {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_nodelay(true).expect("a connection");
        for bytes in request.as_bytes().chunks(pace) {
            stream.write_all(bytes).expect("written");
        }
        let mut beginning = [0; 12];
        stream.read_exact(&mut beginning).expect("an answer");
        beginning
    }

    fn terminate(&self) {
        let pid = self.process.id().to_string();
        let status = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill is there");
        assert!(status.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The next line of the log with this message.
fn log_line(log: &mut impl BufRead, message: &str) -> serde_json::Value {
    for line in log.lines() {
        let line = line.expect("UTF-8");
        let entry: serde_json::Value = serde_json::from_str(&line).expect("a JSON object a line");
        if entry["message"] == message {
            return entry;
        }
    }
    panic!("the log ends without {message:?}");
}

/// The only line that a failing start prints.
fn refusal(arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = outlay(arguments, settings)
        .output()
        .expect("the program starts");
    assert!(!output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

#[test]
fn a_wrong_setting_stops_the_start_with_one_line_that_names_it() {
    let serve = |name, value| refusal(&["serve"], &[(name, value)]);
    assert_eq!(
        serve("OUTLAY_LISTEN", "here"),
        "outlay: OUTLAY_LISTEN: invalid value 'here': invalid socket address syntax"
    );
    assert_eq!(
        serve("OUTLAY_REGISTRATION", "maybe"),
        "outlay: OUTLAY_REGISTRATION: invalid value 'maybe': one of open, closed is expected"
    );
    assert_eq!(
        serve("OUTLAY_TLS_CERT", "a.pem"),
        "outlay: OUTLAY_TLS_KEY is missing"
    );
    assert!(
        serve("OUTLAY_PUBLIC_URL", "outlay.example").starts_with("outlay: OUTLAY_PUBLIC_URL: ")
    );
    assert!(serve("OUTLAY_LOG", "=!=").starts_with("outlay: OUTLAY_LOG: "));
    assert!(serve("DATABASE_URL", "mysql://nowhere").starts_with("outlay: DATABASE_URL: "));
    assert_eq!(
        serve("DATABASE_REPLICA_URL", "postgres://nowhere"),
        "outlay: DATABASE_URL is missing"
    );
    assert!(serve("REDIS_URL", "http://nowhere").starts_with("outlay: REDIS_URL: "));
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_stops_the_start_with_the_reason() {
    let database = Database::new().await;
    let elsewhere = format!("{}&dbname=nowhere", database.url());
    assert_eq!(
        refusal(&["serve"], &[("DATABASE_URL", &elsewhere)]),
        "outlay: DATABASE_URL: cannot connect: database \"nowhere\" does not exist"
    );
}

#[tokio::test]
async fn a_setting_that_does_not_exist_is_warned_of() {
    let database = Database::new().await;
    let url = database.url();
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("OUTLAY_REGISTRATON", "closed"),
    ];
    let output = outlay(&["migrate"], &settings).output().expect("it starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.contains("WARN OUTLAY_REGISTRATON: there is no such setting"),
        "{log}"
    );
}

#[test]
fn settings_that_contradict_each_other_stop_the_start_with_one_line() {
    let serve = |settings: &[(&str, &str)]| refusal(&["serve"], settings);
    let database = ("DATABASE_URL", "postgres://nowhere/outlay");
    assert_eq!(
        serve(&[
            ("OUTLAY_PUBLIC_URL", "http://outlay.example"),
            ("OUTLAY_TLS_CERT", "a.pem"),
            ("OUTLAY_TLS_KEY", "b.pem"),
        ]),
        "outlay: OUTLAY_PUBLIC_URL: it begins with http://, but with OUTLAY_TLS_CERT only https:// is served"
    );
    assert_eq!(
        serve(&[database, ("OUTLAY_POSTGRES_BIN", "/usr/bin")]),
        "outlay: OUTLAY_POSTGRES_BIN: it is for the embedded PostgreSQL, but DATABASE_URL names another"
    );
    assert_eq!(
        serve(&[database, ("DATABASE_REPLICA_URL", database.1)]),
        "outlay: DATABASE_REPLICA_URL: it names the same as DATABASE_URL"
    );
    assert_eq!(
        serve(&[
            ("OUTLAY_PUBLIC_URL", "http://outlay.example"),
            ("OUTLAY_CORS_ORIGINS", "https://app.example"),
        ]),
        "outlay: OUTLAY_CORS_ORIGINS: a front end on another site needs cookies that browsers take over https:// only, \
         but OUTLAY_PUBLIC_URL begins with http://"
    );
}

#[test]
fn help_lists_every_setting_with_its_default() {
    let output = outlay(&["--help"], &[])
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for setting in [
        "OUTLAY_LISTEN",
        "DATABASE_URL",
        "REDIS_URL",
        "OUTLAY_TLS_CERT",
        "OUTLAY_LOG_FORMAT",
    ] {
        assert!(text.contains(setting), "{setting}");
    }
    assert!(text.contains("Default: 127.0.0.1:8080."), "{text}");
}

#[tokio::test]
async fn the_log_names_every_request_by_the_id_that_was_answered() {
    let mut server = Server::start(&[]).await;
    let answer = server.get("/api/v1/ledgers");
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("x-request-id: "))
        .expect("an id");
    let entry = log_line(&mut server.log, "answered");
    assert_eq!(entry["span"]["request_id"], *id);
    assert_eq!(entry["status"], 401);
}

#[tokio::test]
async fn a_connection_speaks_http_1_or_2_whether_its_bytes_come_together_or_one_by_one() {
    let server = Server::start(&[]).await;
    let get = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // It begins as HTTP/2 does.
    let post = "POST /health/live HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    // HTTP/2 begins with settings, which are a frame of kind 4.
    let settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for pace in [1, 1000] {
        assert_eq!(&server.first_words(get, pace), b"HTTP/1.1 200");
        assert_eq!(&server.first_words(post, pace), b"HTTP/1.1 405");
        assert_eq!(server.first_words(settings, pace)[3], 4);
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_what_it_has_begun() {
    let mut server = Server::start(&[]).await;
    let mut stream = TcpStream::connect(&server.address).expect("the server listens");
    // The head is there and the body is not: the request has begun.
    let body = r#"{"email":"nobody@outlay.example","password":"wrong horse"}"#;
    write!(
        stream,
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .expect("written");
    // The listener has taken the connection once it answers on another one.
    server.get("/health/live");
    server.terminate();
    log_line(&mut server.log, "stopping");
    stream.write_all(body.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    log_line(&mut server.log, "stopped");
    assert!(server.process.wait().expect("an end").success());
}

#[tokio::test]
async fn open_streams_are_told_of_a_stop_and_do_not_hold_it_up() {
    let patience = Duration::from_mins(1);
    let settings = [("OUTLAY_REQUEST_TIMEOUT", "60")];
    let mut server = Server::start(&settings).await;
    let body = r#"{"email":"anna@outlay.example","password":"correct horse battery staple","name":"anna"}"#;
    let account = server.send(&format!(
        "POST /api/v1/auth/register HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    let token = account
        .split_once("\"access_token\":\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .expect("an access token")
        .0;
    let mut stream = TcpStream::connect(&server.address).expect("the server listens");
    write!(
        stream,
        "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .expect("written");
    let mut stream = BufReader::new(stream);
    let mut lines = String::new();
    while !lines.contains("event: ledger\n") {
        stream.read_line(&mut lines).expect("UTF-8");
    }
    let told = Instant::now();
    server.terminate();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("UTF-8");
    assert!(
        rest.contains("event: end\ndata: {\"reason\":\"stopping\"}"),
        "{rest}"
    );
    log_line(&mut server.log, "stopped");
    assert!(server.process.wait().expect("an end").success());
    assert!(
        told.elapsed() < patience,
        "as long as it waits for those who do not end"
    );
}

#[tokio::test]
async fn with_a_certificate_it_serves_tls_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&cert, pair.cert.pem()).expect("written");
    std::fs::write(&key, pair.signing_key.serialize_pem()).expect("written");
    let paths = [
        ("OUTLAY_TLS_CERT", cert.to_str().expect("UTF-8")),
        ("OUTLAY_TLS_KEY", key.to_str().expect("UTF-8")),
    ];
    let server = Server::start(&paths).await;
    let port = server.address.rsplit_once(':').expect("a port").1;
    let curl = |url: String| {
        let trusted = cert.to_str().expect("UTF-8");
        Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                trusted,
                &url,
            ])
            .output()
    };
    let tls = curl(format!("https://localhost:{port}/health/live")).expect("curl is there");
    assert_eq!(String::from_utf8_lossy(&tls.stdout), "200");
    let plain = curl(format!("http://localhost:{port}/health/live")).expect("curl is there");
    assert_eq!(String::from_utf8_lossy(&plain.stdout), "000");
}
