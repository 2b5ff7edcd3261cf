//! From start to stop: the listener, the database behind it, and a shutdown that finishes what it has begun.

mod moving;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use rustix::process::{Resource, getrlimit, setrlimit};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::signal::unix::{SignalKind, signal};

use crate::accept::Peeking;
use crate::app::{self, App};
use crate::categories::merging;
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::ledgers::removal;
use crate::postgres::{Postgres, Settings, StartError};
use crate::telemetry;
use moving::Acceptor;

/// How many bytes of a connection are kept in memory, each way; the head of a request has to fit.
const BUFFER: usize = 64 * 1024;

/// How many connections may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// How long the head of a request may take to arrive, on a new connection or on one that is kept alive.
const HEADERS: Duration = Duration::from_mins(1);

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Config, started: Instant) -> anyhow::Result<()> {
    open_many_files();
    let database = Database::open(&config).await?;
    let pool = database.pool.clone();
    let listener = std::net::TcpListener::bind(config.listen)
        .with_context(|| format!("OUTLAY_LISTEN: cannot listen on {}", config.listen))?;
    listener.set_nonblocking(true)?;
    // Again, with a longer queue than the usual one: what does not fit is told nothing, and comes again after a second.
    rustix::net::listen(&listener, BACKLOG)?;
    let tls = match (&config.tls_cert, &config.tls_key) {
        (Some(cert), Some(key)) => Some(
            RustlsConfig::from_pem_file(cert, key)
                .await
                .context("OUTLAY_TLS_CERT, OUTLAY_TLS_KEY")?,
        ),
        _ => None,
    };
    // Longer than what is worked at may take without a word, and than the head of a request: those are told why.
    let patience = HEADERS + Duration::from_secs(config.request_timeout.into());
    let app = App::new(config.clone(), pool.clone(), Clock::default());
    let handle = Handle::new();
    tokio::spawn(stop_on_signal(app.clone(), handle.clone()));
    tokio::spawn(telemetry::upkeep());
    tokio::spawn(removal::run(pool));
    tokio::spawn(merging::run(app.clone()));
    tracing::info!(listen = %listener.local_addr()?, url = config.public_url(), ready_ms = started.elapsed().as_millis(), "ready");
    let service = app::router(app).into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            bounded(axum_server::from_tcp(listener)?)
                .acceptor(RustlsAcceptor::new(tls).acceptor(Acceptor {
                    inner: DefaultAcceptor,
                    patience,
                }))
                .handle(handle)
                .serve(service)
                .await?;
        }
        None => {
            bounded(axum_server::from_tcp(listener)?)
                .acceptor(Acceptor {
                    inner: Peeking,
                    patience,
                })
                .handle(handle)
                .serve(service)
                .await?;
        }
    }
    database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Bounds how long a client may take to say what it wants, and what a connection keeps for one that does not read; of an
/// event stream, the rest waits coalesced.
fn bounded(mut server: Server<SocketAddr>) -> Server<SocketAddr> {
    server
        .http_builder()
        .http1()
        .max_buf_size(BUFFER)
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS);
    server
}

/// Takes as many open files as the system lets us have: each stream of events is one, and the usual limit is 1,024.
fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}

/// The migrated database that the settings name, or the embedded one.
pub struct Database {
    pub pool: PgPool,
    embedded: Option<Postgres>,
}

impl Database {
    /// Opens it, starts it where it is the embedded one, and brings its tables up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            let options = url.parse().context("DATABASE_URL")?;
            return Self::migrated(config, options, None).await;
        }
        let postgres = Postgres::start(settings(config)).await?;
        Self::migrated(config, postgres.options(), Some(postgres)).await
    }

    /// The same, but beside an Outlay that runs the embedded one, if there is one.
    pub async fn join(config: &Config) -> anyhow::Result<Self> {
        match Self::open(config).await {
            Err(error) if matches!(error.downcast_ref(), Some(StartError::InUse(_))) => {
                Self::migrated(config, Postgres::running(&settings(config))?, None).await
            }
            opened => opened,
        }
    }

    async fn migrated(
        config: &Config,
        options: PgConnectOptions,
        embedded: Option<Postgres>,
    ) -> anyhow::Result<Self> {
        let pool = db::pool(options.clone(), config.database_connections);
        let database = Self { pool, embedded };
        match database.bring_up_to_date(&options).await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn bring_up_to_date(&self, options: &PgConnectOptions) -> anyhow::Result<()> {
        reach(&self.pool, options)
            .await
            .context("DATABASE_URL: cannot connect")?;
        let migrated = async {
            let mut connection = PgConnection::connect_with(options).await?;
            let _lock = db::lock_migrations(&mut connection).await?;
            // Not on one of the pool's, whose statements are bounded: a migration takes as long as it takes.
            let mut connection = PgConnection::connect_with(options).await?;
            db::MIGRATIONS.run(&mut connection).await
        };
        migrated
            .await
            .context("the database cannot be brought up to date")
    }

    /// Closes the connections, and stops the embedded server.
    pub async fn close(self) {
        self.pool.close().await;
        if let Some(postgres) = self.embedded {
            postgres.stop().await;
        }
    }
}

/// Waits for the first connection: a database that starts at the same time may take a moment.
async fn reach(pool: &PgPool, options: &PgConnectOptions) -> anyhow::Result<()> {
    let reached = match pool.acquire().await {
        // A pool that has waited in vain does not say why.
        Err(sqlx::Error::PoolTimedOut) => PgConnection::connect_with(options).await.map(drop),
        reached => reached.map(drop),
    };
    reached.map_err(|error| match error {
        sqlx::Error::Database(refusal) => anyhow::anyhow!("{}", refusal.message()),
        sqlx::Error::Io(error) => error.into(),
        error => error.into(),
    })
}

fn settings(config: &Config) -> Settings {
    Settings {
        data_dir: config.data_dir.clone(),
        bin: config.postgres_bin.clone(),
    }
}

async fn stop_on_signal(app: App, handle: Handle<SocketAddr>) {
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    app.drain();
    tokio::time::sleep(Duration::from_secs(app.config.drain.into())).await;
    app.live.stop();
    // As long as a request may take: what has begun is finished.
    let grace = Duration::from_secs(app.config.request_timeout.into());
    handle.graceful_shutdown(Some(grace));
}
