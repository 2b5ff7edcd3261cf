//! Access tokens, and what is not one.

use aws_lc_rs::signature::Ed25519KeyPair;
use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use outlay::app::{self, App};
use outlay::clock::Clock;
use serde_json::{Value, json};

use super::{count, login};
use crate::support::{Client, PASSWORD, TestApp};

const REFUSED: &str = "401 unauthenticated -";

async fn problem_with(client: &Client, token: &str) -> String {
    let mut client = client.clone();
    client.token = Some(token.to_owned());
    client.get("/me").await.problem()
}

async fn jwks(app: &TestApp) -> Vec<Value> {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty());
    let answer = app.anonymous().raw(request.expect("a request")).await;
    assert_eq!(answer.headers[header::CACHE_CONTROL], "public, max-age=600");
    answer.ok()["keys"].as_array().expect("a list").clone()
}

/// What a token says, unchecked.
fn claims(token: &str) -> (Header, Value) {
    let data = jsonwebtoken::dangerous::insecure_decode::<Value>(token).expect("a token");
    (data.header, data.claims)
}

/// The key that the server signs with.
async fn own_key(app: &TestApp) -> EncodingKey {
    let der: Vec<u8> = sqlx::query_scalar("select private_key from signing_keys")
        .fetch_one(&app.app.db)
        .await
        .expect("a key");
    EncodingKey::from_ed_der(&der)
}

#[tokio::test]
async fn a_gateway_can_check_a_token_with_the_published_key() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let token = anna.token.clone().unwrap();
    let keys = jwks(&app).await;
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["crv"], &keys[0]["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert_eq!(claims(&token).0.kid.as_deref(), keys[0]["kid"].as_str());
    let key = DecodingKey::from_ed_components(keys[0]["x"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["outlay"]);
    validation.set_issuer(&[app.app.config.public_url()]);
    let data = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
    assert_eq!(data.claims["sub"], anna.user["id"]);
}

#[tokio::test]
async fn a_token_is_good_for_ten_minutes() {
    let app = TestApp::new().await;
    app.app.clock.stop();
    let anna = app.sign_up("anna").await;
    app.app.clock.advance(TimeDelta::seconds(599));
    anna.get("/me").await.ok();
    app.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(anna.get("/me").await.problem(), REFUSED);
    let answer = anna.get(&anna.ledger()).await;
    assert_eq!(answer.problem(), REFUSED);
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
}

#[tokio::test]
async fn a_token_of_another_algorithm_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (header, claims) = claims(anna.token.as_ref().unwrap());
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    for alg in ["none", "None", "HS256", "EdDSA"] {
        let header = part(&json!({ "typ": "JWT", "alg": alg, "kid": header.kid }));
        let unsigned = format!("{header}.{}.", part(&claims));
        assert_eq!(problem_with(&anna, &unsigned).await, REFUSED, "{alg}");
    }
    let public = jwks(&app).await[0]["x"].as_str().unwrap().to_owned();
    let public = BASE64_URL_SAFE_NO_PAD.decode(public).unwrap();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let mut confused = Header::new(algorithm);
        confused.kid.clone_from(&header.kid);
        let key = EncodingKey::from_secret(&public);
        let token = jsonwebtoken::encode(&confused, &claims, &key).unwrap();
        assert_eq!(problem_with(&anna, &token).await, REFUSED, "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_token_signed_by_another_key_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (header, claims) = claims(anna.token.as_ref().unwrap());
    let pair = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
    let other = EncodingKey::from_ed_der(pair.as_ref());
    let same_kid = jsonwebtoken::encode(&header, &claims, &other).unwrap();
    assert_eq!(problem_with(&anna, &same_kid).await, REFUSED);
    let own = own_key(&app).await;
    for kid in [None, Some("unknown".to_owned())] {
        let mut header = header.clone();
        header.kid = kid;
        let token = jsonwebtoken::encode(&header, &claims, &own).unwrap();
        assert_eq!(problem_with(&anna, &token).await, REFUSED);
    }
    anna.get("/me").await.ok();
}

#[tokio::test]
async fn a_token_that_was_changed_or_is_for_others_is_refused() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let token = anna.token.clone().unwrap();
    let (header, claims) = claims(&token);
    let mut as_ben = claims.clone();
    as_ben["sub"] = ben.user["id"].clone();
    let parts: Vec<&str> = token.split('.').collect();
    let payload = BASE64_URL_SAFE_NO_PAD.encode(as_ben.to_string());
    let changed = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(problem_with(&anna, &changed).await, REFUSED);
    // Even with our own signature.
    let own = own_key(&app).await;
    for (claim, value) in [
        ("aud", json!("another")),
        ("iss", json!("https://another.example")),
        ("sub", ben.user["id"].clone()),
        ("sub", json!("anna")),
        ("sid", Value::Null),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
    ] {
        let mut claims = claims.clone();
        claims[claim] = value;
        let token = jsonwebtoken::encode(&header, &claims, &own).unwrap();
        assert_eq!(problem_with(&anna, &token).await, REFUSED, "{claims}");
    }
}

