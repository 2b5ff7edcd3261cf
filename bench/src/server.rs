//! The server that is measured, as a process of its own with its default settings, but for the limit on how often a user may ask.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::http::{Ask, Connection};
use crate::meter;

/// How often one looks at its memory.
const GLANCE: Duration = Duration::from_millis(100);

/// A running server.
pub struct Server {
    process: Child,
    pub port: u16,
    /// From the start of the process until `/health/ready` said so.
    pub ready_after: Duration,
}

impl Server {
    /// Starts it on a free port, and waits until it is ready.
    pub async fn start(program: &Path) -> Result<Self> {
        Self::with_connections(program, None).await
    }

    /// The same, with so many connections to PostgreSQL instead of as many as it opens by default.
    pub async fn with_connections(program: &Path, connections: Option<u32>) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let started = Instant::now();
        let process = Command::new(program)
            .arg("serve")
            .env("OUTLAY_LISTEN", format!("127.0.0.1:{port}"))
            // One user on 64 connections asks ten thousand times a second. Counted they are none the less.
            .env("OUTLAY_REQUESTS_PER_MINUTE", "1000000")
            .envs(connections.map(|number| ("OUTLAY_DATABASE_CONNECTIONS", number.to_string())))
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        while started.elapsed() < Duration::from_secs(30) {
            if let Ok(mut connection) = Connection::open(port).await
                && let Ok(answer) = connection.send(Ask::get("/health/ready")).await
                && answer.status == 200
            {
                return Ok(Self {
                    process,
                    port,
                    ready_after: started.elapsed(),
                });
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the server is not ready after 30 seconds")
    }

    /// Stops it and waits for its end.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.pid()?;
        Command::new("kill").arg(pid.to_string()).status().await?;
        self.process.wait().await?;
        Ok(())
    }

    /// Its process id.
    pub fn pid(&self) -> Result<u32> {
        self.process.id().context("the server has ended by itself")
    }

    /// What comes of this, and the most memory in KiB that it had meanwhile.
    pub async fn most_resident_kib<T>(&self, work: impl Future<Output = T>) -> Result<(T, u64)> {
        let mut most = 0;
        let mut work = std::pin::pin!(work);
        loop {
            let done = tokio::time::timeout(GLANCE, &mut work).await;
            most = self.resident_kib()?.max(most);
            if let Ok(done) = done {
                return Ok((done, most));
            }
        }
    }

    /// Its memory in KiB.
    pub fn resident_kib(&self) -> Result<u64> {
        meter::resident_kib(self.pid()?)
    }
}
