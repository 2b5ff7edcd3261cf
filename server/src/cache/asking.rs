//! What the asker has already, and takes.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_ENCODING, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::extract::Versioned;

/// `If-None-Match` and `Accept-Encoding`.
#[derive(Debug, Default)]
pub struct Asking {
    has: String,
    /// Whether the answer may be compressed.
    pub takes_gzip: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            has: joined(&parts.headers, &IF_NONE_MATCH),
            takes_gzip: joined(&parts.headers, &ACCEPT_ENCODING)
                .split(',')
                .any(is_gzip),
        })
    }
}

impl Asking {
    /// Whether the asker has the answer with this entity tag. Weak ones are as good as strong ones for that (RFC 9110,
    /// section 13.1.2).
    pub fn has(&self, tag: &str) -> bool {
        let mut rest = self.has.trim();
        if rest == "*" {
            return true;
        }
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            let opaque = rest.strip_prefix("W/").unwrap_or(rest);
            let Some((found, behind)) = opaque
                .strip_prefix('"')
                .and_then(|opaque| opaque.split_once('"'))
            else {
                return false;
            };
            if found == tag {
                return true;
            }
            rest = behind;
        }
    }
}

/// A resource for somebody who may have it already: 304 then. For one whose version changes with all that it says, and which says
/// the same to everybody who may read it: a browser has them by their address, whoever is signed in.
#[derive(Debug)]
pub struct Unless<T>(pub Asking, pub Versioned<T>);

impl<T: Serialize> IntoResponse for Unless<T> {
    fn into_response(self) -> Response {
        let Self(asking, resource) = self;
        if asking.has(&resource.0.to_string()) {
            (StatusCode::NOT_MODIFIED, [(ETAG, resource.etag())]).into_response()
        } else {
            resource.into_response()
        }
    }
}

/// All lines of a header, as the one that they are together.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    lines.join(",")
}

/// Whether an element of `Accept-Encoding` takes gzip.
fn is_gzip(element: &str) -> bool {
    let mut parts = element.split(';').map(str::trim);
    let is_gzip = parts
        .next()
        .is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
    let is_refused = parts.any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, weight)| {
            name.trim().eq_ignore_ascii_case("q")
                && weight.trim().trim_matches(['0', '.']).is_empty()
        })
    });
    is_gzip && !is_refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(header: &str, tag: &str) -> bool {
        let asking = Asking {
            has: header.to_owned(),
            ..Asking::default()
        };
        asking.has(tag)
    }

    #[test]
    fn a_list_of_entity_tags_is_searched_for_one() {
        for header in [
            "\"a\"",
            "W/\"a\"",
            "*",
            " \"b\", W/\"a\"",
            "\"b\",,\t\"a\"",
            "\"x,y\", \"a\", \"c\"",
        ] {
            assert!(has(header, "a"), "{header}");
        }
        for header in [
            "",
            "a",
            "\"b\"",
            "\"A\"",
            "\"a",
            "W/a",
            "\"b\" a",
            "\"x,\"a\",\"",
            "w/\"a\"",
        ] {
            assert!(!has(header, "a"), "{header}");
        }
    }

    #[test]
    fn gzip_is_taken_unless_its_weight_is_nothing() {
        for element in ["gzip", " GZIP ", "gzip;q=0.1", "gzip; q=1"] {
            assert!(is_gzip(element), "{element}");
        }
        for element in ["", "br", "*", "gzip;q=0", "gzip; Q=0.000", "xgzip"] {
            assert!(!is_gzip(element), "{element}");
        }
    }
}
