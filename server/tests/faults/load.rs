//! People who write and read all the while, and remember what they were told.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::http::{Answer, Asked, Http};
use crate::process::PATIENCE;

/// Something that somebody wanted to be written, by a note that nothing else has.
#[derive(Debug, Clone)]
pub struct Wish {
    pub ledger: Uuid,
    pub expense: Uuid,
    pub action: &'static str,
    /// What the expense's note is from then on; the trash has none.
    pub note: Option<String>,
    pub acknowledged: bool,
}

/// What all of them have seen.
#[derive(Default)]
pub struct Journal {
    pub wishes: Mutex<Vec<Wish>>,
    /// What must not be answered, whatever dies.
    pub wrong: Mutex<Vec<String>>,
    answered: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
    over: watch::Sender<bool>,
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [answered, refused, unanswered] = [&self.answered, &self.refused, &self.unanswered]
            .map(|number| number.load(Ordering::Relaxed));
        write!(
            f,
            "{answered} answers, {refused} told to come again, {unanswered} without an answer"
        )
    }
}

impl Journal {
    /// Everybody finishes what they have begun.
    pub fn end(&self) {
        self.over.send_replace(true);
    }

    /// Waits for the end.
    pub async fn over(&self) {
        self.over.subscribe().wait_for(|over| *over).await.ok();
    }

    pub fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// How many were not answered, or told to come again.
    pub fn failures(&self) -> u64 {
        self.refused.load(Ordering::Relaxed) + self.unanswered.load(Ordering::Relaxed)
    }

    pub fn note_wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }

    /// The answer where there is one; a refusal for now is none.
    fn sort(&self, answer: Result<Answer, String>) -> Option<Answer> {
        let answer = match answer {
            Ok(answer) if answer.status == 503 => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                if !answer.headers.contains_key("retry-after") {
                    self.note_wrong(format!("503 without Retry-After: {}", answer.text));
                }
                return None;
            }
            Ok(answer) => answer,
            Err(_) => {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        };
        self.answered.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    pub port: u16,
    pub token: String,
    pub personal: Uuid,
}

impl Person {
    /// Signs up, at a server that is well.
    pub async fn new(port: u16, name: &str) -> Self {
        let body = json!({ "email": format!("{name}@outlay.example"), "name": name,
            "password": "correct horse battery staple" });
        let asked = Asked {
            method: "POST",
            path: "/api/v1/auth/register",
            token: "",
            version: None,
            body: Some(&body),
        };
        let answer = Http::at(port).send(&asked).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        Self {
            port,
            token: answer.body["access_token"].as_str().unwrap().to_owned(),
            personal: id(&answer.body["user"]["personal_ledger_id"]),
        }
    }

    /// Makes a ledger with somebody else in it.
    pub async fn share(&self, name: &str) -> Uuid {
        let body = json!({ "name": name, "currency": "EUR" });
        let ledger = self.post("/api/v1/ledgers", &body).await;
        let ledger = id(&ledger["id"]);
        let other = json!({ "name": "Somebody else", "role": "viewer" });
        self.post(&format!("/api/v1/ledgers/{ledger}/members"), &other)
            .await;
        ledger
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let mut http = Http::at(self.port);
        let answer = http.send(&self.asks("POST", path, None, Some(body))).await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body
    }

    /// What this person asks.
    pub fn asks<'a>(
        &'a self,
        method: &'static str,
        path: &'a str,
        version: Option<i64>,
        body: Option<&'a Value>,
    ) -> Asked<'a> {
        Asked {
            method,
            path,
            token: &self.token,
            version,
            body,
        }
    }
}

