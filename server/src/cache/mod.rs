//! Answers that were given before: what is read of a ledger, found by how far the ledger has come and by what was asked.
//!
//! A write makes another moment of the ledger, and what was kept is not found any more. See docs/adr/0012-cache.md.

mod asking;
mod body;
mod flight;
mod question;
mod shares;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ::redis::{Cmd, Script};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use moka::policy::EvictionPolicy;
use serde::Serialize;
use sqlx::PgPool;

pub use asking::{Asking, Unless};
pub use question::Question;

use crate::app::App;
use crate::error::Result;
use crate::ids::UserId;
use crate::redis::Redis;
use body::Body;
use flight::Flights;
use question::Key;
use shares::Shares;

/// The largest body that is kept, in bytes.
const LARGEST: usize = 256 * 1024;
/// What an entry takes beside its body, about.
const OVERHEAD: usize = 200;
/// How long an answer that nobody asks for is kept in the process.
const IDLE: Duration = Duration::from_mins(10);
/// How many seconds an answer is kept in Redis.
const KEPT: u64 = 3600;
/// How many bytes are kept in Redis within that time of what one user asks for: there is no end of what can be asked.
const FOR_ONE: u64 = 32 * 1024 * 1024;

/// Which part of what the process keeps may be of what one user asks for.
const PARTS: u64 = 4;

static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("keep.lua")));

/// The answers of this process, and of all instances in Redis where there is one.
pub struct Cache {
    redis: Option<Arc<Redis>>,
    memory: moka::sync::Cache<Key, Kept>,
    shares: Arc<Shares>,
    flights: Flights<Found>,
}

/// An answer in the process, and who has asked for it.
#[derive(Clone)]
struct Kept {
    body: Body,
    asker: UserId,
}

impl Kept {
    /// What it takes, in bytes.
    fn weight(&self) -> u32 {
        u32::try_from(self.body.bytes.len() + OVERHEAD).unwrap_or(u32::MAX)
    }
}

/// An answer that was found or computed.
#[derive(Debug, Clone)]
struct Found {
    body: Body,
    from: &'static str,
    /// Whether it is the answer to the question as it was asked; otherwise something has happened since, which may be in it.
    is_exact: bool,
}

/// Answers a question, from what was kept if it can.
///
/// `compute` reads from the database that it is given and from nowhere else: that one is asked afterwards whether anything
/// has happened meanwhile, in which case the answer is good, but not kept. It is asked again where the first database has
/// gone before the answer was there.
pub async fn answer<T, F>(
    app: &App,
    asking: Asking,
    question: Question,
    compute: impl FnOnce(PgPool) -> F + Clone + Send + 'static,
) -> Result<Response>
where
    T: Serialize + Send,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let cache = &app.cache;
    let (key, name, asker) = (question.key(), question.name, question.asker);
    let tag = key.tag();
    if asking.has(&tag) {
        count(name, "browser");
        return Ok((StatusCode::NOT_MODIFIED, headers(Some(&tag))).into_response());
    }
    let found = if let Some(found) = cache.at_hand(&key) {
        count(name, found.from);
        found
    } else {
        let (app, gzip) = (app.clone(), asking.takes_gzip);
        let find = async move { app.cache.find(&app, question, gzip, compute).await };
        // Apart: otherwise each request, and most find what they ask for, would be as large as a computation.
        let (found, is_ours) = Box::pin(cache.flights.join(key, find)).await?;
        count(name, if is_ours { found.from } else { "another" });
        found
    };
    let mut headers = headers(found.is_exact.then_some(tag.as_str()));
    let body = cache.fit(key, found, asking.takes_gzip, asker).await?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if body.is_gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok((headers, body.bytes).into_response())
}

