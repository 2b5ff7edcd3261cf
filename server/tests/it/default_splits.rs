//! Default splits of ledgers and categories: which one holds, for what, and for what not.

use serde_json::{Value, json};

use crate::expenses::lunch;
use crate::members::{change, find, flat, me, person, remove};
use crate::support::{Client, TestApp};

/// Anna's flat with Ben and Cem, who have no account.
struct Flat {
    anna: Client,
    path: String,
    me: Value,
    ben: Value,
    cem: Value,
}

impl Flat {
    async fn new(app: &TestApp) -> Self {
        let anna = app.sign_up("anna").await;
        let path = flat(&anna).await;
        Self {
            me: me(&anna, &path).await,
            ben: person(&anna, &path, "Ben").await,
            cem: person(&anna, &path, "Cem").await,
            anna,
            path,
        }
    }

    /// A split, of this mode, by these values.
    fn split(mode: &str, parts: &[(&Value, i64)]) -> Value {
        let parts: Vec<_> = parts
            .iter()
            .map(|(member, value)| json!({ "member_id": member["id"], "value": value }))
            .collect();
        json!({ "mode": mode, "parts": parts })
    }

    /// Sets the ledger's default split.
    async fn set(&self, split: Value) -> Value {
        let version = self.anna.get(&self.path).await.ok()["version"].clone();
        let body = json!({ "name": "Flat", "default_split": split });
        let answer = self
            .anna
            .put(&self.path, version.as_i64().unwrap(), body)
            .await;
        answer.ok()
    }

    async fn category(&self, name: &str, parent_id: &Value, split: Value) -> Value {
        let body = json!({ "name": name, "parent_id": parent_id, "default_split": split });
        let path = format!("{}/categories", self.path);
        self.anna.post(&path, body).await.ok()["id"].clone()
    }

    /// Adds an expense of 10.00, some of it otherwise.
    async fn add(&self, other: &Value) -> Value {
        let mut body = lunch(other);
        body["amount"] = json!(1000);
        let path = format!("{}/expenses", self.path);
        self.anna.post(&path, body).await.ok()
    }

    /// What Anna, Ben and Cem owe of it; nothing where somebody takes no part.
    fn owed(&self, expense: &Value) -> [Option<i64>; 3] {
        [&self.me, &self.ben, &self.cem].map(|member| {
            let mut parts = expense["split"]["parts"].as_array().unwrap().iter();
            parts.find(|part| part["member_id"] == member["id"])?;
            let mut shares = expense["shares"].as_array().unwrap().iter();
            let share = shares.find(|share| share["member_id"] == member["id"]);
            share.unwrap()["owed"].as_i64()
        })
    }

    /// The latest state of a member.
    async fn now(&self, member: &Value) -> Value {
        find(&self.anna, &self.path, &member["id"]).await
    }
}

#[tokio::test]
async fn the_nearest_default_holds_for_a_new_expense() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben, cem) = (&flat.me, &flat.ben, &flat.cem);
    flat.set(Flat::split("shares", &[(me, 3), (ben, 1)])).await;
    let of_parent = Flat::split("percent", &[(ben, 2500), (cem, 7500)]);
    let food = flat.category("Food", &Value::Null, of_parent).await;
    let below = flat.category("Bread", &food, Value::Null).await;
    let own = flat
        .category("Wine", &food, Flat::split("shares", &[(me, 1), (cem, 1)]))
        .await;
    let other = flat.category("Fun", &Value::Null, Value::Null).await;
    let owed = async |category: &Value| {
        let made = flat.add(&json!({ "category_id": category })).await;
        flat.owed(&made)
    };
    assert_eq!(owed(&own).await, [Some(500), None, Some(500)]);
    assert_eq!(owed(&below).await, [None, Some(250), Some(750)]);
    assert_eq!(owed(&food).await, [None, Some(250), Some(750)]);
    assert_eq!(owed(&other).await, [Some(750), Some(250), None]);
    assert_eq!(owed(&Value::Null).await, [Some(750), Some(250), None]);
    // What an expense says itself holds before all of them.
    let said = json!({ "mode": "equal", "parts": [{ "member_id": cem["id"] }] });
    let made = flat
        .add(&json!({ "category_id": own, "split": said }))
        .await;
    assert_eq!(flat.owed(&made), [None, None, Some(1000)]);
}

