//! Categories: making, changing and deleting them.

use axum::http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, TestApp};

pub fn categories(client: &Client) -> String {
    format!("{}/categories", client.ledger())
}

pub fn path(client: &Client, category: &Value) -> String {
    format!(
        "{}/{}",
        categories(client),
        category["id"].as_str().unwrap()
    )
}

pub async fn make(client: &Client, body: Value) -> Value {
    client.post(&categories(client), body).await.ok()
}

pub async fn list(client: &Client) -> Vec<Value> {
    let list = client.get(&categories(client)).await.ok();
    list["items"].as_array().unwrap().clone()
}

pub async fn spend(client: &Client, category: &Value) -> Value {
    let body = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa", "category_id": category["id"] });
    client
        .post(&format!("{}/expenses", client.ledger()), body)
        .await
        .ok()
}

/// The latest changes of a ledger, newest last, as in `expense update`.
pub async fn changes(app: &TestApp, client: &Client) -> Vec<String> {
    let ledger_id: Uuid = client.user["personal_ledger_id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    sqlx::query_scalar(
        "select entity || ' ' || action from changes where ledger_id = $1 order by seq",
    )
    .bind(ledger_id)
    .fetch_all(&app.app.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_personal_ledger_begins_with_categories_in_the_users_language() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let names = |list: Vec<Value>| -> Vec<String> {
        let is_root = |one: &&Value| one["parent_id"].is_null();
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        let mut names: Vec<_> = list.iter().filter(is_root).map(name).collect();
        names.sort();
        names
    };
    assert_eq!(
        names(list(&anna).await).join(", "),
        "Education, Family and pets, Food, Gifts and donations, Health, Housing, Income, Insurance, Leisure, Shopping, \
         Taxes and fees, Transport, Travel"
    );
    let body = json!({ "email": "ben@outlay.example", "password": crate::support::PASSWORD, "name": "ben", "locale": "de" });
    let ben = app.enter("/auth/register", body).await;
    assert_eq!(
        names(list(&ben).await).join(", "),
        "Bildung, Einkommen, Einkäufe, Essen, Familie und Tiere, Freizeit, Geschenke und Spenden, Gesundheit, \
         Reisen, Steuern und Gebühren, Verkehr, Versicherungen, Wohnen"
    );
    let made = changes(&app, &anna).await;
    assert_eq!(
        made.iter()
            .filter(|change| *change == "category create")
            .count(),
        list(&anna).await.len()
    );
}

#[tokio::test]
async fn a_category_is_answered_as_it_was_made() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "id": "01920000-0000-7000-8000-000000000001", "name": "  Wine ", "icon": "wine", "color": "#A0B1C2" });
    let answer = anna.post(&categories(&anna), body.clone()).await;
    assert_eq!((answer.status, answer.version()), (StatusCode::CREATED, 1));
    assert_json_snapshot!(answer.body, @r##"
    {
      "archived_at": null,
      "color": "#a0b1c2",
      "default_split": null,
      "icon": "wine",
      "id": "01920000-0000-7000-8000-000000000001",
      "name": "Wine",
      "parent_id": null,
      "version": 1
    }
    "##);
    let again = anna.post(&categories(&anna), body).await;
    assert_eq!(
        (again.status, &again.body),
        (StatusCode::CREATED, &answer.body)
    );
    let other = json!({ "id": "01920000-0000-7000-8000-000000000001", "name": "Beer" });
    assert_eq!(
        anna.post(&categories(&anna), other).await.problem(),
        "409 id_taken id"
    );
}

