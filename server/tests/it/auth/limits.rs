//! How often one may guess. Each is shown in the process and with Redis.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use chrono::TimeDelta;
use outlay::config::Config;
use serde_json::json;
use uuid::Uuid;

use super::{login_from, signed_in, with_cookie};
use crate::support::{Answer, PASSWORD, TestApp};

const ANNA: &str = "anna@outlay.example";
const LIMITED: &str = "429 rate_limited -";

/// A server that counts in the process, and one that counts in Redis.
async fn servers(change: impl Fn(&mut Config)) -> [TestApp; 2] {
    let with = |redis_url: Option<String>| {
        TestApp::with(|config| {
            config.trusted_proxies = 1;
            config.redis_url = redis_url;
            config.redis_prefix = format!("test:{}", Uuid::now_v7());
            change(config);
        })
    };
    let redis = std::env::var("OUTLAY_TEST_REDIS_URL")
        .expect("OUTLAY_TEST_REDIS_URL names a Redis for the tests: run them with `make test`");
    [with(None).await, with(Some(redis)).await]
}

fn retry_after(answer: &Answer) -> i64 {
    let seconds = answer.headers[header::RETRY_AFTER].to_str().expect("ASCII");
    seconds.parse().expect("seconds")
}

async fn guess(app: &TestApp, ip: &str) -> Answer {
    login_from(app, ip, ANNA, "wrong password").await
}

#[tokio::test]
async fn a_hundred_wrong_passwords_in_a_row_end_in_waiting() {
    for app in servers(|_| {}).await {
        app.sign_up("anna").await;
        let mut answers = Vec::new();
        for _ in 0..100 {
            answers.push(guess(&app, "192.0.2.1").await.problem());
        }
        assert!(
            answers[..10]
                .iter()
                .all(|a| a == "401 invalid_credentials -")
        );
        assert!(answers[10..].iter().all(|a| a == LIMITED));
        let right = login_from(&app, "192.0.2.1", ANNA, PASSWORD).await;
        assert_eq!(right.problem(), LIMITED);
        assert!((1..=60).contains(&retry_after(&right)));
        // The owner elsewhere, and others here, go on.
        login_from(&app, "192.0.2.2", ANNA, PASSWORD).await.ok();
        app.sign_up("ben").await;
        login_from(&app, "192.0.2.1", "ben@outlay.example", PASSWORD)
            .await
            .ok();
        app.app.clock.advance(TimeDelta::minutes(15));
        login_from(&app, "192.0.2.1", ANNA, PASSWORD).await.ok();
        let after = guess(&app, "192.0.2.1").await.problem();
        assert_eq!(after, "401 invalid_credentials -", "it begins anew");
    }
}

#[tokio::test]
async fn who_goes_on_guessing_waits_longer_each_time() {
    for app in servers(|_| {}).await {
        for _ in 0..10 {
            guess(&app, "192.0.2.1").await;
        }
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = retry_after(&guess(&app, "192.0.2.1").await);
            waits.push((wait + 30) / 60);
            app.app.clock.advance(TimeDelta::seconds(wait));
            let let_in = guess(&app, "192.0.2.1").await;
            assert_eq!(let_in.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
    }
}

#[tokio::test]
async fn guessing_all_at_once_gains_nothing() {
    for app in servers(|config| config.password_hashes = 2).await {
        let guesses = (0..60).map(|_| guess(&app, "192.0.2.1"));
        let answers = futures_util::future::join_all(guesses).await;
        let tried = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::UNAUTHORIZED);
        assert_eq!(tried.count(), 10);
    }
}

#[tokio::test]
async fn guessing_one_password_for_many_addresses_is_limited_by_client() {
    for app in servers(|_| {}).await {
        for number in 0..100 {
            // Of an IPv6 network one customer has every address.
            let ip = format!("2001:db8:1:2::{number:x}");
            let email = format!("{number}@outlay.example");
            let answer = login_from(&app, &ip, &email, "sunshine77").await;
            assert_eq!(answer.problem(), "401 invalid_credentials -");
        }
        let answer = login_from(&app, "2001:db8:1:2::ffff", ANNA, "sunshine77").await;
        assert_eq!(answer.problem(), LIMITED);
        let other = login_from(&app, "2001:db8:1:3::1", ANNA, "sunshine77").await;
        assert_eq!(other.problem(), "401 invalid_credentials -");
    }
}

#[tokio::test]
async fn guessing_from_many_places_does_not_lock_the_owner_out() {
    for app in servers(|_| {}).await {
        app.sign_up("anna").await;
        login_from(&app, "198.51.100.7", ANNA, PASSWORD).await.ok();
        for number in 0..100 {
            guess(&app, &format!("203.0.113.{number}")).await;
        }
        let elsewhere = login_from(&app, "203.0.113.200", ANNA, PASSWORD).await;
        assert_eq!(elsewhere.problem(), LIMITED);
        login_from(&app, "198.51.100.7", ANNA, PASSWORD).await.ok();
    }
}

