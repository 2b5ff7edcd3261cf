//! Nobody ever reads an answer that is older than what they have written themselves.

use futures_util::future::{join_all, try_join_all};
use outlay::ids::LedgerId;
use outlay::ledgers::Role;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{lock, someone, spend};
use crate::live::instances::{shared_redis, two};
use crate::live::{join, own, remove};
use crate::support::{Client, TestApp};
use crate::transactions::{observer, until};

/// How often each of those who write at the same time does.
const TIMES: i64 = 8;
const MONTH: &str = "from=2026-03-01&to=2026-03-31";

/// Writes again and again, and looks each time, here and there, whether it is in everything that it belongs in. There are
/// others who do the same; nobody but this one writes about this payee.
async fn write_and_read(writer: Client, reader: Client, ledger: String, payee: String) {
    for count in 1..=TIMES {
        let expense = spend(&writer, &ledger, "2026-03-14", &payee).await;
        for client in [&writer, &reader] {
            let report = format!("{ledger}/reports/spending?{MONTH}&group_by=payee");
            let report = client.get(&report).await.ok();
            assert_eq!(of(&report["rows"], "payee", &payee)["count"], count);
            let list = format!("{ledger}/expenses?sort=-updated_at&limit=200");
            let list = client.get(&list).await.ok();
            assert_eq!(
                of(&list["items"], "id", expense["id"].as_str().unwrap()),
                &expense
            );
            let payees = client.get(&format!("{ledger}/payees?limit=200")).await.ok();
            assert_eq!(of(&payees["items"], "payee", &payee)["count"], count);
        }
        let before = total(
            &reader
                .get(&format!("{ledger}/reports/spending?{MONTH}"))
                .await
                .ok(),
        );
        let after = total(
            &writer
                .get(&format!("{ledger}/reports/spending?{MONTH}"))
                .await
                .ok(),
        );
        assert!(before >= count * 1250 && after >= before);
    }
}

/// The one of a list that this field says.
fn of<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    let found = list
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one[field] == value);
    found.unwrap_or_else(|| panic!("no {value} in {list}"))
}

fn total(report: &Value) -> i64 {
    report["total"].as_i64().unwrap()
}

async fn finish(tasks: Vec<JoinHandle<()>>) {
    try_join_all(tasks).await.expect("nobody saw anything old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_written_reads_that_while_others_write_too() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let tasks = (0..4).map(|writer| {
        let (ledger, payee) = (anna.ledger(), format!("payee {writer}"));
        tokio::spawn(write_and_read(anna.clone(), anna.clone(), ledger, payee))
    });
    finish(tasks.collect()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_at_one_instance_is_read_at_the_other() {
    let [one, other] = two(&shared_redis()).await;
    let anna = someone(&one).await;
    let there = other.welcome(&anna);
    let tasks = (0..4).map(|writer| {
        let (ledger, payee) = (anna.ledger(), format!("payee {writer}"));
        let (writer, reader) = if writer % 2 == 0 {
            (anna.clone(), there.clone())
        } else {
            (there.clone(), anna.clone())
        };
        tokio::spawn(write_and_read(writer, reader, ledger, payee))
    });
    finish(tasks.collect()).await;
}

#[tokio::test]
async fn everything_that_an_answer_shows_makes_it_another_when_it_changes() {
    let app = TestApp::new().await;
    let (anna, ben) = (someone(&app).await, app.sign_up("ben").await);
    let ledger = anna.ledger();
    // A person in the balances, and in the list of members.
    let members = format!("{ledger}/members");
    assert_eq!(
        anna.get(&members).await.ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let member = join(&app.app, own(&anna), &ben, Role::Editor).await;
    let listed = ben.get(&members).await.ok();
    assert_eq!(
        of(&listed["items"], "id", &member.to_string())["name"],
        "ben"
    );
    // A name, with the account.
    let me = json!({ "name": "Benjamin", "email": "ben@outlay.example", "locale": "en" });
    ben.put("/me", 1, me).await.ok();
    let listed = anna.get(&members).await.ok();
    assert_eq!(
        of(&listed["items"], "id", &member.to_string())["name"],
        "Benjamin"
    );
    // A category, its name and its default split.
    let categories = format!("{ledger}/categories");
    let made = anna.post(&categories, json!({ "name": "Bees" })).await.ok();
    let path = format!("{categories}/{}", made["id"].as_str().unwrap());
    let listed = anna.get(&categories).await.ok();
    assert_eq!(
        of(&listed["items"], "id", made["id"].as_str().unwrap())["name"],
        "Bees"
    );
    let split = json!({ "mode": "equal", "parts": [{ "member_id": member.to_string() }] });
    let renamed = json!({ "name": "Hives", "default_split": split });
    let renamed = anna.put(&path, 1, renamed).await.ok();
    let listed = anna.get(&categories).await.ok();
    assert_eq!(
        of(&listed["items"], "id", made["id"].as_str().unwrap()),
        &renamed
    );
    // An account that goes: its member stays.
    let password = json!({ "present_password": crate::support::PASSWORD });
    ben.send(axum::http::Method::DELETE, "/me", &[], Some(password))
        .await;
    let listed = anna.get(&members).await.ok();
    assert_eq!(
        of(&listed["items"], "id", &member.to_string())["user_id"],
        Value::Null
    );
}

/// What Ben bears in March over all his ledgers, by category.
async fn bears(ben: &Client) -> Vec<(Value, Value)> {
    let path = format!("/reports/spending?{MONTH}&group_by=category");
    let report = ben.get(&path).await.ok();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["category"].clone(), row["total"].clone()))
        .collect()
}

