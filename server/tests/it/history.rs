//! The history: who did what, before and after, and reverting it.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::{add, join, lunch, member_id, path};
use crate::support::{Answer, Client, TestApp};

/// The latest change of somebody's ledger.
async fn latest(client: &Client) -> Value {
    let history = client
        .get(&format!(
            "{}/changes?before=1000000&limit=1",
            client.ledger()
        ))
        .await
        .ok();
    history["items"][0].clone()
}

/// Reverts a change.
async fn revert(client: &Client, change: &Value) -> Answer {
    client
        .post(
            &format!("{}/changes/{}/revert", client.ledger(), change["seq"]),
            Value::Null,
        )
        .await
}

/// The reason of a refusal to revert.
fn why(answer: &Answer) -> String {
    assert_eq!(answer.problem(), "409 revert_conflict -");
    answer.body["detail"]
        .as_str()
        .expect("as it should be")
        .to_owned()
}

#[tokio::test]
async fn each_write_is_a_change_with_its_before_and_after() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let made = add(&anna, json!({})).await;
    let created = latest(&anna).await;
    assert_eq!(
        created,
        json!({ "seq": created["seq"], "at": created["at"], "actor": me, "entity": "expense", "entity_id": made["id"],
                "action": "create", "before": null, "reverts": null, "after": made })
    );
    let here = path(&anna, &made);
    let changed = anna
        .put(&here, 1, lunch(&json!({ "amount": 2100 })))
        .await
        .ok();
    let updated = latest(&anna).await;
    assert_eq!((&updated["before"], &updated["after"]), (&made, &changed));
    let trashed = anna.delete(&here, 2).await.ok();
    let deleted = latest(&anna).await;
    assert_eq!(deleted["action"], json!("delete"));
    assert_eq!(
        (&deleted["before"], &deleted["after"]),
        (&changed, &trashed)
    );

    let of_it = anna.get(&format!("{here}/changes")).await.ok();
    assert_eq!(
        of_it,
        json!({ "items": [deleted, updated, created], "next_cursor": null })
    );
    let first = anna.get(&format!("{here}/changes?limit=2")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = anna
        .get(&format!("{here}/changes?limit=2&cursor={cursor}"))
        .await
        .ok();
    assert_eq!(second, json!({ "items": [created], "next_cursor": null }));
}

