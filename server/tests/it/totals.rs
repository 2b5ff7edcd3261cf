//! The totals that are kept with every write: they are what the rows add up to, whatever path these came by.

use outlay::db;
use outlay::ledgers::removal::sweep;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection, PgExecutor};
use uuid::Uuid;

use crate::balances::trip;
use crate::expenses::{add, expenses, lunch, path};
use crate::support::{Client, TestApp};

/// Finds what the totals have and the rows do not add up to, or the other way round.
const ASTRAY: &str = include_str!("../totals_astray.sql");

/// Checks all totals of a database against what is counted anew.
pub async fn assert_right(db: impl PgExecutor<'_>) {
    let astray: Vec<String> = sqlx::query_scalar(ASTRAY).fetch_all(db).await.unwrap();
    assert_eq!(astray, Vec::<String>::new());
}

async fn run(app: &TestApp, statement: &str) -> Result<u64, sqlx::Error> {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&app.app.db)
        .await?;
    Ok(done.rows_affected())
}

/// Expenses of every kind among four people.
async fn fill(client: &Client, friends: &[Value; 4]) -> Vec<Value> {
    let mut made = Vec::new();
    for (number, kind) in (0..8).zip(["expense", "income"].into_iter().cycle()) {
        let payer = &friends[number % 4];
        let several = json!([{ "member_id": payer, "amount": 1000 }, { "member_id": friends[(number + 1) % 4], "amount": 250 }]);
        let one = json!([{ "member_id": payer, "amount": 1250 }]);
        let body = json!({
            "kind": kind, "spent_on": format!("2026-0{}-14", 1 + number % 3),
            "paid_by": if number % 3 == 0 { several } else { one },
        });
        made.push(add(client, body).await);
    }
    made
}

#[tokio::test]
async fn statements_by_hand_are_counted_whatever_their_shape() {
    let (app, anna, friends) = trip().await;
    let made = fill(&anna, &friends).await;
    assert_right(&app.app.db).await;
    let id = |number: usize| made[number]["id"].as_str().unwrap();
    let ben = friends[1].as_str().unwrap();
    for statement in [
        "update expenses set spent_on = spent_on + 40".to_owned(),
        "update expenses set kind = 'settlement' where kind = 'expense'".to_owned(),
        "update expenses set category_id = (select id from categories order by id limit 1)".to_owned(),
        format!("update expenses set deleted_at = now() where id in ('{}', '{}')", id(0), id(1)),
        "update expenses set deleted_at = null, spent_on = spent_on - 3".to_owned(),
        format!("delete from expenses where id = '{}'", id(2)),
        // An expense and its shares in one statement, in both of which something changes.
        format!(
            "with e as (update expenses set amount = 900, ledger_amount = 900, spent_on = '2025-12-31', kind = 'expense',
                               paid_by = '[{{\"member_id\": \"{ben}\", \"amount\": 900}}]'
                         where id = '{0}'),
                  gone as (delete from shares where expense_id = '{0}' and member_id <> '{ben}')
             update shares set paid = 900, owed = 900 where expense_id = '{0}' and member_id = '{ben}'",
            id(4)
        ),
        // As it was written before there were totals.
        format!(
            "with e as (insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee,
                                              paid_by, split, created_by)
                        select ledger_id, gen_random_uuid(), kind, '2026-05-05', 10, currency, 10, payee,
                               '[{{\"member_id\": \"{ben}\", \"amount\": 10}}]', split, created_by
                          from expenses returning ledger_id, id)
             insert into shares (ledger_id, expense_id, member_id, paid, owed)
             select ledger_id, id, '{ben}', 10, 10 from e"
        ),
    ] {
        run(&app, &statement).await.expect(&statement);
        assert_right(&app.app.db).await;
    }
}

#[tokio::test]
async fn a_share_that_says_it_is_something_else_than_its_expense_is_refused() {
    let (app, anna, friends) = trip().await;
    fill(&anna, &friends).await;
    for change in [
        "spent_on = spent_on + 1",
        "kind = 'settlement'",
        "category_id = (select id from categories limit 1)",
        "spent_on = null",
    ] {
        let refused = run(&app, &format!("update shares set {change}")).await;
        let error = refused.unwrap_err();
        let constraint = error.as_database_error().unwrap().constraint();
        assert_eq!(constraint, Some("shares_labelled"), "{change}");
    }
    assert_right(&app.app.db).await;
}

