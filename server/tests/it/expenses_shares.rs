//! Who paid and who owes: payments, splits, settlements.

use serde_json::{Value, json};

use crate::expenses::{add, expenses, join, lunch, member_id, path};
use crate::support::TestApp;

#[tokio::test]
async fn several_pay_and_several_owe() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let cem = join(&app, &anna, "Cem", "editor", &Value::Null).await;
    let dinner = add(&anna, json!({ "amount": 1000 })).await;
    let owed = |expense: &Value| {
        let mut owed: Vec<i64> = expense["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| share["owed"].as_i64().unwrap())
            .collect();
        owed.sort_unstable();
        owed
    };
    assert_eq!(owed(&dinner), [333, 333, 334]);
    let hotel = add(
        &anna,
        json!({
            "amount": 30000,
            "paid_by": [{ "member_id": ben, "amount": 10000 }, { "member_id": me, "amount": 20000 }],
            "split": { "mode": "percent", "parts": [
                { "member_id": cem, "value": 5000 }, { "member_id": ben, "value": 5000 }] },
        }),
    )
    .await;
    assert_eq!(
        hotel["shares"],
        json!([
            { "member_id": me, "paid": 20000, "owed": 0 },
            { "member_id": ben, "paid": 10000, "owed": 15000 },
            { "member_id": cem, "paid": 0, "owed": 15000 },
        ])
    );
    // What a replacement leaves out stays as it was, as far as that goes.
    let here = path(&anna, &hotel);
    let later = anna
        .put(&here, 1, lunch(&json!({ "amount": 30000, "note": "late" })))
        .await;
    assert_eq!(later.body["paid_by"], hotel["paid_by"]);
    assert_eq!(later.body["split"], hotel["split"]);
    let dearer = anna.put(&here, 2, lunch(&json!({ "amount": 30001 }))).await;
    assert_eq!(dearer.problem(), "422 split_does_not_add_up paid_by");
    let tea = add(
        &anna,
        json!({ "paid_by": [{ "member_id": ben, "amount": 1250 }] }),
    )
    .await;
    let tea = anna
        .put(&path(&anna, &tea), 1, lunch(&json!({ "amount": 1300 })))
        .await
        .ok();
    assert_eq!(
        tea["paid_by"],
        json!([{ "member_id": ben, "amount": 1300 }])
    );
}

#[tokio::test]
async fn a_settlement_goes_from_one_member_to_another() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let to = |member: &Value| json!({ "mode": "equal", "parts": [{ "member_id": member }] });
    let paid = add(&anna, json!({ "kind": "settlement", "split": to(&ben) })).await;
    assert_eq!(
        paid["shares"],
        json!([
            { "member_id": me, "paid": 1250, "owed": 0 },
            { "member_id": ben, "paid": 0, "owed": 1250 },
        ])
    );
    let refused = async |other: Value| anna.post(&expenses(&anna), lunch(&other)).await.problem();
    assert_eq!(
        refused(json!({ "kind": "settlement", "split": to(&me) })).await,
        "422 split_invalid split.parts[0].member_id"
    );
    assert_eq!(
        refused(json!({ "kind": "settlement" })).await,
        "422 split_invalid split.parts"
    );
    let both = json!([{ "member_id": me, "amount": 1000 }, { "member_id": ben, "amount": 250 }]);
    assert_eq!(
        refused(json!({ "kind": "settlement", "paid_by": both, "split": to(&ben) })).await,
        "422 split_invalid paid_by"
    );
    assert_eq!(
        refused(json!({ "kind": "settlement", "amount": -1, "split": to(&ben) })).await,
        "422 invalid_value amount"
    );
    assert_eq!(
        refused(json!({ "kind": "income", "amount": -1 })).await,
        "422 invalid_value amount"
    );
    let list = anna.get(&expenses(&anna)).await.ok();
    assert_eq!(list["items"], json!([paid]));
}

#[tokio::test]
async fn who_is_archived_stays_in_the_old_and_out_of_the_new() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let old = add(&anna, json!({ "amount": 1000 })).await;
    sqlx::query("update members set archived_at = now() where name = 'Ben'")
        .execute(&app.app.db)
        .await
        .unwrap();
    let new = add(&anna, json!({ "amount": 1000 })).await;
    assert_eq!(new["shares"].as_array().unwrap().len(), 1);
    let paid_by = json!([{ "member_id": ben, "amount": 1250 }]);
    let refused = anna
        .post(&expenses(&anna), lunch(&json!({ "paid_by": paid_by })))
        .await;
    assert_eq!(
        refused.problem(),
        "422 member_archived paid_by[0].member_id"
    );
    let kept = anna
        .put(&path(&anna, &old), 1, lunch(&json!({ "amount": 500 })))
        .await
        .ok();
    assert_eq!(kept["shares"].as_array().unwrap().len(), 2);
}
