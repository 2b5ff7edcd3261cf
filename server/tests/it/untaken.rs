//! Who asks and does not read what was answered: it waits in memory, and not without end.

use std::io::Read;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use flate2::read::GzDecoder;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Client, TestApp};

/// A server that holds one mebibyte, half of it for one client, and somebody with a page of some 180 KB.
async fn server() -> (TestApp, Client) {
    let app = TestApp::with(|config| {
        config.answers_memory = 1;
        config.trusted_proxies = 1;
    })
    .await;
    let anna = app.sign_up("anna").await;
    let list = format!("{}/expenses", anna.ledger());
    for _ in 0..40 {
        // That does not get much smaller when it is compressed.
        let note: String = (0..110).map(|_| Uuid::new_v4().to_string()).collect();
        let body = json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Inn", "note": note });
        anna.post(&list, body).await.ok();
    }
    (app, anna)
}

/// Asks from an address, and does not read the answer.
async fn ask(client: &Client, ip: &str, accept: &str) -> Response {
    let token = client.token.clone().unwrap();
    let request = Request::get(format!("/api/v1{}/expenses", client.ledger()))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, accept)
        .header("x-forwarded-for", ip)
        .body(Body::empty());
    client.response(request.unwrap()).await
}

fn assert_refused(answer: &Response) {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn who_does_not_read_is_answered_no_more_until_they_do_and_others_are() {
    let (app, anna) = server().await;
    let page = "application/json";
    let mut here = Vec::new();
    for _ in 0..3 {
        here.push(ask(&anna, "192.0.2.1", page).await);
    }
    assert_refused(&ask(&anna, "192.0.2.1", page).await);

    let mut elsewhere = Vec::new();
    for _ in 0..3 {
        elsewhere.push(ask(&anna, "192.0.2.2", page).await);
    }
    assert_refused(&ask(&anna, "192.0.2.3", page).await);

    let read = to_bytes(here.pop().unwrap().into_body(), usize::MAX).await;
    assert!(read.unwrap().len() > 160_000);
    drop(elsewhere.pop());
    here.push(ask(&anna, "192.0.2.1", page).await);
    for answer in here.iter().chain(&elsewhere) {
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key(header::CONTENT_LENGTH));
    }
    drop((here, elsewhere));
    assert_eq!(app.app.untaken.bytes(), 0);
}

#[tokio::test]
async fn a_table_counts_until_it_has_been_read() {
    let (app, anna) = server().await;
    let table = ask(&anna, "192.0.2.1", "text/csv").await;
    assert_refused(&ask(&anna, "192.0.2.1", "text/csv").await);
    let read = to_bytes(table.into_body(), usize::MAX).await.unwrap();
    assert!(read.len() > 160_000);
    let again = ask(&anna, "192.0.2.1", "text/csv").await;
    assert_eq!(again.status(), StatusCode::OK);
    drop(again);
    assert_eq!(app.app.untaken.bytes(), 0);
}

#[tokio::test]
async fn what_is_large_comes_whole_compressed_or_not() {
    let (_app, anna) = server().await;
    let token = anna.token.clone().unwrap();
    let list = anna.ledger();
    // What is kept is compressed there; the others are on their way.
    for (path, accept) in [
        (format!("{list}/expenses"), "application/json"),
        (format!("{list}/changes?since=0"), "application/json"),
        (format!("{list}/expenses"), "text/csv"),
    ] {
        let ask = async |encoding| {
            let request = Request::get(format!("/api/v1{path}"))
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header(header::ACCEPT, accept)
                .header(header::ACCEPT_ENCODING, encoding)
                .body(Body::empty());
            anna.bytes(request.unwrap()).await
        };
        let (_, plain) = ask("identity").await;
        let (headers, compressed) = ask("gzip").await;
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
        let mut whole = Vec::new();
        GzDecoder::new(compressed.as_slice())
            .read_to_end(&mut whole)
            .unwrap();
        assert!(whole == plain, "{path} as {accept}");
        assert!(plain.len() > 64_000, "{} bytes", plain.len());
    }
}

#[tokio::test]
async fn what_is_small_and_streams_of_events_do_not_count() {
    let (app, anna) = server().await;
    let token = anna.token.clone().unwrap();
    let get = |path: &str| {
        let request = Request::get(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        anna.response(request.unwrap())
    };
    let answers = (get("/events").await, get("/ledgers").await);
    assert_eq!(answers.0.status(), StatusCode::OK);
    assert_eq!(answers.1.status(), StatusCode::OK);
    assert_eq!(app.app.untaken.bytes(), 0);
}