impl Cache {
    /// Keeps up to this many bytes in the process.
    pub fn new(redis: Option<Arc<Redis>>, bytes: u64) -> Self {
        let shares = Arc::new(Shares::new(bytes / PARTS));
        let given = Arc::clone(&shares);
        let memory = moka::sync::Cache::builder()
            // By when they were last asked for: how often says nothing of an answer that another has taken the place of.
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|_, kept: &Kept| kept.weight())
            .eviction_listener(move |_, kept: Kept, _| given.give_back(kept.asker, kept.weight()))
            .max_capacity(bytes)
            .time_to_idle(IDLE)
            .build();
        Self {
            redis,
            memory,
            shares,
            flights: Flights::default(),
        }
    }

    /// How many answers the process keeps, and how many bytes they take.
    pub fn size(&self) -> (u64, u64) {
        self.memory.run_pending_tasks();
        (self.memory.entry_count(), self.memory.weighted_size())
    }

    /// Finds the answer in Redis, or computes it, and keeps it.
    async fn find<T, F>(
        &self,
        app: &App,
        question: Question,
        gzip: bool,
        compute: impl FnOnce(PgPool) -> F + Clone,
    ) -> Result<Found>
    where
        T: Serialize,
        F: Future<Output = Result<T>>,
    {
        let key = question.key();
        // Somebody else may have computed it since it was looked for.
        if let Some(found) = self.at_hand(&key) {
            return Ok(found);
        }
        let redis = self.redis.as_ref().filter(|_| !question.is_cheap);
        if let Some(redis) = redis
            && let Some(body) = recall(redis, &key).await
        {
            self.hold(key, &body, question.asker);
            return Ok(Found {
                body,
                from: "redis",
                is_exact: true,
            });
        }
        let question = &question;
        let compute = |db: PgPool| async move {
            let json = serde_json::to_vec(&compute(db.clone()).await?)?;
            Ok((json, question.still_holds(&db).await?))
        };
        let (json, is_exact) = question.source(app).await.read(compute).await?;
        let mut body = Body::plain(json);
        if gzip {
            body = body.compressed().await?;
        }
        if is_exact {
            self.keep(key, &body, redis, question.asker);
        }
        Ok(Found {
            body,
            from: "database",
            is_exact,
        })
    }

    /// What the process has kept.
    fn at_hand(&self, key: &Key) -> Option<Found> {
        Some(Found {
            body: self.memory.get(key)?.body,
            from: "process",
            is_exact: true,
        })
    }

    /// Keeps an answer, unless it is too large.
    fn keep(&self, key: Key, body: &Body, redis: Option<&Arc<Redis>>, asker: UserId) {
        if body.bytes.len() > LARGEST {
            return;
        }
        self.hold(key, body, asker);
        let (Some(redis), body) = (redis.cloned(), body.clone()) else {
            return;
        };
        // Nobody waits for it.
        tokio::spawn(async move {
            let mut call = KEEP.key(redis.key(&key.name()));
            call.key(redis.key(&format!("kept:{asker}")))
                .arg(body.to_payload(&key))
                .arg(KEPT)
                .arg(FOR_ONE);
            redis.run::<i64>(&call).await;
        });
    }

    /// Keeps an answer in the process, unless that has much of the same asker already.
    fn hold(&self, key: Key, body: &Body, asker: UserId) {
        let kept = Kept {
            body: body.clone(),
            asker,
        };
        if self.shares.take(asker, kept.weight()) {
            self.memory.insert(key, kept);
        }
    }

    /// The body as the asker takes it. What is compressed for one is kept so for the next.
    async fn fit(&self, key: Key, found: Found, gzip: bool, asker: UserId) -> Result<Body> {
        if !gzip {
            return found.body.written().await;
        }
        if !found.body.can_shrink() {
            return Ok(found.body);
        }
        let body = found.body.compressed().await?;
        if found.is_exact && body.bytes.len() <= LARGEST {
            self.hold(key, &body, asker);
        }
        Ok(body)
    }
}

/// What Redis has kept.
async fn recall(redis: &Redis, key: &Key) -> Option<Body> {
    let payload: Option<Vec<u8>> = redis.ask(&Cmd::get(redis.key(&key.name()))).await?;
    let body = Body::from_payload(key, payload?);
    if body.is_none() {
        metrics::counter!("cache_garbage_total").increment(1);
        tracing::warn!("Redis had something else in the place of an answer");
    }
    body
}

/// Where answers came from. Both labels are words of ours.
fn count(name: &'static str, from: &'static str) {
    metrics::counter!("cache_answers_total", "answer" => name, "from" => from).increment(1);
}

/// What an answer and the 304 in its place have in common. The tag is weak: the bytes depend on how they are compressed.
fn headers(tag: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    let tag = tag.and_then(|tag| HeaderValue::from_str(&format!("W/\"{tag}\"")).ok());
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    headers
}