#[tokio::test]
async fn without_a_default_the_weights_decide() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let weigh = async |member: &Value, weight: i64| {
        let member = flat.now(member).await;
        let other = json!({ "weight": weight });
        assert_eq!(
            change(&flat.anna, &flat.path, &member, &other).await,
            "done"
        );
    };
    let made = flat.add(&json!({})).await;
    assert_eq!(made["split"]["mode"], "equal");
    weigh(&flat.me, 2).await;
    let made = flat.add(&json!({})).await;
    assert_eq!(made["split"]["mode"], "shares");
    assert_eq!(flat.owed(&made), [Some(500), Some(250), Some(250)]);
    // Who weighs nothing takes no part, unless nobody weighs anything.
    weigh(&flat.cem, 0).await;
    weigh(&flat.ben, 2).await;
    let made = flat.add(&json!({})).await;
    assert_eq!(flat.owed(&made), [Some(500), Some(500), None]);
    weigh(&flat.ben, 0).await;
    weigh(&flat.me, 0).await;
    let made = flat.add(&json!({})).await;
    assert_eq!(made["split"]["parts"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_old_expense_is_never_rewritten() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben, cem) = (&flat.me, &flat.ben, &flat.cem);
    let food = flat.category("Food", &Value::Null, Value::Null).await;
    let old = flat.add(&json!({ "category_id": food })).await;
    let there = format!("{}/expenses/{}", flat.path, old["id"].as_str().unwrap());
    flat.set(Flat::split("shares", &[(me, 1)])).await;
    let category = format!("{}/categories/{}", flat.path, food.as_str().unwrap());
    let split = Flat::split("shares", &[(ben, 1)]);
    let body = json!({ "name": "Food", "default_split": split });
    flat.anna.put(&category, 1, body).await.ok();
    for member in [me, ben, cem] {
        let member = flat.now(member).await;
        change(&flat.anna, &flat.path, &member, &json!({ "weight": 7 })).await;
    }
    let cem_now = flat.now(cem).await;
    assert_eq!(remove(&flat.anna, &flat.path, &cem_now).await, "done");
    assert_eq!(flat.anna.get(&there).await.ok(), old, "not by itself");
    // Nor where it is replaced without a split, or moves into a category with another one.
    let body = lunch(&json!({ "amount": 1000, "category_id": food, "note": "late" }));
    let later = flat.anna.put(&there, 1, body).await.ok();
    assert_eq!(
        (&later["split"], &later["shares"]),
        (&old["split"], &old["shares"])
    );
    let back = flat.anna.put(&there, 2, lunch(&json!({ "amount": 1000 })));
    let back = back.await.ok();
    let items = json!([{ "id": back["id"], "version": 3 }]);
    let batch = json!({ "items": items, "category_id": food });
    let path = format!("{}/expenses/batch", flat.path);
    let moved = flat.anna.post(&path, batch).await.ok();
    assert_eq!(moved["items"][0]["shares"], old["shares"]);
}

#[tokio::test]
async fn the_same_request_again_gives_the_same_whatever_the_default_is_now() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let id = json!({ "id": uuid::Uuid::now_v7() });
    let first = flat.add(&id).await;
    flat.set(Flat::split("shares", &[(&flat.ben, 1)])).await;
    assert_eq!(flat.add(&id).await, first);
}

#[tokio::test]
async fn who_is_archived_is_left_out_and_the_others_keep_their_proportions() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben, cem) = (&flat.me, &flat.ben, &flat.cem);
    let parts = [(me, 2000), (ben, 3000), (cem, 5000)];
    let set = flat.set(Flat::split("percent", &parts)).await;
    // Nobody else names them, but the default split does: they are kept.
    assert_eq!(remove(&flat.anna, &flat.path, cem).await, "done");
    assert_ne!(flat.now(cem).await["archived_at"], Value::Null);
    let made = flat.add(&json!({})).await;
    assert_eq!(made["split"]["mode"], "shares");
    assert_eq!(flat.owed(&made), [Some(400), Some(600), None]);
    // A ledger can be renamed with the default that it has.
    let renamed = flat.set(set["default_split"].clone()).await;
    assert_eq!(renamed["default_split"], set["default_split"]);
    // Where nobody is left, the next in line holds.
    let food = flat
        .category(
            "Food",
            &Value::Null,
            Flat::split("shares", &[(ben, 1), (me, 0)]),
        )
        .await;
    assert_eq!(remove(&flat.anna, &flat.path, ben).await, "done");
    let made = flat.add(&json!({ "category_id": food })).await;
    assert_eq!(flat.owed(&made), [Some(1000), None, None]);
}

