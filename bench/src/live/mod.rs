//! Live events: how long it takes until the last of those who listen has heard of a commit, and what a stream costs.

mod fill;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chrono::Local;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::http::{Ask, Connection, bearer};
use crate::server::Server;
use crate::timing::words;
use fill::Person;

/// Who listens: people in groups, each by this many streams.
const USERS: usize = 2_000;
const GROUP: usize = 5;
const EACH: usize = 5;
/// How many streams are open.
const STREAMS: [usize; 2] = [1_000, 10_000];
/// How many streams are opened at the same time.
const OPENING: usize = 64;
/// How many commits are measured: those that a group hears, and those that everybody does.
const GROUP_COMMITS: usize = 300;
const COMMON_COMMITS: usize = 20;
/// How long one waits for the next to hear before the measurement has failed.
const PATIENCE: Duration = Duration::from_mins(1);
/// The ledgers that a stream begins with: one's own, the group's, the one of all.
const LEDGERS: usize = 3;

/// What was heard of one kind of commit.
pub struct Row {
    streams: usize,
    listeners: usize,
    answered: [Duration; 2],
    heard: [Duration; 2],
}

/// Everything that was seen.
pub struct Streams {
    rows: Vec<Row>,
    /// Memory by the number of open streams.
    kib: Vec<(usize, u64)>,
}

impl Streams {
    /// With the most streams: when the last of a group has heard, at the 99th percentile.
    pub fn heard(&self) -> Option<Duration> {
        let of_a_group = self.rows.iter().filter(|row| row.listeners < row.streams);
        Some(of_a_group.max_by_key(|row| row.streams)?.heard[1])
    }

    /// With the most streams: KiB for each.
    pub fn kib_each(&self) -> Option<f64> {
        let (count, kib) = self.kib.iter().max()?;
        Some(f64::from(u32::try_from(*kib).ok()?) / f64::from(u32::try_from(*count).ok()?))
    }
}

/// A ledger that a stream was told of, and when.
type Heard = (Uuid, Instant);

/// Measures.
pub async fn streams(server: &Server, database: &str) -> Result<Streams> {
    let people = fill::people(server, database).await?;
    let (told, mut heard) = mpsc::unbounded_channel();
    let before = server.resident_kib()?;
    let mut streams = JoinSet::new();
    let mut rows = Vec::new();
    let mut kib = Vec::new();
    for count in STREAMS {
        while streams.len() < count {
            let first = streams.len();
            let some = first..(first + OPENING).min(count);
            let opening = some.map(|number| open(server.port, &people[number / EACH].token));
            for stream in futures_util::future::try_join_all(opening).await? {
                streams.spawn(listen(stream, told.clone()));
            }
        }
        kib.push((count, server.resident_kib()?.saturating_sub(before)));
        let listening = &people[..count / EACH];
        for (common, commits) in [(false, GROUP_COMMITS), (true, COMMON_COMMITS)] {
            let row = measure(server, listening, count, (common, commits), &mut heard).await?;
            eprintln!(
                "{count:>7} streams, {:>5} hear: {:.1?}",
                row.listeners, row.heard
            );
            rows.push(row);
        }
        if let Some(ended) = streams.try_join_next() {
            ended??;
            bail!("a stream has ended");
        }
    }
    Ok(Streams { rows, kib })
}

