//! Taking back what was done to the members of a ledger, where it still fits.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::expenses::lunch;
use crate::members::{change, find, flat, invite, me, path, person, put_in, remove, update};
use crate::support::{Answer, Client, PASSWORD, TestApp};

/// Reverts the latest change of a member.
async fn revert(client: &Client, ledger: &str, member: &Value) -> Answer {
    let changes = format!("{ledger}/changes");
    let all = client.get(&format!("{changes}?entity=member")).await.ok();
    let mut of_member = all["items"].as_array().unwrap().iter().rev();
    let latest = of_member.find(|change| change["entity_id"] == member["id"]);
    let seq = &latest.expect("a change")["seq"];
    client
        .post(&format!("{changes}/{seq}/revert"), Value::Null)
        .await
}

/// What a refused revert says.
fn why(answer: &Answer) -> &str {
    assert_eq!(answer.problem(), "409 revert_conflict -");
    answer.body["detail"].as_str().expect("a reason")
}

#[tokio::test]
async fn a_change_of_a_member_is_taken_back() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let ben = person(&anna, &flat, "Ben").await;
    let other = json!({ "name": "Benny", "role": "viewer", "weight": 3 });
    assert_eq!(change(&anna, &flat, &ben, &other).await, "done");
    let back = revert(&anna, &flat, &ben).await;
    assert_eq!(back.version(), 3);
    let back = back.ok();
    assert_eq!(
        (&back["name"], &back["role"], &back["weight"]),
        (&ben["name"], &ben["role"], &ben["weight"])
    );
    assert_eq!(find(&anna, &flat, &ben["id"]).await, back);
    // And that, too.
    assert_eq!(revert(&anna, &flat, &ben).await.ok()["name"], "Benny");
}

#[tokio::test]
async fn a_member_who_was_deleted_is_there_again() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let ben = person(&anna, &flat, "Ben").await;
    assert_eq!(remove(&anna, &flat, &ben).await, "done");
    let back = revert(&anna, &flat, &ben).await.ok();
    assert_eq!((&back["id"], &back["name"]), (&ben["id"], &ben["name"]));
    assert_eq!(
        back["version"], 2,
        "whoever has seen the first does not take it for that"
    );
    // Adding, reverted, deletes.
    let cem = person(&anna, &flat, "Cem").await;
    let gone = revert(&anna, &flat, &cem).await;
    assert_eq!((gone.status, gone.body), (StatusCode::OK, Value::Null));
    assert_eq!(find(&anna, &flat, &cem["id"]).await, Value::Null);
}

#[tokio::test]
async fn a_member_with_a_share_is_archived_by_reverting_the_addition() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let ben = person(&anna, &flat, "Ben").await;
    anna.post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await
        .ok();
    let archived = revert(&anna, &flat, &ben).await.ok();
    assert_ne!(archived["archived_at"], Value::Null);
    let back = revert(&anna, &flat, &ben).await.ok();
    assert_eq!(back["archived_at"], Value::Null);
}

#[tokio::test]
async fn who_was_removed_has_access_again_and_who_joined_has_none() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let ben_there = put_in(&anna, &flat, &ben, "editor").await;
    assert_eq!(remove(&anna, &flat, &ben_there).await, "done");
    assert_eq!(ben.get(&flat).await.problem(), "404 not_found -");
    revert(&anna, &flat, &ben_there).await.ok();
    assert_eq!(me(&ben, &flat).await["role"], "editor");
    // A claim, reverted, gives the place back to the person without an account.
    let cem = app.sign_up("cem").await;
    let place = person(&anna, &flat, "Cem").await;
    let body = json!({ "role": "viewer", "member_id": place["id"] });
    let token = invite(&anna, &flat, body).await;
    cem.post(&format!("/invites/{token}/accept"), Value::Null)
        .await
        .ok();
    let free = revert(&anna, &flat, &place).await.ok();
    assert_eq!(
        (&free["user_id"], &free["role"]),
        (&Value::Null, &place["role"])
    );
    assert_eq!(cem.get(&flat).await.problem(), "404 not_found -");
}

#[tokio::test]
async fn what_no_longer_fits_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    // It would take the last owner away.
    let ben_there = put_in(&anna, &flat, &ben, "viewer").await;
    change(&anna, &flat, &ben_there, &json!({ "role": "owner" })).await;
    let anna_there = me(&anna, &flat).await;
    assert_eq!(remove(&anna, &flat, &anna_there).await, "done");
    let refused = revert(&ben, &flat, &ben_there).await;
    assert_eq!(why(&refused), "the ledger would be left without an owner");
    let founding = ben
        .post(&format!("{flat}/changes/2/revert"), Value::Null)
        .await;
    assert_eq!(why(&founding), "the member has been changed since");
    // The account is no more.
    let cem = app.sign_up("cem").await;
    let place = person(&ben, &flat, "Cem").await;
    let body = json!({ "role": "viewer", "member_id": place["id"] });
    let token = invite(&ben, &flat, body).await;
    cem.post(&format!("/invites/{token}/accept"), Value::Null)
        .await
        .ok();
    let gone = json!({ "present_password": PASSWORD });
    cem.send(axum::http::Method::DELETE, "/me", &[], Some(gone))
        .await
        .ok();
    let refused = revert(&ben, &flat, &place).await;
    assert_eq!(why(&refused), "the account that the member had is no more");
    // It has been changed since.
    let dora = person(&ben, &flat, "Dora").await;
    let added = ben.get(&flat).await.ok()["seq"].clone();
    change(&ben, &flat, &dora, &json!({ "name": "D" })).await;
    let late = ben
        .post(&format!("{flat}/changes/{added}/revert"), Value::Null)
        .await;
    assert_eq!(why(&late), "the member has been changed since");
    // Links are made and revoked for good.
    invite(&ben, &flat, json!({ "role": "viewer" })).await;
    let seq = ben.get(&flat).await.ok()["seq"].clone();
    let link = ben
        .post(&format!("{flat}/changes/{seq}/revert"), Value::Null)
        .await;
    assert_eq!(why(&link), "a link is made or revoked for good");
}

#[tokio::test]
async fn owners_revert_and_others_only_their_own_name() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let cem = person(&anna, &flat, "Cem").await;
    let ben_there = put_in(&anna, &flat, &ben, "editor").await;
    assert_eq!(revert(&ben, &flat, &cem).await.problem(), "403 forbidden -");
    assert_eq!(
        revert(&ben, &flat, &ben_there).await.problem(),
        "403 forbidden -"
    );
    ben.put(
        &path(&flat, &ben_there),
        1,
        update(&ben_there, &json!({ "name": "Benny" })),
    )
    .await
    .ok();
    assert_eq!(revert(&ben, &flat, &ben_there).await.ok()["name"], "ben");
    let ben_there = me(&ben, &flat).await;
    change(&anna, &flat, &ben_there, &json!({ "weight": 2 })).await;
    assert_eq!(
        revert(&ben, &flat, &ben_there).await.problem(),
        "403 forbidden -"
    );
    remove(&anna, &flat, &cem).await;
    assert_eq!(revert(&ben, &flat, &cem).await.problem(), "403 forbidden -");
}
