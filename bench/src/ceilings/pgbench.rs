//! pgbench with the statements of a request.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::statements::{Script, Where, text};

/// How many there are at the same time: as many as the server has connections to the database.
pub const CLIENTS: u32 = 16;

/// The transactions per second.
pub async fn run(database: &str, script: Script, scope: Where, duration: Duration) -> Result<f64> {
    let file = std::env::temp_dir().join(format!("outlay-bench-{}.sql", std::process::id()));
    std::fs::write(&file, text(script, scope)?)?;
    // As the server has its statements planned: once, but for those whose filters decide which index is best.
    let plans = match script {
        Script::FilteredPage | Script::YearReport | Script::Balances => "force_custom_plan",
        Script::FirstPage | Script::NextPage | Script::Add => "force_generic_plan",
    };
    let output = Command::new("pgbench")
        .env("PGOPTIONS", format!("-c plan_cache_mode={plans}"))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
        .args(["--client", &CLIENTS.to_string()])
        .args(["--time", &duration.as_secs().to_string(), "--file"])
        .arg(&file)
        .arg(database)
        .output()
        .await
        .context("pgbench comes with PostgreSQL")?;
    std::fs::remove_file(file)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pgbench failed: {said}");
    let text = String::from_utf8(output.stdout)?;
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.with_context(|| format!("pgbench failed: {said}"))
}
