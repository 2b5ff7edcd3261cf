//! A bare axum route, in a process of its own: what is left when nothing is done but answering.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::load::{self, Request};

/// Serves what it reads from its standard input, and says on which port.
pub async fn serve() -> Result<()> {
    let mut body = Vec::new();
    tokio::io::stdin().read_to_end(&mut body).await?;
    let body = Bytes::from(body);
    let answer = move || {
        let body = body.clone();
        async move { ([(CONTENT_TYPE, "application/json")], body) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    Ok(axum::serve(listener, Router::new().route("/", get(answer))).await?)
}

/// How often per second it answers so many connections with these bytes.
pub async fn per_second(body: &Bytes, connections: usize, duration: Duration) -> Result<f64> {
    let mut process = Command::new(std::env::current_exe()?)
        .arg("bare")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = process.stdin.take().context("its standard input")?;
    stdin.write_all(body).await?;
    drop(stdin);
    let mut port = String::new();
    let stdout = process.stdout.take().context("its standard output")?;
    BufReader::new(stdout).read_line(&mut port).await?;
    let turn = Arc::new(|| {
        let request = Request {
            authorization: None,
            ..Request::get("/".to_owned(), "")
        };
        request.into()
    });
    let seen = load::closed(port.trim().parse()?, connections, duration, &turn).await;
    process.kill().await?;
    Ok(seen.per_second())
}
