//! People, rather than connections: each thinks, clicks, and keeps a stream of events open.
//!
//! When somebody clicks does not depend on how quick the answers are. What is counted begins when they would have clicked:
//! a server that is late cannot hide it by slowing those down who ask.

mod journal;
mod page;
mod person;
mod stream;

pub use page::section;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::accounts::{self, Account, Ledgers};
use crate::asks;
use crate::load;
use crate::meter::{Cpu, Memory, Meter};
use crate::pace;
use crate::server::Server;
use journal::{Journal, Kind};
use person::{Person, Place, Screen};

/// How many people there are at the same time.
pub const CROWDS: [u32; 3] = [1_000, 2_000, 5_000];
/// Accounts, each with a personal ledger. A larger crowd has several people for each.
const ACCOUNTS: u32 = 1_000;
const FIRST: u32 = 1_001;
/// What a personal ledger holds.
const EXPENSES: u32 = 1_000;
/// Ledgers of five people: their numbers and what each holds.
const GROUPS: (u32, u32, u32) = (100_001, 40, 5_000);
/// Ledgers of two people who have kept them for long.
const COUPLES: (u32, u32, u32) = (100_101, 3, 100_000);
/// From one click to the next, on average: how long somebody looks at a page.
const THINKING: Duration = Duration::from_secs(15);
/// Everybody has come by then.
const COMING: Duration = Duration::from_secs(10);
/// Before it is counted.
const SETTLING: Duration = Duration::from_secs(5);
/// How long it is counted.
const COUNTED: Duration = Duration::from_secs(30);
/// How long one waits for what is still under way.
const LEAVING: Duration = Duration::from_secs(65);

/// The ledgers that this needs.
pub fn ledgers() -> Vec<Ledgers> {
    let shared = |(first, count, expenses): (u32, u32, u32), size, begin| Ledgers {
        numbers: first..=first + count - 1,
        shared: Some((size, begin)),
        expenses,
    };
    vec![
        Ledgers {
            numbers: FIRST..=FIRST + ACCOUNTS - 1,
            shared: None,
            expenses: EXPENSES,
        },
        shared(GROUPS, 5, FIRST),
        shared(COUPLES, 2, FIRST + GROUPS.1 * 5),
    ]
}

/// What was seen of one crowd.
pub struct Crowd {
    pub people: u32,
    pub journal: Journal,
    pub cpu: Cpu,
    pub memory: Memory,
}

/// Measures one crowd after the other.
pub async fn measure(server: &Server, database: &str) -> Result<Vec<Crowd>> {
    let mut crowds = Vec::new();
    for people in CROWDS {
        let crowd = crowd(server, database, people).await?;
        let all = crowd.journal.all();
        eprintln!(
            "{people:>5} people: {} requests, p50 {:.1?} p99 {:.1?}, {} errors, cpu {:.1?}",
            all.times.count(),
            all.times.at(50.0),
            all.times.at(99.0),
            all.errors,
            crowd.cpu,
        );
        crowds.push(crowd);
    }
    Ok(crowds)
}

async fn crowd(server: &Server, database: &str, people: u32) -> Result<Crowd> {
    let meter = Meter::new(server, database).await?;
    let accounts = accounts::sign_in(server, database, FIRST..=FIRST + ACCOUNTS - 1).await?;
    let counted_from = Instant::now() + COMING + SETTLING;
    let until = counted_from + COUNTED;
    let journal = Arc::new(Journal::new(counted_from));
    let mut tasks = JoinSet::new();
    let count = usize::try_from(pace::amount(people))?;
    for (number, account) in accounts.iter().cycle().take(count).enumerate() {
        let person = Person::new(
            server.port,
            account,
            places(account, number % accounts.len()),
            &journal,
        );
        let comes = Instant::now() + COMING.mul_f64(fastrand::f64());
        tasks.spawn(person.live(comes, until));
    }
    tasks.spawn(passwords(server.port, Arc::clone(&journal), until));
    tokio::time::sleep_until(counted_from).await;
    let before = meter.cpu()?;
    tokio::time::sleep_until(until).await;
    let cpu = meter.cpu()?.since(before);
    let memory = meter.memory()?;
    let everybody = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(LEAVING, everybody).await.is_err() {
        journal.failed(
            Kind::Open,
            Instant::now(),
            &format!("{} people still wait after {LEAVING:?}", tasks.len()),
        );
    }
    tasks.shutdown().await;
    Ok(Crowd {
        people,
        journal: Arc::into_inner(journal).context("everybody has gone")?,
        cpu,
        memory,
    })
}

/// Where somebody has a place: in a ledger of their own, and perhaps in a shared one.
fn places(account: &Account, number: usize) -> Vec<Place> {
    let number = u32::try_from(number).unwrap_or_default();
    let mut places = vec![Place {
        ledger_id: account.ledger_id,
        member_id: account.member_id,
        categories: categories(FIRST + number),
        screen: Screen::default(),
    }];
    let (group, couple) = (number / 5, (number.saturating_sub(GROUPS.1 * 5)) / 2);
    let shared = if group < GROUPS.1 {
        Some((GROUPS.0 + group, number % 5))
    } else if couple < COUPLES.1 {
        Some((COUPLES.0 + couple, number % 2))
    } else {
        None
    };
    places.extend(shared.map(|(ledger, member)| Place {
        ledger_id: accounts::ledger_id(ledger),
        member_id: accounts::member_id(ledger, member),
        categories: categories(ledger),
        screen: Screen::default(),
    }));
    places
}

fn categories(ledger: u32) -> Vec<uuid::Uuid> {
    (0..12)
        .map(|category| accounts::category_id(ledger, category))
        .collect()
}

/// Every second, somebody signs in with a password.
async fn passwords(port: u16, journal: Arc<Journal>, until: Instant) {
    let mut at = Instant::now();
    let mut signing_in = JoinSet::new();
    while at < until {
        tokio::time::sleep_until(at).await;
        let (journal, due) = (Arc::clone(&journal), at);
        signing_in.spawn(async move {
            let person = FIRST + fastrand::u32(..ACCOUNTS);
            match load::once(port, &asks::sign_in(person)).await {
                Ok(()) => journal.answered(Kind::SignIn, due),
                Err(error) => journal.failed(Kind::SignIn, due, &format!("{error:#}")),
            }
        });
        at += Duration::from_secs(1);
    }
    signing_in.join_all().await;
}
