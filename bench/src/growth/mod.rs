//! Growth: the same requests on ledgers from a thousand expenses to a million, as a table and as a picture.

mod plot;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::accounts::{self, Account, Ledgers};
use crate::asks;
use crate::load::{self, Request, Seen, Turn};
use crate::pace;
use crate::server::Server;
use crate::timing::words;

/// The number of the first of the ledgers, which is also that of its person.
const FIRST: u32 = 201;
/// How many expenses they have.
pub const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Connections of the load: few, so that what is seen is the request and not the queue.
const CONNECTIONS: usize = 2;
const DURATION: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_millis(200);
/// How often everything is measured, in turn.
const ROUNDS: u32 = 3;
/// Where the picture goes.
pub const PICTURE: &str = "growth.svg";

/// The ledgers that this needs.
pub fn ledgers() -> Vec<Ledgers> {
    (FIRST..)
        .zip(SIZES)
        .map(|(number, expenses)| Ledgers {
            numbers: number..=number,
            shared: None,
            expenses,
        })
        .collect()
}

/// What is measured: each as it is when one asks again, and as it is after every write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    FirstPage,
    FirstPageAnew,
    FilteredPage,
    YearReport,
    YearReportAnew,
    Balances,
    BalancesAnew,
    Add,
}

impl What {
    const ALL: [Self; 8] = [
        Self::FirstPage,
        Self::FirstPageAnew,
        Self::FilteredPage,
        Self::YearReport,
        Self::YearReportAnew,
        Self::Balances,
        Self::BalancesAnew,
        Self::Add,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "first page",
            Self::FirstPageAnew => "first page, after a write",
            Self::FilteredPage => "filtered page",
            Self::YearReport => "year's report",
            Self::YearReportAnew => "year's report, after a write",
            Self::Balances => "balances",
            Self::BalancesAnew => "balances, after a write",
            Self::Add => "add",
        }
    }

    fn turn(self, account: &Account) -> Turn {
        let request: Request = match self {
            Self::FirstPage | Self::FirstPageAnew => asks::first_page(account),
            Self::FilteredPage => asks::filtered_page(account),
            Self::YearReport | Self::YearReportAnew => asks::year_report(account),
            Self::Balances | Self::BalancesAnew => asks::balances(account),
            Self::Add => asks::add(account),
        };
        let is_anew = matches!(
            self,
            Self::FirstPageAnew | Self::YearReportAnew | Self::BalancesAnew
        );
        Turn {
            before: is_anew.then(|| asks::add(account)),
            request,
        }
    }
}

/// What was seen of one of them, by the size of the ledger.
pub struct Row {
    pub what: What,
    pub seen: [Seen; SIZES.len()],
}

/// Everything that was seen.
pub struct Growth {
    pub rows: Vec<Row>,
}

impl Growth {
    /// The 95th percentile on a ledger of 100,000 expenses over that on one of 1,000.
    pub fn ratio(&self, what: What) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.what == what)?;
        let at = |size: u32| {
            let at = SIZES.iter().position(|of| *of == size)?;
            Some(row.seen[at].times.at(95.0).as_secs_f64())
        };
        Some(at(100_000)? / at(1_000)?)
    }
}

/// Measures.
pub async fn measure(server: &Server, database: &str) -> Result<Growth> {
    let last = FIRST + u32::try_from(SIZES.len())? - 1;
    let accounts = accounts::sign_in(server, database, FIRST..=last).await?;
    let mut rows: Vec<Row> = What::ALL
        .map(|what| Row {
            what,
            seen: Default::default(),
        })
        .into();
    for _ in 0..pace::rounds(ROUNDS) {
        for row in &mut rows {
            for (account, seen) in accounts.iter().zip(&mut row.seen) {
                let (what, account) = (row.what, account.clone());
                let turn = Arc::new(move || what.turn(&account));
                load::closed(server.port, CONNECTIONS, WARM_UP, &turn).await;
                seen.add(&load::closed(server.port, CONNECTIONS, DURATION, &turn).await);
            }
            let p95 = row.seen.each_ref().map(|seen| seen.times.at(95.0));
            eprintln!("{:<30} p95 {p95:.1?}", row.what.name());
        }
    }
    Ok(Growth { rows })
}

/// The section of the report.
pub fn section(growth: &Growth) -> String {
    let mut page = format!(
        "\n## Growth\n\
         The same requests on ledgers of 1,000 to 1,000,000 expenses over five years, written through all constraints. \
         {CONNECTIONS} connections, each asking again as soon as it is answered, {ROUNDS} × {} s in turn; p95, and below it p50. \
         *After a write*: an expense is added to the ledger before each request, which is not counted, so that nothing \
         comes from a cache.\n\n\
         ![p95 by the number of expenses in the ledger]({PICTURE})\n\n| request |",
        DURATION.as_secs(),
    );
    for size in SIZES {
        write!(page, " {} |", thousands(size)).expect("a string takes all");
    }
    page += " 100,000 : 1,000 |\n|---|---:|---:|---:|---:|---:|\n";
    for row in &growth.rows {
        write!(page, "| {} |", row.what.name()).expect("a string takes all");
        for seen in &row.seen {
            let [p95, p50] = [95.0, 50.0].map(|percent| words(seen.times.at(percent)));
            write!(page, " {p95}<br>{p50}{} |", errors(seen)).expect("a string takes all");
        }
        let ratio = growth.ratio(row.what).unwrap_or_default();
        writeln!(page, " {ratio:.1} × |").expect("a string takes all");
    }
    page
}

fn errors(seen: &Seen) -> String {
    match &seen.error {
        Some(error) => format!("<br>{} errors: {error}", seen.errors),
        None => String::new(),
    }
}

/// The picture.
pub fn picture(growth: &Growth) -> String {
    let lines = growth.rows.iter().map(|row| {
        let points = SIZES.iter().zip(&row.seen);
        let points =
            points.map(|(size, seen)| (f64::from(*size), seen.times.at(95.0).as_secs_f64()));
        plot::Line {
            name: row.what.name(),
            points: points.collect(),
        }
    });
    plot::svg(&lines.collect::<Vec<_>>())
}

/// A number with its thousands told apart.
pub fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
