//! The stream of events that everybody keeps open, read and mostly ignored.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A ledger has changed.
#[derive(Debug, Deserialize)]
pub struct News {
    pub ledger_id: Uuid,
    /// Who did it; nobody where the stream has just begun.
    pub actor: Option<Uuid>,
}

/// An open stream.
pub struct Stream {
    lines: BufReader<TcpStream>,
    /// What has been read of a line.
    line: Vec<u8>,
}

impl Stream {
    /// Opens one, and waits for its first line.
    pub async fn open(port: u16, token: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!(
            "GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::with_capacity(1024, stream);
        let mut line = String::new();
        lines.read_line(&mut line).await?;
        ensure!(line.starts_with("HTTP/1.1 200"), "{}", line.trim());
        Ok(Self {
            lines,
            line: Vec::new(),
        })
    }

    /// The next change of a ledger. May be given up at any time.
    pub async fn next(&mut self) -> Result<News> {
        loop {
            // What was read before one gave up is still there.
            let read = self.lines.read_until(b'\n', &mut self.line).await?;
            ensure!(read > 0, "the stream has ended");
            let line = String::from_utf8(std::mem::take(&mut self.line))?;
            if line.starts_with("event: end") {
                bail!("the stream was ended");
            }
            if let Some(data) = line.strip_prefix("data: {\"ledger_id\":") {
                let data = format!("{{\"ledger_id\":{data}");
                if let Ok(news) = serde_json::from_str(&data) {
                    return Ok(news);
                }
                // Who is looking at a ledger begins in the same way.
                ensure!(data.contains("\"people\""), "{data}");
            }
        }
    }
}

/// Nothing to hear, for who has no stream.
pub async fn next(stream: &mut Option<Stream>) -> Result<News> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
    .context("the stream of events")
}