#[tokio::test]
async fn an_authorization_header_that_cannot_be_read_is_refused() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let token = anna.token.clone().unwrap();
    let nobody = app.anonymous();
    for value in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer  ".to_owned(),
        "Bearer a.b.c".to_owned(),
        "Bearer ....".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}="),
        token.clone(),
        format!("Bearer {}", "x".repeat(5000)),
    ] {
        let headers = [("authorization", value.as_str())];
        let answer = nobody.send(Method::GET, "/me", &headers, None).await;
        assert_eq!(answer.problem(), REFUSED, "{value}");
    }
    let twice = format!("Bearer {token}");
    let headers = [("authorization", twice.as_str()), ("authorization", &twice)];
    let answer = nobody.send(Method::GET, "/me", &headers, None).await;
    assert_eq!(answer.problem(), REFUSED);
    let lower = format!("bearer {token}");
    let headers = [("authorization", lower.as_str())];
    nobody.send(Method::GET, "/me", &headers, None).await.ok();
}

#[tokio::test]
async fn a_deleted_users_token_is_refused_at_once() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    anna.get("/me").await.ok();
    let body = json!({ "present_password": PASSWORD });
    anna.send(Method::DELETE, "/me", &[], Some(body)).await;
    for path in ["/me", "/ledgers", &anna.ledger()] {
        assert_eq!(anna.get(path).await.problem(), REFUSED, "{path}");
    }
}

#[tokio::test]
async fn keys_are_rotated_with_overlap() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let kid = async || {
        let answer = login(&app, "anna@outlay.example", PASSWORD).await.ok();
        claims(answer["access_token"].as_str().unwrap()).0.kid
    };
    let old = kid().await;
    app.app.clock.advance(TimeDelta::days(30));
    assert_eq!(kid().await, old, "a new key does not sign at once");
    let published = jwks(&app).await;
    assert_eq!(published.len(), 2, "it is published first");
    app.app.clock.advance(TimeDelta::minutes(59));
    let (anna, _) = super::signed_in(&app, "anna").await;
    app.app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(kid().await.as_deref(), published[1]["kid"].as_str());
    anna.get("/me").await.ok();
    app.app.clock.advance(TimeDelta::hours(1));
    assert_eq!(jwks(&app).await.len(), 1, "the old key is gone");
    app.app.clock.advance(TimeDelta::days(30));
    kid().await;
    assert_eq!(count(&app, "signing_keys").await, 2);
}

#[tokio::test]
async fn instances_that_start_at_once_share_one_key() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    sqlx::query("delete from signing_keys")
        .execute(&app.app.db)
        .await
        .unwrap();
    let instance = || {
        let config = app.app.config.clone();
        app::router(App::new(config, app.app.db.clone(), Clock::default()))
    };
    let instances: Vec<_> = (0..4).map(|_| instance()).collect();
    let body = json!({ "email": "anna@outlay.example", "password": PASSWORD });
    let logins = instances.iter().map(|router| {
        let client = app.anonymous().at(router.clone());
        let body = body.clone();
        async move { client.post("/auth/login", body).await.ok() }
    });
    let answers = futures_util::future::join_all(logins).await;
    assert_eq!(count(&app, "signing_keys").await, 1);
    for (answer, router) in answers.iter().zip(instances.iter().rev()) {
        let client = super::with_token(&app, answer).at(router.clone());
        client.get("/me").await.ok();
    }
}

#[tokio::test]
async fn an_instance_whose_clock_was_set_back_learns_of_new_keys() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    app.app.clock.advance(TimeDelta::days(1));
    jwks(&app).await;
    app.app.clock.advance(TimeDelta::days(-1));
    let other = app.beside(|_| {});
    let old = claims(anna.token.as_ref().unwrap()).0.kid;
    other.app.clock.advance(TimeDelta::days(30));
    jwks(&other).await;
    other.app.clock.advance(TimeDelta::hours(2));
    let (there, _) = super::signed_in(&other, "anna").await;
    assert_ne!(claims(there.token.as_ref().unwrap()).0.kid, old);
    app.welcome(&there).get("/me").await.ok();
}
