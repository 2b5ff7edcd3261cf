//! Accounts to measure with, their ledgers filled by SQL because that is quick.

use anyhow::{Context, Result, ensure};
use chrono::{Days, Local, NaiveDate};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::load::Connection;
use crate::server::Server;

/// Somebody with a ledger.
#[derive(Clone)]
pub struct Account {
    pub token: String,
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub ledger_id: Uuid,
    pub member_id: Uuid,
    pub category_id: Uuid,
    /// The first and the last day of the year that is reported on.
    pub year: (NaiveDate, NaiveDate),
    /// The process that all of PostgreSQL's processes come from.
    pub postmaster: u32,
}

/// Signs somebody up, and puts that many expenses of the last five years into the personal ledger.
pub async fn ledger(server: &Server, database: &str, name: &str, expenses: u32) -> Result<Account> {
    let mut connection = Connection::open(server.port).await?;
    let body = json!({
        "email": format!("{name}@outlay.example"), "password": "correct horse battery staple", "name": name,
    });
    let (status, answer) = connection
        .send(
            "POST",
            "/api/v1/auth/register",
            None,
            Some(body.to_string()),
        )
        .await?;
    ensure!(
        status == 201,
        "{status} {}",
        String::from_utf8_lossy(&answer)
    );
    let answer: Value = serde_json::from_slice(&answer)?;
    let id = |value: &Value| Uuid::try_parse(value.as_str().unwrap_or_default()).context("an id");
    let ledger_id = id(&answer["user"]["personal_ledger_id"])?;
    let mut database = PgConnection::connect(database).await?;
    let user_id = id(&answer["user"]["id"])?;
    let (member_id, category_id, session_id, data): (Uuid, Uuid, Uuid, String) = sqlx::query_as(
        "select (select id from members where ledger_id = $1),
                (select id from categories where ledger_id = $1 order by id limit 1),
                (select id from sessions where user_id = $2),
                current_setting('data_directory')",
    )
    .bind(ledger_id)
    .bind(user_id)
    .fetch_one(&mut database)
    .await?;
    insert(&mut database, ledger_id, member_id, expenses).await?;
    let lock = std::fs::read_to_string(format!("{data}/postmaster.pid"))?;
    let today = Local::now().date_naive();
    Ok(Account {
        token: answer["access_token"]
            .as_str()
            .context("a token")?
            .to_owned(),
        user_id,
        session_id,
        ledger_id,
        member_id,
        category_id,
        year: (
            today.checked_sub_days(Days::new(364)).context("a date")?,
            today,
        ),
        postmaster: lock.lines().next().context("a process id")?.parse()?,
    })
}

async fn insert(
    database: &mut PgConnection,
    ledger_id: Uuid,
    member_id: Uuid,
    expenses: u32,
) -> Result<()> {
    let mut transaction = database.begin().await?;
    sqlx::query(
        "insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, category_id, tags,
                               paid_by, split, created_by)
         select $1, gen_random_uuid(), 'expense', current_date - (n % 1825), 100 + n % 9973, 'EUR', 100 + n % 9973,
                'Payee ' || n % 500, c.ids[1 + n % cardinality(c.ids)], '{}',
                jsonb_build_array(jsonb_build_object('member_id', $2, 'amount', 100 + n % 9973)),
                jsonb_build_object('mode', 'equal', 'parts', jsonb_build_array(jsonb_build_object('member_id', $2))), $2
           from generate_series(1, $3) n,
                (select array_agg(id order by id) as ids from categories where ledger_id = $1) c",
    )
    .bind(ledger_id)
    .bind(member_id)
    .bind(i32::try_from(expenses)?)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into shares (ledger_id, expense_id, member_id, paid, owed)
         select ledger_id, id, $2, ledger_amount, ledger_amount from expenses where ledger_id = $1",
    )
    .bind(ledger_id)
    .bind(member_id)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    sqlx::query("vacuum analyze").execute(database).await?;
    Ok(())
}
