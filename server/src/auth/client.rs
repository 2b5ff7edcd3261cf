//! The program at the other end: where it calls from, and what it says of itself.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{HOST, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Uri};

use crate::app::App;
use crate::config::Config;
use crate::error::{Code, Result};

/// The characters of `User-Agent` that are kept.
const USER_AGENT_LENGTH: usize = 300;

/// Where the page that a browser calls from came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From this server, or not a browser.
    Own,
    /// From a site that `OUTLAY_CORS_ORIGINS` names.
    Configured,
    /// From anywhere else.
    Foreign,
}

/// The program at the other end.
#[derive(Debug, Clone)]
pub struct Client {
    /// Unknown only where the server is called without a connection, as tests do.
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub origin: Origin,
}

impl Client {
    /// Refuses a page of another site that makes the browser send its cookie here.
    pub fn check_origin(&self) -> Result<()> {
        if self.origin == Origin::Foreign {
            return Err(Code::Forbidden
                .at("Origin")
                .detail("this site may not call from a browser"));
        }
        Ok(())
    }

    /// The address as text.
    pub fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self {
            ip: client_ip(&parts.headers, &parts.extensions, &app.config),
            user_agent: user_agent(&parts.headers),
            origin: origin(&parts.headers, &app.config),
        })
    }
}

/// Where a request comes from.
pub fn client_ip(headers: &HeaderMap, extensions: &Extensions, config: &Config) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(address)| address.ip());
    forwarded(headers, usize::from(config.trusted_proxies))
        .or(peer)
        .map(|ip| ip.to_canonical())
}

/// The address that the outermost of our proxies has seen: each adds the one that it was called from to the end of
/// `X-Forwarded-For`, and what stands before those is the client's own invention.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    if proxies == 0 {
        return None;
    }
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let at = entries.len().checked_sub(proxies)?;
    let entry = entries.get(at)?;
    // Some proxies add the port.
    entry
        .parse()
        .or_else(|_| entry.parse().map(|address: SocketAddr| address.ip()))
        .ok()
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    let text: String = text.chars().take(USER_AGENT_LENGTH).collect();
    (!text.is_empty()).then_some(text)
}

fn origin(headers: &HeaderMap, config: &Config) -> Origin {
    let Some(origin) = headers.get(ORIGIN) else {
        return Origin::Own;
    };
    let authority = |text: &str| {
        let uri: Uri = text.parse().ok()?;
        Some(uri.authority()?.as_str().to_ascii_lowercase())
    };
    let from = origin.to_str().ok().and_then(authority);
    // A browser does not let a page set `Host`, so a page whose origin is where it calls has come from here: that holds
    // at any name that this server is reached by, of which OUTLAY_PUBLIC_URL is one.
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_ascii_lowercase);
    if from.is_some() && (from == host || from == authority(&config.public_url())) {
        Origin::Own
    } else if config.cors_origins.contains(origin) {
        Origin::Configured
    } else {
        Origin::Foreign
    }
}