#[tokio::test]
async fn a_changed_category_has_all_that_was_sent_and_nothing_else() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = make(&anna, json!({ "name": "Wine", "icon": "wine" })).await;
    let below = make(&anna, json!({ "name": "Drinks" })).await;
    let body =
        json!({ "name": "Wines", "color": "#112233", "parent_id": below["id"], "archived": true });
    let changed = anna.put(&path(&anna, &made), 1, body).await;
    assert_eq!(changed.version(), 2);
    assert_json_snapshot!(changed.body, { ".id" => "[id]", ".parent_id" => "[id]", ".archived_at" => "[time]" }, @r##"
    {
      "archived_at": "[time]",
      "color": "#112233",
      "default_split": null,
      "icon": null,
      "id": "[id]",
      "name": "Wines",
      "parent_id": "[id]",
      "version": 2
    }
    "##);
    let back = anna
        .put(&path(&anna, &made), 2, json!({ "name": "Wines" }))
        .await
        .ok();
    assert_eq!(
        (&back["archived_at"], &back["parent_id"], &back["color"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let late = anna
        .put(&path(&anna, &made), 1, json!({ "name": "Late" }))
        .await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"], back);
}

#[tokio::test]
async fn names_are_unique_among_siblings_that_are_not_archived() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let wine = make(&anna, json!({ "name": "Wine" })).await;
    let taken = anna
        .post(&categories(&anna), json!({ "name": "wINE" }))
        .await;
    assert_eq!(taken.problem(), "409 name_taken name");
    make(&anna, json!({ "name": "Wine", "parent_id": wine["id"] })).await;
    anna.put(
        &path(&anna, &wine),
        1,
        json!({ "name": "Wine", "archived": true }),
    )
    .await
    .ok();
    make(&anna, json!({ "name": "Wine" })).await;
    let back = anna
        .put(&path(&anna, &wine), 2, json!({ "name": "Wine" }))
        .await;
    assert_eq!(back.problem(), "409 name_taken name");
}

#[tokio::test]
async fn there_is_one_level_of_parents() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let root = make(&anna, json!({ "name": "Drinks" })).await;
    let child = make(&anna, json!({ "name": "Wine", "parent_id": root["id"] })).await;
    let other = make(&anna, json!({ "name": "Other" })).await;
    let bens = make(&ben, json!({ "name": "Drinks" })).await;
    let below = async |parent: &Value| {
        let body = json!({ "name": "New", "parent_id": parent["id"] });
        anna.post(&categories(&anna), body).await.problem()
    };
    assert_eq!(below(&child).await, "422 category_not_root parent_id");
    assert_eq!(below(&bens).await, "422 category_unknown parent_id");
    let moved = async |parent: &Value| {
        let body = json!({ "name": "Drinks", "parent_id": parent["id"] });
        anna.put(&path(&anna, &root), 1, body).await.problem()
    };
    assert_eq!(moved(&other).await, "422 category_not_root parent_id");
    assert_eq!(moved(&root).await, "422 category_not_root parent_id");
}

#[tokio::test]
async fn a_category_in_use_is_not_deleted() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let root = make(&anna, json!({ "name": "Drinks" })).await;
    let child = make(&anna, json!({ "name": "Wine", "parent_id": root["id"] })).await;
    assert_eq!(
        anna.delete(&path(&anna, &root), 1).await.problem(),
        "409 category_in_use -"
    );
    let expense = spend(&anna, &child).await;
    let expense = format!(
        "{}/expenses/{}",
        anna.ledger(),
        expense["id"].as_str().unwrap()
    );
    assert_eq!(
        anna.delete(&path(&anna, &child), 1).await.problem(),
        "409 category_in_use -"
    );
    anna.delete(&expense, 1).await.ok();
    // It is in the trash now, and may come back.
    assert_eq!(
        anna.delete(&path(&anna, &child), 1).await.problem(),
        "409 category_in_use -"
    );
    anna.put(
        &expense,
        2,
        json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Mensa" }),
    )
    .await
    .ok();
    assert_eq!(
        anna.delete(&path(&anna, &child), 1).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        anna.delete(&path(&anna, &child), 1).await.problem(),
        "404 not_found -"
    );
    assert_eq!(
        anna.delete(&path(&anna, &root), 1).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn bad_input_is_named_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let before = list(&anna).await;
    for (body, problem) in [
        (json!({}), "422 missing_field name"),
        (json!({ "name": "" }), "422 text_empty name"),
        (json!({ "name": " \u{a0}" }), "422 text_empty name"),
        (json!({ "name": "x".repeat(101) }), "422 text_too_long name"),
        (
            json!({ "name": "a\u{0}b" }),
            "422 text_control_characters name",
        ),
        (json!({ "name": 1 }), "422 wrong_type name"),
        (
            json!({ "name": "A", "icon": "Wine" }),
            "422 invalid_value icon",
        ),
        (json!({ "name": "A", "icon": "" }), "422 invalid_value icon"),
        (
            json!({ "name": "A", "color": "red" }),
            "422 invalid_value color",
        ),
        (
            json!({ "name": "A", "color": "#12345g" }),
            "422 invalid_value color",
        ),
        (
            json!({ "name": "A", "colour": "#123456" }),
            "422 unknown_field colour",
        ),
        (json!({ "name": "A", "id": "7" }), "422 invalid_value id"),
        (
            json!({ "name": "A", "parent_id": Uuid::now_v7() }),
            "422 category_unknown parent_id",
        ),
    ] {
        let answer = anna.post(&categories(&anna), body.clone()).await;
        assert_eq!(answer.problem(), problem, "{body}");
    }
    let made = before[0].clone();
    let no_version = anna
        .send(Method::DELETE, &path(&anna, &made), &[], None)
        .await;
    assert_eq!(no_version.problem(), "428 if_match_missing If-Match");
    let garbage = anna
        .send(
            Method::DELETE,
            &path(&anna, &made),
            &[("if-match", "one")],
            None,
        )
        .await;
    assert_eq!(garbage.problem(), "400 if_match_invalid If-Match");
    assert_eq!(list(&anna).await, before);
}

#[tokio::test]
async fn a_creation_that_is_sent_again_after_a_change_is_the_same_creation() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "id": Uuid::now_v7(), "name": "Hobbies" });
    let made = make(&anna, body.clone()).await;
    let renamed = anna
        .put(&path(&anna, &made), 1, json!({ "name": "Games" }))
        .await
        .ok();
    assert_eq!(make(&anna, body).await, renamed);
    let other = json!({ "id": made["id"], "name": "Sports" });
    let refused = anna.post(&categories(&anna), other).await;
    assert_eq!(refused.problem(), "409 id_taken id");
}

#[tokio::test]
async fn a_category_that_comes_back_is_not_taken_for_what_it_was() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = make(&anna, json!({ "name": "Hobbies" })).await;
    anna.delete(&path(&anna, &made), 1).await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].clone();
    let revert = format!("{}/changes/{seq}/revert", anna.ledger());
    let back = anna.post(&revert, Value::Null).await;
    assert_eq!(back.version(), 2);
    let late = anna
        .put(&path(&anna, &made), 1, json!({ "name": "Late" }))
        .await;
    assert_eq!(late.problem(), "412 version_conflict -");
}