#[tokio::test]
async fn signing_in_rightly_is_not_limited() {
    for app in servers(|_| {}).await {
        app.sign_up("anna").await;
        for _ in 0..12 {
            guess(&app, "192.0.2.1").await;
            login_from(&app, "192.0.2.1", ANNA, PASSWORD).await.ok();
        }
    }
}

#[tokio::test]
async fn only_so_many_accounts_are_made_from_one_address() {
    for app in servers(|config| config.registrations_per_hour = 3).await {
        let register = async |name: &str, ip: &str| {
            let body = json!({ "email": format!("{name}@outlay.example"), "password": PASSWORD, "name": name });
            let headers = [("x-forwarded-for", ip)];
            let nobody = app.anonymous();
            let answer = nobody.send(Method::POST, "/auth/register", &headers, Some(body));
            answer.await
        };
        for name in ["a", "b", "c"] {
            register(name, "192.0.2.1").await.ok();
        }
        let fourth = register("d", "192.0.2.1").await;
        assert_eq!(fourth.problem(), LIMITED);
        assert!(retry_after(&fourth) > 3500);
        register("e", "192.0.2.2").await.ok();
        app.app.clock.advance(TimeDelta::hours(1));
        register("d", "192.0.2.1").await.ok();
    }
}

#[tokio::test]
async fn guessing_refresh_tokens_is_limited_by_client() {
    for app in servers(|_| {}).await {
        app.sign_up("anna").await;
        let (_, cookie) = signed_in(&app, "anna").await;
        let forged = format!("outlay_refresh={}", "A".repeat(64));
        let headers = [
            ("cookie", forged.as_str()),
            ("x-forwarded-for", "192.0.2.1"),
        ];
        let guess = || app.anonymous();
        for _ in 0..100 {
            let answer = guess()
                .send(Method::POST, "/auth/refresh", &headers, None)
                .await;
            assert_eq!(answer.problem(), "401 refresh_invalid -");
        }
        let answer = guess()
            .send(Method::POST, "/auth/refresh", &headers, None)
            .await;
        assert_eq!(answer.problem(), LIMITED);
        with_cookie(&app, "/auth/refresh", &cookie).await.ok();
    }
}

#[tokio::test]
async fn guessing_the_present_password_is_limited_too() {
    for app in servers(|_| {}).await {
        let anna = app.sign_up("anna").await;
        let body =
            json!({ "present_password": "wrong password", "new_password": "pferd batterie" });
        for _ in 0..10 {
            let answer = anna.post("/me/password", body.clone()).await;
            assert_eq!(answer.problem(), "422 password_wrong present_password");
        }
        let answer = anna.post("/me/password", body.clone()).await;
        assert_eq!(answer.problem(), LIMITED);
    }
}

#[tokio::test]
async fn instances_with_one_redis_count_together() {
    let [_, one] = servers(|_| {}).await;
    let (redis, prefix) = (&one.app.config.redis_url, &one.app.config.redis_prefix);
    let other = TestApp::with(|config| {
        config.trusted_proxies = 1;
        config.redis_url.clone_from(redis);
        config.redis_prefix.clone_from(prefix);
    })
    .await;
    for _ in 0..5 {
        guess(&one, "192.0.2.1").await;
        guess(&other, "192.0.2.1").await;
    }
    assert_eq!(guess(&one, "192.0.2.1").await.problem(), LIMITED);
    assert_eq!(guess(&other, "192.0.2.1").await.problem(), LIMITED);
}

#[tokio::test]
async fn without_its_redis_the_server_is_degraded_and_still_counts() {
    let app = TestApp::with(|config| {
        config.trusted_proxies = 1;
        config.redis_url = Some("redis://127.0.0.1:1/".to_owned());
    })
    .await;
    app.sign_up("anna").await;
    for _ in 0..10 {
        guess(&app, "192.0.2.1").await;
    }
    assert_eq!(guess(&app, "192.0.2.1").await.problem(), LIMITED);
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let ready = app.anonymous().raw(get("/health/ready")).await;
    assert_eq!(
        (ready.status, ready.body),
        (
            StatusCode::OK,
            json!({ "status": "degraded", "database": "up", "redis": "down", "live": "degraded" })
        )
    );
    let metrics = app.anonymous().raw(get("/metrics")).await.text;
    assert!(metrics.contains("redis_up"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out() {
    for app in servers(|_| {}).await {
        app.sign_up("anna").await;
        for _ in 0..11 {
            guess(&app, "192.0.2.1").await;
        }
        assert_eq!(guess(&app, "192.0.2.1").await.problem(), LIMITED);
        app.app.clock.advance(TimeDelta::days(-1));
        login_from(&app, "192.0.2.1", ANNA, PASSWORD).await.ok();
    }
}
