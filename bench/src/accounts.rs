//! Accounts to measure with: people, ledgers and expenses, made by SQL through all constraints because that is quick.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{Days, Local, NaiveDate};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::http::{Ask, Connection};
use crate::pace;
use crate::server::Server;

/// What everybody signs in with.
pub const PASSWORD: &str = "correct horse battery staple";
/// How many expenses are written in one transaction.
const CHUNK: u32 = 50_000;
/// How many connections fill at the same time.
const FILLING: usize = 2;

/// Ledgers that are alike. A personal ledger has the number of its person.
#[derive(Debug, Clone)]
pub struct Ledgers {
    pub numbers: RangeInclusive<u32>,
    /// How many people each has, and the number of the first of them, who makes the first ledger; nobody's are personal.
    pub shared: Option<(u32, u32)>,
    pub expenses: u32,
}

/// Somebody in a ledger.
#[derive(Debug, Clone)]
pub struct Account {
    pub token: String,
    pub ledger_id: Uuid,
    pub member_id: Uuid,
    pub category_id: Uuid,
}

/// An id by what it is of and its number, as `bench.id` in accounts.sql has it.
const fn id(kind: u128, number: u32) -> Uuid {
    // A number of 32 bits fits into the last 48 of an id.
    Uuid::from_u128((kind << 96) | (0x4000_8000 << 48) | widen(number))
}

const fn widen(number: u32) -> u128 {
    let [a, b, c, d] = number.to_be_bytes();
    u128::from_be_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d])
}

/// The ledger with this number.
pub const fn ledger_id(ledger: u32) -> Uuid {
    id(1, ledger)
}

/// A member of it, counted from 0; a personal ledger has but one.
pub const fn member_id(ledger: u32, member: u32) -> Uuid {
    id(2, ledger * 8 + member)
}

/// One of its twelve categories; the first four have others below them.
pub const fn category_id(ledger: u32, category: u32) -> Uuid {
    id(5, ledger * 16 + category)
}

/// The year up to today.
pub fn year() -> (NaiveDate, NaiveDate) {
    let today = Local::now().date_naive();
    (today - Days::new(364), today)
}

