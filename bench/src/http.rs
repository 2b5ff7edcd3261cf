//! A connection to the server that is kept alive, with as little of its own as there can be: it shares the processor with
//! what is measured.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request.
pub struct Ask<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub headers: Vec<(&'static str, &'a str)>,
    pub body: String,
}

/// What came back, whole.
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub body: Bytes,
    /// Whether the body is compressed.
    is_gzip: bool,
}

/// The value of the header `authorization` for an access token.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

impl<'a> Ask<'a> {
    /// Reads.
    pub const fn get(path: &'a str) -> Self {
        Self {
            method: "GET",
            path,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// Sends JSON, if anything.
    pub fn post(path: &'a str, body: String) -> Self {
        let mut ask = Self {
            method: "POST",
            body,
            ..Self::get(path)
        };
        if !ask.body.is_empty() {
            ask.headers.push(("content-type", "application/json"));
        }
        ask
    }

    /// The same with one more header.
    pub fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Answer {
    /// Itself, if that is its status.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "{}", self.in_words());
        Ok(self)
    }

    /// What it says, as it was before it was compressed. Only where somebody reads it: the load need not.
    pub fn text(&self) -> Result<String> {
        let mut text = String::new();
        if self.is_gzip {
            GzDecoder::new(&*self.body).read_to_string(&mut text)?;
        } else {
            (&*self.body).read_to_string(&mut text)?;
        }
        Ok(text)
    }

    /// What it says, read.
    pub fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.text()?)?)
    }

    /// Its status, and the code of the problem that it is.
    pub fn in_words(&self) -> String {
        let body = self.text().unwrap_or_default();
        let code = body.split_once("\"code\":\"");
        let code = code.and_then(|(_, rest)| rest.split_once('"'));
        format!("{} {}", self.status, code.map_or(&*body, |(code, _)| code))
    }
}

/// A connection that is kept alive.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects to a server on this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(&mut self, ask: Ask<'_>) -> Result<Answer> {
        tokio::time::timeout(PATIENCE, self.exchange(ask))
            .await
            .with_context(|| format!("no answer after {PATIENCE:?}"))?
    }

    async fn exchange(&mut self, ask: Ask<'_>) -> Result<Answer> {
        let mut request = hyper::Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header("host", "localhost");
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(ask.body));
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(body)?).await?;
        let etag = response.headers().get("etag");
        let etag = etag.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let is_gzip = response.headers().get("content-encoding");
        let is_gzip = is_gzip.is_some_and(|coding| coding == "gzip");
        Ok(Answer {
            status: response.status().as_u16(),
            etag,
            is_gzip,
            body: response.into_body().collect().await?.to_bytes(),
        })
    }
}
