//! The process itself: how soon it is ready, and what it holds when nothing is asked.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::server::Server;
use crate::timing::median;

/// How often it is started.
const STARTS: usize = 5;
/// How long it is left alone.
const REST: Duration = Duration::from_secs(3);

/// What was seen.
pub struct Process {
    /// The middle one.
    pub ready: Duration,
    pub idle_kib: u64,
}

/// Starts it again and again, and leaves it alone; gives the last one back.
pub async fn measure(mut server: Server, program: &Path) -> Result<(Process, Server)> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        server.stop().await?;
        server = Server::start(program).await?;
        starts.push(server.ready_after.as_secs_f64());
    }
    tokio::time::sleep(REST).await;
    let process = Process {
        ready: Duration::from_secs_f64(median(starts)),
        idle_kib: server.resident_kib()?,
    };
    Ok((process, server))
}

/// The section of the report.
pub fn section(process: &Process) -> String {
    format!(
        "\n## The process\n\
         | what | value |\n|---|---:|\n\
         | ready on an existing database (median of {STARTS} starts) | {:.0?} |\n\
         | resident when idle | {:.1} MiB |\n",
        process.ready,
        f64::from(u32::try_from(process.idle_kib).unwrap_or(u32::MAX)) / 1024.0,
    )
}
