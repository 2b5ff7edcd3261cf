//! The way out, the same for every answer: request id, problem body, security headers, log line, metrics.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderName, HeaderValue, Method, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::App;
use crate::error::{Cause, Code, Problem};

/// Names a request in the answer and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Sent with every answer. Pages get a Content-Security-Policy of their own from `web`.
static SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    security("x-content-type-options", "nosniff"),
    security("x-frame-options", "DENY"),
    security("referrer-policy", "same-origin"),
    security("cross-origin-opener-policy", "same-origin"),
    security(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

const fn security(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

/// Gives the request its id, measures and logs it, and finishes the answer.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&request);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    // Who has the token of an invitation may join: it does not belong in the log, nor does one in a path that is wrong.
    let path = match request.uri().path() {
        path if path.starts_with("/api/v1/invites/") => route.as_str(),
        path => path,
    };
    let span = tracing::info_span!("request", %request_id, %method, path);
    let may_close = request.version() <= Version::HTTP_11;
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let _entered = span.enter();
    if let Some(Cause(error)) = response.extensions_mut().remove::<Cause>() {
        tracing::error!(error = format!("{error:#}"), "internal error");
    }
    write_problem(&mut response, &request_id);
    headers(&app, &mut response, &request_id);
    // Of HTTP/2, which has no such header, the server itself says so when it closes.
    if may_close && app.is_draining() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    let elapsed = started.elapsed();
    metrics::histogram!("http_request_duration_seconds", "method" => known(&method), "route" => route,
        "status" => status.to_string())
    .record(elapsed);
    tracing::info!(
        status,
        micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// The method as a label of metrics. Anybody can invent methods, and each label is kept for ever.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The id that a proxy in front has given, if it is a sane one; otherwise a new one.
fn request_id(request: &Request) -> String {
    let is_sane = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(is_sane);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Writes the body of a problem, now that the request id is known.
fn write_problem(response: &mut Response, request_id: &str) {
    let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() else {
        return;
    };
    let mut problem = Arc::unwrap_or_clone(problem);
    request_id.clone_into(&mut problem.request_id);
    let body = serde_json::to_vec(&problem).expect("a problem has only strings, numbers and JSON");
    *response.body_mut() = Body::from(body);
    response
        .headers_mut()
        .remove(axum::http::header::CONTENT_LENGTH);
}

fn headers(app: &App, response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    headers.reserve(SECURITY_HEADERS.len() + 4);
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in &SECURITY_HEADERS {
        headers.insert(name, value.clone());
    }
    if app.config.is_https() {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    // What the API answers is the caller's own: it is for no cache on the way. Static files say otherwise themselves.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
}

/// Whether a request's body has arrived whole, as the one who reads it notes.
#[derive(Debug, Clone, Default)]
pub struct Arrival(Arc<AtomicBool>);

impl Arrival {
    /// The body is here.
    pub fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Gives up on a request that takes too long, so that one slow thing does not hold everything else. It is the client's
/// fault where its body has not arrived by then.
pub async fn within(timeout: Duration, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::default();
    if request.body().is_end_stream() {
        arrival.note();
    }
    request.extensions_mut().insert(arrival.clone());
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) if arrival.is_noted() => Code::Timeout.error().retry_after(5).into_response(),
        Err(_) => Code::RequestTimeout.error().into_response(),
    }
}

/// A panic is an internal error like any other.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    crate::error::Error::Internal(anyhow::anyhow!(
        "panicked: {}",
        what.unwrap_or("no message")
    ))
    .into_response()
}
