//! What is the same for every request: ids, headers, limits, and the refusal of what cannot be read.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::support::{Client, TestApp};
use crate::transactions::Log;

/// A request with a JSON body that is not made by a JSON writer.
async fn post_text(client: &Client, content_type: &str, body: impl Into<Body>) -> String {
    let token = client.token.clone().unwrap_or_default();
    let request = Request::post("/api/v1/ledgers")
        .header(header::CONTENT_TYPE, content_type)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(body.into())
        .expect("a request");
    client.raw(request).await.problem()
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_keeps_the_one_that_a_proxy_gave() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    let own = nobody.get("/ledgers").await;
    assert_eq!(
        own.headers["x-request-id"].to_str().unwrap(),
        own.body["request_id"].as_str().unwrap()
    );
    let given = nobody
        .send(
            Method::GET,
            "/ledgers",
            &[("x-request-id", "edge-42")],
            None,
        )
        .await;
    assert_eq!(given.body["request_id"], json!("edge-42"));
    let nonsense = nobody
        .send(Method::GET, "/ledgers", &[("x-request-id", "a b\"c")], None)
        .await;
    assert_ne!(nonsense.body["request_id"], json!("a b\"c"));
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/ledgers").await;
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["x-frame-options"], "DENY");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "private, no-cache");
    assert!(
        !answer
            .headers
            .contains_key(header::STRICT_TRANSPORT_SECURITY),
        "not where the public URL is plain http"
    );
    let https =
        TestApp::with(|config| config.public_url = Some("https://outlay.example".parse().unwrap()))
            .await;
    assert!(
        https
            .anonymous()
            .get("/ledgers")
            .await
            .headers
            .contains_key(header::STRICT_TRANSPORT_SECURITY)
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_its_reason() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let json = "application/json";
    assert_eq!(
        post_text(&anna, json, "{\"name\": ").await,
        "400 malformed_json -"
    );
    assert_eq!(post_text(&anna, json, "").await, "400 malformed_json -");
    assert_eq!(
        post_text(&anna, json, "{} {}").await,
        "422 missing_field name"
    );
    assert_eq!(
        post_text(&anna, json, r#"["Flat", "EUR"]"#).await,
        "422 wrong_type -"
    );
    assert_eq!(
        post_text(&anna, json, "\u{feff}{}").await,
        "400 malformed_json -"
    );
    assert_eq!(
        post_text(&anna, json, vec![b'"', 0xff, b'"']).await,
        "400 malformed_json -"
    );
    assert_eq!(
        post_text(&anna, json, "{\"name\":".repeat(30_000)).await,
        "422 wrong_type name"
    );
    assert_eq!(
        post_text(&anna, "text/plain", "{}").await,
        "415 unsupported_media_type -"
    );
    assert_eq!(
        post_text(&anna, json, " ".repeat(300_000)).await,
        "413 body_too_large -"
    );
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let refused = async |body| anna.post("/ledgers", body).await.problem();
    assert_eq!(
        refused(json!({ "currency": "EUR" })).await,
        "422 missing_field name"
    );
    assert_eq!(
        refused(json!({ "name": 7, "currency": "EUR" })).await,
        "422 wrong_type name"
    );
    assert_eq!(
        refused(json!({ "name": "", "currency": "EUR" })).await,
        "422 text_empty name"
    );
    assert_eq!(
        refused(json!({ "name": "x".repeat(101), "currency": "EUR" })).await,
        "422 text_too_long name"
    );
    assert_eq!(
        refused(json!({ "name": "a\u{0}b", "currency": "EUR" })).await,
        "422 text_control_characters name"
    );
    assert_eq!(
        refused(json!({ "name": "Flat", "currency": "XYZ" })).await,
        "422 currency_unknown currency"
    );
    assert_eq!(
        refused(json!({ "name": "Flat", "currency": "EUR", "colour": 1 })).await,
        "422 unknown_field colour"
    );
    assert_eq!(
        refused(json!({ "id": "7", "name": "Flat", "currency": "EUR" })).await,
        "422 invalid_value id"
    );
    assert_eq!(
        anna.get("/ledgers").await.ok()["items"]
            .as_array()
            .map(Vec::len),
        Some(1),
        "nothing was stored"
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    assert_eq!(anna.get("/nothing").await.problem(), "404 not_found -");
    assert_eq!(
        anna.get("/ledgers/not-a-uuid").await.problem(),
        "404 not_found -"
    );
    assert_eq!(
        anna.send(Method::PATCH, "/ledgers", &[], None)
            .await
            .problem(),
        "405 method_not_allowed -"
    );
}

#[tokio::test]
async fn a_version_that_is_missing_old_or_garbage_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = || Some(json!({ "name": "Mine" }));
    let put = async |headers: &[(&str, &str)]| {
        anna.send(Method::PUT, &anna.ledger(), headers, body())
            .await
            .problem()
    };
    assert_eq!(put(&[]).await, "428 if_match_missing If-Match");
    assert_eq!(
        put(&[("if-match", "\"9\"")]).await,
        "412 version_conflict -"
    );
    for garbage in [
        "1",
        "\"one\"",
        "W/\"1\"",
        "*",
        "\"1\", \"2\"",
        "\"0\"",
        "\"-1\"",
        "\"99999999999999999999\"",
    ] {
        assert_eq!(
            put(&[("if-match", garbage)]).await,
            "400 if_match_invalid If-Match",
            "{garbage}"
        );
    }
    assert_eq!(
        put(&[("if-match", "\"1\""), ("if-match", "\"1\"")]).await,
        "400 if_match_invalid If-Match"
    );
    assert_eq!(
        anna.get(&anna.ledger()).await.version(),
        1,
        "nothing was stored"
    );
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let app = TestApp::with(|config| {
        config.cors_origins = vec![HeaderValue::from_static("https://app.example")];
    })
    .await;
    let preflight = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "PUT")];
        app.anonymous()
            .send(Method::OPTIONS, "/ledgers", &headers, None)
            .await
            .headers
    };
    let ours = preflight("https://app.example").await;
    assert_eq!(
        ours[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://app.example"
    );
    assert_eq!(ours[header::ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
    let theirs = preflight("https://evil.example").await;
    assert!(!theirs.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn health_and_metrics_are_at_the_root() {
    let app = TestApp::new().await;
    let root = async |path: &str| {
        app.anonymous()
            .raw(Request::get(path).body(Body::empty()).unwrap())
            .await
    };
    assert_eq!(root("/health/live").await.status, StatusCode::OK);
    assert_eq!(root("/health/ready").await.body["status"], json!("ready"));
    assert!(
        root("/metrics")
            .await
            .text
            .contains("http_request_duration_seconds_bucket")
    );
    app.app.drain();
    let draining = root("/health/ready").await;
    assert_eq!(
        (draining.status, &draining.body["status"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("draining"))
    );
    // What still comes is answered, on connections that are not used again.
    let live = root("/health/live").await;
    assert_eq!(
        (live.status, &live.headers["connection"]),
        (StatusCode::OK, &"close".parse().unwrap())
    );
}

#[tokio::test]
async fn without_its_database_the_server_says_so() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    app.app.db.close().await;
    assert_eq!(anna.get("/ledgers").await.problem(), "503 unavailable -");
}

#[tokio::test]
async fn methods_that_somebody_made_up_are_one_in_the_metrics() {
    let app = TestApp::new().await;
    let send = async |method: &[u8], path: &str| {
        let request = Request::builder()
            .method(Method::from_bytes(method).unwrap())
            .uri(path);
        app.anonymous()
            .raw(request.body(Body::empty()).unwrap())
            .await
    };
    send(b"BREW", "/nowhere").await;
    let metrics = send(b"GET", "/metrics").await.text;
    assert!(!metrics.contains("BREW"));
    assert!(metrics.contains("method=\"other\""));
}

#[tokio::test]
async fn the_token_of_an_invitation_is_not_in_the_log() {
    let (log, _guard) = Log::begin();
    let app = TestApp::new().await;
    for path in ["", "/accept", "/", "/misspelt"] {
        let path = format!("/invites/who-has-this-may-join{path}");
        app.anonymous().get(&path).await.problem();
    }
    let text = log.text();
    assert_eq!(text.matches("answered").count(), 4, "{text}");
    assert!(!text.contains("who-has-this"), "{text}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_the_clients_fault() {
    let app = TestApp::with(|config| config.request_timeout = 1).await;
    let begun = stream::iter([Ok::<_, std::io::Error>("{\"a")]).chain(stream::pending());
    let request = Request::post("/api/v1/auth/login")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(begun));
    let answer = app.anonymous().raw(request.unwrap()).await;
    assert_eq!(answer.problem(), "408 request_timeout -");
}
