//! Answers that have been given and not been taken: a client that asks and does not read leaves them in memory.
//!
//! What is counted is what is held: an answer counts until its last byte has gone to the system.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::refused;
use crate::app::App;
use crate::auth;
use crate::error::Error;
use crate::limits::network;

/// What is smaller is not counted: a connection costs more.
const SMALL: u64 = 16 * 1024;
/// What a table is taken to hold while it is read: expenses that were fetched, and bytes that were written.
const TABLE: u64 = 4 * 1024 * 1024;

/// How many bytes are held for whom.
pub struct Untaken {
    most: u64,
    held: Mutex<HashMap<Option<String>, u64>>,
}

/// Counts until it is dropped.
struct Held {
    untaken: Arc<Untaken>,
    who: Option<String>,
    bytes: u64,
}

/// An answer, and that it counts.
struct Counted {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Refuses whoever has not taken enough of what they were given, and counts what they are given now.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let ip = auth::client_ip(request.headers(), request.extensions(), &app.config);
    if app.untaken.is_full(ip) {
        return refused("answers", "take first what was answered before").into_response();
    }
    let response = next.run(request).await;
    match response.body().size_hint().exact() {
        Some(bytes) if bytes < SMALL => response,
        Some(bytes) => {
            let held = app.untaken.hold(ip, bytes);
            let (parts, body) = response.into_parts();
            match to_bytes(body, usize::MAX).await {
                Ok(bytes) => {
                    let counted = Counted { bytes, _held: held };
                    Response::from_parts(parts, Body::from(Bytes::from_owner(counted)))
                }
                Err(error) => Error::from(anyhow::Error::from(error)).into_response(),
            }
        }
        // Streams of events hold next to nothing.
        None if is_event_stream(&response) => response,
        None => {
            let held = app.untaken.hold(ip, TABLE);
            let counted = |body: Body| {
                let chunks = body.into_data_stream();
                Body::from_stream(chunks.inspect(move |_| {
                    let _ = &held;
                }))
            };
            response.map(counted)
        }
    }
}

fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

impl Untaken {
    /// Holds about so many bytes, and half as many for one client.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            held: Mutex::default(),
        }
    }

    /// How many bytes are held.
    pub fn bytes(&self) -> u64 {
        self.lock().values().sum()
    }

    fn is_full(&self, ip: Option<IpAddr>) -> bool {
        let held = self.lock();
        if held.is_empty() {
            return false;
        }
        held.values().sum::<u64>() >= self.most
            || held
                .get(&ip.map(network))
                .is_some_and(|bytes| *bytes >= self.most / 2)
    }

    fn hold(self: &Arc<Self>, ip: Option<IpAddr>, bytes: u64) -> Held {
        let who = ip.map(network);
        *self.lock().entry(who.clone()).or_default() += bytes;
        Held {
            untaken: Arc::clone(self),
            who,
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<String>, u64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.untaken.lock();
        if let Some(bytes) = held.get_mut(&self.who) {
            *bytes -= self.bytes;
            if *bytes == 0 {
                held.remove(&self.who);
            }
        }
    }
}
