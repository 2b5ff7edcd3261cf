//! Expenses that are not ones: each refused with a code and the field, and nothing stored.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::{add, expenses, join, lunch, member_id, path};
use crate::support::{Client, TestApp};

/// Sends a body, as text, to add an expense.
async fn post_text(client: &Client, body: String) -> String {
    let request = Request::post(format!("/api/v1{}", expenses(client)))
        .header("content-type", "application/json")
        .header(
            "authorization",
            format!("Bearer {}", client.token.as_deref().unwrap()),
        )
        .body(Body::from(body))
        .unwrap();
    client.raw(request).await.problem()
}

async fn assert_nothing_stored(client: &Client, seq: &Value) {
    let list = client.get(&expenses(client)).await.ok();
    assert_eq!(list["items"], json!([]));
    let ledger = client.get(&client.ledger()).await.ok();
    assert_eq!(ledger["seq"], *seq);
}

/// Bodies that are a lunch but for one thing, and how each is refused.
async fn assert_refused(client: &Client, cases: &[(Value, &str)]) {
    let seq = client.get(&client.ledger()).await.ok()["seq"].clone();
    for (other, problem) in cases {
        let answer = client.post(&expenses(client), lunch(other)).await;
        assert_eq!(answer.problem(), *problem, "{other}");
    }
    assert_nothing_stored(client, &seq).await;
}

