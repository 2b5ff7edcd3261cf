//! The demonstration account.

use outlay::demo;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

async fn sign_in(app: &TestApp, password: &str) -> Client {
    let body = json!({ "email": "demo@outlay.example", "password": password });
    app.enter("/auth/login", body).await
}

#[tokio::test]
async fn the_demonstration_account_can_be_signed_in_to_and_renewed() {
    let app = TestApp::new().await;
    let today = app.app.clock.today();
    let first = demo::fill(&app.app.db, today).await.unwrap();
    let second = demo::fill(&app.app.db, today).await.unwrap();
    assert_eq!(first.count, second.count);
    assert_ne!(first.password, second.password);
    let body = json!({ "email": "demo@outlay.example", "password": first.password });
    let old = app.anonymous().post("/auth/login", body).await;
    assert_eq!(old.problem(), "401 invalid_credentials -");

    let robin = sign_in(&app, &second.password).await;
    let count = async |kind: &str| -> Value {
        let query = format!("from=2020-01-01&to={today}&kind={kind}");
        let path = format!("{}/reports/spending?{query}", robin.ledger());
        robin.get(&path).await.ok()["count"].clone()
    };
    let (spent, earned) = (count("expense").await, count("income").await);
    assert_eq!(
        spent.as_u64().unwrap() + earned.as_u64().unwrap(),
        u64::try_from(second.count).unwrap()
    );
    let dentist = robin
        .get(&format!("{}/expenses?q=dentist", robin.ledger()))
        .await
        .ok();
    assert!(dentist["items"].as_array().unwrap().len() >= 5);
    // Everything is in the history, too.
    let ledger = robin.get(&robin.ledger()).await.ok();
    assert!(ledger["seq"].as_u64().unwrap() > u64::try_from(second.count).unwrap());
}

#[tokio::test]
async fn the_demonstration_has_a_flat_and_a_trip_that_can_be_settled() {
    let app = TestApp::new().await;
    let filled = demo::fill(&app.app.db, app.app.clock.today())
        .await
        .unwrap();
    let robin = sign_in(&app, &filled.password).await;
    let ledgers = robin.get("/ledgers").await.ok();
    let shared = ledgers["items"].as_array().unwrap()[1..].to_vec();
    assert_eq!(shared.len(), 2);
    for ledger in shared {
        let path = format!("/ledgers/{}/balances", ledger["id"].as_str().unwrap());
        let balances = robin.get(&path).await.ok();
        assert!(!balances["transfers"].as_array().unwrap().is_empty());
        assert_eq!(balances["exact"], json!(true));
    }
}
