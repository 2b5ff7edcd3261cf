//! Ceilings: how much there is to get of each kind of request, beside what the same work costs without the server.

mod bare;
mod hashes;
mod pgbench;
mod statements;

pub use bare::serve as serve_bare;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::accounts::{self, Account, Ledgers};
use crate::asks;
use crate::http::{Ask, Connection, bearer};
use crate::load::{self, Request, Turn};
use crate::meter::{Cpu, Meter};
use crate::pace;
use crate::server::Server;
use crate::timing::{Times, median, words};
use statements::{Script, Where};

/// Connections of the load.
const CONNECTIONS: usize = 64;
/// How long one measurement lasts, after a warm-up.
const DURATION: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_millis(500);
/// How often everything is measured, in turn.
const ROUNDS: u32 = 3;
/// The people, each with a personal ledger: what is read is the first one's, and the others are added to.
const PEOPLE: u32 = 100;
/// Ledgers of the first five: one that is read, and one that is added to.
const GROUPS: [u32; 2] = [101, 102];
/// How many expenses each ledger has.
const EXPENSES: u32 = 1_000;

/// The ledgers that this needs.
pub fn ledgers() -> Vec<Ledgers> {
    vec![
        Ledgers {
            numbers: 1..=PEOPLE,
            shared: None,
            expenses: EXPENSES,
        },
        Ledgers {
            numbers: GROUPS[0]..=GROUPS[0],
            shared: Some((5, 1)),
            expenses: EXPENSES,
        },
        Ledgers {
            numbers: GROUPS[1]..=GROUPS[1],
            shared: Some((5, 1)),
            expenses: EXPENSES,
        },
    ]
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    FirstPage,
    NextPage,
    FilteredPage,
    YearReport,
    Add,
    AddToMany,
    PageOf20,
    Balances,
    AddToGroup,
    SignIn,
}

impl What {
    const ALL: [Self; 10] = [
        Self::FirstPage,
        Self::NextPage,
        Self::FilteredPage,
        Self::YearReport,
        Self::Add,
        Self::AddToMany,
        Self::PageOf20,
        Self::Balances,
        Self::AddToGroup,
        Self::SignIn,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "first page (50)",
            Self::NextPage => "next page (50)",
            Self::FilteredPage => "filtered page",
            Self::YearReport => "year's report",
            Self::Add => "add, to one ledger",
            Self::AddToMany => "add, spread over 98 ledgers",
            Self::PageOf20 => "first page of 20, group of 5",
            Self::Balances => "balances, group of 5",
            Self::AddToGroup => "add, group of 5",
            Self::SignIn => "sign in",
        }
    }

    /// What PostgreSQL has to do for it, where that is to be compared.
    const fn script(self) -> Option<Script> {
        match self {
            Self::FirstPage => Some(Script::FirstPage),
            Self::NextPage => Some(Script::NextPage),
            Self::FilteredPage => Some(Script::FilteredPage),
            Self::YearReport => Some(Script::YearReport),
            Self::Balances => Some(Script::Balances),
            Self::Add | Self::AddToMany => Some(Script::Add),
            Self::PageOf20 | Self::AddToGroup | Self::SignIn => None,
        }
    }

    /// Whether the answer may come from a cache, and is beside one that comes from nowhere else.
    const fn is_cached(self) -> bool {
        matches!(self, Self::FirstPage | Self::YearReport | Self::Balances)
    }

    const fn scope(self) -> Where {
        match self {
            Self::AddToMany => Where::Many {
                first: 3,
                last: PEOPLE,
            },
            Self::Add => Where::Ledger {
                ledger: 2,
                person: 2,
            },
            Self::Balances => Where::Ledger {
                ledger: GROUPS[0],
                person: 1,
            },
            _ => Where::Ledger {
                ledger: 1,
                person: 1,
            },
        }
    }
}

