//! Argon2 alone: what there is to get of signing in.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use sqlx::{Connection as _, PgConnection};

use crate::accounts::PASSWORD;

/// How many are made at the same time, as the server does unless it is told otherwise.
const THREADS: u32 = 2;

/// How many passwords per second are verified, with the parameters of those that the server has stored.
pub async fn per_second(database: &str, duration: Duration) -> Result<f64> {
    let mut database = PgConnection::connect(database).await?;
    let hash: String =
        sqlx::query_scalar("select password_hash from users where password_hash <> '' limit 1")
            .fetch_one(&mut database)
            .await?;
    let mut threads = Vec::new();
    for _ in 0..THREADS {
        let hash = hash.clone();
        threads.push(tokio::task::spawn_blocking(move || verify(&hash, duration)));
    }
    let mut count = 0;
    for thread in threads {
        count += thread.await??;
    }
    Ok(f64::from(count) / duration.as_secs_f64())
}

fn verify(hash: &str, duration: Duration) -> Result<u32> {
    let until = Instant::now() + duration;
    let mut count = 0;
    while Instant::now() < until {
        let verified = Argon2::default().verify_password(PASSWORD.as_bytes(), hash);
        verified.map_err(|error| anyhow!("{error}"))?;
        count += 1;
    }
    Ok(count)
}
