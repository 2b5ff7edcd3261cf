//! Mappings: a shared ledger among one's own spending.

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

/// A shared ledger of somebody, with a category, and another member in it.
struct Shared {
    path: String,
    id: Value,
    me: Value,
    other: Value,
    category: Value,
}

async fn share(client: &Client, currency: &str, category: &str) -> Shared {
    let body = json!({ "name": "Trip", "currency": currency });
    let ledger = client.post("/ledgers", body).await.ok();
    let path = format!("/ledgers/{}", ledger["id"].as_str().unwrap());
    let other = client
        .post(&format!("{path}/members"), json!({ "name": "Ben" }))
        .await
        .ok();
    let category = client
        .post(&format!("{path}/categories"), json!({ "name": category }))
        .await
        .ok();
    Shared {
        path,
        id: ledger["id"].clone(),
        me: ledger["member_id"].clone(),
        other: other["id"].clone(),
        category: category["id"].clone(),
    }
}

/// Adds an expense in March that one has paid for both.
async fn pay(client: &Client, ledger: &Shared, payer: &Value, amount: i64) {
    let body = json!({
        "spent_on": "2026-03-14", "amount": amount, "payee": "Inn", "category_id": ledger.category,
        "paid_by": [{ "member_id": payer, "amount": amount }],
    });
    client
        .post(&format!("{}/expenses", ledger.path), body)
        .await
        .ok();
}

/// What the client has spent in March over all ledgers, by category.
async fn spent(client: &Client) -> Value {
    let path = "/reports/spending?from=2026-03-01&to=2026-03-31&group_by=category";
    client.get(path).await.ok()
}

async fn own_category(client: &Client, name: &str) -> Value {
    let path = format!("{}/categories", client.ledger());
    let body = json!({ "name": name });
    client.post(&path, body).await.ok()["id"].clone()
}

#[tokio::test]
async fn a_shared_expense_counts_with_ones_share_and_what_was_laid_out_is_told() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let trip = share(&anna, "EUR", "Inns").await;
    pay(&anna, &trip, &trip.me, 3000).await;
    pay(&anna, &trip, &trip.other, 1000).await;
    let report = spent(&anna).await;
    assert_eq!(
        (&report["total"], &report["laid_out"]),
        (&json!(2000), &json!(1000))
    );
    assert_eq!(
        report["rows"],
        json!([{ "category_id": null, "category": "Inns", "total": 2000, "count": 2 }])
    );
}

#[tokio::test]
async fn what_one_pays_for_others_alone_is_laid_out_and_not_spent() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let trip = share(&anna, "EUR", "Inns").await;
    let body = json!({
        "spent_on": "2026-03-14", "amount": 700, "payee": "Inn",
        "split": { "mode": "equal", "parts": [{ "member_id": trip.other }] },
    });
    anna.post(&format!("{}/expenses", trip.path), body)
        .await
        .ok();
    let report = spent(&anna).await;
    assert_eq!(
        (&report["total"], &report["laid_out"]),
        (&json!(0), &json!(700))
    );
}

#[tokio::test]
async fn categories_go_together_by_name_until_they_are_mapped() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (nights, beds) = (
        own_category(&anna, "NIGHTS").await,
        own_category(&anna, "Beds").await,
    );
    let trip = share(&anna, "EUR", "Nights").await;
    pay(&anna, &trip, &trip.me, 3000).await;
    let row = |id: &Value, name: &str| json!([{ "category_id": id, "category": name, "total": 1500, "count": 1 }]);
    assert_eq!(spent(&anna).await["rows"], row(&nights, "NIGHTS"));
    let mapping =
        json!({ "categories": [{ "category_id": trip.category, "own_category_id": beds }] });
    let path = format!("{}/mapping", trip.path);
    let kept = anna.put(&path, 1, mapping.clone()).await;
    assert_eq!(kept.version(), 2);
    assert_eq!(kept.body["categories"], mapping["categories"]);
    assert_eq!(anna.get(&path).await.ok(), kept.body);
    assert_eq!(spent(&anna).await["rows"], row(&beds, "Beds"));
}

#[tokio::test]
async fn another_currency_is_left_out_until_it_has_a_rate() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let trip = share(&anna, "JPY", "Inns").await;
    pay(&anna, &trip, &trip.me, 10_000).await;
    let before = spent(&anna).await;
    assert_eq!(before["total"], json!(0));
    assert_eq!(
        before["left_out"],
        json!([{ "ledger_id": trip.id, "currency": "JPY" }])
    );
    let path = format!("{}/mapping", trip.path);
    anna.put(&path, 1, json!({ "rate": "0.0062" })).await.ok();
    let after = spent(&anna).await;
    assert_eq!(
        (&after["total"], &after["laid_out"]),
        (&json!(3100), &json!(3100))
    );
    assert_eq!(after["left_out"], json!([]));
}

