//! Invitations: the link, who may make and use it, and every way in which it no longer fits.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::lunch;
use crate::members::{flat, invite, me, person, put_in, remove};
use crate::support::{Answer, Client, TestApp};

pub async fn accept(user: &Client, token: &str) -> Answer {
    user.post(&format!("/invites/{token}/accept"), Value::Null)
        .await
}

pub async fn look(user: &Client, token: &str) -> Answer {
    user.get(&format!("/invites/{token}")).await
}

/// The invitations of a ledger that can still be accepted.
async fn open(owner: &Client, ledger: &str) -> Vec<Value> {
    let page = owner.get(&format!("{ledger}/invites")).await.ok();
    page["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_link_lets_somebody_join_who_signs_up_on_the_way() {
    let app = TestApp::with(|config| {
        config.public_url = Some("https://outlay.example".parse().unwrap());
    })
    .await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let made = anna
        .post(&format!("{flat}/invites"), json!({ "role": "editor" }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let token = made.body["token"].as_str().unwrap();
    assert_eq!(
        made.body["url"],
        format!("https://outlay.example/join#{token}")
    );
    assert_eq!(made.body["max_uses"], 1);
    let seen = look(&app.anonymous(), token).await.ok();
    assert_eq!(
        seen,
        json!({ "ledger_name": "Flat", "currency": "EUR", "role": "editor", "member_name": null,
                "invited_by": "anna", "expires_at": made.body["expires_at"] })
    );
    assert_eq!(
        accept(&app.anonymous(), token).await.problem(),
        "401 unauthenticated -"
    );
    let ben = app.sign_up("ben").await;
    let accepted = accept(&ben, token).await.ok();
    let member = me(&ben, &flat).await;
    assert_eq!(
        format!("/ledgers/{}", accepted["ledger_id"].as_str().unwrap()),
        flat
    );
    assert_eq!(accepted["member_id"], member["id"]);
    assert_eq!(
        (&member["name"], &member["role"], &member["user_id"]),
        (&json!("ben"), &json!("editor"), &ben.user["id"])
    );
    ben.post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await
        .ok();
}

#[tokio::test]
async fn only_the_hash_of_a_token_is_stored_and_none_of_it_is_in_the_history() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let token = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    let everything: String = sqlx::query_scalar(
        "select (select string_agg(to_jsonb(i)::text, '') from invites i)
             || (select string_agg(to_jsonb(c)::text, '') from changes c)",
    )
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert!(everything.contains("token_hash"));
    // Its end is random; its beginning is the ledger's id.
    assert!(!everything.contains(&token[24..]));
    assert!(
        !anna
            .get(&format!("{flat}/changes"))
            .await
            .text
            .contains("hash")
    );
    assert!(
        !anna
            .get(&format!("{flat}/invites"))
            .await
            .text
            .contains("token")
    );
}

#[tokio::test]
async fn this_one_is_me_makes_the_whole_history_of_a_person_theirs() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let benny = person(&anna, &flat, "Benny").await;
    let old = anna
        .post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await
        .ok();
    let body = json!({ "role": "viewer", "member_id": benny["id"] });
    let token = invite(&anna, &flat, body).await;
    assert_eq!(look(&ben, &token).await.ok()["member_name"], "Benny");
    assert_eq!(accept(&ben, &token).await.ok()["member_id"], benny["id"]);
    let member = me(&ben, &flat).await;
    assert_eq!(
        (&member["id"], &member["name"], &member["role"]),
        (&benny["id"], &json!("Benny"), &json!("viewer"))
    );
    let theirs = ben.get(&format!("{flat}/expenses")).await.ok();
    assert_eq!(theirs["items"], json!([old]));
    let spent = ben
        .get(&format!(
            "{flat}/reports/spending?of=me&from=2026-03-01&to=2026-03-31"
        ))
        .await
        .ok();
    assert_eq!(spent["total"], 625);
    let changes = anna.get(&format!("{flat}/changes")).await.ok();
    let last = changes["items"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (
            &last["entity"],
            &last["action"],
            &last["actor"],
            &last["after"]["user_id"]
        ),
        (
            &json!("member"),
            &json!("update"),
            &benny["id"],
            &ben.user["id"]
        )
    );
}

#[tokio::test]
async fn a_link_that_no_longer_fits_says_so_plainly() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let cem = app.sign_up("cem").await;
    let flat = flat(&anna).await;
    let token = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    accept(&ben, &token).await.ok();
    // Accepted twice: by oneself, and by somebody else.
    let again = accept(&ben, &token).await;
    assert_eq!(again.problem(), "409 already_member -");
    assert_eq!(
        again.body["current"]["member_id"],
        me(&ben, &flat).await["id"]
    );
    assert_eq!(accept(&cem, &token).await.problem(), "410 invite_used -");
    assert_eq!(look(&cem, &token).await.problem(), "410 invite_used -");
    // Expired.
    let token = invite(
        &anna,
        &flat,
        json!({ "role": "viewer", "expires_in_days": 1 }),
    )
    .await;
    app.app.clock.advance(TimeDelta::hours(25));
    let cem = app.sign_in("cem").await;
    let anna = app.sign_in("anna").await;
    assert_eq!(accept(&cem, &token).await.problem(), "410 invite_expired -");
    assert_eq!(look(&cem, &token).await.problem(), "410 invite_expired -");
    // Revoked.
    let token = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    let listed = open(&anna, &flat).await;
    assert_eq!(
        listed.len(),
        1,
        "the used and the expired one are not listed"
    );
    let there = format!("{flat}/invites/{}", listed[0]["id"].as_str().unwrap());
    let revoked = anna.send(Method::DELETE, &there, &[], None).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    let twice = anna.send(Method::DELETE, &there, &[], None).await;
    assert_eq!(twice.problem(), "404 not_found -");
    // Never made: one of this ledger, one of none, and what is no token.
    let mut forged = token.clone();
    forged.replace_range(30..32, if &token[30..32] == "AA" { "BB" } else { "AA" });
    for unknown in [&token, &forged, &"A".repeat(54), "x", "%F0%9F%92%B8"] {
        assert_eq!(
            accept(&cem, unknown).await.problem(),
            "404 invite_unknown -"
        );
        assert_eq!(look(&cem, unknown).await.problem(), "404 invite_unknown -");
    }
    assert_eq!(cem.get(&flat).await.problem(), "404 not_found -");
}