/// What was seen of one of them.
pub struct Row {
    pub what: What,
    pub times: Times,
    pub errors: u32,
    pub error: Option<String>,
    pub cpu: Cpu,
    pub per_second: Vec<f64>,
    /// The same per second without the server, or with one that does nothing but answer.
    pub pgbench: Vec<f64>,
    pub bare: Vec<f64>,
}

impl Row {
    /// Processor time of the server for each.
    pub fn server_cpu(&self) -> Duration {
        self.cpu.server / self.times.count().max(1)
    }

    /// How many per second.
    pub fn rate(&self) -> f64 {
        median(self.per_second.iter().copied())
    }

    /// In per cent of what pgbench does.
    pub fn share_of_pgbench(&self) -> Option<f64> {
        share(&self.per_second, &self.pgbench)
    }

    fn share_of_bare(&self) -> Option<f64> {
        share(&self.per_second, &self.bare)
    }
}

fn share(seen: &[f64], beside: &[f64]) -> Option<f64> {
    let shares = seen
        .iter()
        .zip(beside)
        .map(|(seen, beside)| 100.0 * seen / beside);
    (!beside.is_empty()).then(|| median(shares))
}

/// Everything that was seen.
pub struct Ceilings {
    pub rows: Vec<Row>,
    pub memory: Memory,
}

/// The most memory that the server had, in KiB.
#[derive(Default)]
pub struct Memory {
    /// While anything but signing in was asked for.
    pub loaded_kib: u64,
    /// While people signed in: each hash takes 19 MiB.
    pub signing_in_kib: u64,
}

impl Memory {
    fn note(&mut self, what: What, kib: u64) {
        let most = match what {
            What::SignIn => &mut self.signing_in_kib,
            _ => &mut self.loaded_kib,
        };
        *most = kib.max(*most);
    }
}

impl Ceilings {
    /// What was seen of one kind of request.
    pub fn of(&self, what: What) -> Option<&Row> {
        self.rows.iter().find(|row| row.what == what)
    }
}

/// Measures.
pub async fn measure(server: &Server, database: &str) -> Result<Ceilings> {
    let meter = Meter::new(server, database).await?;
    let people = Arc::new(accounts::sign_in(server, database, 1..=PEOPLE).await?);
    let cursor = cursor(server, &people[0]).await?;
    let mut rows: Vec<Row> = What::ALL.map(new_row).into();
    let mut memory = Memory::default();
    for _ in 0..pace::rounds(ROUNDS) {
        for row in &mut rows {
            let (what, people, cursor) = (row.what, Arc::clone(&people), cursor.clone());
            let turn = Arc::new(move || turn(what, &people, &cursor));
            load::closed(server.port, CONNECTIONS, WARM_UP, &turn).await;
            let before = meter.cpu()?;
            let load = load::closed(server.port, CONNECTIONS, DURATION, &turn);
            let (seen, kib) = server.most_resident_kib(load).await?;
            row.cpu = row.cpu.plus(meter.cpu()?.since(before));
            memory.note(what, kib);
            let per_second = seen.per_second();
            row.per_second.push(per_second);
            row.times.add(&seen.times);
            row.errors += seen.errors;
            row.error = row.error.take().or(seen.error);
            beside(server, database, row, &turn().request).await?;
            let beside = row.pgbench.last().or(row.bare.last());
            eprintln!(
                "{:<30} {per_second:>7.0}/s  beside it {beside:.0?}",
                what.name()
            );
        }
    }
    Ok(Ceilings { rows, memory })
}

fn new_row(what: What) -> Row {
    Row {
        what,
        times: Times::default(),
        errors: 0,
        error: None,
        cpu: Cpu::default(),
        per_second: Vec::new(),
        pgbench: Vec::new(),
        bare: Vec::new(),
    }
}

