//! Who is in a ledger: adding, changing, removing.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::lunch;
use crate::support::{Client, TestApp};

/// The path of a new ledger of several people.
pub async fn flat(owner: &Client) -> String {
    let made = owner
        .post("/ledgers", json!({ "name": "Flat", "currency": "EUR" }))
        .await
        .ok();
    format!("/ledgers/{}", made["id"].as_str().expect("an id"))
}

/// Invites a user, who accepts, and gives the member.
pub async fn put_in(owner: &Client, ledger: &str, user: &Client, role: &str) -> Value {
    let token = invite(owner, ledger, json!({ "role": role })).await;
    user.post(&format!("/invites/{token}/accept"), Value::Null)
        .await
        .ok();
    me(user, ledger).await
}

/// Makes an invitation, and gives its token.
pub async fn invite(owner: &Client, ledger: &str, body: Value) -> String {
    let made = owner.post(&format!("{ledger}/invites"), body).await.ok();
    made["token"].as_str().expect("a token").to_owned()
}

/// Adds a person without an account, and gives the member.
pub async fn person(owner: &Client, ledger: &str, name: &str) -> Value {
    owner
        .post(&format!("{ledger}/members"), json!({ "name": name }))
        .await
        .ok()
}

/// Who a user is in a ledger.
pub async fn me(user: &Client, ledger: &str) -> Value {
    let id = user.get(ledger).await.ok()["member_id"].clone();
    find(user, ledger, &id).await
}

/// A member as the list of members shows it; null where there is none.
pub async fn find(user: &Client, ledger: &str, id: &Value) -> Value {
    let members = user.get(&format!("{ledger}/members")).await.ok();
    let mut items = members["items"].as_array().expect("a list").iter();
    items
        .find(|member| member["id"] == *id)
        .cloned()
        .unwrap_or_default()
}

/// The path of a member.
pub fn path(ledger: &str, member: &Value) -> String {
    format!("{ledger}/members/{}", member["id"].as_str().expect("an id"))
}

/// The body that leaves a member as it is, some of it otherwise.
pub fn update(member: &Value, other: &Value) -> Value {
    let mut body =
        json!({ "name": member["name"], "role": member["role"], "weight": member["weight"] });
    for (field, value) in other.as_object().expect("fields") {
        body[field] = value.clone();
    }
    body
}

fn version(member: &Value) -> i64 {
    member["version"].as_i64().expect("a version")
}

/// Changes a member in the version that is given, and gives the problem, if there is one.
pub async fn change(user: &Client, ledger: &str, member: &Value, other: &Value) -> String {
    let answer = user
        .put(
            &path(ledger, member),
            version(member),
            update(member, other),
        )
        .await;
    if answer.status.is_success() {
        "done".to_owned()
    } else {
        answer.problem()
    }
}

/// Removes a member in the version that is given, and gives the problem, if there is one.
pub async fn remove(user: &Client, ledger: &str, member: &Value) -> String {
    let answer = user.delete(&path(ledger, member), version(member)).await;
    if answer.status == StatusCode::NO_CONTENT {
        "done".to_owned()
    } else {
        answer.problem()
    }
}

#[tokio::test]
async fn people_without_an_account_take_part_like_anyone() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let answer = anna
        .post(&format!("{flat}/members"), json!({ "name": "Ben" }))
        .await;
    assert_eq!((answer.status, answer.version()), (StatusCode::CREATED, 1));
    let ben = answer.body;
    assert_eq!(
        ben,
        json!({ "id": ben["id"], "user_id": null, "name": "Ben", "role": "editor", "weight": 1, "version": 1,
                "created_at": ben["created_at"], "archived_at": null })
    );
    let made = anna
        .post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await
        .ok();
    assert_eq!(made["shares"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn adding_a_person_twice_adds_one() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let members = format!("{flat}/members");
    let body = json!({ "id": Uuid::now_v7(), "name": "Ben", "role": "viewer", "weight": 2 });
    let first = anna.post(&members, body.clone()).await.ok();
    assert_eq!(anna.post(&members, body.clone()).await.ok(), first);
    // Also where somebody has changed it in between.
    assert_eq!(
        change(&anna, &flat, &first, &json!({ "name": "Benny" })).await,
        "done"
    );
    assert_eq!(
        anna.post(&members, body.clone()).await.ok()["name"],
        "Benny"
    );
    let mut other = body;
    other["name"] = json!("Cem");
    assert_eq!(
        anna.post(&members, other).await.problem(),
        "409 id_taken id"
    );
}

#[tokio::test]
async fn a_member_that_cannot_be_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let refused = async |body: Value| anna.post(&format!("{flat}/members"), body).await.problem();
    for (body, problem) in [
        (json!({}), "422 missing_field name"),
        (json!({ "name": " " }), "422 text_empty name"),
        (
            json!({ "name": "Ben", "role": "king" }),
            "422 invalid_value role",
        ),
        (
            json!({ "name": "Ben", "weight": -1 }),
            "422 invalid_value weight",
        ),
        (
            json!({ "name": "Ben", "weight": 1_000_001 }),
            "422 invalid_value weight",
        ),
        (
            json!({ "name": "Ben", "weight": 0.5 }),
            "422 wrong_type weight",
        ),
        (
            json!({ "name": "Ben", "user_id": null }),
            "422 unknown_field user_id",
        ),
    ] {
        assert_eq!(refused(body.clone()).await, problem, "{body}");
    }
}