#[tokio::test]
async fn a_mapping_is_nobody_elses() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = app.sign_up("ben").await;
    let trip = share(&anna, "EUR", "Inns").await;
    let invite = json!({ "role": "viewer", "member_id": trip.other });
    let made = anna
        .post(&format!("{}/invites", trip.path), invite)
        .await
        .ok();
    let accept = format!("/invites/{}/accept", made["token"].as_str().unwrap());
    ben.post(&accept, Value::Null).await.ok();
    let own = own_category(&anna, "Beds").await;
    let mapping =
        json!({ "categories": [{ "category_id": trip.category, "own_category_id": own }] });
    let path = format!("{}/mapping", trip.path);
    anna.put(&path, 1, mapping).await.ok();
    assert_eq!(ben.get(&path).await.ok()["categories"], json!([]));
    assert_eq!(ben.put(&path, 1, json!({})).await.version(), 2);
}

#[tokio::test]
async fn a_mapping_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let trip = share(&anna, "EUR", "Inns").await;
    let own = own_category(&anna, "Beds").await;
    let path = format!("{}/mapping", trip.path);
    let pair =
        |theirs: &Value, own: &Value| json!({ "category_id": theirs, "own_category_id": own });
    let right = pair(&trip.category, &own);
    for (body, problem) in [
        (json!({ "rate": "1.1" }), "422 rate_invalid rate"),
        (json!({ "rate": "0" }), "422 rate_invalid rate"),
        (
            json!({ "categories": [pair(&own, &own)] }),
            "422 category_unknown categories",
        ),
        (
            json!({ "categories": [pair(&trip.category, &trip.category)] }),
            "422 category_unknown categories",
        ),
        (
            json!({ "categories": [right, right] }),
            "422 invalid_value categories",
        ),
        (json!({ "categories": 1 }), "422 wrong_type categories"),
        (
            json!({ "categories": [[trip.category, own]] }),
            "422 wrong_type categories[0]",
        ),
    ] {
        assert_eq!(anna.put(&path, 1, body).await.problem(), problem);
    }
    assert_eq!(
        anna.put(&path, 2, json!({})).await.problem(),
        "412 version_conflict -"
    );
    let personal = format!("{}/mapping", anna.ledger());
    let refused = anna.put(&personal, 1, json!({})).await;
    assert_eq!(refused.problem(), "409 personal_ledger -");
}

#[tokio::test]
async fn a_mapping_stays_with_who_made_it_and_not_with_the_place() {
    let app = TestApp::new().await;
    let (anna, ben, cem) = (
        app.sign_up("anna").await,
        app.sign_up("ben").await,
        app.sign_up("cem").await,
    );
    let trip = share(&anna, "USD", "Inns").await;
    let (path, history) = (
        format!("{}/mapping", trip.path),
        format!("{}/changes", trip.path),
    );
    let invites = format!("{}/invites", trip.path);
    let invite = json!({ "role": "viewer", "member_id": trip.other });
    let claim = async |user: &Client| {
        let made = anna.post(&invites, invite.clone()).await.ok();
        let accept = format!("/invites/{}/accept", made["token"].as_str().unwrap());
        user.post(&accept, Value::Null).await.ok();
    };
    claim(&ben).await;
    let own = own_category(&ben, "Beds").await;
    let mapping = json!({ "rate": "0.9", "categories": [{ "category_id": trip.category, "own_category_id": own }] });
    ben.put(&path, 1, mapping).await.ok();
    // It was not him.
    let joined = anna.get(&history).await.ok()["seq"].clone();
    let revert = format!("{history}/{joined}/revert");
    anna.post(&revert, Value::Null).await.ok();
    claim(&cem).await;
    let of_cem = seen_by(&cem, &path).await;
    assert_eq!(
        of_cem,
        json!({ "rate": null, "categories": [], "version": 1 })
    );
    assert_eq!(spent(&cem).await["left_out"][0]["ledger_id"], trip.id);
    // Nor is it there for whoever comes after an account that is no more.
    cem.put(&path, 1, json!({ "rate": "0.8" })).await.ok();
    let body = json!({ "present_password": crate::support::PASSWORD });
    cem.send(axum::http::Method::DELETE, "/me", &[], Some(body))
        .await
        .ok();
    claim(&ben).await;
    assert_eq!(seen_by(&ben, &path).await["rate"], Value::Null);
}

/// The mapping as somebody sees it.
async fn seen_by(user: &Client, path: &str) -> Value {
    user.get(path).await.ok()
}

#[tokio::test]
async fn what_is_mapped_to_a_category_that_is_merged_is_mapped_to_the_other() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let trip = share(&anna, "EUR", "Inns").await;
    pay(&anna, &trip, &trip.me, 3000).await;
    let (beds, nights) = (
        own_category(&anna, "Beds").await,
        own_category(&anna, "Nights").await,
    );
    let path = format!("{}/mapping", trip.path);
    let mapping =
        json!({ "categories": [{ "category_id": trip.category, "own_category_id": beds }] });
    anna.put(&path, 1, mapping).await.ok();
    let merge = format!(
        "{}/categories/{}/merge",
        anna.ledger(),
        beds.as_str().unwrap()
    );
    let into = json!({ "into": nights });
    anna.send(
        axum::http::Method::POST,
        &merge,
        &[("if-match", "\"1\"")],
        Some(into),
    )
    .await
    .ok();
    assert_eq!(
        spent(&anna).await["rows"],
        json!([{ "category_id": nights, "category": "Nights", "total": 1500, "count": 1 }])
    );
    let mapping = anna.get(&path).await;
    assert_eq!(mapping.version(), 3);
    assert_eq!(mapping.body["categories"][0]["own_category_id"], nights);
}
