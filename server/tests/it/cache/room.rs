//! What the process keeps has a bound, and what one user asks for a part of it.

use serde_json::json;

use super::{lock, someone};
use crate::support::TestApp;

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let app = TestApp::with(|config| config.cache_memory = 1).await;
    let anna = app.sign_up("anna").await;
    let list = format!("{}/expenses", anna.ledger());
    for _ in 0..70 {
        let body = json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Inn", "note": "n".repeat(4000) });
        anna.post(&list, body).await.ok();
    }
    // One that is too large for itself.
    let all = anna.get(&format!("{list}?limit=200")).await.ok();
    assert_eq!(all["items"].as_array().unwrap().len(), 70);
    assert_eq!(app.app.cache.size(), (0, 0));
    // Some that are too large together.
    for max in 1..=30 {
        anna.get(&format!("{list}?limit=20&max={max}")).await.ok();
    }
    let (answers, bytes) = app.app.cache.size();
    assert!((2..30).contains(&answers), "{answers}");
    assert!(bytes <= 1024 * 1024, "{bytes}");
}

#[tokio::test]
async fn one_user_does_not_push_out_what_others_have_asked_for() {
    let app = TestApp::with(|config| config.cache_memory = 1).await;
    let (anna, ben) = (someone(&app).await, app.sign_up("ben").await);
    for _ in 0..30 {
        let body = json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Inn", "note": "n".repeat(4000) });
        ben.post(&format!("{}/expenses", ben.ledger()), body)
            .await
            .ok();
    }
    let list = format!("{}/expenses", anna.ledger());
    let first = anna.get(&list).await.ok();
    for max in 1..=20 {
        ben.get(&format!("{}/expenses?limit=30&max={max}", ben.ledger()))
            .await
            .ok();
    }
    let (answers, bytes) = app.app.cache.size();
    assert!((2..5).contains(&answers), "{answers}");
    assert!(bytes <= 512 * 1024, "{bytes}");
    let _nobody_reads = lock(&app).await;
    assert_eq!(anna.get(&list).await.ok(), first);
}