#[tokio::test]
async fn a_personal_ledger_has_its_owner_and_nobody_else() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = anna.ledger();
    let added = anna
        .post(&format!("{ledger}/members"), json!({ "name": "Ben" }))
        .await;
    assert_eq!(added.problem(), "409 personal_ledger -");
    let me = me(&anna, &ledger).await;
    assert_eq!(remove(&anna, &ledger, &me).await, "409 personal_ledger -");
    assert_eq!(
        change(&anna, &ledger, &me, &json!({ "role": "viewer" })).await,
        "409 last_owner role"
    );
    assert_eq!(
        change(&anna, &ledger, &me, &json!({ "name": "Me" })).await,
        "done"
    );
}

#[tokio::test]
async fn owners_change_everybody_and_others_their_own_name() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let cem = person(&anna, &flat, "Cem").await;
    let ben_there = put_in(&anna, &flat, &ben, "viewer").await;
    assert_eq!(
        change(&ben, &flat, &ben_there, &json!({ "name": "Benny" })).await,
        "done"
    );
    let ben_there = me(&ben, &flat).await;
    for other in [
        json!({ "role": "owner" }),
        json!({ "weight": 0 }),
        json!({ "archived": true }),
    ] {
        assert_eq!(
            change(&ben, &flat, &ben_there, &other).await,
            "403 forbidden -",
            "{other}"
        );
    }
    assert_eq!(
        change(&ben, &flat, &cem, &json!({ "name": "C" })).await,
        "403 forbidden -"
    );
    assert_eq!(remove(&ben, &flat, &cem).await, "403 forbidden -");
    assert_eq!(
        change(
            &anna,
            &flat,
            &ben_there,
            &json!({ "role": "editor", "weight": 3 })
        )
        .await,
        "done"
    );
    let ben_now = me(&ben, &flat).await;
    assert_eq!(
        (&ben_now["role"], &ben_now["weight"], &ben_now["version"]),
        (&json!("editor"), &json!(3), &json!(3))
    );
}

#[tokio::test]
async fn changing_a_member_needs_the_version_that_one_has_seen() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let ben = person(&anna, &flat, "Ben").await;
    change(&anna, &flat, &ben, &json!({ "name": "Benny" })).await;
    let late = anna
        .put(&path(&flat, &ben), 1, update(&ben, &json!({})))
        .await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"]["name"], "Benny");
    assert_eq!(remove(&anna, &flat, &ben).await, "412 version_conflict -");
    let nobody =
        json!({ "id": Uuid::now_v7(), "version": 1, "name": "N", "role": "viewer", "weight": 1 });
    assert_eq!(remove(&anna, &flat, &nobody).await, "404 not_found -");
    assert_eq!(
        change(&anna, &flat, &nobody, &json!({})).await,
        "404 not_found -"
    );
}

#[tokio::test]
async fn who_has_no_part_in_anything_is_deleted() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let ben = person(&anna, &flat, "Ben").await;
    assert_eq!(remove(&anna, &flat, &ben).await, "done");
    assert_eq!(find(&anna, &flat, &ben["id"]).await, Value::Null);
    let changes = anna.get(&format!("{flat}/changes")).await.ok();
    let last = changes["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["entity"], &last["action"], &last["after"]),
        (&json!("member"), &json!("delete"), &Value::Null)
    );
}

#[tokio::test]
async fn who_has_a_share_is_archived_and_stays_in_the_old() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let expenses = format!("{flat}/expenses");
    let ben = person(&anna, &flat, "Ben").await;
    let old = anna.post(&expenses, lunch(&json!({}))).await.ok();
    // From the trash, too.
    let trashed = format!("{expenses}/{}", old["id"].as_str().unwrap());
    anna.delete(&trashed, 1).await.ok();
    assert_eq!(remove(&anna, &flat, &ben).await, "done");
    let ben_now = find(&anna, &flat, &ben["id"]).await;
    assert_ne!(ben_now["archived_at"], Value::Null);
    assert_eq!(ben_now["version"], 2);
    let new = anna.post(&expenses, lunch(&json!({}))).await.ok();
    assert_eq!(new["shares"].as_array().map(Vec::len), Some(1));
    let split = json!({ "mode": "equal", "parts": [{ "member_id": ben["id"] }] });
    let refused = anna
        .post(&expenses, lunch(&json!({ "split": split })))
        .await;
    assert_eq!(
        refused.problem(),
        "422 member_archived split.parts[0].member_id"
    );
    assert_eq!(
        change(&anna, &flat, &ben_now, &json!({})).await,
        "done",
        "and back again"
    );
    assert_eq!(
        find(&anna, &flat, &ben["id"]).await["archived_at"],
        Value::Null
    );
}

#[tokio::test]
async fn who_was_removed_has_no_access_from_the_next_request_on() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let ben_there = put_in(&anna, &flat, &ben, "owner").await;
    ben.get(&flat).await.ok();
    assert_eq!(remove(&anna, &flat, &ben_there).await, "done");
    assert_eq!(ben.get(&flat).await.problem(), "404 not_found -");
    let added = ben
        .post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await;
    assert_eq!(added.problem(), "404 not_found -");
    let mine = ben.get("/ledgers").await.ok();
    assert_eq!(mine["items"].as_array().map(Vec::len), Some(1));
    // The place stays tied to the account: the history says who did what.
    let kept = find(&anna, &flat, &ben_there["id"]).await;
    assert_eq!(kept["user_id"], ben.user["id"]);
}
