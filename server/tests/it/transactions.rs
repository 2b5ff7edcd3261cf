//! How transactions end: once, and with whoever began them. Whoever leaves, waits in vain or is refused leaves none behind.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use outlay::db::Tx;
use outlay::ids::LedgerId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use crate::members::{change, flat, me, remove};
use crate::support::TestApp;

/// What this thread logs from now on, and a test's tasks with it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// While there is only one subscriber, tracing lets the thread that comes to a line first say for all whether it is logged.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

impl Log {
    pub fn begin() -> (Self, DefaultGuard) {
        LazyLock::force(&ANOTHER);
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What PostgreSQL says to whoever ends a transaction twice.
const TWICE: &str = "there is no transaction in progress";

/// Waits until so many of the application's connections are so.
pub async fn until(observer: &mut PgConnection, condition: &'static str, expected: i64) {
    let count = "select count(*) from pg_stat_activity
                  where datname = current_database() and pid <> pg_backend_pid()
                    and application_name = 'outlay' and ";
    let reached = async {
        loop {
            let counting = sqlx::query_scalar(AssertSqlSafe(format!("{count}{condition}")));
            let count: i64 = counting.fetch_one(&mut *observer).await.unwrap();
            if count == expected {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    // Sooner than PostgreSQL itself ends what is idle in a transaction.
    let reached = tokio::time::timeout(Duration::from_secs(10), reached).await;
    reached.expect(condition);
}

/// Sees the connections of the pool from outside.
pub async fn observer(app: &TestApp) -> PgConnection {
    let options = app.app.db.connect_options();
    let options = (*options).clone().application_name("observer");
    PgConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn who_leaves_while_waiting_leaves_no_transaction_behind() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger: LedgerId = serde_json::from_value(anna.user["personal_ledger_id"].clone()).unwrap();
    let mut observer = observer(&app).await;
    let first = Tx::begin_on(&app.app, ledger).await.unwrap();
    tokio::select! {
        _ = Tx::begin_on(&app.app, ledger) => panic!("the ledger is locked"),
        () = until(&mut observer, "wait_event_type = 'Lock'", 1) => {}
    }
    drop(first);
    until(&mut observer, "state <> 'idle'", 0).await;
}

#[tokio::test]
async fn who_waits_for_a_ledger_in_vain_leaves_no_transaction_behind() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger: LedgerId = serde_json::from_value(anna.user["personal_ledger_id"].clone()).unwrap();
    let mut observer = observer(&app).await;
    // Another instance, or somebody at the database.
    let mut elsewhere = observer.begin().await.unwrap();
    sqlx::query("select from ledgers where id = $1 for update")
        .bind(ledger.0)
        .execute(&mut *elsewhere)
        .await
        .unwrap();
    let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    let refused = anna
        .post(&format!("{}/expenses", anna.ledger()), lunch)
        .await;
    assert_eq!(refused.problem(), "503 unavailable -");
    elsewhere.rollback().await.unwrap();
    until(&mut observer, "state <> 'idle'", 0).await;
}

#[tokio::test]
async fn who_leaves_during_the_commit_has_it_ended_once() {
    let (log, _guard) = Log::begin();
    let app = TestApp::new().await;
    let mut observer = observer(&app).await;
    sqlx::raw_sql(
        "create table slow ();
         create function wait() returns trigger language plpgsql as $$
         begin perform pg_advisory_xact_lock(1); return null; end $$;
         create constraint trigger slow after insert on slow deferrable initially deferred
            for each row execute function wait();
         select pg_advisory_lock(1)",
    )
    .execute(&mut observer)
    .await
    .unwrap();
    let mut tx = Tx::begin(&app.app).await.unwrap();
    sqlx::query("insert into slow default values")
        .execute(&mut *tx)
        .await
        .unwrap();
    tokio::select! {
        _ = tx.commit() => panic!("the commit waits"),
        () = until(&mut observer, "wait_event_type = 'Lock'", 1) => {}
    }
    let release = sqlx::query("select pg_advisory_unlock(1)");
    release.execute(&mut observer).await.unwrap();
    app.app.db.close().await;
    assert!(!log.text().contains(TWICE), "{}", log.text());
    let written: i64 = sqlx::query_scalar("select count(*) from slow")
        .fetch_one(&mut observer)
        .await
        .unwrap();
    assert_eq!(written, 1);
}

#[tokio::test]
async fn what_would_leave_no_owner_is_rolled_back_once() {
    let (log, _guard) = Log::begin();
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let there = me(&anna, &flat).await;
    assert_eq!(remove(&anna, &flat, &there).await, "409 last_owner -");
    let editor = json!({ "role": "editor" });
    let refused = change(&anna, &flat, &there, &editor).await;
    assert_eq!(refused, "409 last_owner role");
    app.app.db.close().await;
    assert!(!log.text().contains(TWICE), "{}", log.text());
}