#[tokio::test]
async fn a_body_that_is_no_expense_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].clone();
    for (body, problem) in [
        ("", "400 malformed_json -"),
        ("{", "400 malformed_json -"),
        (r#"{"payee": "A" "amount": 1}"#, "400 malformed_json -"),
        (r#"{"payee": "\ud800"}"#, "400 malformed_json -"),
        (r#"{"payee": "A", "payee": "B"}"#, "422 invalid_value payee"),
        ("{}", "422 missing_field spent_on"),
        (
            r#"{"spent_on": "2026-03-14", "payee": "A"}"#,
            "422 missing_field amount",
        ),
        (
            r#"{"spent_on": "2026-03-14", "amount": 1}"#,
            "422 missing_field payee",
        ),
    ] {
        assert_eq!(post_text(&anna, body.to_owned()).await, problem, "{body}");
    }
    let exact =
        |amount: &str| format!(r#"{{"spent_on":"2026-03-14","payee":"A","amount":{amount}}}"#);
    for (amount, problem) in [
        ("9007199254740992", "422 amount_out_of_range amount"),
        ("-9007199254740992", "422 amount_out_of_range amount"),
        ("99999999999999999999999", "422 amount_out_of_range amount"),
        ("1e300", "422 amount_out_of_range amount"),
        ("12.5", "422 amount_decimals amount"),
    ] {
        assert_eq!(post_text(&anna, exact(amount)).await, problem, "{amount}");
    }
    let long = lunch(&json!({ "note": "x".repeat(3_000_000) }));
    let answer = anna.post(&expenses(&anna), long).await;
    assert_eq!(answer.problem(), "413 body_too_large -");
    assert_nothing_stored(&anna, &seq).await;
}

#[tokio::test]
async fn the_largest_amount_is_one() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for amount in [9_007_199_254_740_991_i64, -9_007_199_254_740_991] {
        let made = add(&anna, json!({ "amount": amount })).await;
        assert_eq!(made["shares"][0]["owed"], json!(amount));
        assert_eq!(anna.get(&path(&anna, &made)).await.ok(), made);
    }
}

#[tokio::test]
async fn a_field_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let today = app.app.clock.today();
    let far = today + chrono::Months::new(120) + chrono::Days::new(1);
    assert_refused(
        &anna,
        &[
            (json!({ "amuont": 1 }), "422 unknown_field amuont"),
            (json!({ "amount": 0 }), "422 amount_zero amount"),
            (json!({ "amount": "12" }), "422 wrong_type amount"),
            (json!({ "amount": null }), "422 wrong_type amount"),
            (json!({ "amount": [1] }), "422 wrong_type amount"),
            (
                json!({ "currency": "XXX" }),
                "422 currency_unknown currency",
            ),
            (
                json!({ "currency": "eur" }),
                "422 currency_unknown currency",
            ),
            (json!({ "currency": 978 }), "422 wrong_type currency"),
            (json!({ "currency": "USD" }), "422 rate_required rate"),
            (
                json!({ "currency": "USD", "rate": "0" }),
                "422 rate_invalid rate",
            ),
            (
                json!({ "currency": "USD", "rate": "-1" }),
                "422 rate_invalid rate",
            ),
            (
                json!({ "currency": "USD", "rate": "1e3" }),
                "422 rate_invalid rate",
            ),
            (
                json!({ "currency": "USD", "rate": 1.1 }),
                "422 wrong_type rate",
            ),
            (
                json!({ "amount": 9_007_199_254_740_991_i64, "currency": "USD", "rate": "1.1" }),
                "422 amount_out_of_range amount",
            ),
            (json!({ "rate": "1.1" }), "422 rate_invalid rate"),
            (
                json!({ "spent_on": "2026-02-29" }),
                "422 date_invalid spent_on",
            ),
            (
                json!({ "spent_on": "14.03.2026" }),
                "422 date_invalid spent_on",
            ),
            (
                json!({ "spent_on": "1899-12-31" }),
                "422 date_out_of_range spent_on",
            ),
            (json!({ "spent_on": far }), "422 date_out_of_range spent_on"),
            (
                json!({ "spent_on": "9999-12-31" }),
                "422 date_out_of_range spent_on",
            ),
            (json!({ "payee": "" }), "422 text_empty payee"),
            (json!({ "payee": "  " }), "422 text_empty payee"),
            (
                json!({ "payee": "x".repeat(201) }),
                "422 text_too_long payee",
            ),
            (
                json!({ "payee": "a\u{0}b" }),
                "422 text_control_characters payee",
            ),
            (
                json!({ "payee": "a\nb" }),
                "422 text_control_characters payee",
            ),
            (
                json!({ "note": "x".repeat(4001) }),
                "422 text_too_long note",
            ),
            (
                json!({ "note": "a\u{7}b" }),
                "422 text_control_characters note",
            ),
            (json!({ "kind": "gift" }), "422 invalid_value kind"),
            (json!({ "id": "1" }), "422 invalid_value id"),
            (
                json!({ "category_id": "food" }),
                "422 invalid_value category_id",
            ),
            (json!({ "tags": "food" }), "422 wrong_type tags"),
            (json!({ "tags": [""] }), "422 text_empty tags[0]"),
            (json!({ "tags": ["a", "#b"] }), "422 invalid_value tags[1]"),
            (json!({ "tags": ["b,"] }), "422 invalid_value tags[0]"),
            (
                json!({ "tags": ["a", "b", "A"] }),
                "422 invalid_value tags[2]",
            ),
            (
                json!({ "tags": ["x".repeat(51)] }),
                "422 text_too_long tags[0]",
            ),
            (
                json!({ "tags": (0..21).map(|tag| tag.to_string()).collect::<Vec<_>>() }),
                "422 too_many_items tags",
            ),
        ],
    )
    .await;
    let last = today + chrono::Months::new(120);
    add(&anna, json!({ "spent_on": last })).await;
    add(&anna, json!({ "spent_on": "1900-01-01" })).await;
}

#[tokio::test]
async fn what_belongs_to_another_ledger_is_unknown_here() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let bens = ben.get(&format!("{}/categories", ben.ledger())).await.ok();
    let bens = bens["items"][0]["id"].clone();
    let him = member_id(&ben).await;
    let me = member_id(&anna).await;
    assert_refused(
        &anna,
        &[
            (json!({ "category_id": bens }), "422 category_unknown category_id"),
            (json!({ "category_id": Uuid::now_v7() }), "422 category_unknown category_id"),
            (
                json!({ "paid_by": [{ "member_id": him, "amount": 1250 }] }),
                "422 member_unknown paid_by[0].member_id",
            ),
            (
                json!({ "split": { "mode": "equal", "parts": [{ "member_id": me }, { "member_id": him }] } }),
                "422 member_unknown split.parts[1].member_id",
            ),
        ],
    )
    .await;
    let made = add(&anna, json!({})).await;
    let answer = anna
        .put(
            &path(&anna, &made),
            1,
            lunch(&json!({ "category_id": bens })),
        )
        .await;
    assert_eq!(answer.problem(), "422 category_unknown category_id");
    assert_eq!(anna.get(&path(&anna, &made)).await.ok(), made);
}