#[tokio::test]
async fn writers_at_once_add_up() {
    let (app, anna, friends) = trip().await;
    let made = fill(&anna, &friends).await;
    let mut writers = Vec::new();
    for number in 0..24 {
        let (anna, expense) = (anna.clone(), made[number % made.len()].clone());
        writers.push(tokio::spawn(async move {
            let body =
                json!({ "amount": 100 + number, "spent_on": format!("2026-02-{:02}", 1 + number) });
            match number % 3 {
                0 => anna.post(&expenses(&anna), lunch(&body)).await,
                1 => anna.put(&path(&anna, &expense), 1, lunch(&body)).await,
                _ => anna.delete(&path(&anna, &expense), 1).await,
            }
        }));
    }
    // Beside those who lock the ledger, some who do not.
    let mut others = Vec::new();
    for number in 0..6 {
        let db = app.app.db.clone();
        let statement = if number % 2 == 0 {
            "update expenses set spent_on = spent_on + 31 where kind = 'income'"
        } else {
            "update expenses set deleted_at = case when deleted_at is null then now() end where kind = 'income'"
        };
        others.push(tokio::spawn(async move {
            // Two of them may well wait for each other, and one is told so.
            sqlx::query(statement).execute(&db).await.ok();
        }));
    }
    for writer in writers {
        let status = writer.await.unwrap().status;
        assert!(!status.is_server_error() || status == 503, "{status}");
    }
    for other in others {
        other.await.unwrap();
    }
    assert_right(&app.app.db).await;
}

#[tokio::test]
async fn a_ledger_that_goes_takes_its_totals_along() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = anna
        .post("/ledgers", json!({ "name": "Flat", "currency": "EUR" }))
        .await
        .ok();
    let here = format!("/ledgers/{}", ledger["id"].as_str().unwrap());
    anna.post(&format!("{here}/expenses"), lunch(&json!({})))
        .await
        .ok();
    anna.delete(&here, 1).await.ok();
    sweep(&app.app.db, 100).await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from expense_totals) + (select count(*) from share_totals)
              + (select count(*) from balances)",
    )
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert_eq!(left, 0);
}

/// Runs some of the migrations, in a schema of its own.
async fn migrate(connection: &mut PgConnection, versions: std::ops::RangeInclusive<i64>) {
    for migration in db::MIGRATIONS.iter() {
        if versions.contains(&migration.version) {
            sqlx::raw_sql(migration.sql.clone())
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_there_before_there_were_totals_is_in_them() {
    let (app, anna, friends) = trip().await;
    let made = fill(&anna, &friends).await;
    anna.delete(&path(&anna, &made[3]), 1).await.ok();
    let mut connection = app.app.db.acquire().await.unwrap();
    let schema = format!("before_{}", Uuid::now_v7().simple());
    let enter = format!("create schema {schema}; set search_path = {schema}");
    sqlx::raw_sql(AssertSqlSafe(enter))
        .execute(&mut *connection)
        .await
        .unwrap();
    migrate(&mut connection, 1..=8).await;
    // Only the columns that there were; and all at once, because shares are to add up.
    let mut copy = "begin;".to_owned();
    for table in [
        "ledgers",
        "users",
        "members",
        "categories",
        "expenses",
        "shares",
    ] {
        let rows = match table {
            // Some of its columns are generated.
            "categories" => "insert into categories (ledger_id, id, name)
                             select ledger_id, id, id from public.categories;"
                .to_owned(),
            _ => format!(
                "insert into {table}
                 select (jsonb_populate_record(null::{table}, to_jsonb(t))).* from public.{table} t;"
            ),
        };
        copy.push_str(&rows);
    }
    sqlx::raw_sql(AssertSqlSafe(copy + "commit"))
        .execute(&mut *connection)
        .await
        .unwrap();
    migrate(&mut connection, 9..=9).await;
    assert_right(&mut *connection).await;
    let kept: i64 = sqlx::query_scalar("select sum(count)::bigint from expense_totals")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(kept, 7);
    connection.detach();
}
