//! The web app, in the binary: the static build of `web/`, with a strict Content-Security-Policy.
//!
//! It can as well be deployed apart from the server, on any static host.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::App;
use crate::error::Code;

#[derive(RustEmbed)]
#[folder = "../web/build"]
#[allow_missing = true]
struct Files;

/// Nothing but what comes from here: the build has no inline script and no inline style.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; \
                              form-action 'self'; frame-ancestors 'none'";

/// How the build has compressed its files, the best first: the ending, and its name in HTTP.
const ENCODINGS: [(&str, &str); 2] = [(".br", "br"), (".gz", "gzip")];

/// Whatever is not the API is the web app.
pub fn router() -> Router<App> {
    Router::new().fallback(page)
}

/// A file of the build; for any other path outside `/api`, the page that routes in the browser.
async fn page(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") || path.starts_with("health/") {
        return Code::NotFound.error().into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Code::MethodNotAllowed.error().into_response();
    }
    if let Some(file) = Files::get(path) {
        return serve(path, &file, request.headers());
    }
    // A file that is not there is not a page: a stale script must fail rather than be HTML.
    let name = path.rsplit('/').next().unwrap_or_default();
    match Files::get("index.html") {
        Some(file) if !name.contains('.') => serve("index.html", &file, request.headers()),
        _ => Code::NotFound.error().into_response(),
    }
}

fn serve(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let etag = BASE64_STANDARD.encode(&file.metadata.sha256_hash()[..12]);
    let etag = format!("\"{etag}\"");
    let known = asked
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let compressed = compressed(path, asked);
    let mut response = match &compressed {
        _ if known => StatusCode::NOT_MODIFIED.into_response(),
        Some((file, _)) => Body::from(file.data.clone()).into_response(),
        None => Body::from(file.data.clone()).into_response(),
    };
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(CONTENT_TYPE, file.metadata.mimetype());
    set(ETAG, &etag);
    set(VARY, "accept-encoding");
    if let Some((_, encoding)) = compressed {
        set(CONTENT_ENCODING, encoding);
    }
    // The names of these have a hash of what they hold.
    let is_immutable = path.starts_with("_app/immutable/");
    set(
        CACHE_CONTROL,
        if is_immutable {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        },
    );
    set(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    response
}

/// The file as the build has compressed it, if it has and the client reads that.
fn compressed(path: &str, asked: &HeaderMap) -> Option<(EmbeddedFile, &'static str)> {
    let accepted = asked.get(ACCEPT_ENCODING)?.to_str().ok()?;
    let accepts = |name: &str| accepted.split(',').any(|coding| coding.trim() == name);
    ENCODINGS.iter().find_map(|(ending, name)| {
        let file = accepts(name).then(|| Files::get(&format!("{path}{ending}")))??;
        Some((file, *name))
    })
}
