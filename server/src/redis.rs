//! Redis, a helper: when it is away, whoever asked does without, and nobody asks until it is back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt};

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ScriptInvocation};

/// How long an answer may take, connecting included. It is on the way of those who ask at the moment at which Redis goes away,
/// and of whether one is ready, which load balancers give a second; but a machine with too much to do has a Redis, too.
const ANSWER: Duration = Duration::from_millis(500);
/// How often it is looked whether it is back.
const LOOK: Duration = Duration::from_millis(500);

/// A connection that comes back by itself.
pub struct Redis {
    client: Client,
    connection: ConnectionManager,
    prefix: String,
    is_away: Arc<AtomicBool>,
}

impl Redis {
    /// Connects with the first question. All keys begin with the prefix.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn new(url: &str, prefix: &str) -> RedisResult<Self> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(ANSWER))
            .set_response_timeout(Some(ANSWER));
        let client = Client::open(url)?;
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(client.clone(), config)?,
            client,
            prefix: prefix.to_owned(),
            is_away: Arc::default(),
        })
    }

    /// A key, with the prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// What a script answers; nothing where Redis is away, or refuses it.
    pub async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        if self.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let mut connection = self.connection.clone();
        let answer = within_time(script.invoke_async(&mut connection)).await;
        self.known(answer)
    }

    /// What a command answers; nothing where Redis is away, or refuses it.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        if self.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let mut connection = self.connection.clone();
        let answer = within_time(command.query_async(&mut connection)).await;
        self.known(answer)
    }

    /// The answer, if it is one; otherwise it is noted whether there will be none for a while.
    fn known<T>(&self, answer: RedisResult<T>) -> Option<T> {
        let note = |error: RedisError| match error.code() {
            // It has no room, say, or something else under this key.
            Some(_) => tracing::debug!(%error, "Redis refuses"),
            None => self.note_away(&error),
        };
        answer.map_err(note).ok()
    }

    /// Publishes in a channel; nothing where Redis is away.
    pub async fn publish(&self, channel: &str, payloads: &[String]) -> Option<()> {
        if self.is_away.load(Ordering::Relaxed) {
            return None;
        }
        let mut connection = self.connection.clone();
        let mut pipe = ::redis::pipe();
        for payload in payloads {
            pipe.publish(self.key(channel), payload).ignore();
        }
        let answer = within_time(pipe.query_async(&mut connection)).await;
        answer.map_err(|error| self.note_away(&error)).ok()
    }

    /// What is published in a channel from now on, over a connection of its own, until that is lost.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn subscribe(&self, channel: &str) -> RedisResult<impl Stream<Item = Vec<u8>>> {
        let subscribed = within_time(async {
            let mut connection = self.client.get_async_pubsub().await?;
            connection.subscribe(self.key(channel)).await?;
            Ok(connection.into_on_message())
        });
        Ok(subscribed
            .await?
            .map(|message| message.get_payload_bytes().to_vec()))
    }

    /// Whether it answers; also as the gauge `redis_up`.
    pub async fn is_up(&self) -> bool {
        let is_up = !self.is_away.load(Ordering::Relaxed) && {
            let answer = ping(self.connection.clone()).await;
            answer.map_err(|error| self.note_away(&error)).is_ok()
        };
        metrics::gauge!("redis_up").set(u8::from(is_up));
        is_up
    }

    /// From now on nobody asks, but one task that looks whether it is back.
    fn note_away(&self, error: &RedisError) {
        if self.is_away.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(%error, "Redis is away: doing without");
        let (connection, is_away) = (self.connection.clone(), Arc::clone(&self.is_away));
        tokio::spawn(async move {
            while ping(connection.clone()).await.is_err() {
                tokio::time::sleep(LOOK).await;
            }
            is_away.store(false, Ordering::Relaxed);
            tracing::info!("Redis is back");
        });
    }
}

async fn ping(mut connection: ConnectionManager) -> RedisResult<String> {
    let ping = ::redis::cmd("PING");
    within_time(ping.query_async(&mut connection)).await
}

/// Waits for an answer, connecting included, no longer than [`ANSWER`].
async fn within_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    match tokio::time::timeout(ANSWER, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(RedisError::from((ErrorKind::Io, "no answer in time"))),
    }
}
