//! A client on one connection, which tells an answer from none.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long a client waits: longer than the server may think, and than anything here is paused.
const ANSWER: Duration = Duration::from_secs(45);

/// A client of a server, by its port.
pub struct Http {
    port: u16,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// What is asked.
pub struct Asked<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub token: &'a str,
    pub version: Option<i64>,
    pub body: Option<&'a Value>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Http {
    /// Connects with the first question.
    pub const fn at(port: u16) -> Self {
        Self {
            port,
            connection: None,
        }
    }

    /// The answer, or why there is none.
    pub async fn send(&mut self, asked: &Asked<'_>) -> Result<Answer, String> {
        let answer = tokio::time::timeout(ANSWER, self.ask(asked)).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer in {ANSWER:?}")));
        if !matches!(&answer, Ok(answer) if answer.headers.get("connection").is_none_or(|value| value != "close"))
        {
            self.connection = None;
        }
        answer
    }

    /// The answer to a question that needs nobody to be signed in.
    pub async fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.send(&Asked {
            method: "GET",
            path,
            token: "",
            version: None,
            body: None,
        })
        .await
    }

    async fn ask(&mut self, asked: &Asked<'_>) -> Result<Answer, String> {
        let words = |error: hyper::Error| format!("{error:?}");
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(self.port).await?,
        };
        connection.ready().await.map_err(words)?;
        let mut request = Request::builder()
            .method(asked.method)
            .uri(asked.path)
            .header("host", "localhost");
        if !asked.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", asked.token));
        }
        if let Some(version) = asked.version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let body = match asked.body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string()
            }
            None => String::new(),
        };
        let request = request.body(Full::from(body)).unwrap();
        let response = connection.send_request(request).await.map_err(words)?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(words)?.to_bytes();
        self.connection = Some(connection);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }
}

async fn connect(port: u16) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await;
    let stream = stream.map_err(|error| error.to_string())?;
    let (connection, driver) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    tokio::spawn(driver);
    Ok(connection)
}
