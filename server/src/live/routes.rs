//! `/events`.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Listener;
use super::message::{EndEvent, LedgerEvent, PresenceEvent, Reason, StreamEvent};
use super::stream::{data, event};
use crate::app::App;
use crate::auth::CallerUntil;
use crate::error::Result;
use crate::ids::LedgerId;

/// How often a stream that has nothing to say shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A client whose stream has ended comes again after one to four of these, so that not all come at once.
const RETRY: Duration = Duration::from_millis(500);

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// The data of the events, by their names.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is written elsewhere")]
enum LiveEvent {
    Stream(StreamEvent),
    Ledger(LedgerEvent),
    Presence(PresenceEvent),
    End(EndEvent),
}

/// What happens in my ledgers, as it happens
///
/// A stream of server-sent events. `stream` comes first, names it and lists my ledgers. `ledger` comes once for each of
/// them, with the number of its latest change, and then with each commit in it: read again what depends on that ledger.
/// Several commits in a row may come as one, with the newest number. `ledgers`, with no data, says that my list of ledgers
/// is another one. `presence` comes when others look at a ledger, or no longer do. Comments come when there is nothing else to say.
///
/// The stream ends after `end`, with the reason: when the access token expires, when the session ends, when I open more
/// than twenty, and when the server stops. To come back is enough to have missed nothing.
#[utoipa::path(get, path = "/events", tag = "live",
    responses((status = OK, description = "The stream", content_type = "text/event-stream", body = LiveEvent)))]
async fn events(State(app): State<App>, listening: CallerUntil) -> Result<Response> {
    let (listener, ledgers) = app.live.listen(listening.caller).await?;
    let left = listening.until - app.clock.now();
    let until = Instant::now() + left.to_std().unwrap_or_default();
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // Told to nginx, which would otherwise hold the events back.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    let events = Sse::new(stream(listener, ledgers, until)).keep_alive(keep_alive);
    Ok((headers, events).into_response())
}

fn stream(
    listener: Listener,
    ledgers: Vec<LedgerId>,
    until: Instant,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let stream_id = listener.stream.id;
    let spread = u32::from(stream_id.as_bytes()[15] % 4) + 1;
    let first = data(&StreamEvent { stream_id, ledgers });
    let first = event("stream", &first).retry(RETRY * spread);
    let expiry = Box::pin(tokio::time::sleep_until(until));
    let rest = futures_util::stream::unfold(
        (listener, expiry, false),
        |(listener, mut expiry, mut is_expired)| async move {
            let next = loop {
                tokio::select! {
                    next = listener.stream.next() => break next,
                    () = &mut expiry, if !is_expired => {
                        is_expired = true;
                        listener.stream.end(Reason::Expired);
                    }
                }
            };
            next.map(|event| (Ok(event), (listener, expiry, is_expired)))
        },
    );
    futures_util::StreamExt::chain(futures_util::stream::once(async { Ok(first) }), rest)
}
