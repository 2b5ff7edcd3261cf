//! Expenses of several people that cannot be: each refused with a code and the field, when adding as when replacing, and by
//! the database where somebody goes around the API.

use serde_json::{Value, json};

use crate::expenses::lunch;
use crate::members::{flat, me, person, put_in, remove};
use crate::support::{Client, TestApp};

/// A flat of Anna and Ben, in which Cem has been; and Dora, who lives elsewhere.
struct Flat {
    anna: Client,
    path: String,
    me: Value,
    ben: Value,
    cem: Value,
    dora: Value,
}

impl Flat {
    async fn new(app: &TestApp) -> Self {
        let anna = app.sign_up("anna").await;
        let ben = app.sign_up("ben").await;
        let path = flat(&anna).await;
        let ben = put_in(&anna, &path, &ben, "editor").await;
        let cem = person(&anna, &path, "Cem").await;
        let parts = json!([{ "member_id": cem["id"] }]);
        let old = lunch(&json!({ "split": { "mode": "equal", "parts": parts } }));
        anna.post(&format!("{path}/expenses"), old).await.ok();
        assert_eq!(remove(&anna, &path, &cem).await, "done");
        let dora = person(&anna, &flat(&anna).await, "Dora").await;
        let me = me(&anna, &path).await;
        let id = |member: Value| member["id"].clone();
        Self {
            anna,
            path,
            me: id(me),
            ben: id(ben),
            cem: id(cem),
            dora: id(dora),
        }
    }

    /// Refused when adding and when replacing, with nothing written.
    async fn assert_refused(&self, cases: &[(Value, &str)]) {
        let expenses = format!("{}/expenses", self.path);
        let made = self.anna.post(&expenses, lunch(&json!({}))).await.ok();
        let there = format!("{expenses}/{}", made["id"].as_str().unwrap());
        let before = self.anna.get(&self.path).await.ok()["seq"].clone();
        for (other, problem) in cases {
            let added = self.anna.post(&expenses, lunch(other)).await;
            assert_eq!(added.problem(), *problem, "{other}");
            let replaced = self.anna.put(&there, 1, lunch(other)).await;
            assert_eq!(replaced.problem(), *problem, "replacing: {other}");
        }
        assert_eq!(self.anna.get(&there).await.ok(), made);
        assert_eq!(self.anna.get(&self.path).await.ok()["seq"], before);
    }
}

fn split(mode: &str, parts: &[(&Value, Value)]) -> Value {
    let parts: Vec<_> = parts
        .iter()
        .map(|(member, value)| json!({ "member_id": member, "value": value }))
        .collect();
    json!({ "split": { "mode": mode, "parts": parts } })
}

fn paid_by(payments: &[(&Value, i64)]) -> Value {
    let payments: Vec<_> = payments
        .iter()
        .map(|(member, amount)| json!({ "member_id": member, "amount": amount }))
        .collect();
    json!({ "paid_by": payments })
}

fn settlement(from: &Value, to: &[&Value]) -> Value {
    let parts: Vec<_> = to.iter().map(|to| json!({ "member_id": to })).collect();
    json!({
        "kind": "settlement", "paid_by": [{ "member_id": from, "amount": 1250 }],
        "split": { "mode": "equal", "parts": parts },
    })
}

#[tokio::test]
async fn a_split_that_does_not_fit_is_refused() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben) = (&flat.me, &flat.ben);
    let of_both =
        |mode: &str, mine: i64, bens: i64| split(mode, &[(me, json!(mine)), (ben, json!(bens))]);
    flat.assert_refused(&[
        (
            of_both("exact", 1250, 1),
            "422 split_does_not_add_up split.parts",
        ),
        (
            of_both("percent", 6000, 3999),
            "422 split_does_not_add_up split.parts",
        ),
        // More than a hundred per cent, alone and with somebody who makes up for it.
        (
            split("percent", &[(me, json!(10001))]),
            "422 split_does_not_add_up split.parts",
        ),
        (
            of_both("percent", 12000, -2000),
            "422 split_invalid split.parts[1].value",
        ),
        (of_both("shares", 0, 0), "422 split_invalid split.parts"),
        (
            of_both("shares", 2, -1),
            "422 split_invalid split.parts[1].value",
        ),
        (
            split("shares", &[(me, json!(1)), (me, json!(1))]),
            "422 member_duplicate split.parts[1].member_id",
        ),
        (
            paid_by(&[(me, 1000), (ben, 251)]),
            "422 split_does_not_add_up paid_by",
        ),
        (
            paid_by(&[(ben, 1000), (ben, 250)]),
            "422 member_duplicate paid_by[1].member_id",
        ),
    ])
    .await;
}