#[tokio::test]
async fn of_many_at_once_as_many_succeed_as_the_link_is_for() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let benny = person(&anna, &flat, "Benny").await;
    let for_two = invite(&anna, &flat, json!({ "role": "viewer", "max_uses": 2 })).await;
    let claim = json!({ "role": "viewer", "member_id": benny["id"] });
    let (claim_a, claim_b) = (
        invite(&anna, &flat, claim.clone()).await,
        invite(&anna, &flat, claim).await,
    );
    let mut people = Vec::new();
    for name in ["ben", "cem", "dora", "emil", "fay"] {
        people.push(app.sign_up(name).await);
    }
    let answers = tokio::join!(
        accept(&people[0], &for_two),
        accept(&people[1], &for_two),
        accept(&people[2], &for_two),
        accept(&people[3], &claim_a),
        accept(&people[4], &claim_b),
    );
    let used = |answers: &[&Answer]| {
        let refused: Vec<_> = answers
            .iter()
            .filter(|answer| !answer.status.is_success())
            .map(|answer| answer.problem())
            .collect();
        assert!(
            refused.iter().all(|one| one == "410 invite_used -"),
            "{refused:?}"
        );
        refused.len()
    };
    assert_eq!(used(&[&answers.0, &answers.1, &answers.2]), 1);
    assert_eq!(used(&[&answers.3, &answers.4]), 1);
    // The same person by two links is one member.
    let (one, two) = (
        invite(&anna, &flat, json!({ "role": "viewer" })).await,
        invite(&anna, &flat, json!({ "role": "viewer" })).await,
    );
    let gus = app.sign_up("gus").await;
    let answers = tokio::join!(accept(&gus, &one), accept(&gus, &two));
    let refused = if answers.0.status.is_success() {
        answers.1
    } else {
        answers.0
    };
    assert_eq!(refused.problem(), "409 already_member -");
    assert_eq!(open(&anna, &flat).await.len(), 1);
}

