//! A number of connections that each ask again as soon as they are answered: what there is to get at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::http::{Ask, Connection, bearer};
use crate::timing::Times;

/// A request that can be sent any number of times.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub authorization: Option<String>,
    pub body: String,
}

impl Request {
    /// Reads, as whoever has this token.
    pub fn get(path: String, token: &str) -> Self {
        Self {
            method: "GET",
            path,
            authorization: Some(bearer(token)),
            body: String::new(),
        }
    }

    /// Sends JSON, as whoever has this token.
    pub fn post(path: String, token: &str, body: String) -> Self {
        Self {
            method: "POST",
            body,
            ..Self::get(path, token)
        }
    }

    fn ask(&self) -> Ask<'_> {
        let mut ask = match self.method {
            "GET" => Ask::get(&self.path),
            _ => Ask::post(&self.path, self.body.clone()),
        };
        if let Some(authorization) = &self.authorization {
            ask = ask.with("authorization", authorization);
        }
        ask
    }
}

/// What each connection does again and again.
pub struct Turn {
    /// Sent first, and not counted.
    pub before: Option<Request>,
    pub request: Request,
}

impl From<Request> for Turn {
    fn from(request: Request) -> Self {
        Self {
            before: None,
            request,
        }
    }
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Until the last answer.
    pub elapsed: Duration,
    pub times: Times,
    pub errors: u32,
    /// One of them in words.
    pub error: Option<String>,
}

impl Seen {
    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.elapsed = self.elapsed.max(other.elapsed);
        self.times.add(&other.times);
        self.errors += other.errors;
        self.error = self.error.take().or_else(|| other.error.clone());
    }

    /// How many per second were answered.
    pub fn per_second(&self) -> f64 {
        f64::from(self.times.count()) / self.elapsed.as_secs_f64().max(1e-3)
    }

    fn count(&mut self, result: Result<()>, elapsed: Duration) {
        match result {
            Ok(()) => self.times.record(elapsed),
            Err(error) => {
                self.errors += 1;
                self.error.get_or_insert(format!("{error:#}"));
            }
        }
    }
}

/// Asks on so many connections for so long. Errors are counted, and nothing ends because of them.
pub async fn closed<F>(port: u16, connections: usize, duration: Duration, turn: &Arc<F>) -> Seen
where
    F: Fn() -> Turn + Send + Sync + 'static,
{
    let begun = Instant::now();
    let until = begun + duration;
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(one(port, until, Arc::clone(turn))))
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        match task.await {
            Ok(one) => seen.add(&one),
            Err(error) => seen.count(Err(error.into()), Duration::ZERO),
        }
    }
    seen.elapsed = begun.elapsed();
    seen
}

/// Asks once, on a connection of its own.
pub async fn once(port: u16, request: &Request) -> Result<()> {
    send(&mut None, port, request).await
}

async fn one<F: Fn() -> Turn>(port: u16, until: Instant, turn: Arc<F>) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    while Instant::now() < until {
        let turn = turn();
        if let Some(before) = &turn.before {
            let result = send(&mut connection, port, before).await;
            if result.is_err() {
                seen.count(result, Duration::ZERO);
                continue;
            }
        }
        let begun = Instant::now();
        let result = send(&mut connection, port, &turn.request).await;
        seen.count(result, begun.elapsed());
    }
    seen
}

/// Sends a request on the connection, or on a new one where that is no more.
async fn send(kept: &mut Option<Connection>, port: u16, request: &Request) -> Result<()> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => Connection::open(port).await?,
    };
    let answer = connection.send(request.ask()).await?;
    *kept = Some(connection);
    match answer.status {
        200..400 => Ok(()),
        _ => answer.expect(200).map(|_| ()),
    }
}