/// Makes all of these people and ledgers, fills them, and leaves the tables as they are after a night's rest.
pub async fn fill(server: &Server, database: &str, ledgers: &[Ledgers]) -> Result<()> {
    let begun = Instant::now();
    let mut connection = PgConnection::connect(database).await?;
    let hash = password_hash(server, &mut connection).await?;
    sqlx::raw_sql(include_str!("accounts/accounts.sql"))
        .execute(&mut connection)
        .await?;
    // People in every partition, for the plans below.
    sqlx::raw_sql("call bench.people(901, 964, '')")
        .execute(&mut connection)
        .await?;
    let mut jobs = VecDeque::new();
    for like in ledgers {
        let (first, last) = (
            i64::from(*like.numbers.start()),
            i64::from(*like.numbers.end()),
        );
        match like.shared {
            None => {
                sqlx::query("call bench.people($1, $2, $3)")
                    .bind(first)
                    .bind(last)
                    .bind(&hash)
                    .execute(&mut connection)
                    .await?;
            }
            Some((size, person)) => {
                sqlx::query("call bench.groups($1, $2, $3, $4)")
                    .bind(first)
                    .bind(last)
                    .bind(i32::try_from(size)?)
                    .bind(i64::from(person))
                    .execute(&mut connection)
                    .await?;
            }
        }
        jobs.extend(chunks(like));
    }
    // How a foreign key is checked is planned once, and for an empty table any index looks as good as the right one.
    sqlx::raw_sql("call bench.expenses(901, 964, 1, 1, 100)")
        .execute(&mut connection)
        .await?;
    sqlx::raw_sql("analyze").execute(&mut connection).await?;
    // The largest ledger first, because one connection fills it alone while the others fill the rest.
    jobs.make_contiguous()
        .sort_by_key(|job: &Job| std::cmp::Reverse(job.expenses));
    let jobs = Mutex::new(jobs);
    let workers = (0..FILLING).map(|_| work(database, &jobs));
    futures_util::future::try_join_all(workers).await?;
    for statement in ["vacuum analyze", "checkpoint"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    eprintln!("filled in {:.0?}", begun.elapsed());
    Ok(())
}

/// Some ledgers, to be filled by one connection.
struct Job {
    first: i64,
    last: i64,
    size: i32,
    expenses: i32,
    /// How many expenses of each ledger go into one transaction.
    step: i32,
}

/// Divides what is to be filled into jobs of a chunk, or of one ledger that is larger.
fn chunks(like: &Ledgers) -> Vec<Job> {
    let each = (CHUNK / like.expenses.max(1)).max(1);
    let size = like.shared.map_or(1, |(size, _)| size);
    let end = *like.numbers.end();
    like.numbers
        .clone()
        .step_by(usize::try_from(each).unwrap_or(1))
        .map(|first| Job {
            first: first.into(),
            last: (first + each - 1).min(end).into(),
            size: i32::try_from(size).unwrap_or(1),
            expenses: i32::try_from(pace::amount(like.expenses)).unwrap_or(i32::MAX),
            step: i32::try_from(CHUNK).unwrap_or(i32::MAX),
        })
        .collect()
}

async fn work(database: &str, jobs: &Mutex<VecDeque<Job>>) -> Result<()> {
    let mut connection = PgConnection::connect(database).await?;
    sqlx::raw_sql("set plan_cache_mode = force_generic_plan")
        .execute(&mut connection)
        .await?;
    loop {
        let job = jobs.lock().ok().and_then(|mut jobs| jobs.pop_front());
        let Some(job) = job else { return Ok(()) };
        let mut first = 1;
        while first <= job.expenses {
            let last = (first + job.step - 1).min(job.expenses);
            sqlx::query("call bench.expenses($1, $2, $3, $4, $5)")
                .bind(job.first)
                .bind(job.last)
                .bind(job.size)
                .bind(first)
                .bind(last)
                .execute(&mut connection)
                .await?;
            first = last + 1;
        }
    }
}

/// The hash of [`PASSWORD`], as the server makes it.
async fn password_hash(server: &Server, database: &mut PgConnection) -> Result<String> {
    let body = json!({ "email": "first@outlay.example", "password": PASSWORD, "name": "First" });
    Connection::open(server.port)
        .await?
        .send(Ask::post("/api/v1/auth/register", body.to_string()))
        .await?
        .expect(201)?;
    let hash =
        sqlx::query_scalar("select password_hash from users where email = 'first@outlay.example'")
            .fetch_one(database)
            .await?;
    Ok(hash)
}

/// Signs people in, by the sessions that they have: no password has to be hashed. Each in their personal ledger.
pub async fn sign_in(
    server: &Server,
    database: &str,
    people: RangeInclusive<u32>,
) -> Result<Vec<Account>> {
    let mut database = PgConnection::connect(database).await?;
    // What they have signed in with before is over.
    let cookies: Vec<String> = sqlx::query_scalar(
        "with renewed as (
             update sessions s set refresh_hash = sha256(bench.refresh_token(n)), revoked_at = null
               from generate_series($1::bigint, $2::bigint) n where s.id = bench.id(4, n)
             returning n
         )
         select translate(encode(bench.refresh_token(n), 'base64'), E'+/\\n', '-_') from renewed order by n",
    )
    .bind(i64::from(*people.start()))
    .bind(i64::from(*people.end()))
    .fetch_all(&mut database)
    .await?;
    ensure!(
        cookies.len() == people.clone().count(),
        "everybody has a session"
    );
    let mut connection = Connection::open(server.port).await?;
    let mut accounts = Vec::new();
    for (cookie, person) in cookies.into_iter().zip(people) {
        accounts.push(Account {
            token: refresh(&mut connection, &cookie).await?,
            ledger_id: ledger_id(person),
            member_id: member_id(person, 0),
            category_id: category_id(person, 0),
        });
    }
    Ok(accounts)
}

/// An access token for a session that is there already.
pub async fn refresh(connection: &mut Connection, cookie: &str) -> Result<String> {
    let cookie = format!("outlay_refresh={cookie}");
    let ask = Ask::post("/api/v1/auth/refresh", String::new()).with("cookie", &cookie);
    let answer = connection.send(ask).await?.expect(200)?;
    let answer: Value = answer.json()?;
    let token = answer["access_token"].as_str().context("a token")?;
    Ok(token.to_owned())
}
