//! The web app, in the binary: the static build of `web/`, with a strict Content-Security-Policy.
//!
//! It can as well be deployed apart from the server, on any static host.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderValue, Method, StatusCode};
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
    let known = request.headers().get(IF_NONE_MATCH);
    if let Some(file) = Files::get(path) {
        return serve(path, &file, known);
    }
    // A file that is not there is not a page: a stale script must fail rather than be HTML.
    let looks_like_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    match Files::get("index.html") {
        Some(file) if !looks_like_file => serve("index.html", &file, known),
        _ => Code::NotFound.error().into_response(),
    }
}

fn serve(path: &str, file: &EmbeddedFile, known: Option<&HeaderValue>) -> Response {
    let etag = format!(
        "\"{}\"",
        BASE64_STANDARD.encode(&file.metadata.sha256_hash()[..12])
    );
    let mut response = if known.is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.clone().into_owned().into_response()
    };
    let headers = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(CONTENT_TYPE, file.metadata.mimetype());
    set(ETAG, &etag);
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
    if file.metadata.mimetype() == "text/html" {
        set(
            CONTENT_SECURITY_POLICY,
            &content_security_policy(&file.data),
        );
    }
    response
}

/// Only what comes from here, and of inline scripts only those that the build itself has put in.
fn content_security_policy(html: &[u8]) -> String {
    let html = String::from_utf8_lossy(html);
    let inline = html
        .split("<script>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</script>"));
    let sources: Vec<String> = inline
        .map(|(script, _)| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
            format!("'sha256-{}'", BASE64_STANDARD.encode(digest))
        })
        .collect();
    let scripts = sources.join(" ");
    format!(
        "default-src 'self'; script-src 'self' {scripts}; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}
