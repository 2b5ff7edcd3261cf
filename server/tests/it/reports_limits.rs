//! Reports on all my ledgers and as tables, and where a report ends.

use axum::http::{Method, StatusCode, header};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::reports::{ask, category, report, rows, spend};
use crate::support::{Answer, Client, TestApp};

async fn csv(client: &Client, path: &str) -> Answer {
    client
        .send(Method::GET, path, &[("accept", "text/csv")], None)
        .await
}

#[tokio::test]
async fn all_my_ledgers_are_summed_by_the_names_of_their_categories() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let in_ledger = async |name: &str, currency: &str, amount: i64| {
        let ledger = anna
            .post("/ledgers", json!({ "name": name, "currency": currency }))
            .await
            .ok();
        let path = format!("/ledgers/{}", ledger["id"].as_str().unwrap());
        let travel = anna
            .post(&format!("{path}/categories"), json!({ "name": "Travel" }))
            .await
            .ok();
        let body = json!({ "spent_on": "2026-02-01", "amount": amount, "payee": "Train", "category_id": travel["id"] });
        anna.post(&format!("{path}/expenses"), body).await.ok();
        ledger["id"].clone()
    };
    in_ledger("Flat", "EUR", 300).await;
    let tokyo = in_ledger("Tokyo", "JPY", 9000).await;
    let categories = anna
        .get(&format!("{}/categories", anna.ledger()))
        .await
        .ok();
    let travel = categories["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "Travel")
        .unwrap();
    spend(
        &anna,
        "2026-02-02",
        25,
        "Bus",
        json!({ "category_id": travel["id"] }),
    )
    .await;
    spend(&anna, "2026-02-03", 1, "Bus", json!({})).await;
    let found = anna
        .get("/reports/spending?from=2026-02-01&to=2026-02-28&group_by=category")
        .await
        .ok();
    assert_eq!(rows(&found, &["category"]), ["Travel 325 2", "null 1 1"]);
    assert_eq!(
        found["left_out"],
        json!([{ "ledger_id": tokyo, "currency": "JPY" }])
    );
    let table = csv(
        &anna,
        "/reports/spending?from=2026-02-01&to=2026-02-28&group_by=category,payee",
    )
    .await;
    assert_snapshot!(table.text.trim_start_matches('\u{feff}').replace('\r', ""), @r##"
    category,payee,total,currency,count
    Travel,Train,3.00,EUR,1
    Travel,Bus,0.25,EUR,1
    ,Bus,0.01,EUR,1
    "##);
}

#[tokio::test]
async fn a_table_has_names_and_written_amounts_and_nothing_that_runs() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let food = category(&anna, "Foods", &Value::Null).await;
    let bread = category(&anna, "Bread, \"dark\"", &food).await;
    spend(
        &anna,
        "2026-02-01",
        123_456,
        "=HYPERLINK(\"x\")",
        json!({ "category_id": bread }),
    )
    .await;
    spend(
        &anna,
        "2026-02-02",
        -50,
        "Mensa",
        json!({ "category_id": food }),
    )
    .await;
    let query = "from=2026-02-01&to=2026-03-31&group_by=month,category,payee,member&compare=year";
    let table = csv(
        &anna,
        &format!("{}/reports/spending?{query}", anna.ledger()),
    )
    .await;
    assert_eq!(table.status, StatusCode::OK);
    assert_eq!(
        table.headers[header::CONTENT_TYPE],
        "text/csv; charset=utf-8"
    );
    assert_eq!(
        table.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"spending-2026-02-01-to-2026-03-31.csv\""
    );
    assert!(table.text.starts_with('\u{feff}') && table.text.contains("\r\n"));
    assert_snapshot!(table.text.trim_start_matches('\u{feff}').replace('\r', ""), @r##"
    month,parent_category,category,payee,member,total,currency,count,compare_total,compare_count
    2026-02,Foods,"Bread, ""dark""","'=HYPERLINK(""x"")",anna,1234.56,EUR,1,0.00,0
    2026-02,,Foods,Mensa,anna,-0.50,EUR,1,0.00,0
    2026-03,,,,,0.00,EUR,0,0.00,0
    "##);
}

#[tokio::test]
async fn a_sum_that_cannot_be_counted_exactly_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let most = money::amount::MAX;
    for _ in 0..2 {
        spend(&anna, "2026-02-01", most, "Moon", json!({})).await;
    }
    let february = "from=2026-02-01&to=2026-02-28";
    assert_eq!(
        ask(&anna, february).await.problem(),
        "422 amount_out_of_range -"
    );
    let overall = anna.get(&format!("/reports/spending?{february}")).await;
    assert_eq!(overall.problem(), "422 amount_out_of_range -");
    spend(&anna, "2026-02-02", -most, "Earth", json!({})).await;
    assert_eq!(report(&anna, february).await["total"], json!(most));
}

