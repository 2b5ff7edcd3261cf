//! What a handler takes from a request, with every refusal worded as a problem.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::{Code, Error, Result};

/// A JSON body. As an answer it is the same as axum's.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let media_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Code::UnsupportedMediaType
                .error()
                .detail("send Content-Type: application/json"));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    Code::BodyTooLarge.error()
                } else {
                    Code::MalformedJson
                        .error()
                        .detail("the body did not arrive whole")
                }
            })?;
        // serde reads a struct from an array as well, field by field: a body that nobody has meant.
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Code::WrongType.error().detail("an object is expected"));
        }
        let mut deserializer = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| body_problem(&error))?;
        deserializer
            .end()
            .map_err(|error| Code::MalformedJson.error().detail(error.to_string()))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        // Into a vector: the buffer that axum writes to takes twice as long for each of the many short pieces.
        match serde_json::to_vec(&self.0) {
            Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
            Err(error) => Error::Internal(error.into()).into_response(),
        }
    }
}

fn body_problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let inner = error.inner();
    match inner.classify() {
        Category::Data => data_problem(&error.path().to_string(), &inner.to_string()),
        Category::Syntax | Category::Eof | Category::Io => {
            Code::MalformedJson.error().detail(inner.to_string())
        }
    }
}

/// Words what serde says. Its messages are its only interface: what they begin with has been the same since serde 1.0,
/// and the tests of bad input pin it.
fn data_problem(path: &str, message: &str) -> Error {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| match path {
        "." | "" => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let here = if path == "." { "" } else { path };
    let problem = if let Some((code, detail)) = Code::from_custom(message) {
        code.error().detail(detail)
    } else if message.starts_with("unknown field") {
        return Code::UnknownField.at(below(quoted())).detail(message);
    } else if message.starts_with("missing field") {
        return Code::MissingField.at(below(quoted())).detail(message);
    } else if message.starts_with("duplicate field") {
        return Code::InvalidValue.at(below(quoted())).detail(message);
    } else if message.starts_with("invalid type") {
        Code::WrongType.error().detail(message)
    } else {
        Code::InvalidValue.error().detail(message)
    };
    problem.with(|problem| problem.field = (!here.is_empty()).then(|| here.to_owned()))
}

/// The query string, read into `T`. An unknown parameter is refused where `T` denies unknown fields.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        // `serde_urlencoded` reads any bytes with replacement characters; what is not UTF-8 is not from an honest client.
        let deserializer = serde_urlencoded::Deserializer::new(form_pairs(query));
        serde_path_to_error::deserialize(deserializer)
            .map(Self)
            .map_err(|error| data_problem(&error.path().to_string(), &error.inner().to_string()))
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// The path's parameters. One that cannot be read names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        #[expect(clippy::disallowed_types, reason = "only its rejections are ours")]
        let path: Result<axum::extract::Path<T>, PathRejection> =
            axum::extract::Path::from_request_parts(parts, state).await;
        match path {
            Ok(path) => Ok(Self(path.0)),
            Err(_) => Err(Code::NotFound.error()),
        }
    }
}

/// The version in `If-Match`: what the client believes it is changing.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut values = parts.headers.get_all(IF_MATCH).iter();
        let value = match (values.next(), values.next()) {
            (Some(value), None) => value,
            (None, _) => {
                return Err(Code::IfMatchMissing
                    .at("If-Match")
                    .detail("send the version that you have seen"));
            }
            (Some(_), Some(_)) => {
                return Err(Code::IfMatchInvalid
                    .at("If-Match")
                    .detail("one version is expected"));
            }
        };
        value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse().ok())
            .filter(|version| *version > 0)
            .map(Self)
            .ok_or_else(|| {
                Code::IfMatchInvalid
                    .at("If-Match")
                    .detail("send a version in quotes, as in \"3\"")
            })
    }
}

/// A resource and its version: the body and its `ETag`.
#[derive(Debug)]
pub struct Versioned<T>(pub i64, pub T);

impl<T> Versioned<T> {
    /// The version as an entity tag.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(ETAG, self.etag())], Json(self.1)).into_response()
    }
}

/// Whether the client asks for CSV rather than JSON: `Accept: text/csv`.
#[derive(Debug, Clone, Copy)]
pub struct WantsCsv(pub bool);

impl<S: Send + Sync> FromRequestParts<S> for WantsCsv {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            accepts(&parts.headers)
                .split(',')
                .any(|range| range.trim().starts_with("text/csv")),
        ))
    }
}

fn accepts(headers: &HeaderMap) -> Cow<'_, str> {
    headers.get(ACCEPT).map_or(Cow::Borrowed(""), |value| {
        String::from_utf8_lossy(value.as_bytes())
    })
}
