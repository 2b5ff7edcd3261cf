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
            format!("Bearer {}", client.token.as_deref().expect("a token")),
        )
        .body(Body::from(body))
        .expect("a request");
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
async fn an_amount_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let dollars = |rate: Value| json!({ "currency": "USD", "rate": rate });
    let most = 9_007_199_254_740_991_i64;
    assert_refused(
        &anna,
        &[
            (json!({ "amount": 0 }), "422 amount_zero amount"),
            (json!({ "amount": "12" }), "422 wrong_type amount"),
            (json!({ "amount": -0.0 }), "422 amount_zero amount"),
            (json!({ "amount": 12.5 }), "422 amount_decimals amount"),
            (json!({ "amount": 1250.0 }), "422 amount_decimals amount"),
            (json!({ "amount": 1e30 }), "422 amount_out_of_range amount"),
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
            (dollars(json!("0")), "422 rate_invalid rate"),
            (dollars(json!("-1")), "422 rate_invalid rate"),
            (dollars(json!("1e3")), "422 rate_invalid rate"),
            (dollars(json!(1.1)), "422 wrong_type rate"),
            (
                json!({ "amount": most, "currency": "USD", "rate": "1.1" }),
                "422 amount_out_of_range amount",
            ),
            (json!({ "rate": "1.1" }), "422 rate_invalid rate"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_date_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let last = app.app.clock.today() + chrono::Months::new(120);
    let on = |date: &str| json!({ "spent_on": date });
    let far = (last + chrono::Days::new(1)).to_string();
    assert_refused(
        &anna,
        &[
            (on("2026-02-29"), "422 date_invalid spent_on"),
            (on("14.03.2026"), "422 date_invalid spent_on"),
            (on("2026-03-14T10:00:00Z"), "422 date_invalid spent_on"),
            (on("1899-12-31"), "422 date_out_of_range spent_on"),
            (on(&far), "422 date_out_of_range spent_on"),
            (on("9999-12-31"), "422 date_out_of_range spent_on"),
            (json!({ "spent_on": 20_260_314 }), "422 wrong_type spent_on"),
        ],
    )
    .await;
    add(&anna, json!({ "spent_on": last })).await;
    add(&anna, json!({ "spent_on": "1900-01-01" })).await;
}

#[tokio::test]
async fn a_text_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let payee = |text: &str| json!({ "payee": text });
    let note = |text: &str| json!({ "note": text });
    let tags = |tags: &[&str]| json!({ "tags": tags });
    let many: Vec<_> = (0..21).map(|tag| tag.to_string()).collect();
    assert_refused(
        &anna,
        &[
            (payee(""), "422 text_empty payee"),
            (payee("  "), "422 text_empty payee"),
            (payee(&"x".repeat(201)), "422 text_too_long payee"),
            (payee("a\u{0}b"), "422 text_control_characters payee"),
            (payee("a\nb"), "422 text_control_characters payee"),
            (payee("\u{200b}"), "422 text_control_characters payee"),
            (
                payee("a\u{202e}gnp.exe"),
                "422 text_control_characters payee",
            ),
            (note("a\u{2028}b"), "422 text_control_characters note"),
            (note(&"x".repeat(4001)), "422 text_too_long note"),
            (note("a\u{7}b"), "422 text_control_characters note"),
            (json!({ "tags": "food" }), "422 wrong_type tags"),
            (tags(&[""]), "422 text_empty tags[0]"),
            (tags(&["a", "#b"]), "422 invalid_value tags[1]"),
            (tags(&["b,"]), "422 invalid_value tags[0]"),
            (tags(&["a", "b", "A"]), "422 invalid_value tags[2]"),
            (tags(&[&"x".repeat(51)]), "422 text_too_long tags[0]"),
            (json!({ "tags": many }), "422 too_many_items tags"),
            (json!({ "kind": "gift" }), "422 invalid_value kind"),
            (json!({ "id": "1" }), "422 invalid_value id"),
            (
                json!({ "category_id": "a" }),
                "422 invalid_value category_id",
            ),
            (json!({ "amuont": 1 }), "422 unknown_field amuont"),
        ],
    )
    .await;
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
async fn payments_that_do_not_fit_are_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let paid = |member: &Value, amount: i64| json!({ "member_id": member, "amount": amount });
    let by = |payments: &[Value]| json!({ "paid_by": payments });
    let twice = by(&[paid(&me, 1000), paid(&me, 250)]);
    assert_refused(
        &anna,
        &[
            (by(&[]), "422 split_does_not_add_up paid_by"),
            (by(&[paid(&me, 1249)]), "422 split_does_not_add_up paid_by"),
            (
                by(&[paid(&me, 1250), paid(&ben, 0)]),
                "422 amount_zero paid_by[1].amount",
            ),
            (
                by(&[paid(&me, 1251), paid(&ben, -1)]),
                "422 invalid_value paid_by[1].amount",
            ),
            (twice, "422 member_duplicate paid_by[1].member_id"),
            (
                json!({ "paid_by": [{ "member_id": me }] }),
                "422 missing_field paid_by[0].amount",
            ),
            (
                json!({ "paid_by": [[me, 1250]] }),
                "422 wrong_type paid_by[0]",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let split = |mode: &str, mine: Value, bens: Value| {
        json!({ "split": { "mode": mode, "parts": [
            { "member_id": me, "value": mine }, { "member_id": ben, "value": bens }] } })
    };
    let among = |parts: Value| json!({ "split": { "mode": "equal", "parts": parts } });
    let twice = among(json!([{ "member_id": me }, { "member_id": me }]));
    let sum = "422 split_does_not_add_up split.parts";
    assert_refused(
        &anna,
        &[
            (split("exact", json!(1000), json!(249)), sum),
            (split("percent", json!(5000), json!(4999)), sum),
            (split("percent", json!(10001), json!(0)), sum),
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
            (among(json!([])), "422 split_invalid split.parts"),
            (
                json!({ "split": { "mode": "equal" } }),
                "422 missing_field split.parts",
            ),
            (twice, "422 member_duplicate split.parts[1].member_id"),
            (among(json!([[me]])), "422 wrong_type split.parts[0]"),
            (
                json!({ "split": ["equal", [{ "member_id": me }]] }),
                "422 wrong_type split",
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
        ("min=1.5", "422 invalid_value min"),
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
