//! More requests than can be worked at: some wait, and what is more than that is told to come again.

use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use futures_util::future::join_all;
use futures_util::{StreamExt, poll, stream};
use outlay::db::Tx;
use outlay::ids::LedgerId;
use outlay::overload::Stay;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp};

/// All places, so that whoever comes has to wait.
async fn all_places(app: &TestApp) -> Vec<Stay> {
    let places = app.app.config.database_connections * 4;
    let room = &app.app.requests.room;
    let stays = join_all((0..places).map(|_| room.enter())).await;
    stays.into_iter().map(Result::unwrap).collect()
}

fn assert_comes_again(refused: &Answer) {
    let seconds: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=8).contains(&seconds));
    assert_eq!(refused.problem(), "503 unavailable -");
}

#[tokio::test]
async fn a_request_waits_until_there_is_room() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut places = all_places(&app).await;
    let mut waits = pin!(anna.get("/ledgers"));
    assert!(poll!(&mut waits).is_pending());
    assert_eq!(app.app.requests.room.count(), (places.len(), 1));
    places.pop();
    waits.await.ok();
    assert_eq!(app.app.requests.room.count(), (places.len(), 0));
}

#[tokio::test]
async fn whether_an_instance_is_ready_is_told_while_requests_wait() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let _places = all_places(&app).await;
    let mut waits = pin!(anna.get("/ledgers"));
    assert!(poll!(&mut waits).is_pending());
    for path in ["/health/ready", "/health/live", "/metrics"] {
        let asked = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(anna.raw(asked).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_for_which_there_is_no_room_to_wait_is_told_to_come_again() {
    let app = TestApp::with(|config| config.requests_at_once = 65).await;
    let anna = app.sign_up("anna").await;
    let mut places = all_places(&app).await;
    let mut waits = Box::pin(anna.get("/ledgers"));
    assert!(poll!(&mut waits).is_pending());
    assert_comes_again(&anna.get("/ledgers").await);
    // Whoever leaves while he waits makes room for one who does.
    drop(waits);
    let mut waits = pin!(anna.get("/ledgers"));
    assert!(poll!(&mut waits).is_pending());
    places.pop();
    waits.await.ok();
}

#[tokio::test]
async fn a_request_that_has_waited_for_too_long_is_told_to_come_again() {
    let patient = TestApp::new().await;
    let anna = patient.sign_up("anna").await;
    let app = patient.beside(|config| config.request_timeout = 1);
    let _places = all_places(&app).await;
    assert_comes_again(&app.welcome(&anna).get("/ledgers").await);
}

#[tokio::test]
async fn what_has_not_arrived_takes_no_place() {
    let app = TestApp::new().await;
    let (send, arrives) = tokio::sync::oneshot::channel::<Bytes>();
    let body = stream::once(arrives);
    let slow = Request::post("/api/v1/auth/register")
        .header("content-type", "application/json")
        .body(Body::from_stream(body))
        .unwrap();
    let anybody = app.anonymous();
    let mut slow = pin!(anybody.raw(slow));
    assert!(poll!(&mut slow).is_pending());
    assert_eq!(app.app.requests.room.count(), (0, 0));
    let ada = json!({ "email": "ada@outlay.example", "password": PASSWORD, "name": "Ada" });
    send.send(ada.to_string().into()).unwrap();
    slow.await.ok();
}

#[tokio::test]
async fn those_who_send_much_and_never_its_end_stop_nobody_who_sends_little() {
    let app = TestApp::with(|config| config.body_limit = 64 * 1024 * 1024).await;
    let anna = app.sign_up("anna").await;
    let endless = |chunks: usize| {
        let chunk = Bytes::from(vec![b' '; 1024 * 1024]);
        let some = stream::iter(vec![chunk; chunks]).map(Ok);
        Request::post("/api/v1/auth/register")
            .header("content-type", "application/json")
            .body(Body::from_stream(
                some.chain(stream::pending::<std::io::Result<Bytes>>()),
            ))
            .unwrap()
    };
    let mut slow = pin!(anna.raw(endless(64)));
    for _ in 0..100 {
        assert!(poll!(&mut slow).is_pending());
    }
    let refused = anna.raw(endless(2)).await;
    assert_eq!(refused.problem(), "503 unavailable -");
    let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    anna.post(&format!("{}/expenses", anna.ledger()), lunch)
        .await
        .ok();
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_has_arrived() {
    let app = TestApp::with(|config| config.body_limit = 1024).await;
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100]));
    let endless = stream::repeat_with(chunk).boxed();
    let large = Request::post("/api/v1/auth/register")
        .header("content-type", "application/json")
        .body(Body::from_stream(endless))
        .unwrap();
    let refused = app.anonymous().raw(large).await;
    assert_eq!(refused.problem(), "413 body_too_large -");
}

#[tokio::test]
async fn those_who_wait_for_one_ledger_leave_their_places_to_others() {
    let app = TestApp::with(|config| config.database_connections = 1).await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger: LedgerId = serde_json::from_value(anna.user["personal_ledger_id"].clone()).unwrap();
    let queues = Arc::clone(&app.app.queues);
    let turns = [
        queues.turn(ledger).await.unwrap(),
        queues.turn(ledger).await.unwrap(),
    ];
    let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (anna, lunch) = (anna.clone(), lunch.clone());
        let path = format!("{}/expenses", anna.ledger());
        crowd.spawn(async move { anna.post(&path, lunch).await });
    }
    // There are four places.
    for _ in 0..10 {
        ben.get(&ben.ledger()).await.ok();
    }
    drop(turns);
    for answer in crowd.join_all().await {
        answer.ok();
    }
    Tx::begin_on(&app.app, ledger).await.unwrap();
}