#[tokio::test]
async fn the_report_on_all_ledgers_is_as_new_as_each_of_them() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    assert_eq!(bears(&ben).await, []);
    let flat = json!({ "name": "Flat", "currency": "EUR" });
    let flat = anna.post("/ledgers", flat).await.ok();
    let id = LedgerId(flat["id"].as_str().unwrap().parse().unwrap());
    let ledger = format!("/ledgers/{id}");
    let bees = json!({ "name": "Bees" });
    let hers = anna.post(&format!("{ledger}/categories"), bees).await.ok();
    // He comes into a ledger.
    let member = join(&app.app, id, &ben, Role::Editor).await;
    assert_eq!(bears(&ben).await, []);
    // Somebody else writes there.
    let split = json!({ "mode": "equal", "parts": [{ "member_id": member.to_string() }] });
    let body = json!({
        "spent_on": "2026-03-14", "amount": 1000, "payee": "Inn", "category_id": hers["id"], "split": split,
    });
    anna.post(&format!("{ledger}/expenses"), body).await.ok();
    assert_eq!(bears(&ben).await, [(json!("Bees"), json!(1000))]);
    // He has a category for it.
    let his = json!({ "name": "Boats" });
    let his = ben
        .post(&format!("{}/categories", ben.ledger()), his)
        .await
        .ok();
    assert_eq!(bears(&ben).await, [(json!("Bees"), json!(1000))]);
    let mapping =
        json!({ "categories": [{ "category_id": hers["id"], "own_category_id": his["id"] }] });
    let path = format!("{ledger}/mapping");
    ben.put(&path, 1, mapping).await.ok();
    assert_eq!(bears(&ben).await, [(json!("Boats"), json!(1000))]);
    ben.put(&path, 2, json!({})).await.ok();
    assert_eq!(bears(&ben).await, [(json!("Bees"), json!(1000))]);
    // And is out of it.
    remove(&app.app, id, member).await;
    assert_eq!(bears(&ben).await, []);
}

#[tokio::test]
async fn a_ledger_that_is_set_back_and_goes_another_way_is_another() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let path = format!("{}/reports/spending?{MONTH}", anna.ledger());
    let set_back = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&app.app.db).await.unwrap();
    };
    // What a backup does that is restored.
    set_back("create table backup as select id, seq, moment from ledgers").await;
    let before = anna.get(&path).await.ok();
    spend(&anna, &anna.ledger(), "2026-03-14", "Cinema").await;
    let lost = anna.get(&path).await;
    set_back(
        "begin; delete from expenses where payee = 'Cinema';
         delete from changes c using backup b where c.ledger_id = b.id and c.seq > b.seq;
         update ledgers l set seq = b.seq, moment = b.moment from backup b where b.id = l.id; commit",
    )
    .await;
    assert_eq!(anna.get(&path).await.ok(), before);
    let body = json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Kiosk" });
    anna.post(&format!("{}/expenses", anna.ledger()), body)
        .await
        .ok();
    let found = anna.get(&path).await;
    assert_ne!(super::tag(&found), super::tag(&lost));
    assert_eq!(found.body["total"], 1);
}

/// What a connection does that waits for what somebody else has locked.
const WAITS: &str = "wait_event_type = 'Lock'";

#[tokio::test]
async fn many_who_ask_while_it_is_computed_wait_for_one() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let mut lock = lock(&app).await;
    let mut observer = observer(&app).await;
    let path = format!("{}/payees", anna.ledger());
    let asked = join_all((0..20).map(|_| anna.get(&path)));
    let unlocked = async {
        until(&mut observer, WAITS, 1).await;
        // Time enough for a second one.
        for _ in 0..20 {
            anna.get("/ledgers").await.ok();
        }
        until(&mut observer, WAITS, 1).await;
        sqlx::raw_sql("rollback").execute(&mut *lock).await.unwrap();
    };
    let (answers, ()) = tokio::join!(asked, unlocked);
    for answer in answers {
        assert_eq!(answer.ok()["items"][0]["payee"], "Bakery");
    }
}

#[tokio::test]
async fn what_is_computed_for_somebody_who_has_left_still_takes_their_place() {
    let app = TestApp::with(|config| config.requests_at_once = 1).await;
    let anna = someone(&app).await;
    let mut lock = lock(&app).await;
    let path = format!("{}/payees", anna.ledger());
    let mut observer = observer(&app).await;
    tokio::select! {
        _ = anna.get(&path) => panic!("nobody can read it"),
        () = until(&mut observer, WAITS, 1) => {}
    }
    let refused = anna.get("/ledgers").await;
    assert_eq!(refused.problem(), "503 unavailable -");
    sqlx::raw_sql("rollback").execute(&mut *lock).await.unwrap();
    while app.app.requests.room.count() != (0, 0) {
        tokio::task::yield_now().await;
    }
    anna.get("/ledgers").await.ok();
}
