//! A clock that jumps: what was written stays, is in order and is found, and nobody is refused for it.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use super::{cookie, signed_in, with_cookie, with_token};
use crate::support::TestApp;

#[tokio::test]
async fn whatever_the_clock_does_one_stays_signed_in_writes_and_finds_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (_, mut refresh) = signed_in(&app, "anna").await;
    let expenses = format!("{}/expenses", anna.ledger());
    let report = format!(
        "{}/reports/spending?from=2026-03-01&to=2026-03-31",
        anna.ledger()
    );
    let jumps = [0, 20 * 24, -40 * 24, 3, -1, 400 * 24, -800 * 24, 400 * 24];
    for (number, hours) in (1..).zip(jumps) {
        app.app.clock.advance(TimeDelta::hours(hours));
        // Who has been away for a year signs in again; all others have a session that goes on.
        let refreshed = with_cookie(&app, "/auth/refresh", &refresh).await;
        let anna = if refreshed.status == StatusCode::OK {
            refresh = cookie(&refreshed);
            with_token(&app, &refreshed.ok())
        } else {
            assert!(hours > 300 * 24, "{hours}: {}", refreshed.text);
            let (anna, fresh) = signed_in(&app, "anna").await;
            refresh = fresh;
            anna
        };
        let lunch = json!({ "spent_on": "2026-03-14", "amount": 100, "payee": "Mensa" });
        let made = anna.post(&expenses, lunch.clone()).await.ok();
        let path = format!("{expenses}/{}", made["id"].as_str().unwrap());
        let edited = anna.put(&path, 1, lunch).await.ok();
        assert_eq!(anna.get(&path).await.ok(), edited);
        let list = anna.get(&format!("{expenses}?limit=200")).await.ok();
        assert_eq!(list["items"].as_array().unwrap().len(), number);
        assert_eq!(anna.get(&report).await.ok()["total"], 100 * number);
        let changes = format!("{}/changes?since=0&limit=200", anna.ledger());
        let changes = anna.get(&changes).await.ok();
        let numbers = changes["items"].as_array().unwrap().iter();
        let numbers: Vec<_> = numbers
            .map(|change| change["seq"].as_u64().unwrap())
            .collect();
        let seq = changes["seq"].as_u64().unwrap();
        assert_eq!(numbers, (1..=seq).collect::<Vec<_>>());
        assert_eq!(anna.get("/events").await.status, StatusCode::OK);
    }
}