#[tokio::test]
async fn income_follows_the_default_and_a_settlement_names_its_receiver() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    flat.set(Flat::split("shares", &[(&flat.ben, 1)])).await;
    let made = flat.add(&json!({ "kind": "income" })).await;
    assert_eq!(flat.owed(&made), [None, Some(1000), None]);
    let body = lunch(&json!({ "kind": "settlement" }));
    let path = format!("{}/expenses", flat.path);
    assert_eq!(
        flat.anna.post(&path, body).await.problem(),
        "422 split_invalid split.parts"
    );
}

#[tokio::test]
async fn a_default_that_cannot_hold_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let (me, ben, cem) = (&flat.me, &flat.ben, &flat.cem);
    flat.add(&json!({})).await;
    assert_eq!(remove(&flat.anna, &flat.path, cem).await, "done");
    let elsewhere = person(&flat.anna, &self::flat(&flat.anna).await, "Dora").await;
    let categories = format!("{}/categories", flat.path);
    let here = "default_split.parts[1]";
    for (split, problem) in [
        (
            Flat::split("exact", &[(me, 1000)]),
            "split_invalid default_split.mode".to_owned(),
        ),
        (
            Flat::split("adjusted", &[(me, 0)]),
            "split_invalid default_split.mode".to_owned(),
        ),
        (
            Flat::split("equal", &[]),
            "split_invalid default_split.parts".to_owned(),
        ),
        (
            Flat::split("equal", &[(me, 1)]),
            "split_invalid default_split.parts[0].value".to_owned(),
        ),
        (
            Flat::split("shares", &[(me, 0), (ben, 0)]),
            "split_invalid default_split.parts".to_owned(),
        ),
        (
            Flat::split("shares", &[(me, 1), (ben, -1)]),
            format!("split_invalid {here}.value"),
        ),
        (
            Flat::split("percent", &[(me, 5000), (ben, 5001)]),
            "split_does_not_add_up default_split.parts".to_owned(),
        ),
        (
            Flat::split("shares", &[(me, 1), (me, 1)]),
            format!("member_duplicate {here}.member_id"),
        ),
        (
            Flat::split("shares", &[(me, 1), (cem, 1)]),
            format!("member_archived {here}.member_id"),
        ),
        (
            Flat::split("shares", &[(me, 1), (&elsewhere, 1)]),
            format!("member_unknown {here}.member_id"),
        ),
    ] {
        let body = json!({ "name": "Flat", "default_split": split });
        let refused = flat.anna.put(&flat.path, 1, body.clone()).await.problem();
        assert_eq!(refused, format!("422 {problem}"), "{body}");
        let refused = flat.anna.post(&categories, body.clone()).await.problem();
        assert_eq!(refused, format!("422 {problem}"), "{body}");
    }
}

#[tokio::test]
async fn a_default_split_is_part_of_the_history_and_can_be_reverted() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let set = flat.set(Flat::split("shares", &[(&flat.ben, 1)])).await;
    let seq = set["seq"].as_i64().unwrap();
    let revert = format!("{}/changes/{seq}/revert", flat.path);
    let back = flat.anna.post(&revert, Value::Null).await.ok();
    assert_eq!(back["default_split"], Value::Null);
    let made = flat.add(&json!({})).await;
    assert_eq!(made["split"]["parts"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_default_split_that_names_somebody_who_is_gone_does_not_come_back() {
    let app = TestApp::new().await;
    let flat = Flat::new(&app).await;
    let split = Flat::split("shares", &[(&flat.ben, 1)]);
    flat.set(split.clone()).await;
    let of_ledger = flat.set(Value::Null).await["seq"].clone();
    let category = flat.category("Food", &Value::Null, split).await;
    let path = format!("{}/categories/{}", flat.path, category.as_str().unwrap());
    flat.anna
        .put(&path, 1, json!({ "name": "Food" }))
        .await
        .ok();
    let of_category = flat.anna.get(&flat.path).await.ok()["seq"].clone();
    flat.anna.delete(&path, 2).await;
    let deleted = flat.anna.get(&flat.path).await.ok()["seq"].clone();
    // Nothing names him any more.
    assert_eq!(remove(&flat.anna, &flat.path, &flat.ben).await, "done");
    let revert = async |seq: Value| {
        let path = format!("{}/changes/{seq}/revert", flat.path);
        flat.anna.post(&path, Value::Null).await
    };
    revert(deleted).await.ok();
    for seq in [of_ledger, of_category] {
        let refused = revert(seq).await;
        assert_eq!(refused.problem(), "409 revert_conflict -");
        assert_eq!(
            refused.body["detail"],
            "a member who took part in the default split is no more"
        );
    }
}