#[tokio::test]
async fn the_history_is_read_in_both_directions() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    add(&anna, json!({})).await;
    let history = format!("{}/changes", anna.ledger());
    let whole = anna.get(&format!("{history}?limit=200")).await.ok();
    let last = whole["seq"].as_i64().unwrap();
    let seqs = |answer: &Value| -> Vec<i64> {
        answer["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["seq"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(seqs(&whole), (1..=last).collect::<Vec<_>>());
    let since = anna
        .get(&format!("{history}?since={}", last - 2))
        .await
        .ok();
    assert_eq!(seqs(&since), [last - 1, last]);
    let nothing = anna.get(&format!("{history}?since={last}")).await.ok();
    assert_eq!(nothing, json!({ "items": [], "seq": last }));
    let before = anna
        .get(&format!("{history}?before={last}&limit=2"))
        .await
        .ok();
    assert_eq!(seqs(&before), [last - 1, last - 2]);

    for (query, problem) in [
        ("since=1&before=2", "422 invalid_value before"),
        ("since=-1", "422 invalid_value since"),
        ("before=-1", "422 invalid_value before"),
        ("since=x", "422 invalid_value since"),
        ("since=99999999999999999999", "422 invalid_value since"),
        ("after=1", "422 unknown_field after"),
        ("limit=0", "422 invalid_value limit"),
    ] {
        assert_eq!(
            anna.get(&format!("{history}?{query}")).await.problem(),
            problem,
            "{query}"
        );
    }
    assert_eq!(ben.get(&history).await.problem(), "404 not_found -");
    let garbage = anna
        .get(&format!(
            "{}/changes?cursor=x",
            path(&anna, &add(&anna, json!({})).await)
        ))
        .await;
    assert_eq!(garbage.problem(), "400 cursor_invalid cursor");
}

#[tokio::test]
async fn every_change_of_an_expense_can_be_reverted() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(&anna, json!({ "note": "first" })).await;
    let here = path(&anna, &made);
    let created = latest(&anna).await;
    anna.put(&here, 1, lunch(&json!({ "amount": 2100, "tags": ["x"] })))
        .await
        .ok();
    let updated = latest(&anna).await;

    let reverted = revert(&anna, &updated).await;
    assert_eq!((reverted.status, reverted.version()), (StatusCode::OK, 3));
    assert_eq!(reverted.body["amount"], json!(1250));
    assert_eq!(reverted.body["note"], json!("first"));
    assert_eq!(reverted.body["shares"], made["shares"]);
    assert_eq!(anna.get(&here).await.ok(), reverted.body);
    // And the reverting, too.
    let again = revert(&anna, &latest(&anna).await).await.ok();
    assert_eq!(again["amount"], json!(2100));
    assert_eq!(again["tags"], json!(["x"]));
    revert(&anna, &latest(&anna).await).await.ok();

    anna.delete(&here, 5).await.ok();
    let deleted = latest(&anna).await;
    let back = revert(&anna, &deleted).await.ok();
    assert_eq!(back["deleted_at"], Value::Null);
    assert_eq!(latest(&anna).await["action"], json!("restore"));
    // What had not been there goes into the trash.
    let gone = revert(&anna, &created).await.ok();
    assert!(gone["deleted_at"].is_string());
    assert_eq!(latest(&anna).await["action"], json!("delete"));
}

#[tokio::test]
async fn a_revert_that_no_longer_fits_says_why() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let categories = format!("{}/categories", anna.ledger());
    let pets = anna.post(&categories, json!({ "name": "Pets" })).await.ok();
    let added_pets = latest(&anna).await;
    let made = add(&anna, json!({ "category_id": pets["id"] })).await;
    let here = path(&anna, &made);
    assert_eq!(
        why(&revert(&anna, &added_pets).await),
        "expenses or other categories have this category"
    );
    anna.put(&here, 1, lunch(&json!({}))).await.ok();
    let updated = latest(&anna).await;
    anna.put(&here, 2, lunch(&json!({ "amount": 1 })))
        .await
        .ok();
    assert_eq!(
        why(&revert(&anna, &updated).await),
        "the expense has been changed since"
    );
    anna.put(&here, 3, lunch(&json!({}))).await.ok();
    let pets_path = format!("{categories}/{}", pets["id"].as_str().unwrap());
    anna.delete(&pets_path, 1).await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].clone();
    assert_eq!(
        why(&revert(&anna, &updated).await),
        "the category that the expense had is no more"
    );
    let first = json!({ "seq": 1 });
    assert_eq!(
        why(&revert(&anna, &first).await),
        "a ledger that was made can be deleted"
    );
    assert_eq!(
        revert(&anna, &json!({ "seq": 100_000 })).await.problem(),
        "404 not_found -"
    );
    assert_eq!(revert(&ben, &updated).await.problem(), "404 not_found -");
    assert_eq!(anna.get(&anna.ledger()).await.ok()["seq"], seq);
}

