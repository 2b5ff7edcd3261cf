//! The server that is measured, as a process of its own with its default settings.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::load::Connection;

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
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let started = Instant::now();
        let process = Command::new(program)
            .arg("serve")
            .env("OUTLAY_LISTEN", format!("127.0.0.1:{port}"))
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        while started.elapsed() < Duration::from_secs(30) {
            if let Ok(mut connection) = Connection::open(port).await
                && let Ok((200, _)) = connection.send("GET", "/health/ready", None, None).await
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
        let pid = self
            .process
            .id()
            .context("the server has ended by itself")?;
        Command::new("kill").arg(pid.to_string()).status().await?;
        self.process.wait().await?;
        Ok(())
    }

    /// Its memory in KiB: `VmRSS`.
    pub fn resident_kib(&self) -> Result<u64> {
        let pid = self
            .process
            .id()
            .context("the server has ended by itself")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// The processor time that it has used so far.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(
            self.process
                .id()
                .context("the server has ended by itself")?,
        )
    }
}

/// The processor time that all processes of PostgreSQL have used so far, those that have ended included.
pub fn postgres_cpu(postmaster: u32) -> Result<Duration> {
    let mut total = cpu_of(postmaster)?;
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end between being listed and being read.
        let Ok(stat) = stat(pid) else { continue };
        if stat
            .get(1)
            .is_some_and(|parent| *parent == postmaster.to_string())
        {
            total += cpu_of(pid).unwrap_or_default();
        }
    }
    Ok(total)
}

/// User and system time of a process and of its children that have ended.
fn cpu_of(pid: u32) -> Result<Duration> {
    // proc_pid_stat(5): utime, stime, cutime, cstime are fields 14 to 17, in hundredths of a second.
    let ticks: u64 = stat(pid)?[11..15]
        .iter()
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The fields of `/proc/PID/stat` from the third on: what comes before may have spaces in it.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("no process name")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}