/// Adds expenses one after the other, and waits each time until everybody has heard.
async fn measure(
    server: &Server,
    people: &[Person],
    streams: usize,
    (is_common, commits): (bool, usize),
    heard: &mut mpsc::UnboundedReceiver<Heard>,
) -> Result<Row> {
    let listeners = if is_common { streams } else { GROUP * EACH };
    let mut connection = Connection::open(server.port).await?;
    let (mut answers, mut last) = (Vec::new(), Vec::new());
    for number in 0..commits {
        let person = &people[number * GROUP % people.len()];
        let (ledger_id, member_id) = if is_common { person.all } else { person.group };
        let path = format!("/api/v1/ledgers/{ledger_id}/expenses");
        let body = json!({
            "spent_on": Local::now().date_naive(), "amount": 1250, "payee": "Bakery",
            "split": { "mode": "equal", "parts": [{ "member_id": member_id }] },
        });
        let token = bearer(&person.token);
        let ask = Ask::post(&path, body.to_string()).with("authorization", &token);
        let begun = Instant::now();
        let answer = connection.send(ask).await?;
        answers.push(begun.elapsed());
        answer.expect(201)?;
        last.push(all_heard(heard, ledger_id, listeners).await? - begun);
    }
    Ok(Row {
        streams,
        listeners,
        answered: middle_and_end(answers),
        heard: middle_and_end(last),
    })
}

/// When the last of so many listeners heard of the ledger.
async fn all_heard(
    heard: &mut mpsc::UnboundedReceiver<Heard>,
    ledger_id: Uuid,
    listeners: usize,
) -> Result<Instant> {
    let mut last = Instant::now();
    for number in 0..listeners {
        let next = tokio::time::timeout(PATIENCE, heard.recv());
        let (of, at) = next
            .await
            .with_context(|| format!("{number} of {listeners} have heard after {PATIENCE:?}"))?
            .context("nobody listens any more")?;
        ensure!(of == ledger_id, "a stream was told of another ledger");
        last = at;
    }
    Ok(last)
}

/// Opens a stream, and reads how the ledgers stand.
async fn open(port: u16, token: &str) -> Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut stream = BufReader::with_capacity(1024, stream);
    for _ in 0..LEDGERS {
        next_ledger(&mut stream).await?;
    }
    Ok(stream)
}

async fn listen(
    mut stream: BufReader<TcpStream>,
    told: mpsc::UnboundedSender<Heard>,
) -> Result<()> {
    loop {
        let ledger_id = next_ledger(&mut stream).await?;
        told.send((ledger_id, Instant::now()))?;
    }
}

/// The next ledger that is told of.
async fn next_ledger(stream: &mut BufReader<TcpStream>) -> Result<Uuid> {
    let mut line = String::new();
    loop {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "a stream has ended");
        if let Some(data) = line.strip_prefix("data: {\"ledger_id\":\"") {
            let id = data.get(..36).context("an id")?;
            return Ok(Uuid::try_parse(id)?);
        }
    }
}

/// The 50th and the 99th percentile.
fn middle_and_end(mut durations: Vec<Duration>) -> [Duration; 2] {
    durations.sort_unstable();
    [50, 99].map(|percent| durations[(durations.len() - 1) * percent / 100])
}

/// The section of the report.
pub fn section(streams: &Streams) -> String {
    let mut page = format!(
        "\n## Streams\n\
         {USERS} people, in ledgers of {GROUP} and in one of all, with {EACH} streams each for as many of them as it takes. \
         Somebody adds an expense; the time is that from sending the request until the last stream of the ledger's \
         members has been read by the load, so that the commit is in it, and so is the load. The next addition waits for it.\n\n\
         | open streams | of them hear | answered p50 | p99 | the last has heard p50 | p99 |\n\
         |---:|---:|---:|---:|---:|---:|\n"
    );
    for row in &streams.rows {
        let [[answered, at_worst], [heard, the_latest]] =
            [row.answered, row.heard].map(|times| times.map(words));
        writeln!(
            page,
            "| {} | {} | {answered} | {at_worst} | {heard} | {the_latest} |",
            row.streams, row.listeners,
        )
        .expect("a string takes all");
    }
    page += "\n| open streams | memory for each |\n|---:|---:|\n";
    for (count, kib) in &streams.kib {
        let bytes = kib * 1024 / u64::try_from(*count).unwrap_or(u64::MAX);
        writeln!(
            page,
            "| {count} | {}.{} KiB |",
            bytes / 1024,
            bytes % 1024 * 10 / 1024
        )
        .expect("a string takes all");
    }
    page
}
