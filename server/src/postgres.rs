//! The embedded PostgreSQL: finds the installed programs, keeps one server of our own, and leaves nothing behind.
//!
//! The server belongs to this process: it listens on a Unix socket only, in a folder that nobody else may enter; it
//! is started again if it dies; and it goes when we go, however we go. `fsync` stays on: it is people's money.

mod account;
mod cluster;
mod install;
mod orphan;
mod supervisor;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};

use self::supervisor::Supervisor;

/// The name of both the database and its superuser.
const NAME: &str = "outlay";
/// How long to wait between two attempts to connect to a server that is starting.
const RETRY: Duration = Duration::from_millis(10);
/// How often to say that the server is still recovering.
const REPORT: Duration = Duration::from_secs(10);

/// Where the embedded server keeps its data and its programs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of everything that Outlay keeps; the cluster goes into `postgres` below it.
    pub data_dir: PathBuf,
    /// The folder with `postgres` and `initdb`; searched for in the usual places if `None`.
    pub bin: Option<PathBuf>,
}

/// Why the embedded server could not be started, each in one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "PostgreSQL 15 or later is not installed: install it (`apt install postgresql` on Debian and Ubuntu, \
         `dnf install postgresql-server` on Fedora, `brew install postgresql@17` on macOS), or set \
         OUTLAY_POSTGRES_BIN to the folder of its programs, or DATABASE_URL to a server of your own"
    )]
    NotInstalled,
    #[error("there are no PostgreSQL programs `postgres` and `initdb` that run in {}", .0.display())]
    NoPrograms(PathBuf),
    #[error(
        "Outlay needs PostgreSQL {} or later, and found {found}: please install a newer one",
        install::OLDEST
    )]
    TooOld { found: u32 },
    #[error(
        "the data in {} were written by PostgreSQL {data}, and only {found} is installed: install PostgreSQL {data} \
         (`apt install postgresql-{data}`) or set OUTLAY_POSTGRES_BIN to the folder of its programs",
        .folder.display()
    )]
    OtherVersion {
        folder: PathBuf,
        data: u32,
        found: String,
    },
    #[error("another Outlay is using {}: stop it first, or set OUTLAY_DATA_DIR to another folder", .0.display())]
    InUse(PathBuf),
    #[error(
        "there is no user to run PostgreSQL as: it refuses to run as root, and neither `postgres` nor `nobody` exists"
    )]
    NoAccount,
    #[error(
        "the user id {0} has no name on this machine, which PostgreSQL's initdb insists on: add it to /etc/passwd, run \
         Outlay as another user, or set DATABASE_URL to a server of your own"
    )]
    NamelessUser(u32),
    #[error("cannot {what} {}: {source}", .path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("initdb failed: {0}")]
    Initdb(String),
    #[error("PostgreSQL does not start: {reason} (its log is {})", .log.display())]
    Exited { reason: String, log: PathBuf },
    #[error("another PostgreSQL (process {0}) is at work on the data and does not end")]
    Orphan(i32),
    #[error("cannot connect to the embedded PostgreSQL: {0}")]
    Connect(#[from] sqlx::Error),
}

impl StartError {
    /// Words an I/O error for `map_err`, with what we were doing to which path.
    fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File {
            what,
            path: path.to_owned(),
            source,
        }
    }
}

/// A running server of our own. Dropping it stops the server and waits for that, which [`Postgres::stop`] does
/// without holding up an async thread.
#[derive(Debug)]
pub struct Postgres {
    // Dropped in this order: the server has ended before the folder of its socket goes and another Outlay may begin.
    supervisor: Supervisor,
    socket_dir: SocketDir,
    _lock: File,
    log: PathBuf,
}

impl Postgres {
    /// Starts the server on the data in `settings.data_dir`, which are created if there are none, and returns as soon
    /// as it accepts connections: after a crash of the machine that includes its recovery.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let postgres = tokio::task::spawn_blocking(move || Self::launch(&settings))
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
        postgres.until_ready().await?;
        Ok(postgres)
    }

    fn launch(settings: &Settings) -> Result<Self, StartError> {
        let place = cluster::Place::find(&settings.data_dir)?;
        let lock = place.lock()?;
        let install = install::find(settings.bin.as_deref(), place.version())?;
        place.create(&install)?;
        orphan::end(&place.pgdata)?;
        let socket_dir = SocketDir(place.socket_dir()?);
        let log = place.log_file()?;
        let supervisor = Supervisor::start(supervisor::Server {
            program: install.program("postgres"),
            pgdata: place.pgdata.clone(),
            socket_dir: socket_dir.0.clone(),
            log: log.clone(),
            account: place.account,
        })?;
        tracing::debug!(pgdata = %place.pgdata.display(), version = install.version, "PostgreSQL launched");
        Ok(Self {
            supervisor,
            socket_dir,
            _lock: lock,
            log,
        })
    }

    /// How to connect to the database `outlay`, as its owner, over the Unix socket.
    pub fn options(&self) -> PgConnectOptions {
        connect_options(&self.socket_dir.0)
    }

    /// How to connect to the server that another Outlay runs on these data.
    pub fn running(settings: &Settings) -> Result<PgConnectOptions, StartError> {
        let place = cluster::Place::find(&settings.data_dir)?;
        Ok(connect_options(&place.socket_dir()?))
    }

    /// Stops the server (open transactions are rolled back) and waits until it has ended.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || drop(self)).await;
        stopped.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    }

    async fn until_ready(&self) -> Result<(), StartError> {
        let mut reported = Instant::now();
        loop {
            match PgConnection::connect_with(&self.options()).await {
                Ok(connection) => {
                    connection.close().await?;
                    self.supervisor.keep_alive();
                    return Ok(());
                }
                Err(error) if is_code(&error, "3D000") => self.create_database().await?,
                Err(error) if is_starting(&error) => {}
                Err(error) => return Err(error.into()),
            }
            if self.supervisor.has_ended() {
                return Err(StartError::Exited {
                    reason: cluster::last_words(&self.log),
                    log: self.log.clone(),
                });
            }
            if reported.elapsed() > REPORT {
                tracing::info!(
                    "still waiting for PostgreSQL, which may be recovering after a crash"
                );
                reported = Instant::now();
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn create_database(&self) -> Result<(), StartError> {
        let mut connection =
            PgConnection::connect_with(&self.options().database("postgres")).await?;
        sqlx::query("create database outlay")
            .execute(&mut connection)
            .await?;
        Ok(connection.close().await?)
    }
}

fn connect_options(socket_dir: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(cluster::PORT)
        .username(NAME)
        .database(NAME)
        .ssl_mode(PgSslMode::Disable)
}

/// The folder of the socket, removed when the server is gone.
#[derive(Debug)]
struct SocketDir(PathBuf);

impl Drop for SocketDir {
    fn drop(&mut self) {
        // Not ours to insist on: the next start takes over a folder that was left.
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn is_code(error: &sqlx::Error, code: &str) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|found| found == code)
}

/// Whether the server is not there yet, or says that it is still starting (or recovering).
fn is_starting(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || is_code(error, "57P03")
}
