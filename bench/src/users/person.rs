//! Somebody at a browser: looks at home, at the list, filters it, adds, edits, looks at reports and balances.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use chrono::{Datelike as _, Local, NaiveDate};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::THINKING;
use super::journal::{Journal, Kind};
use super::stream::{self, Stream};
use crate::accounts::{Account, year};
use crate::http::{Answer, Ask, Connection, bearer};

/// A ledger that somebody is in.
pub struct Place {
    pub ledger_id: Uuid,
    pub member_id: Uuid,
    pub categories: Vec<Uuid>,
    /// What the screen showed of it the last time: the browser shows it again where nothing has changed.
    pub screen: Screen,
}

/// What a click can follow from what is on the screen.
#[derive(Default)]
pub struct Screen {
    /// Where the next page begins.
    cursor: Option<String>,
    /// A few of the expenses.
    expenses: Vec<Uuid>,
}

/// Somebody.
pub struct Person {
    port: u16,
    token: String,
    authorization: String,
    places: Vec<Place>,
    /// The one that is looked at.
    here: usize,
    journal: Arc<Journal>,
    connection: Option<Connection>,
    /// What the browser has kept of the answers: their `ETag`s, by path.
    kept: HashMap<String, String>,
}

/// What a click asks for, in how many of a hundred.
const CLICKS: [(u32, Click); 8] = [
    (20, Click::Home),
    (25, Click::List),
    (14, Click::Further),
    (8, Click::Filter),
    (14, Click::Add),
    (5, Click::Edit),
    (7, Click::Report),
    (7, Click::Balances),
];

#[derive(Debug, Clone, Copy)]
enum Click {
    Home,
    List,
    Further,
    Filter,
    Add,
    Edit,
    Report,
    Balances,
}

impl Person {
    /// Somebody with an account.
    pub fn new(port: u16, account: &Account, places: Vec<Place>, journal: &Arc<Journal>) -> Self {
        Self {
            port,
            token: account.token.clone(),
            authorization: bearer(&account.token),
            places,
            here: 0,
            journal: Arc::clone(journal),
            connection: None,
            kept: HashMap::new(),
        }
    }