#[tokio::test]
async fn payments_and_parts_that_do_not_fit_are_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let paid_by = |mine: i64, bens: i64| json!({ "paid_by": [{ "member_id": me, "amount": mine }, { "member_id": ben, "amount": bens }] });
    let split = |mode: &str, mine: Value, bens: Value| {
        json!({ "split": { "mode": mode, "parts": [
            { "member_id": me, "value": mine }, { "member_id": ben, "value": bens }] } })
    };
    let twice = json!([{ "member_id": me, "amount": 1000 }, { "member_id": me, "amount": 250 }]);
    let both = json!([{ "member_id": me }, { "member_id": me }]);
    assert_refused(
        &anna,
        &[
            (paid_by(1000, 249), "422 split_does_not_add_up paid_by"),
            (paid_by(1250, 0), "422 amount_zero paid_by[1].amount"),
            (paid_by(1251, -1), "422 invalid_value paid_by[1].amount"),
            (
                json!({ "paid_by": [] }),
                "422 split_does_not_add_up paid_by",
            ),
            (
                json!({ "paid_by": twice }),
                "422 member_duplicate paid_by[1].member_id",
            ),
            (
                split("exact", json!(1000), json!(249)),
                "422 split_does_not_add_up split.parts",
            ),
            (
                split("percent", json!(5000), json!(4999)),
                "422 split_does_not_add_up split.parts",
            ),
            (
                split("percent", json!(10001), json!(0)),
                "422 split_does_not_add_up split.parts",
            ),
            (
                split("shares", json!(0), json!(0)),
                "422 split_invalid split.parts",
            ),
            (
                split("shares", json!(1), json!(-1)),
                "422 split_invalid split.parts[1].value",
            ),
            (
                split("shares", json!(1), json!(null)),
                "422 split_invalid split.parts[1].value",
            ),
            (
                split("equal", json!(1), json!(1)),
                "422 split_invalid split.parts[0].value",
            ),
            (
                split("shares", json!(1), json!(1.5)),
                "422 amount_decimals split.parts[1].value",
            ),
            (
                split("shares", json!(1), json!("2")),
                "422 wrong_type split.parts[1].value",
            ),
            (
                split("thirds", json!(1), json!(1)),
                "422 invalid_value split.mode",
            ),
            (
                json!({ "split": { "mode": "equal", "parts": [] } }),
                "422 split_invalid split.parts",
            ),
            (
                json!({ "split": { "mode": "equal" } }),
                "422 missing_field split.parts",
            ),
            (
                json!({ "split": { "mode": "equal", "parts": both } }),
                "422 member_duplicate split.parts[1].member_id",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_query_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    add(&anna, json!({})).await;
    add(&anna, json!({})).await;
    let ours = anna.get(&format!("{}?limit=1", expenses(&anna))).await.ok();
    let ours = ours["next_cursor"].as_str().unwrap().to_owned();
    for (query, problem) in [
        ("cursor=garbage", "400 cursor_invalid cursor"),
        ("cursor=", "400 cursor_invalid cursor"),
        ("cursor=bnVsbA", "400 cursor_invalid cursor"),
        ("limit=0", "422 invalid_value limit"),
        ("limit=201", "422 invalid_value limit"),
        ("limit=x", "422 invalid_value limit"),
        ("from=2026-02-30", "422 date_invalid from"),
        ("to=yesterday", "422 date_invalid to"),
        ("min=1.5", "422 wrong_type min"),
        ("max=9007199254740992", "422 amount_out_of_range max"),
        ("kind=gift", "422 invalid_value kind"),
        ("sort=payee", "422 invalid_value sort"),
        ("deleted=maybe", "422 invalid_value deleted"),
        ("category_id=food", "422 invalid_value category_id"),
        ("member_id=me", "422 invalid_value member_id"),
        ("tag=", "422 text_empty tag"),
        ("q=%00", "422 text_control_characters q"),
        ("page=2", "422 unknown_field page"),
        ("from=2026-01-01&from=2026-01-02", "422 invalid_value from"),
    ] {
        let answer = anna.get(&format!("{}?{query}", expenses(&anna))).await;
        assert_eq!(answer.problem(), problem, "{query}");
    }
    // A cursor goes with the order that it came from.
    let other = anna
        .get(&format!("{}?sort=amount&cursor={ours}", expenses(&anna)))
        .await;
    assert_eq!(other.problem(), "400 cursor_invalid cursor");
    let missing = format!("{}/{}", expenses(&anna), Uuid::now_v7());
    assert_eq!(anna.get(&missing).await.problem(), "404 not_found -");
    assert_eq!(
        anna.get(&format!("{}/x", expenses(&anna))).await.status,
        StatusCode::NOT_FOUND
    );
}
