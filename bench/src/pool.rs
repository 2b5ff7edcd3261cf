//! How many connections to PostgreSQL a server should open: the same load on servers that open more and more.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::accounts::{self, Account};
use crate::asks;
use crate::ceilings;
use crate::load::{self, Request, Turn};
use crate::pace;
use crate::server::Server;
use crate::timing::{Times, median, words};

/// How many connections.
const SIZES: [u32; 6] = [2, 4, 8, 16, 32, 64];
/// Connections of the load.
const CONNECTIONS: usize = 64;
const DURATION: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
const ROUNDS: u32 = 3;
/// Those whose ledgers are added to; the first one's is read.
const PEOPLE: u32 = 100;

/// What was seen with so many.
pub struct Row {
    size: u32,
    read: Seen,
    written: Seen,
}

#[derive(Default)]
struct Seen {
    per_second: Vec<f64>,
    times: Times,
    errors: u32,
}

/// Measures, with the ledgers of the ceilings.
pub async fn measure(program: &Path, database: &str) -> Result<Vec<Row>> {
    let new = |size| Row {
        size,
        read: Seen::default(),
        written: Seen::default(),
    };
    let mut rows: Vec<_> = SIZES.map(new).into();
    for _ in 0..pace::rounds(ROUNDS) {
        for row in &mut rows {
            let server = Server::with_connections(program, Some(row.size)).await?;
            let people = accounts::sign_in(&server, database, 1..=PEOPLE).await?;
            let cursor = ceilings::cursor(&server, &people[0]).await?;
            let people: Arc<[Account]> = people.into();
            let me = people[0].clone();
            row.read
                .add(&server, move || asks::next_page(&me, &cursor))
                .await;
            let add = move || asks::add(&people[fastrand::usize(2..people.len())]);
            row.written.add(&server, add).await;
            server.stop().await?;
            eprintln!(
                "{} connections: {:.0?} read, {:.0?} written a second",
                row.size,
                row.read.per_second.last(),
                row.written.per_second.last()
            );
        }
    }
    Ok(rows)
}

impl Seen {
    async fn add<F>(&mut self, server: &Server, request: F)
    where
        F: Fn() -> Request + Send + Sync + 'static,
    {
        let turn = Arc::new(move || Turn::from(request()));
        load::closed(server.port, CONNECTIONS, WARM_UP, &turn).await;
        let seen = load::closed(server.port, CONNECTIONS, DURATION, &turn).await;
        self.per_second.push(seen.per_second());
        self.times.add(&seen.times);
        self.errors += seen.errors;
    }

    fn cells(&self) -> String {
        format!(
            "{:.0} | {} | {}",
            median(self.per_second.iter().copied()),
            words(self.times.at(99.0)),
            self.errors
        )
    }
}

/// The section of the report.
pub fn section(rows: &[Row]) -> String {
    let mut page = format!(
        "\n## Connections to PostgreSQL\n\
         The next page and adding to many ledgers, as above, with {CONNECTIONS} connections of the load, at servers that open \
         more and more themselves (`OUTLAY_DATABASE_CONNECTIONS`, 16 by default). {ROUNDS} rounds of {} s in turn, medians; p99 \
         over all of them.\n\n\
         | connections | next pages per second | p99 | errors | additions per second | p99 | errors |\n\
         |---:|---:|---:|---:|---:|---:|---:|\n",
        DURATION.as_secs()
    );
    for row in rows {
        let (read, written) = (row.read.cells(), row.written.cells());
        writeln!(page, "| {} | {read} | {written} |", row.size).expect("a string takes all");
    }
    page
}