/// Reads an id of an answer.
pub fn id(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// Somebody who adds, changes and deletes expenses in a ledger.
pub struct Writer {
    person: Person,
    ledger: Uuid,
    name: String,
    http: Http,
    random: SmallRng,
    journal: Arc<Journal>,
    /// Those of which it is known how they stand, with their versions.
    known: Vec<(Uuid, i64)>,
    count: u32,
}

impl Writer {
    pub fn new(person: &Person, ledger: Uuid, seed: u64, journal: &Arc<Journal>) -> Self {
        Self {
            http: Http::at(person.port),
            person: person.clone(),
            ledger,
            name: format!("{seed:x}"),
            random: SmallRng::seed_from_u64(seed),
            journal: Arc::clone(journal),
            known: Vec::new(),
            count: 0,
        }
    }

    /// Writes until it is over.
    pub async fn run(mut self) {
        while !self.journal.is_over() {
            match self.random.random_range(0..10) {
                0 | 1 if !self.known.is_empty() => self.discard().await,
                2..=4 if !self.known.is_empty() => self.edit().await,
                _ => {
                    let is_patient = self.random.random();
                    self.add(is_patient).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Adds an expense; who is patient sends it until it is acknowledged.
    pub async fn add(&mut self, is_patient: bool) {
        let expense = Uuid::now_v7();
        let note = self.next_note();
        let mut body = self.body(&note);
        body["id"] = json!(expense);
        let path = format!("/api/v1/ledgers/{}/expenses", self.ledger);
        let wish = self.wish(expense, "create", Some(&note));
        let answer = self
            .send("POST", &path, None, Some(&body), is_patient)
            .await;
        let version = self.acknowledged(wish, answer, 201, |_| false);
        if let Some(version) = version {
            self.known.push((expense, version));
            self.read_back(expense, version).await;
        }
    }

    async fn edit(&mut self) {
        let (expense, version) = self.take();
        let note = self.next_note();
        let body = self.body(&note);
        let path = format!("/api/v1/ledgers/{}/expenses/{expense}", self.ledger);
        let is_patient = self.random.random();
        let wish = self.wish(expense, "update", Some(&note));
        let answer = self
            .send("PUT", &path, Some(version), Some(&body), is_patient)
            .await;
        // Sent again, it meets what it has done itself.
        let version = self.acknowledged(wish, answer, 200, |now| now["note"] == json!(note));
        if let Some(version) = version {
            self.known.push((expense, version));
            self.read_back(expense, version).await;
        }
    }

    async fn discard(&mut self) {
        let (expense, version) = self.take();
        let path = format!("/api/v1/ledgers/{}/expenses/{expense}", self.ledger);
        let is_patient = self.random.random();
        let wish = self.wish(expense, "delete", None);
        let answer = self
            .send("DELETE", &path, Some(version), None, is_patient)
            .await;
        self.acknowledged(wish, answer, 200, |now| !now["deleted_at"].is_null());
    }

    /// Takes one of which it is known how it stands; nobody else writes to it.
    fn take(&mut self) -> (Uuid, i64) {
        let index = self.random.random_range(0..self.known.len());
        self.known.swap_remove(index)
    }

    fn next_note(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.name, self.count)
    }

    fn body(&mut self, note: &str) -> Value {
        let amount = self.random.random_range(1..1_000_000);
        json!({ "spent_on": "2026-03-14", "amount": amount, "payee": "Anybody", "note": note })
    }

    async fn send(
        &mut self,
        method: &'static str,
        path: &str,
        version: Option<i64>,
        body: Option<&Value>,
        is_patient: bool,
    ) -> Option<Answer> {
        let asked = self.person.asks(method, path, version, body);
        let (http, journal) = (&mut self.http, &self.journal);
        if !is_patient {
            return journal.sort(http.send(&asked).await);
        }
        let begun = Instant::now();
        loop {
            let answer = journal.sort(http.send(&asked).await);
            if answer.is_some() {
                return answer;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{method} {path} is not answered"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The version of what is acknowledged, be it that an earlier sending of the same has done it.
    fn acknowledged(
        &self,
        wish: usize,
        answer: Option<Answer>,
        success: u16,
        is_done: impl Fn(&Value) -> bool,
    ) -> Option<i64> {
        let answer = answer?;
        let version = match answer.status {
            status if status == success => &answer.body["version"],
            412 if is_done(&answer.body["current"]) => &answer.body["current"]["version"],
            _ => {
                let Answer { status, text, .. } = answer;
                self.journal
                    .note_wrong(format!("{status} to a write: {text}"));
                return None;
            }
        };
        self.journal.wishes.lock().unwrap()[wish].acknowledged = true;
        version.as_i64()
    }

    /// Notes what is about to be sent: whoever leaves before the answer has wished it all the same.
    fn wish(&self, expense: Uuid, action: &'static str, note: Option<&str>) -> usize {
        let mut wishes = self.journal.wishes.lock().unwrap();
        wishes.push(Wish {
            ledger: self.ledger,
            expense,
            action,
            note: note.map(str::to_owned),
            acknowledged: false,
        });
        wishes.len() - 1
    }

    /// Who has written reads what they wrote, if they are answered at all: by itself, and in the list, which may come from a
    /// cache or a replica.
    async fn read_back(&mut self, expense: Uuid, version: i64) {
        let path = format!("/api/v1/ledgers/{}/expenses/{expense}", self.ledger);
        let Some(answer) = self.send("GET", &path, None, None, false).await else {
            return;
        };
        if answer.status != 200 || answer.body["version"] != json!(version) {
            let Answer { status, text, .. } = answer;
            let wrong = format!("version {version} was acknowledged, and read: {status} {text}");
            self.journal.note_wrong(wrong);
        }
        let path = format!(
            "/api/v1/ledgers/{}/expenses?sort=-updated_at&limit=200",
            self.ledger
        );
        let Some(answer) = self.send("GET", &path, None, None, false).await else {
            return;
        };
        let listed = answer.body["items"].as_array().into_iter().flatten();
        let is_there = listed
            .filter(|one| one["id"] == json!(expense))
            .any(|one| one["version"] == json!(version));
        if !is_there {
            let Answer { status, text, .. } = answer;
            let wrong =
                format!("version {version} was acknowledged, and is not listed: {status} {text}");
            self.journal.note_wrong(wrong);
        }
    }
}

/// Looks at the list, the balances and the report of a ledger until it is over.
pub async fn read(person: Person, ledger: Uuid, journal: Arc<Journal>) {
    let mut http = Http::at(person.port);
    let paths = [
        "expenses",
        "balances",
        "reports/spending?from=2026-01-01&to=2026-12-31&group_by=month",
    ];
    for what in paths.iter().cycle() {
        if journal.is_over() {
            return;
        }
        let path = format!("/api/v1/ledgers/{ledger}/{what}");
        let answer = http.send(&person.asks("GET", &path, None, None)).await;
        if let Some(answer) = journal.sort(answer)
            && answer.status != 200
        {
            journal.note_wrong(format!("{} to {what}: {}", answer.status, answer.text));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
