//! The three that may die: PostgreSQL, Redis, and the server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::http::Http;
use crate::process::{PATIENCE, Process, command, free_port, run, until};

/// A folder that goes with the test, and that PostgreSQL's user may pass through.
pub fn folder() -> TempDir {
    let open = fs::Permissions::from_mode(0o711);
    tempfile::Builder::new()
        .permissions(open)
        .tempdir()
        .unwrap()
}

/// A PostgreSQL that keeps its promises: on disk, with `fsync`.
pub struct Postgres {
    data: PathBuf,
    socket: PathBuf,
    process: Option<Process>,
}

/// The folder of PostgreSQL's programs: where the newest is.
fn bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("Debian's PostgreSQL");
    let newest = versions
        .flatten()
        .max_by_key(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().parse::<u32>().unwrap_or_default()
        })
        .expect("an installed PostgreSQL");
    newest.path().join("bin")
}

impl Postgres {
    /// A new and running one with an empty database, in a folder that is let go of by the caller.
    pub async fn new(folder: &Path) -> Self {
        let mut postgres = Self::within(folder.join("postgres"));
        let mut initdb = command(&bin().join("initdb"), true);
        initdb
            .args(["-U", "outlay", "-A", "trust", "-E", "UTF8"])
            .args(["--locale=C.UTF-8", "-D"])
            .arg(&postgres.data);
        run(initdb);
        postgres.start().await;
        let mut connection = postgres.connect("postgres").await.unwrap();
        sqlx::query("create database outlay")
            .execute(&mut connection)
            .await
            .unwrap();
        postgres
    }

    /// A new and running streaming replica of this one.
    pub async fn replica(&self, folder: &Path) -> Self {
        let mut replica = Self::within(folder.join("replica"));
        let mut copy = command(&bin().join("pg_basebackup"), true);
        copy.args(["-U", "outlay", "-c", "fast", "-R", "-h"])
            .arg(&self.socket)
            .arg("-D")
            .arg(&replica.data);
        run(copy);
        replica.start().await;
        replica
    }

    fn within(socket: PathBuf) -> Self {
        fs::create_dir(&socket).unwrap();
        if rustix::process::geteuid().is_root() {
            let mut own = command(Path::new("chown"), false);
            own.arg("postgres").arg(&socket);
            run(own);
        }
        Self {
            data: socket.join("data"),
            socket,
            process: None,
        }
    }

    /// Starts it, as often as it takes, and waits until it answers.
    pub async fn start(&mut self) {
        let begun = Instant::now();
        loop {
            if self.process.as_mut().is_none_or(Process::has_ended) {
                self.process = Some(self.spawn());
            }
            if self.connect("postgres").await.is_ok() {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "PostgreSQL does not start: {}",
                fs::read_to_string(self.log()).unwrap_or_default()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.socket.join("log")
    }

    fn spawn(&self) -> Process {
        let mut postgres = command(&bin().join("postgres"), true);
        postgres
            .arg("-D")
            .arg(&self.data)
            .arg("-k")
            .arg(&self.socket);
        postgres.args(["-c", "listen_addresses=", "-c", "timezone=UTC"]);
        // How soon a replica looks for a primary that was away: five seconds by default.
        postgres.args(["-c", "wal_retrieve_retry_interval=200ms"]);
        Process::start(postgres, &self.log())
    }

    /// All of its processes, which work in its folder.
    fn processes(&self) -> Vec<Pid> {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == self.data)
            })
            .filter_map(Pid::from_raw)
            .collect()
    }

    /// Sends a signal to all of its processes.
    pub fn signal(&self, signal: Signal) {
        for process in self.processes() {
            kill_process(process, signal).ok();
        }
    }

    /// As if the machine had lost its power, but for what the kernel has yet to write.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.process = None;
    }

    /// Kills one that serves a connection. PostgreSQL then ends all others, and recovers.
    pub async fn kill_backend(&self) {
        let mut connection = self.connect("outlay").await.unwrap();
        let backend: i32 = sqlx::query_scalar(
            "select pid from pg_stat_activity where application_name = 'outlay' limit 1",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        kill_process(Pid::from_raw(backend).unwrap(), Signal::KILL).ok();
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// How a database of it is reached.
    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::from_str(&self.url(database)).unwrap()
    }

    /// The same, for another process.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?user=outlay&host={}",
            self.socket.display()
        )
    }

    /// A connection that is nobody else's.
    pub async fn connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options(database)).await
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// A Redis that keeps nothing.
pub struct Redis {
    port: u16,
    log: PathBuf,
    process: Option<Process>,
}

impl Redis {
    /// A new and running one.
    pub async fn new(folder: &Path) -> Self {
        let mut redis = Self {
            port: free_port(),
            log: folder.join("redis.log"),
            process: None,
        };
        redis.start().await;
        redis
    }

    /// Starts it, and waits until it listens.
    pub async fn start(&mut self) {
        let mut redis = command(Path::new("redis-server"), false);
        redis.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]);
        redis.args(["--save", "", "--appendonly", "no"]);
        self.process = Some(Process::start(redis, &self.log));
        until("Redis listens", async || {
            TcpStream::connect(("127.0.0.1", self.port)).await.ok()
        })
        .await;
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    /// How it is reached.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }
}

/// The program itself.
pub struct Outlay {
    pub port: u16,
    log: PathBuf,
    settings: Vec<(&'static str, String)>,
    process: Option<Process>,
}

impl Outlay {
    /// A running one with these settings and no others.
    pub async fn new(folder: &Path, settings: Vec<(&'static str, String)>) -> Self {
        let port = free_port();
        let mut outlay = Self {
            port,
            log: folder.join(format!("outlay-{port}.log")),
            settings,
            process: None,
        };
        outlay.start().await;
        outlay
    }

    /// Starts it as often as it takes, as whoever runs services does, and waits until it is ready.
    pub async fn start(&mut self) {
        let begun = Instant::now();
        let mut http = Http::at(self.port);
        loop {
            if self.process.as_mut().is_none_or(Process::has_ended) {
                self.process = Some(self.spawn());
            }
            if matches!(http.get("/health/ready").await, Ok(answer) if answer.status == 200) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "the server does not start: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn spawn(&self) -> Process {
        let mut outlay = command(Path::new(env!("CARGO_BIN_EXE_outlay")), false);
        let settings = self.settings.iter().map(|(name, value)| (*name, value));
        outlay
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NO_COLOR", "1")
            .env("OUTLAY_LOG", "warn")
            .env("OUTLAY_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("OUTLAY_REGISTRATIONS_PER_HOUR", "1000")
            .env("OUTLAY_REQUESTS_PER_MINUTE", "0")
            .envs(settings);
        Process::start(outlay, &self.log)
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    /// Tells it to stop, as whoever runs services does, and says whether it came to a good end.
    pub async fn stop(&mut self) -> bool {
        self.signal(Signal::TERM);
        self.process.as_mut().unwrap().end().await
    }

    /// All that it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}
