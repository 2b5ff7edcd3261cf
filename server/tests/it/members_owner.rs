//! A ledger keeps an owner, whoever leaves, demotes, or goes around the API.

use serde_json::json;

use crate::members::{change, flat, me, put_in, remove};
use crate::support::TestApp;

#[tokio::test]
async fn anybody_may_leave_but_the_last_owner() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = flat(&anna).await;
    // An owner without an account opens no door.
    let cem = json!({ "name": "Cem", "role": "owner" });
    anna.post(&format!("{flat}/members"), cem).await.ok();
    let ben_there = put_in(&anna, &flat, &ben, "viewer").await;
    let anna_there = me(&anna, &flat).await;
    assert_eq!(remove(&anna, &flat, &anna_there).await, "409 last_owner -");
    for (other, problem) in [
        (json!({ "role": "editor" }), "409 last_owner role"),
        (json!({ "archived": true }), "409 last_owner archived"),
    ] {
        assert_eq!(change(&anna, &flat, &anna_there, &other).await, problem);
    }
    assert_eq!(remove(&ben, &flat, &ben_there).await, "done");
    assert_eq!(ben.get(&flat).await.problem(), "404 not_found -");
    assert_eq!(me(&anna, &flat).await["role"], "owner");
}

#[tokio::test]
async fn two_owners_who_act_against_each_other_at_once_leave_one() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    for _ in 0..5 {
        let flat = flat(&anna).await;
        let ben_there = put_in(&anna, &flat, &ben, "owner").await;
        let anna_there = me(&anna, &flat).await;
        let viewer = json!({ "role": "viewer" });
        let (first, second) = tokio::join!(
            change(&anna, &flat, &ben_there, &viewer),
            remove(&ben, &flat, &anna_there),
        );
        let mut outcomes = [first, second];
        outcomes.sort();
        // Whoever comes second may no longer, as an editor or as nobody.
        assert_eq!(outcomes[1], "done", "{outcomes:?}");
        assert!(
            ["403 forbidden -", "404 not_found -"].contains(&outcomes[0].as_str()),
            "{outcomes:?}"
        );
        // And when both step down by themselves.
        let flat = self::flat(&anna).await;
        let ben_there = put_in(&anna, &flat, &ben, "owner").await;
        let anna_there = me(&anna, &flat).await;
        let (first, second) = tokio::join!(
            change(&anna, &flat, &anna_there, &viewer),
            remove(&ben, &flat, &ben_there),
        );
        let mut outcomes = [first, second];
        outcomes.sort();
        assert!(outcomes[0].starts_with("409 last_owner"), "{outcomes:?}");
        assert_eq!(outcomes[1], "done");
    }
}

#[tokio::test]
async fn the_database_keeps_an_owner_whatever_path_the_change_comes_by() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    flat(&anna).await;
    for around in [
        "update members set role = 'editor'",
        "update members set archived_at = now()",
        "update members set user_id = null",
        "delete from members",
    ] {
        let refused = sqlx::query(around).execute(&app.app.db).await.unwrap_err();
        let database = refused.as_database_error().expect("a refusal");
        assert_eq!(
            database.constraint(),
            Some("members_last_owner"),
            "{around}"
        );
    }
}
