//! Answers in Redis: shared by all instances, and of no harm when they are wrong or do not come.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use ::redis::Commands;
use axum::body::Body;
use axum::http::Request;
use outlay::config::Config;
use serde_json::Value;

use super::{cached, lock, shared, someone, spend, tag};
use crate::live::instances::{shared_redis, two};
use crate::support::{Client, TestApp};

/// The Redis of the tests, and what an instance keeps there.
struct Kept {
    redis: ::redis::Connection,
    prefix: String,
}

impl Kept {
    fn of(config: &Config) -> Self {
        let client = ::redis::Client::open(shared_redis()).unwrap();
        Self {
            redis: client.get_connection().expect("the tests' Redis runs"),
            prefix: config.redis_prefix.clone(),
        }
    }

    /// The keys, as soon as there are so many.
    async fn keys(&mut self, count: usize) -> Vec<String> {
        let pattern = format!("{}:cache:*", self.prefix);
        let found = async {
            loop {
                let keys: Vec<String> = self.redis.keys(&pattern).unwrap();
                if keys.len() == count {
                    return keys;
                }
                tokio::task::yield_now().await;
            }
        };
        let found = tokio::time::timeout(std::time::Duration::from_secs(20), found);
        found.await.expect("they are kept in time")
    }
}

async fn all(client: &Client) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for path in shared(client) {
        let answer = client.get(&path).await;
        answers.push((tag(&answer), answer.ok()));
    }
    answers
}

#[tokio::test]
async fn what_one_instance_has_read_the_other_needs_not() {
    let [one, other] = two(&shared_redis()).await;
    let anna = someone(&one).await;
    let there = other.welcome(&anna);
    let answers = all(&anna).await;
    let mut kept = Kept::of(&one.app.config);
    for key in kept.keys(shared(&anna).len()).await {
        let seconds: i64 = kept.redis.ttl(&key).unwrap();
        assert!((1..=3600).contains(&seconds), "{seconds}");
    }
    let _lock = lock(&one).await;
    assert_eq!(all(&there).await, answers);
}

#[tokio::test]
async fn garbage_is_read_anew_and_written_over() {
    let [one, other] = two(&shared_redis()).await;
    let anna = someone(&one).await;
    let answers = all(&anna).await;
    let mut kept = Kept::of(&one.app.config);
    let keys = kept.keys(answers.len()).await;
    let payloads: Vec<Vec<u8>> = kept.redis.mget(&keys).unwrap();
    let garbage: [&dyn Fn(usize) -> Vec<u8>; 4] = [
        &|_| Vec::new(),
        &|_| b"{\"total\":1,\"rows\":[]}".to_vec(),
        &|place| payloads[place][..payloads[place].len() - 1].to_vec(),
        // A good answer to another question.
        &|place| payloads[(place + 1) % payloads.len()].clone(),
    ];
    for spoil in garbage {
        for (place, key) in keys.iter().enumerate() {
            let (): () = kept.redis.set(key, spoil(place)).unwrap();
        }
        // One that has nothing at hand yet.
        let fresh = other.beside(|config| config.clone_from(&other.app.config));
        assert_eq!(all(&fresh.welcome(&anna)).await, answers);
        let whole = async {
            loop {
                let now: Vec<Vec<u8>> = kept.redis.mget(&keys).unwrap();
                if now == payloads {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        let whole = tokio::time::timeout(std::time::Duration::from_secs(20), whole);
        whole.await.expect("it is written over in time");
    }
}

#[tokio::test]
async fn something_that_is_no_text_at_all_does_no_harm() {
    let [one, other] = two(&shared_redis()).await;
    let anna = someone(&one).await;
    let answers = all(&anna).await;
    let mut kept = Kept::of(&one.app.config);
    for key in kept.keys(answers.len()).await {
        let _: i64 = kept.redis.del(&key).unwrap();
        let _: i64 = kept.redis.lpush(&key, "a list").unwrap();
    }
    assert_eq!(all(&other.welcome(&anna)).await, answers);
}

#[tokio::test]
async fn a_redis_that_never_answers_is_not_waited_for_without_end() {
    // The system accepts for it, and nobody ever reads.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let app = TestApp::with(|config| config.redis_url = Some(url)).await;
    let anna = someone(&app).await;
    let mut seen = 0;
    for round in 1..=3 {
        let answers = all(&anna).await;
        assert_eq!(answers.len(), shared(&anna).len());
        let total = answers[0].1["total"].as_i64().unwrap();
        assert_eq!(total, 1250 * round);
        assert!(total > seen);
        seen = total;
        let today = app.app.clock.today().to_string();
        spend(&anna, &anna.ledger(), &today, "Bakery").await;
    }
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let ready = app.anonymous().raw(get("/health/ready")).await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        (&ready.body["status"], &ready.body["redis"]),
        (&"degraded".into(), &"down".into())
    );
}

/// A Redis that answers until it is asked for an answer, and never again; and all that it has heard.
fn falling_silent() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, all) = (stream.unwrap(), Arc::clone(&all));
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    let mut all = all.lock().unwrap();
                    all.extend_from_slice(&buffer[..count]);
                    if times_asked(&all) == 0 {
                        let commands = buffer[..count].iter().filter(|byte| **byte == b'*');
                        stream.write_all(&b"+OK\r\n".repeat(commands.count())).ok();
                    }
                }
            });
        }
    });
    (url, heard)
}

fn times_asked(heard: &[u8]) -> usize {
    let words = heard.split(u8::is_ascii_whitespace);
    words.filter(|word| *word == b"GET").count()
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_asked_once_and_then_no_more() {
    let (url, heard) = falling_silent();
    let app = TestApp::with(|config| config.redis_url = Some(url)).await;
    let anna = someone(&app).await;
    for _ in 0..3 {
        all(&anna).await;
        spend(&anna, &anna.ledger(), "2026-03-14", "Bakery").await;
    }
    assert_eq!(times_asked(&heard.lock().unwrap()), 1);
}

#[tokio::test]
async fn nobody_fills_redis_for_all() {
    let [one, other] = two(&shared_redis()).await;
    let (anna, ben) = (someone(&one).await, one.sign_up("ben").await);
    let mut kept = Kept::of(&one.app.config);
    let budget = format!("{}:kept:{}", kept.prefix, anna.user["id"].as_str().unwrap());
    let _: i64 = kept.redis.incr(&budget, i64::from(u32::MAX)).unwrap();
    let answers = all(&anna).await;
    let his = all(&ben).await.len();
    let keys = kept.keys(his).await;
    let bens = format!("{}:kept:{}", kept.prefix, ben.user["id"].as_str().unwrap());
    let (used, seconds): (i64, i64) = (
        kept.redis.get(&bens).unwrap(),
        kept.redis.ttl(&bens).unwrap(),
    );
    let payloads: Vec<Vec<u8>> = kept.redis.mget(&keys).unwrap();
    let bytes: usize = payloads.iter().map(Vec::len).sum();
    assert_eq!(used, i64::try_from(bytes).unwrap());
    assert!((1..=3600).contains(&seconds), "{seconds}");
    // She is answered all the same.
    assert_eq!(all(&other.welcome(&anna)).await, answers);
}

#[tokio::test]
async fn the_metrics_say_where_answers_came_from() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    for path in cached(&anna).into_iter().chain(cached(&anna)) {
        anna.get(&path).await.ok();
    }
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let metrics = app.anonymous().raw(request).await.text;
    for line in [
        "cache_answers_total{answer=\"balances\",from=\"database\"}",
        "cache_answers_total{answer=\"expenses\",from=\"process\"}",
        "cache_answers ",
        "cache_bytes ",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
}
