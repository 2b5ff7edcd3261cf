//! Redis, a helper: when it is away, whoever asked does without, and it is asked again a second later.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, ErrorKind, FromRedisValue, RedisError, RedisResult, ScriptInvocation};

/// How long an answer may take: it is on a request's way.
const ANSWER: Duration = Duration::from_millis(250);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(500);
/// How long nobody asks after it did not answer, so that not every request waits for nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection that comes back by itself.
pub struct Redis {
    connection: ConnectionManager,
    prefix: String,
    away_since: Mutex<Option<Instant>>,
}

impl Redis {
    /// Connects with the first question. All keys begin with the prefix.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn new(url: &str, prefix: &str) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_min_delay(Duration::from_millis(50))
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(ANSWER));
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?,
            prefix: prefix.to_owned(),
            away_since: Mutex::default(),
        })
    }

    /// A key, with the prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// What a script answers; nothing where Redis is away.
    pub async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        if self.is_paused() {
            return None;
        }
        let mut connection = self.connection.clone();
        let answer = within_time(script.invoke_async(&mut connection)).await;
        self.note(answer)
    }

    /// Whether it answers.
    pub async fn is_up(&self) -> bool {
        let mut connection = self.connection.clone();
        let ping = ::redis::cmd("PING");
        let answer = within_time(ping.query_async::<String>(&mut connection)).await;
        self.note(answer).is_some()
    }

    fn is_paused(&self) -> bool {
        let away_since = self.lock();
        away_since.is_some_and(|since| since.elapsed() < PAUSE)
    }

    fn note<T>(&self, answer: RedisResult<T>) -> Option<T> {
        let mut away_since = self.lock();
        metrics::gauge!("redis_up").set(u8::from(answer.is_ok()));
        match answer {
            Ok(value) => {
                if away_since.take().is_some() {
                    tracing::info!("Redis is back");
                }
                Some(value)
            }
            Err(error) => {
                if away_since.replace(Instant::now()).is_none() {
                    tracing::warn!(%error, "Redis is away: doing without");
                }
                None
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for an answer, connecting included, no longer than that takes.
async fn within_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match tokio::time::timeout(CONNECT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(RedisError::from((ErrorKind::Io, "no answer in time"))),
    }
}