#[tokio::test]
async fn who_is_not_there_or_no_longer_is_refused() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben, cem, dora) = (&flat.me, &flat.ben, &flat.cem, &flat.dora);
    let with = |other: &Value| split("shares", &[(me, json!(1)), (other, json!(1))]);
    flat.assert_refused(&[
        (with(dora), "422 member_unknown split.parts[1].member_id"),
        (with(cem), "422 member_archived split.parts[1].member_id"),
        (
            paid_by(&[(dora, 1250)]),
            "422 member_unknown paid_by[0].member_id",
        ),
        (
            paid_by(&[(me, 1000), (cem, 250)]),
            "422 member_archived paid_by[1].member_id",
        ),
        (
            settlement(me, &[me]),
            "422 split_invalid split.parts[0].member_id",
        ),
        (settlement(me, &[ben, me]), "422 split_invalid split.parts"),
        (
            settlement(me, &[dora]),
            "422 member_unknown split.parts[0].member_id",
        ),
        (
            settlement(me, &[cem]),
            "422 member_archived split.parts[0].member_id",
        ),
        (
            settlement(cem, &[me]),
            "422 member_archived paid_by[0].member_id",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_role_that_may_not_is_refused_whatever_it_sends() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let eve = app.sign_up("eve").await;
    put_in(&flat.anna, &flat.path, &eve, "viewer").await;
    let expenses = format!("{}/expenses", flat.path);
    for body in [lunch(&json!({})), json!({ "amount": 0 }), Value::Null] {
        assert_eq!(eve.post(&expenses, body).await.problem(), "403 forbidden -");
    }
}

#[tokio::test]
async fn the_database_refuses_what_does_not_add_up_by_whatever_path_it_comes() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let expenses = format!("{}/expenses", flat.path);
    flat.anna.post(&expenses, lunch(&json!({}))).await.ok();
    let another = flat.dora.as_str().unwrap();
    let same = "select ledger_id, gen_random_uuid(), kind, spent_on, amount, currency, ledger_amount, payee, paid_by, split, \
                created_by from expenses limit 1";
    let columns = "ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, paid_by, split, created_by";
    for (around, constraint) in [
        (format!("insert into expenses ({columns}) {same}"), "shares_add_up"),
        ("update shares set owed = owed + 1 where owed > 0".to_owned(), "shares_add_up"),
        ("update shares set paid = 0".to_owned(), "shares_add_up"),
        ("update expenses set amount = 2 * amount, ledger_amount = 2 * ledger_amount".to_owned(), "shares_add_up"),
        ("delete from shares where owed > 0".to_owned(), "shares_add_up"),
        ("delete from shares".to_owned(), "shares_add_up"),
        (
            "insert into shares (ledger_id, expense_id, member_id, paid, owed)
             select e.ledger_id, e.id, m.id, 0, 1
               from expenses e
               join members m on m.ledger_id = e.ledger_id
              where not exists (select from shares s
                                 where s.ledger_id = e.ledger_id and s.expense_id = e.id and s.member_id = m.id)
              limit 1"
                .to_owned(),
            "shares_add_up",
        ),
        (format!("update shares set member_id = '{another}' where paid > 0 and owed > 0"), "shares_member_id_fkey"),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(around.clone()))
            .execute(&app.app.db)
            .await
            .unwrap_err();
        let database = refused.as_database_error().expect("a refusal");
        assert_eq!(database.constraint(), Some(constraint), "{around}");
    }
}