    /// Comes then, opens a stream, and clicks until it is time to go.
    pub async fn live(mut self, comes: Instant, until: Instant) {
        tokio::time::sleep_until(comes).await;
        let mut stream = match Stream::open(self.port, &self.token).await {
            Ok(stream) => {
                self.journal.answered(Kind::Open, comes);
                Some(stream)
            }
            Err(error) => {
                self.journal
                    .failed(Kind::Open, comes, &format!("{error:#}"));
                None
            }
        };
        let mut due = comes;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(due.min(until)) => {
                    if due >= until {
                        return;
                    }
                    self.click(due).await;
                    due += thinking();
                }
                news = stream::next(&mut stream) => match news {
                    Ok(news) => {
                        let here = &self.places[self.here];
                        let is_others = news.actor.is_some_and(|actor| actor != here.member_id);
                        if is_others && news.ledger_id == here.ledger_id {
                            let path = self.path("expenses?limit=200");
                            self.get(Kind::Heard, Instant::now(), path).await;
                        }
                    }
                    Err(error) => {
                        self.journal.failed(Kind::Open, Instant::now(), &format!("{error:#}"));
                        stream = None;
                    }
                },
            }
        }
    }

    async fn click(&mut self, due: Instant) {
        let mut at = fastrand::u32(..100);
        let mut clicks = CLICKS.iter();
        let click = loop {
            match clicks.next() {
                Some((share, _)) if at >= *share => at -= share,
                Some((_, click)) => break *click,
                None => break Click::Home,
            }
        };
        if matches!(click, Click::Home | Click::List) {
            self.here = fastrand::usize(..self.places.len());
        }
        match click {
            Click::Home => self.home(due).await,
            Click::List => self.list(due).await,
            Click::Further => self.further(due).await,
            Click::Filter => self.filter(due).await,
            Click::Add => self.add(due).await,
            Click::Edit => self.edit(due).await,
            Click::Report => {
                let (from, to) = year();
                let path = format!("reports/spending?from={from}&to={to}&group_by=month,category");
                let path = self.path(&path);
                self.get(Kind::Report, due, path).await;
            }
            Click::Balances => {
                let path = self.path("balances");
                self.get(Kind::Balances, due, path).await;
            }
        }
    }

    /// What the web app asks for, one after the other.
    async fn home(&mut self, due: Instant) {
        let today = Local::now().date_naive();
        let month = today.with_day(1).unwrap_or(today);
        let last = month - chrono::Months::new(1);
        let begin = month - chrono::Months::new(11);
        self.spending(due, last, today, "&group_by=day").await;
        self.spending(Instant::now(), begin, today, "&group_by=month")
            .await;
        self.spending(Instant::now(), month, today, "&group_by=category")
            .await;
        let as_far = today - chrono::Months::new(1);
        self.spending(Instant::now(), last, as_far, "&group_by=category")
            .await;
        let path = self.path("categories");
        self.get(Kind::Categories, Instant::now(), path).await;
        let path = self.path("expenses?limit=10");
        if let Some(page) = self.get(Kind::Latest, Instant::now(), path).await {
            self.show(&page);
        }
    }

    async fn spending(&mut self, due: Instant, from: NaiveDate, to: NaiveDate, more: &str) {
        let path = self.path(&format!("reports/spending?from={from}&to={to}{more}"));
        self.get(Kind::Spending, due, path).await;
    }

    /// The list, and what all of it comes to.
    async fn list(&mut self, due: Instant) {
        let path = self.path("expenses?limit=200");
        if let Some(page) = self.get(Kind::FirstPage, due, path).await {
            self.show(&page);
        }
        let today = Local::now().date_naive();
        let (from, to) = (
            today - chrono::Months::new(480),
            today + chrono::Months::new(119),
        );
        self.spending(Instant::now(), from, to, "").await;
    }

    async fn further(&mut self, due: Instant) {
        let Some(cursor) = self.screen().cursor.take() else {
            return self.list(due).await;
        };
        let path = self.path(&format!("expenses?limit=200&cursor={cursor}"));
        if let Some(page) = self.get(Kind::NextPage, due, path).await {
            self.show(&page);
        }
    }

    async fn filter(&mut self, due: Instant) {
        let filter = match fastrand::u32(..3) {
            0 => format!("q={}", fastrand::u32(..500)),
            1 => format!("min={}", 100 + fastrand::u32(..9_000)),
            _ => format!("category_id={}", self.category()),
        };
        let path = self.path(&format!("expenses?limit=200&{filter}"));
        self.get(Kind::FilteredPage, due, path).await;
    }

    async fn add(&mut self, due: Instant) {
        let body = json!({
            "id": Uuid::now_v7(), "spent_on": Local::now().date_naive(), "amount": fastrand::i32(100..10_000) * 5,
            "payee": format!("Payee {}", fastrand::u32(..500)), "category_id": self.category(),
        });
        let (path, body) = (self.path("expenses"), body.to_string());
        self.send(Kind::Add, due, Ask::post(&path, body)).await;
        self.list(Instant::now()).await;
    }

    async fn edit(&mut self, due: Instant) {
        let Some(id) = fastrand::choice(&self.screen().expenses).copied() else {
            return self.list(due).await;
        };
        let path = self.path(&format!("expenses/{id}"));
        let Some(expense) = self.get(Kind::Expense, due, path.clone()).await else {
            return;
        };
        let Ok(expense) = expense.json() else {
            return;
        };
        let body = json!({
            "spent_on": expense["spent_on"], "amount": expense["amount"], "category_id": expense["category_id"],
            "payee": format!("Payee {}", fastrand::u32(..500)),
        });
        let version = format!("\"{}\"", expense["version"]);
        let mut ask = Ask::post(&path, body.to_string()).with("if-match", &version);
        ask.method = "PUT";
        self.send(Kind::Edit, Instant::now(), ask).await;
        self.list(Instant::now()).await;
    }

    /// A path in the ledger that is looked at.
    fn path(&self, rest: &str) -> String {
        format!(
            "/api/v1/ledgers/{}/{rest}",
            self.places[self.here].ledger_id
        )
    }

    fn screen(&mut self) -> &mut Screen {
        &mut self.places[self.here].screen
    }

    fn category(&self) -> Uuid {
        let categories = &self.places[self.here].categories;
        categories[fastrand::usize(..categories.len())]
    }

    /// Reads as a browser does: what it has kept is asked for again only if it has changed. Nothing where it has not.
    async fn get(&mut self, kind: Kind, due: Instant, path: String) -> Option<Answer> {
        let kept = self.kept.get(&path).cloned();
        let mut ask = Ask::get(&path);
        if let Some(etag) = &kept {
            ask = ask.with("if-none-match", etag);
        }
        let answer = self.send(kind, due, ask).await?;
        if answer.status == 304 {
            self.journal.unchanged(due);
            return None;
        }
        if let Some(etag) = &answer.etag {
            self.kept.insert(path, etag.clone());
        }
        Some(answer)
    }

    async fn send(&mut self, kind: Kind, due: Instant, ask: Ask<'_>) -> Option<Answer> {
        match self.exchange(ask).await {
            Ok(answer) => {
                self.journal.answered(kind, due);
                Some(answer)
            }
            Err(error) => {
                self.journal.failed(kind, due, &format!("{error:#}"));
                None
            }
        }
    }

    /// Sends on the connection, or on a new one where there is none any more.
    async fn exchange(&mut self, ask: Ask<'_>) -> Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.port).await?,
        };
        let answer = connection
            .send(
                ask.with("authorization", &self.authorization)
                    .with("accept-encoding", "gzip"),
            )
            .await?;
        self.connection = Some(connection);
        checked(answer)
    }

    /// Notes what is on the screen: where the next page begins, and a few expenses. Found by what stands around them,
    /// because reading two hundred expenses costs more than answering them.
    fn show(&mut self, page: &Answer) {
        let Ok(page) = page.text() else {
            return;
        };
        let cursor = page.rsplit_once("\"next_cursor\":\"");
        let cursor = cursor.and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        let expenses = page
            .split("{\"id\":\"")
            .skip(1)
            .take(20)
            .filter_map(|rest| Uuid::try_parse(rest.get(..36)?).ok())
            .collect();
        *self.screen() = Screen { cursor, expenses };
    }
}

/// An answer, if it is one that a browser expects. Somebody else may have changed what one edits: that is no error.
fn checked(answer: Answer) -> Result<Answer> {
    let is_expected = matches!(answer.status, 200 | 201 | 304 | 412);
    ensure!(is_expected, "{}", answer.in_words());
    Ok(answer)
}

/// Until the next click: mostly short, sometimes long, and never more than seven times the average.
fn thinking() -> std::time::Duration {
    let long = -(1.0 - fastrand::f64()).ln();
    THINKING.mul_f64(long.min(7.0))
}