/// Measures the same without the server, and with one that answers the same bytes and does nothing else.
async fn beside(server: &Server, database: &str, row: &mut Row, request: &Request) -> Result<()> {
    if let Some(script) = row.what.script() {
        let rate = pgbench::run(database, script, row.what.scope(), DURATION).await?;
        row.pgbench.push(rate);
    }
    if row.what == What::SignIn {
        row.bare.push(hashes::per_second(database, DURATION).await?);
    }
    if row.what.is_cached() {
        let mut connection = Connection::open(server.port).await?;
        let token = request.authorization.clone().unwrap_or_default();
        let ask = Ask::get(&request.path).with("authorization", &token);
        let body = connection.send(ask).await?.expect(200)?.body;
        row.bare
            .push(bare::per_second(&body, CONNECTIONS, DURATION).await?);
    }
    Ok(())
}

fn turn(what: What, people: &[Account], cursor: &str) -> Turn {
    let in_group = |group: usize, person: usize| Account {
        ledger_id: accounts::ledger_id(GROUPS[group]),
        category_id: accounts::category_id(GROUPS[group], 0),
        ..people[person].clone()
    };
    let me = &people[0];
    let request = match what {
        What::FirstPage => asks::first_page(me),
        What::NextPage => asks::next_page(me, cursor),
        What::FilteredPage => asks::filtered_page(me),
        What::YearReport => asks::year_report(me),
        What::Add => asks::add(&people[1]),
        What::AddToMany => asks::add(&people[fastrand::usize(2..people.len())]),
        What::PageOf20 => asks::page_of_20(&in_group(0, 0)),
        What::Balances => asks::balances(&in_group(0, 0)),
        What::AddToGroup => asks::add(&in_group(1, fastrand::usize(..5))),
        What::SignIn => asks::sign_in(fastrand::u32(1..=PEOPLE)),
    };
    request.into()
}

/// Where the second page begins.
pub async fn cursor(server: &Server, account: &Account) -> Result<String> {
    let request = asks::first_page(account);
    let token = bearer(&account.token);
    let ask = Ask::get(&request.path).with("authorization", &token);
    let answer = Connection::open(server.port)
        .await?
        .send(ask)
        .await?
        .expect(200)?;
    let page: Value = answer.json()?;
    Ok(page["next_cursor"].as_str().context("a cursor")?.to_owned())
}

/// The section of the report.
pub fn section(ceilings: &Ceilings) -> String {
    let mut page = format!(
        "\n## Ceilings\n\
         {CONNECTIONS} connections, each asking again as soon as it is answered, {} s after a warm-up, on ledgers of {EXPENSES} \
         expenses; {ROUNDS} rounds in turn, medians of the rounds. *pgbench* is the share of the transactions that pgbench \
         does with the same statements (those of `server/.sqlx`) on the same database for as long right afterwards, with {} \
         clients, as many as the server has connections. *bare* is the share of what a bare axum route does that \
         answers the same bytes from memory; for signing in, the share of the hashes that Argon2 alone makes with two threads. \
         Processor time is that of the whole process, for each request.\n\n\
         | request | per second | p50 | p95 | p99 | errors | server CPU | PostgreSQL CPU | server : PostgreSQL | pgbench | bare |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        DURATION.as_secs(),
        pgbench::CLIENTS,
    );
    for row in &ceilings.rows {
        let share =
            |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.0} %"));
        let [p50, p95, p99] = [50.0, 95.0, 99.0].map(|percent| words(row.times.at(percent)));
        writeln!(
            page,
            "| {} | {:.0} | {p50} | {p95} | {p99} | {} | {} | {} | {:.2} | {} | {} |",
            row.what.name(),
            row.rate(),
            row.errors,
            words(row.server_cpu()),
            words(row.cpu.postgres / row.times.count().max(1)),
            row.cpu.ratio(),
            share(row.share_of_pgbench()),
            share(row.share_of_bare()),
        )
        .expect("a string takes all");
    }
    for row in &ceilings.rows {
        if let Some(error) = &row.error {
            writeln!(
                page,
                "\n{}: one of the errors was `{error}`.",
                row.what.name()
            )
            .expect("a string takes all");
        }
    }
    page
}
