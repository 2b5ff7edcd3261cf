//! The load: a number of connections that each ask again as soon as they are answered; and pgbench beside it.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::process::Command;
use uuid::Uuid;

use crate::fill::Account;
use crate::server::{Server, postgres_cpu};
use crate::{CONNECTIONS, DURATION, statements};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Request {
    FirstPage,
    FilteredPage,
    YearReport,
    Add,
}

impl Request {
    pub const ALL: [Self; 4] = [
        Self::FirstPage,
        Self::FilteredPage,
        Self::YearReport,
        Self::Add,
    ];

    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "first page",
            Self::FilteredPage => "filtered page",
            Self::YearReport => "year's report",
            Self::Add => "add",
        }
    }

    fn path(self, account: &Account) -> String {
        let ledger = format!("/api/v1/ledgers/{}", account.ledger_id);
        match self {
            Self::FirstPage | Self::Add => format!("{ledger}/expenses"),
            Self::FilteredPage => {
                format!("{ledger}/expenses?category_id={}&q=7", account.category_id)
            }
            Self::YearReport => {
                format!(
                    "{ledger}/reports/spending?from={}&to={}&group_by=month,category",
                    account.year.0, account.year.1
                )
            }
        }
    }

    fn body(self, account: &Account) -> Option<String> {
        matches!(self, Self::Add).then(|| {
            json!({
                "id": Uuid::now_v7(), "spent_on": account.year.1, "amount": 1250, "payee": "Bakery",
                "category_id": account.category_id,
            })
            .to_string()
        })
    }
}

/// What was seen in one measurement.
pub struct Measured {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor time per request, of the server and of PostgreSQL.
    pub server_cpu: Duration,
    pub postgres_cpu: Duration,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            per_second,
            p50,
            p99,
            server_cpu,
            postgres_cpu,
        } = self;
        write!(
            f,
            "{per_second:.0}/s p50 {p50:.1?} p99 {p99:.1?} cpu {server_cpu:.0?} + {postgres_cpu:.0?}"
        )
    }
}

/// Asks for [`DURATION`] on [`CONNECTIONS`] connections, after a warm-up of a second.
pub async fn run(server: &Server, account: &Account, request: Request) -> Result<Measured> {
    all(server, account, request, Duration::from_secs(1)).await?;
    let before = (server.cpu()?, postgres_cpu(account.postmaster)?);
    let mut latencies = all(server, account, request, DURATION).await?;
    let after = (server.cpu()?, postgres_cpu(account.postmaster)?);
    latencies.sort_unstable();
    let count = u32::try_from(latencies.len())?;
    ensure!(count > 100, "too few answers to say anything");
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    Ok(Measured {
        per_second: f64::from(count) / DURATION.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        server_cpu: after.0.saturating_sub(before.0) / count,
        postgres_cpu: after.1.saturating_sub(before.1) / count,
    })
}

async fn all(
    server: &Server,
    account: &Account,
    request: Request,
    duration: Duration,
) -> Result<Vec<Duration>> {
    let until = Instant::now() + duration;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(one(server.port, account.clone(), request, until)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(latencies)
}

async fn one(
    port: u16,
    account: Account,
    request: Request,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(port).await?;
    let path = request.path(&account);
    let method = if matches!(request, Request::Add) {
        "POST"
    } else {
        "GET"
    };
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let body = request.body(&account);
        let begun = Instant::now();
        let (status, answer) = connection
            .send(method, &path, Some(&account.token), body)
            .await?;
        latencies.push(begun.elapsed());
        ensure!(
            matches!(status, 200 | 201),
            "{status} {}",
            String::from_utf8_lossy(&answer)
        );
    }
    Ok(latencies)
}

/// The transactions per second of pgbench with the same statements.
pub async fn pgbench(database: &str, account: &Account, request: Request) -> Result<f64> {
    let clients = CONNECTIONS.to_string();
    let script = std::env::temp_dir().join(format!("outlay-bench-{}.sql", std::process::id()));
    std::fs::write(&script, statements::script(request)?)?;
    // As the server has its statements planned: once, but for those whose filters decide which index is best.
    let plans = match request {
        Request::FilteredPage | Request::YearReport => "force_custom_plan",
        Request::FirstPage | Request::Add => "force_generic_plan",
    };
    let output = Command::new("pgbench")
        .env("PGOPTIONS", format!("-c plan_cache_mode={plans}"))
        .args([
            "--no-vacuum",
            "--protocol=prepared",
            "--jobs=1",
            "--client",
            &clients,
        ])
        .args(["--time", &DURATION.as_secs().to_string(), "--file"])
        .arg(&script)
        .args([
            "-D",
            &format!("ledger={}", account.ledger_id),
            "-D",
            &format!("user={}", account.user_id),
            "-D",
            &format!("session={}", account.session_id),
        ])
        .args([
            "-D",
            &format!("member={}", account.member_id),
            "-D",
            &format!("category={}", account.category_id),
        ])
        .args([
            "-D",
            &format!("from={}", account.year.0),
            "-D",
            &format!("to={}", account.year.1),
        ])
        .arg(database)
        .output()
        .await
        .context("pgbench comes with PostgreSQL")?;
    std::fs::remove_file(script)?;
    let text = String::from_utf8(output.stdout)?;
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| {
        format!(
            "pgbench failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// A connection that is kept alive.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to a server on this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> Result<(u16, Bytes)> {
        let bearer = token.map(|token| ("authorization", format!("Bearer {token}")));
        self.send_with(method, path, bearer, body).await
    }

    /// The same with any header.
    pub async fn send_with(
        &mut self,
        method: &str,
        path: &str,
        header: Option<(&str, String)>,
        body: Option<String>,
    ) -> Result<(u16, Bytes)> {
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(body)?).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