#[tokio::test]
async fn an_invitation_that_cannot_be_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let other = self::flat(&anna).await;
    let ben_there = put_in(&anna, &flat, &ben, "viewer").await;
    let cem = person(&anna, &flat, "Cem").await;
    let elsewhere = person(&anna, &other, "Dora").await;
    anna.post(&format!("{flat}/expenses"), lunch(&json!({})))
        .await
        .ok();
    assert_eq!(remove(&anna, &flat, &cem).await, "done");
    let invites = format!("{flat}/invites");
    for (body, problem) in [
        (json!({}), "422 missing_field role"),
        (json!({ "role": "king" }), "422 invalid_value role"),
        (
            json!({ "role": "viewer", "expires_in_days": 0 }),
            "422 invalid_value expires_in_days",
        ),
        (
            json!({ "role": "viewer", "expires_in_days": 91 }),
            "422 invalid_value expires_in_days",
        ),
        (
            json!({ "role": "viewer", "max_uses": 0 }),
            "422 invalid_value max_uses",
        ),
        (
            json!({ "role": "viewer", "max_uses": 1001 }),
            "422 invalid_value max_uses",
        ),
        (
            json!({ "role": "viewer", "member_id": elsewhere["id"] }),
            "422 member_unknown member_id",
        ),
        (
            json!({ "role": "viewer", "member_id": cem["id"] }),
            "422 member_archived member_id",
        ),
        (
            json!({ "role": "viewer", "member_id": ben_there["id"] }),
            "409 member_taken member_id",
        ),
        (
            json!({ "role": "viewer", "member_id": cem["id"], "max_uses": 2 }),
            "422 invalid_value max_uses",
        ),
        (
            json!({ "role": "viewer", "token": "x" }),
            "422 unknown_field token",
        ),
    ] {
        let refused = anna.post(&invites, body.clone()).await;
        assert_eq!(refused.problem(), problem, "{body}");
    }
}

#[tokio::test]
async fn owners_invite_and_only_into_shared_ledgers() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    put_in(&anna, &flat, &ben, "editor").await;
    let role = json!({ "role": "viewer" });
    let refused = ben.post(&format!("{flat}/invites"), role.clone()).await;
    assert_eq!(refused.problem(), "403 forbidden -");
    let own = format!("{}/invites", anna.ledger());
    assert_eq!(
        anna.post(&own, role).await.problem(),
        "409 personal_ledger -"
    );
}

#[tokio::test]
async fn the_list_of_invitations_has_pages() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    for uses in 1..=3 {
        invite(&anna, &flat, json!({ "role": "viewer", "max_uses": uses })).await;
    }
    let first = anna.get(&format!("{flat}/invites?limit=2")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = anna
        .get(&format!("{flat}/invites?limit=2&cursor={cursor}"))
        .await
        .ok();
    let uses: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|invite| invite["max_uses"].as_i64().unwrap())
        .collect();
    assert_eq!(
        (uses, &second["next_cursor"]),
        (vec![3, 2, 1], &Value::Null)
    );
}

#[tokio::test]
async fn whoever_tries_tokens_waits() {
    let app = TestApp::with(|config| config.trusted_proxies = 1).await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let token = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    let look_from = async |ip: &str, token: &str| {
        let path = format!("/invites/{token}");
        let from = [("x-forwarded-for", ip)];
        app.anonymous().send(Method::GET, &path, &from, None).await
    };
    for _ in 0..100 {
        // One that there is does not count.
        look_from("192.0.2.1", &token).await.ok();
        let guess = look_from("192.0.2.1", &Uuid::new_v4().to_string()).await;
        assert_eq!(guess.problem(), "404 invite_unknown -");
    }
    let right = look_from("192.0.2.1", &token).await;
    assert_eq!(right.problem(), "429 rate_limited -");
    look_from("192.0.2.2", &token).await.ok();
}
