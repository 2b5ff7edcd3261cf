//! Invitations that do not outlive who made them, nor the place or the time that they were for.

use serde_json::{Value, json};

use crate::invites::{accept, look};
use crate::members::{change, find, flat, invite, me, person, put_in, remove};
use crate::support::TestApp;

#[tokio::test]
async fn who_left_has_the_old_place_again_by_a_new_link_and_not_by_an_old_one() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let many = json!({ "role": "editor", "max_uses": 10 });
    let old = invite(&anna, &flat, many).await;
    accept(&ben, &old).await.ok();
    let ben_there = me(&ben, &flat).await;
    assert_eq!(remove(&anna, &flat, &ben_there).await, "done");
    assert_eq!(accept(&ben, &old).await.problem(), "410 invite_expired -");
    let cem = person(&anna, &flat, "Cem").await;
    let claim = invite(
        &anna,
        &flat,
        json!({ "role": "viewer", "member_id": cem["id"] }),
    )
    .await;
    assert_eq!(accept(&ben, &claim).await.problem(), "409 already_member -");
    let new = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    assert_eq!(accept(&ben, &new).await.ok()["member_id"], ben_there["id"]);
    let back = me(&ben, &flat).await;
    assert_eq!(
        (&back["role"], &back["archived_at"]),
        (&json!("viewer"), &Value::Null)
    );
}

#[tokio::test]
async fn the_links_of_an_owner_go_with_the_owner() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let cem = app.sign_up("cem").await;
    let flat = flat(&anna).await;
    let ben_there = put_in(&anna, &flat, &ben, "owner").await;
    let viewer = json!({ "role": "viewer" });
    let kept = invite(&anna, &flat, viewer.clone()).await;
    let first = invite(&ben, &flat, viewer.clone()).await;
    assert_eq!(
        change(&anna, &flat, &ben_there, &json!({ "role": "editor" })).await,
        "done"
    );
    assert_eq!(look(&cem, &first).await.problem(), "404 invite_unknown -");
    let ben_there = me(&ben, &flat).await;
    change(&anna, &flat, &ben_there, &json!({ "role": "owner" })).await;
    let second = invite(&ben, &flat, viewer).await;
    let ben_there = me(&ben, &flat).await;
    assert_eq!(remove(&anna, &flat, &ben_there).await, "done");
    assert_eq!(look(&cem, &second).await.problem(), "404 invite_unknown -");
    look(&cem, &kept).await.ok();
    let changes = anna
        .get(&format!("{flat}/changes?entity=invite"))
        .await
        .ok();
    let actions: Vec<_> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["create", "create", "create", "delete", "create", "delete"]
    );
}

#[tokio::test]
async fn the_links_to_a_place_go_with_the_place() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    let (cem, dora) = (
        person(&anna, &flat, "Cem").await,
        person(&anna, &flat, "Dora").await,
    );
    for place in [&cem, &dora] {
        let token = invite(
            &anna,
            &flat,
            json!({ "role": "viewer", "member_id": place["id"] }),
        )
        .await;
        // Another name is no reason.
        change(&anna, &flat, place, &json!({ "name": "Other" })).await;
        look(&ben, &token).await.ok();
        let place = find(&anna, &flat, &place["id"]).await;
        if place["id"] == cem["id"] {
            assert_eq!(remove(&anna, &flat, &place).await, "done");
        } else {
            assert_eq!(
                change(&anna, &flat, &place, &json!({ "archived": true })).await,
                "done"
            );
        }
        assert_eq!(accept(&ben, &token).await.problem(), "404 invite_unknown -");
    }
}

#[tokio::test]
async fn making_a_link_clears_away_those_that_ended_long_ago() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger = flat(&anna).await;
    let ended = async |days: i32| {
        let token = invite(&anna, &ledger, json!({ "role": "editor" })).await;
        sqlx::query(
            "update invites set created_at = created_at - interval '200 days',
                                expires_at = now() - make_interval(days => $1)
              where expires_at > now()",
        )
        .bind(days)
        .execute(&app.app.db)
        .await
        .unwrap();
        token
    };
    let (lately, long_ago) = (ended(89).await, ended(91).await);
    assert_eq!(
        look(&ben, &long_ago).await.problem(),
        "410 invite_expired -"
    );
    invite(&anna, &ledger, json!({ "role": "editor" })).await;
    assert_eq!(look(&ben, &lately).await.problem(), "410 invite_expired -");
    assert_eq!(
        look(&ben, &long_ago).await.problem(),
        "404 invite_unknown -"
    );
}
