//! Measures Outlay on the database of `DATABASE_URL`, and writes what it saw into `docs/performance.md`.
//!
//! Runs within `scripts/with-services`; `make bench` does everything. Each request is measured in turn with pgbench
//! running the same statements on the same database, several rounds, because the machines that this runs on drift.
//! `bench PATH-OF-OUTLAY live` measures the live events alone and prints what it saw.

mod fill;
mod live;
mod load;
mod report;
mod server;
mod statements;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::load::{Measured, Request};
use crate::server::Server;

/// Connections of the load, and clients of pgbench.
const CONNECTIONS: usize = 16;
/// How long one measurement lasts.
const DURATION: Duration = Duration::from_secs(4);
/// How often everything is measured; medians are reported.
const ROUNDS: usize = 3;
/// The ledgers: their names and their numbers of expenses.
const LEDGERS: [(&str, u32); 2] = [("small", 1_000), ("large", 100_000)];

/// What was seen of one kind of request on one ledger.
pub struct Row {
    pub request: &'static str,
    pub expenses: u32,
    pub rounds: Vec<(Measured, f64)>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let program = PathBuf::from(
        std::env::args()
            .nth(1)
            .context("usage: bench PATH-OF-OUTLAY [live]")?,
    );
    let database = std::env::var("DATABASE_URL").context("run this with `make bench`")?;
    open_many_files()?;
    if std::env::args().nth(2).as_deref() == Some("live") {
        let server = Server::start(&program).await?;
        println!("{}", live::section(&server, &database).await?);
        return server.stop().await;
    }
    let mut starts = Vec::new();
    let mut server = Server::start(&program).await?;
    for _ in 0..5 {
        server.stop().await?;
        server = Server::start(&program).await?;
        starts.push(server.ready_after);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let idle = server.resident_kib()?;

    let mut rows = Vec::new();
    for (name, expenses) in LEDGERS {
        let account = fill::ledger(&server, &database, name, expenses).await?;
        for request in Request::ALL {
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let measured = load::run(&server, &account, request).await?;
                let transactions = load::pgbench(&database, &account, request).await?;
                eprintln!(
                    "{expenses:>7} {:<12} {measured} pgbench {transactions:.0}/s",
                    request.name()
                );
                rounds.push((measured, transactions));
            }
            rows.push(Row {
                request: request.name(),
                expenses,
                rounds,
            });
        }
    }
    let loaded = server.resident_kib()?;
    server.stop().await?;
    // Another one, whose memory is not what the load has left.
    let server = Server::start(&program).await?;
    let live = live::section(&server, &database).await?;
    server.stop().await?;
    report::write(&rows, &starts, (idle, loaded), &live)
}

/// Lets this process and the server that it starts have as many connections as the system allows.
fn open_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
