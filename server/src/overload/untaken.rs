//! Answers that have been given and not been taken: a client that asks and does not read leaves them in memory.
//!
//! What is counted is what is held: each piece of an answer counts until its last byte has gone to the system.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::refused;
use super::taking::{GRACE, Taking};
use crate::app::App;
use crate::auth;
use crate::error::Error;
use crate::limits::network;

/// What is smaller is not counted: a connection costs more.
const SMALL: u64 = 16 * 1024;
/// What a table is taken to hold while it is read: expenses that were fetched, and bytes that were written.
const TABLE: u64 = 4 * 1024 * 1024;

/// How much is given to a connection at a time: that much of what is taken too slowly cannot be taken back.
const PIECE: usize = 16 * 1024;

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

/// A piece of an answer, and that it counts.
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
                Ok(whole) => {
                    let taking = Taking::new(pieces(whole, held), Some(bytes), GRACE);
                    Response::from_parts(parts, Body::new(taking))
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
                let counted = chunks.inspect(move |_| {
                    let _ = &held;
                });
                Body::new(Taking::new(Body::from_stream(counted), None, GRACE))
            };
            response.map(counted)
        }
    }
}

/// An answer bit by bit. Each piece is a copy, so that the whole is not kept for what a connection has of it.
fn pieces(whole: Bytes, held: Held) -> Body {
    let pieces = stream::unfold((whole, held), |(mut rest, mut held)| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = Bytes::copy_from_slice(&rest.split_to(PIECE.min(rest.len())));
        let counted = Counted {
            _held: held.split(piece.len()),
            bytes: piece,
        };
        Some((
            Ok::<_, Infallible>(Bytes::from_owner(counted)),
            (rest, held),
        ))
    });
    Body::from_stream(pieces)
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

impl Held {
    /// So many of its bytes, to count apart from it.
    fn split(&mut self, bytes: usize) -> Self {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).min(self.bytes);
        self.bytes -= bytes;
        Self {
            untaken: Arc::clone(&self.untaken),
            who: self.who.clone(),
            bytes,
        }
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
