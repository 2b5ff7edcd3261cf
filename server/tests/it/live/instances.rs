//! Several instances on one Redis, and on none.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use axum::http::Method;
use outlay::ledgers::Role;
use rand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{join, listen, own, remove, seq, spend};
use crate::support::TestApp;

/// Two instances on one database and one Redis, once they hear each other.
pub async fn two(redis_url: &str) -> [TestApp; 2] {
    let prefix = format!("test:{}", Uuid::now_v7());
    let configure = |config: &mut outlay::config::Config| {
        config.redis_url = Some(redis_url.to_owned());
        config.redis_prefix.clone_from(&prefix);
    };
    let one = TestApp::with(configure).await;
    let other = one.beside(configure);
    until_live(&one, "up").await;
    until_live(&other, "up").await;
    [one, other]
}

pub fn shared_redis() -> String {
    std::env::var("OUTLAY_TEST_REDIS_URL")
        .expect("OUTLAY_TEST_REDIS_URL names a Redis for the tests: run them with `make test`")
}

/// Comes back once the instance says that about itself.
async fn until_live(app: &TestApp, state: &str) -> Value {
    let asked = async {
        loop {
            let ready = readiness(app).await;
            if ready["live"] == state {
                return ready;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(20), asked);
    found.await.expect("it says so in time")
}

async fn readiness(app: &TestApp) -> Value {
    let request = axum::http::Request::get("/health/ready").body(axum::body::Body::empty());
    app.anonymous().raw(request.unwrap()).await.body
}

#[tokio::test]
async fn what_is_committed_at_one_instance_is_heard_at_the_other() {
    let [one, other] = two(&shared_redis()).await;
    let (anna, ben) = (one.sign_up("anna").await, one.sign_up("ben").await);
    let member_id = join(&one.app, own(&anna), &ben, Role::Editor).await;
    let mut his = listen(&other.welcome(&ben)).await;
    spend(&anna, own(&anna)).await;
    let heard = his.next().await.unwrap().1;
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
    assert_eq!(heard["name"], "anna");
    remove(&one.app, own(&anna), member_id).await;
    spend(&anna, own(&anna)).await;
    spend(&ben, own(&ben)).await;
    assert_eq!(his.next().await.unwrap().0, "ledgers");
    assert_eq!(his.next().await.unwrap().1["ledger_id"], json!(own(&ben)));
    ben.send(Method::DELETE, "/me/sessions", &[], None).await;
    let body = json!({ "present_password": crate::support::PASSWORD });
    ben.send(Method::DELETE, "/me", &[], Some(body)).await;
    assert_eq!(his.until("end").await["reason"], "signed_out");
}

#[tokio::test]
async fn while_redis_is_away_each_instance_speaks_to_its_own_and_then_all_catch_up() {
    let mut redis = OwnRedis::start(None);
    let [one, other] = two(&redis.url()).await;
    let (anna, ben) = (one.sign_up("anna").await, one.sign_up("ben").await);
    join(&one.app, own(&anna), &ben, Role::Editor).await;
    let (mut here, mut there) = (listen(&anna).await, listen(&other.welcome(&ben)).await);
    let phone = other.welcome(&anna);
    let mut phone_hears = listen(&phone).await;
    redis.stop();
    assert_eq!(until_live(&one, "degraded").await["status"], "degraded");
    until_live(&other, "degraded").await;
    spend(&anna, own(&anna)).await;
    let heard = here.until("ledger").await;
    let now = seq(&anna, own(&anna)).await;
    assert_eq!(heard["seq"], now);
    let _redis = OwnRedis::start(Some(redis.port));
    assert_eq!(there.next().await.unwrap().1["seq"], now);
    assert_eq!(phone_hears.next().await.unwrap().1["seq"], now);
    until_live(&one, "up").await;
    until_live(&other, "up").await;
    spend(&anna, own(&anna)).await;
    assert_eq!(there.until("ledger").await["seq"], now + 1);
}

#[tokio::test]
async fn what_an_instance_could_not_say_is_read_by_the_others() {
    // A session that ends, and a ledger that is joined, while nobody hears of it.
    let mut redis = OwnRedis::start(None);
    let [one, other] = two(&redis.url()).await;
    let (anna, ben) = (one.sign_up("anna").await, one.sign_up("ben").await);
    let (mut his, mut hers) = (
        listen(&other.welcome(&ben)).await,
        listen(&other.welcome(&anna)).await,
    );
    redis.stop();
    until_live(&other, "degraded").await;
    join(&one.app, own(&anna), &ben, Role::Editor).await;
    let body = json!({ "present_password": crate::support::PASSWORD });
    let cleo = one.sign_up("cleo").await;
    join(&one.app, own(&ben), &cleo, Role::Editor).await;
    anna.send(Method::DELETE, "/me", &[], Some(body)).await;
    let _redis = OwnRedis::start(Some(redis.port));
    assert_eq!(hers.until("end").await["reason"], "signed_out");
    his.until("ledgers").await;
    his.until("ledger").await;
}

#[tokio::test]
async fn without_redis_an_instance_is_whole_by_itself() {
    let app = TestApp::new().await;
    let ready = readiness(&app).await;
    assert_eq!(ready["live"], "up");
    assert_eq!(ready["status"], "ready");
}

/// A Redis that a test may stop.
struct OwnRedis {
    process: Child,
    port: u16,
}

impl OwnRedis {
    /// On a free port, or on this one.
    fn start(port: Option<u16>) -> Self {
        let port = port.unwrap_or_else(free_port);
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there");
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn stop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("an end");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A port that nobody uses, from below those that the system hands out: while its Redis is stopped, nobody gets it.
fn free_port() -> u16 {
    loop {
        let port = rand::rng().random_range(14_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