#[tokio::test]
async fn changes_of_categories_can_be_reverted() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let categories = format!("{}/categories", anna.ledger());
    let pets = anna.post(&categories, json!({ "name": "Pets" })).await.ok();
    let created = latest(&anna).await;
    let here = format!("{categories}/{}", pets["id"].as_str().unwrap());
    anna.put(&here, 1, json!({ "name": "Animals", "color": "#aa0000" }))
        .await
        .ok();
    let renamed = latest(&anna).await;
    let other = anna.post(&categories, json!({ "name": "pets" })).await.ok();
    assert_eq!(
        why(&revert(&anna, &renamed).await),
        "another category has that name now"
    );
    anna.delete(
        &format!("{categories}/{}", other["id"].as_str().unwrap()),
        1,
    )
    .await;
    let deleted = latest(&anna).await;
    assert_eq!(
        why(&revert(&anna, &created).await),
        "the category has been changed since"
    );
    let back = revert(&anna, &renamed).await;
    assert_eq!((back.version(), &back.body["name"]), (3, &json!("Pets")));
    assert_eq!(
        why(&revert(&anna, &deleted).await),
        "another category has that name now"
    );
    let gone = revert(&anna, &created).await;
    assert_eq!((gone.status, gone.text.as_str()), (StatusCode::OK, "null"));
    let restored = revert(&anna, &deleted).await.ok();
    assert_eq!(restored["id"], other["id"]);
    assert_eq!(latest(&anna).await["action"], json!("restore"));
}

#[tokio::test]
async fn only_an_owner_reverts_what_only_an_owner_may() {
    let app = TestApp::new().await;
    let (anna, ben, cem) = (
        app.sign_up("anna").await,
        app.sign_up("ben").await,
        app.sign_up("cem").await,
    );
    join(&app, &anna, "Ben", "editor", &ben.user).await;
    join(&app, &anna, "Cem", "viewer", &cem.user).await;
    let at = anna.get(&anna.ledger()).await.ok();
    let version = at["version"].as_i64().unwrap();
    anna.put(&anna.ledger(), version, json!({ "name": "Household" }))
        .await
        .ok();
    let change = latest(&anna).await;
    let theirs = format!("{}/changes/{}/revert", anna.ledger(), change["seq"]);
    assert_eq!(
        ben.post(&theirs, Value::Null).await.problem(),
        "403 forbidden -"
    );
    assert_eq!(
        cem.post(&theirs, Value::Null).await.problem(),
        "403 forbidden -"
    );
    let back = anna.post(&theirs, Value::Null).await.ok();
    assert_eq!(back["name"], at["name"]);
    // An editor reverts what anybody did to an expense.
    let made = add(&anna, json!({})).await;
    let theirs = format!(
        "{}/changes/{}/revert",
        anna.ledger(),
        latest(&anna).await["seq"]
    );
    let trashed = ben.post(&theirs, Value::Null).await.ok();
    assert_eq!(trashed["id"], made["id"]);
    assert_ne!(latest(&anna).await["actor"], made["created_by"]);
}

#[tokio::test]
async fn a_change_that_took_another_back_names_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    add(&anna, json!({})).await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].as_i64().unwrap();
    let revert = format!("{}/changes/{seq}/revert", anna.ledger());
    anna.post(&revert, Value::Null).await.ok();
    let since = format!("{}/changes?since={}", anna.ledger(), seq - 1);
    let changes = anna.get(&since).await.ok();
    let reverts: Vec<_> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["reverts"].clone())
        .collect();
    assert_eq!(reverts, [Value::Null, json!(seq)]);
}

#[tokio::test]
async fn the_history_is_told_of_one_member_or_of_one_kind_of_thing() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(&anna, json!({})).await;
    let me = anna.get(&anna.ledger()).await.ok()["member_id"].clone();
    let of = |query: String| {
        let (anna, path) = (anna.clone(), format!("{}/changes?{query}", anna.ledger()));
        async move {
            anna.get(&path).await.ok()["items"]
                .as_array()
                .unwrap()
                .clone()
        }
    };
    for direction in ["since=0", "before=1000000"] {
        let expenses = of(format!("{direction}&entity=expense")).await;
        assert_eq!(expenses.len(), 1);
        assert_eq!(expenses[0]["entity_id"], made["id"]);
        let mine = of(format!("{direction}&actor={}", me.as_str().unwrap())).await;
        assert!(mine.iter().any(|change| change["entity_id"] == made["id"]));
        let nobodys = of(format!("{direction}&actor={}", Uuid::now_v7())).await;
        assert!(nobodys.is_empty());
    }
}
