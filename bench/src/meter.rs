//! What the processes use: processor time and memory of the server, PostgreSQL, Redis, and of the load itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::{Connection as _, PgConnection};

use crate::server::Server;

/// Which processes.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    server: u32,
    /// The process that all of PostgreSQL's processes come from.
    postmaster: u32,
    redis: Option<u32>,
}

/// Processor time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    pub server: Duration,
    pub postgres: Duration,
    pub redis: Duration,
    /// Of this process, which makes the load.
    pub load: Duration,
}

/// Memory in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub server: u64,
    /// With the share of each of its processes in what they have in common.
    pub postgres: u64,
    pub redis: u64,
}

impl Cpu {
    /// What was used since then.
    pub fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            postgres: self.postgres.saturating_sub(before.postgres),
            redis: self.redis.saturating_sub(before.redis),
            load: self.load.saturating_sub(before.load),
        }
    }

    /// Added up.
    pub fn plus(self, other: Self) -> Self {
        Self {
            server: self.server + other.server,
            postgres: self.postgres + other.postgres,
            redis: self.redis + other.redis,
            load: self.load + other.load,
        }
    }

    /// The server's over PostgreSQL's.
    pub fn ratio(self) -> f64 {
        self.server.as_secs_f64() / self.postgres.as_secs_f64().max(1e-3)
    }
}

impl Meter {
    /// Finds the processes.
    pub async fn new(server: &Server, database: &str) -> Result<Self> {
        let mut database = PgConnection::connect(database).await?;
        let data: String = sqlx::query_scalar("select current_setting('data_directory')")
            .fetch_one(&mut database)
            .await?;
        let lock = std::fs::read_to_string(format!("{data}/postmaster.pid"))?;
        Ok(Self {
            server: server.pid()?,
            postmaster: lock.lines().next().context("a process id")?.parse()?,
            redis: std::env::var("REDIS_URL").ok().and_then(|url| redis(&url)),
        })
    }

    /// The processor time that they have used so far.
    pub fn cpu(&self) -> Result<Cpu> {
        Ok(Cpu {
            server: cpu_of(self.server)?,
            postgres: postgres(self.postmaster)?,
            redis: self.redis.map_or(Ok(Duration::ZERO), cpu_of)?,
            load: cpu_of(std::process::id())?,
        })
    }

    /// The memory that they have now.
    pub fn memory(&self) -> Result<Memory> {
        let mut postgres = proportional_kib(self.postmaster).unwrap_or_default();
        for pid in children(self.postmaster)? {
            postgres += proportional_kib(pid).unwrap_or_default();
        }
        Ok(Memory {
            server: resident_kib(self.server)?,
            postgres,
            redis: self.redis.map_or(Ok(0), resident_kib)?,
        })
    }
}

/// The process id of the Redis at this address, as it says itself.
fn redis(url: &str) -> Option<u32> {
    let address = url.strip_prefix("redis://")?.split('/').next()?;
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(b"INFO server\r\nQUIT\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"))?;
    line.trim().parse().ok()
}

/// `VmRSS` of a process.
pub fn resident_kib(pid: u32) -> Result<u64> {
    kib(&format!("/proc/{pid}/status"), "VmRSS:")
}

fn proportional_kib(pid: u32) -> Result<u64> {
    kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

fn kib(path: &str, name: &str) -> Result<u64> {
    let text = std::fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.with_context(|| format!("no {name} in {path}"))?;
    Ok(value.trim().trim_end_matches(" kB").parse()?)
}

/// The processor time that all processes of PostgreSQL have used so far, those that have ended included.
fn postgres(postmaster: u32) -> Result<Duration> {
    let mut total = cpu_of(postmaster)?;
    for pid in children(postmaster)? {
        // A process may end between being listed and being read.
        total += cpu_of(pid).unwrap_or_default();
    }
    Ok(total)
}

fn children(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(stat) = stat(pid) else { continue };
        if stat.get(1).is_some_and(|of| *of == parent.to_string()) {
            children.push(pid);
        }
    }
    Ok(children)
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