#[tokio::test]
async fn a_report_of_too_many_rows_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    spend(&anna, "2026-02-01", 100, "One", json!({})).await;
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into expenses (ledger_id, id, kind, spent_on, amount, currency, ledger_amount, payee, paid_by, split, created_by)
         select ledger_id, gen_random_uuid(), kind, spent_on, amount, currency, ledger_amount, 'Payee ' || number,
                paid_by, split, created_by
           from expenses, generate_series(1, 20000) as number;
         -- What the triggers would have done, in longer.
         update expense_totals set amount = 20001 * amount, count = 20001;
         set session_replication_role = default",
    )
    .execute(&app.app.db)
    .await
    .unwrap();
    let february = "from=2026-02-01&to=2026-02-28";
    assert_eq!(
        ask(&anna, &format!("{february}&group_by=payee"))
            .await
            .problem(),
        "422 too_many_items group_by"
    );
    assert_eq!(report(&anna, february).await["count"], json!(20_001));
}

#[tokio::test]
async fn bad_input_is_named() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let bens = category(&ben, "Foods", &Value::Null).await;
    let bens = bens.as_str().unwrap();
    let bens_member = ben.get(&ben.ledger()).await.ok()["member_id"].clone();
    let bens_member = bens_member.as_str().unwrap();
    for (query, problem) in [
        ("group_by=weekday", "422 invalid_value group_by"),
        ("group_by=day,,tag", "422 invalid_value group_by"),
        ("group_by=day&group_by=tag", "422 invalid_value group_by"),
        ("from=2026-02-02&to=2026-02-01", "422 invalid_value to"),
        ("from=1950-01-01&to=2000-01-01", "422 invalid_value to"),
        (
            "from=2010-01-01&to=2026-01-01&group_by=day",
            "422 invalid_value to",
        ),
        ("from=2026-02-30", "422 date_invalid from"),
        ("to=1899-12-31", "422 date_out_of_range to"),
        ("from=", "422 date_invalid from"),
        ("of=you", "422 invalid_value of"),
        ("compare=month", "422 invalid_value compare"),
        ("kind=settlement", "422 invalid_value kind"),
        ("category_id=7", "422 invalid_value category_id"),
        (
            &format!("category_id={bens}"),
            "422 category_unknown category_id",
        ),
        (
            &format!("member_id={bens_member}"),
            "422 member_unknown member_id",
        ),
        ("tag=", "422 text_empty tag"),
        ("min=1.5", "422 invalid_value min"),
        ("max=9007199254740992", "422 amount_out_of_range max"),
        (&format!("q={}", "x".repeat(201)), "422 text_too_long q"),
        ("currency=EUR", "422 unknown_field currency"),
    ] {
        assert_eq!(ask(&anna, query).await.problem(), problem, "{query}");
    }
    for (query, problem) in [
        ("group_by=member", "422 invalid_value group_by"),
        ("of=ledger", "422 unknown_field of"),
        ("from=2026-02-02&to=2026-02-01", "422 invalid_value to"),
    ] {
        let answer = anna.get(&format!("/reports/spending?{query}")).await;
        assert_eq!(answer.problem(), problem, "{query}");
    }
}
