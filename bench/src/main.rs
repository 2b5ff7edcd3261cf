//! Measures Outlay on the database of `DATABASE_URL`, and writes what it saw into `docs/performance.md`.
//!
//! Runs within `scripts/with-services`; `make bench` does everything. `bench PATH-OF-OUTLAY PART …` measures some parts
//! alone and prints what it saw: `ceilings`, `pool`, `users`, `growth`, `live`. With `try` it measures a small part of everything, to
//! see that measuring works.

mod accounts;
mod asks;
mod ceilings;
mod growth;
mod http;
mod live;
mod load;
mod meter;
mod pace;
mod pool;
mod process;
mod report;
mod server;
mod timing;
mod users;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::report::Findings;
use crate::server::Server;

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Ceilings,
    Pool,
    Users,
    Growth,
    Live,
}

impl Part {
    const ALL: [(&'static str, Self); 5] = [
        ("ceilings", Self::Ceilings),
        ("pool", Self::Pool),
        ("users", Self::Users),
        ("growth", Self::Growth),
        ("live", Self::Live),
    ];
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next();
    let program = program.context("usage: bench PATH-OF-OUTLAY [try] [PART …]")?;
    if program == "bare" {
        return ceilings::serve_bare().await;
    }
    let mut parts = Vec::new();
    let mut is_whole = true;
    for name in arguments {
        if name == "try" {
            pace::only_try();
            is_whole = false;
            continue;
        }
        let part = Part::ALL.iter().find(|(known, _)| *known == name);
        parts.push(part.with_context(|| format!("no part is called {name}"))?.1);
    }
    if parts.is_empty() {
        parts = Part::ALL.map(|(_, part)| part).into();
    }
    let database = std::env::var("DATABASE_URL").context("run this with `make bench`")?;
    open_many_files()?;
    is_whole &= parts.len() == Part::ALL.len();
    let findings = findings(&PathBuf::from(program), &database, &parts).await?;
    if is_whole {
        report::write(&findings)?;
    } else {
        println!("{}", report::page(&findings)?);
    }
    ensure!(findings.failures.is_empty(), "{:?}", findings.failures);
    Ok(())
}

/// Measures one part after the other. What fails is noted, and the others are measured none the less.
async fn findings(program: &Path, database: &str, parts: &[Part]) -> Result<Findings> {
    let mut findings = Findings::default();
    let (process, mut server) = process::measure(Server::start(program).await?, program).await?;
    findings.process = Some(process);
    let ledgers: Vec<_> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Ceilings => ceilings::ledgers(),
            // Where it is measured alone, the ledgers of the ceilings are not there yet.
            Part::Pool if !parts.contains(&Part::Ceilings) => ceilings::ledgers(),
            Part::Users => users::ledgers(),
            Part::Growth => growth::ledgers(),
            Part::Pool | Part::Live => Vec::new(),
        })
        .collect();
    accounts::fill(&server, database, &ledgers).await?;
    for part in parts {
        // Each begins with a server whose memory is not what another one's load has left.
        server.stop().await?;
        server = Server::start(program).await?;
        let measured = part.measure(&server, program, database, &mut findings);
        if let Err(error) = measured.await {
            eprintln!("{part:?} failed: {error:#}");
            findings.failures.push(format!("{part:?}: {error:#}"));
        }
    }
    if server.stop().await.is_err() {
        bail!("the server has ended by itself");
    }
    Ok(findings)
}

impl Part {
    async fn measure(
        self,
        server: &Server,
        program: &Path,
        database: &str,
        findings: &mut Findings,
    ) -> Result<()> {
        match self {
            Self::Pool => findings.pool = pool::measure(program, database).await?,
            Self::Ceilings => findings.ceilings = Some(ceilings::measure(server, database).await?),
            Self::Users => findings.crowds = users::measure(server, database).await?,
            Self::Growth => findings.growth = Some(growth::measure(server, database).await?),
            Self::Live => findings.streams = Some(live::streams(server, database).await?),
        }
        Ok(())
    }
}

/// Lets this process and the server that it starts have as many connections as the system allows.
fn open_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
