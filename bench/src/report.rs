//! The report: `docs/performance.md`, with the method beside the figures.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::Local;

use crate::load::{Measured, Request};
use crate::{CONNECTIONS, DURATION, LEDGERS, ROUNDS, Row};

/// Writes the whole page anew.
pub fn write(
    rows: &[Row],
    starts: &[Duration],
    (idle_kib, loaded_kib): (u64, u64),
    live: &str,
) -> Result<()> {
    let mut page = String::new();
    write!(
        page,
        "# Performance\n\n\
         Measured on {date} by `make bench`, on {cores} cores ({cpu}), {postgres}, {rust}.\n\n\
         ## Method\n\
         The release build with its default settings, PostgreSQL with fsync on, and the load, all on the same machine. \
         {CONNECTIONS} connections, each asking again as soon as it is answered, {seconds} s after a warm-up of 1 s; then \
         pgbench with the same statements (those of `server/.sqlx`) on the same database, {CONNECTIONS} clients, prepared, \
         for as long; {ROUNDS} rounds in turn. Medians of the rounds are given. Machines like this one drift by half \
         within minutes: compare within a run. Processor time is that of the whole process, per request.\n\n\
         ## Requests\n\
         | request | expenses | per second | p50 | p99 | server CPU | PostgreSQL CPU | server : PostgreSQL | pgbench | share of pgbench |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        date = Local::now().format("%Y-%m-%d"),
        cores = std::thread::available_parallelism()?,
        cpu = cpu_model(),
        postgres = first_line("postgres", &["--version"]),
        rust = first_line("rustc", &["--version"]),
        seconds = DURATION.as_secs(),
    )?;
    for row in rows {
        write_row(&mut page, row)?;
    }
    let ready: Vec<Duration> = starts.to_vec();
    write!(
        page,
        "\n## The process\n\
         | what | value |\n|---|---|\n\
         | ready on an existing database (median of {count} starts) | {ready:.0?} |\n\
         | resident when idle | {idle_kib} KiB |\n\
         | resident after the load above | {loaded_kib} KiB |\n",
        count = ready.len(),
        ready = median(ready),
    )?;
    page.push_str(live);
    write_targets(&mut page, rows, median(starts.to_vec()), idle_kib)?;
    Ok(std::fs::write("docs/performance.md", page)?)
}

fn write_row(page: &mut String, row: &Row) -> Result<()> {
    let of = |value: fn(&Measured) -> f64| {
        median_of(row.rounds.iter().map(|(measured, _)| value(measured)))
    };
    let time = |value: fn(&Measured) -> Duration| {
        median(
            row.rounds
                .iter()
                .map(|(measured, _)| value(measured))
                .collect(),
        )
    };
    let (ratio, share) = (cpu_ratio(row), share_of_pgbench(row));
    writeln!(
        page,
        "| {} | {} | {:.0} | {:.1?} | {:.1?} | {:.0?} | {:.0?} | {ratio:.2} | {:.0} | {share:.0} % |",
        row.request,
        row.expenses,
        of(|measured| measured.per_second),
        time(|measured| measured.p50),
        time(|measured| measured.p99),
        time(|measured| measured.server_cpu),
        time(|measured| measured.postgres_cpu),
        median_of(row.rounds.iter().map(|(_, pgbench)| *pgbench)),
    )?;
    Ok(())
}

/// What the design asks for, and what was seen.
fn write_targets(page: &mut String, rows: &[Row], ready: Duration, idle_kib: u64) -> Result<()> {
    let row = |request: Request, expenses: u32| {
        rows.iter()
            .find(|row| (row.request, row.expenses) == (request.name(), expenses))
            .context("every request is measured on every ledger")
    };
    let [(_, small), (_, large)] = LEDGERS;
    let growth = |request| -> Result<f64> {
        let p50 = |row: &Row| median_of(row.rounds.iter().map(|(seen, _)| seen.p50.as_secs_f64()));
        Ok(p50(row(request, large)?) / p50(row(request, small)?))
    };
    let (list, add) = (row(Request::FirstPage, small)?, row(Request::Add, small)?);
    write!(
        page,
        "\n## Where it has to arrive\n\
         | what | asked for | here |\n|---|---:|---:|\n\
         | server CPU over PostgreSQL's CPU: first page | 0.5 | {:.2} |\n\
         | server CPU over PostgreSQL's CPU: adding | 0.33 | {:.2} |\n\
         | share of what pgbench does: first page | 70 % | {:.0} % |\n\
         | share of what pgbench does: adding | 70 % | {:.0} % |\n\
         | {large} expenses against {small}: first page, p50 | at most 2 × | {:.1} × |\n\
         | {large} expenses against {small}: year's report, p50 | at most 2 × | {:.1} × |\n\
         | ready on an existing database | 200 ms | {ready:.0?} |\n\
         | resident when idle | 40 MiB | {} MiB |\n\
         | a change heard by the last listener, 10,000 open streams, p99 | 50 ms | above |\n\
         | memory for each open stream | 20 KiB | above |\n",
        cpu_ratio(list),
        cpu_ratio(add),
        share_of_pgbench(list),
        share_of_pgbench(add),
        growth(Request::FirstPage)?,
        growth(Request::YearReport)?,
        idle_kib / 1024,
    )?;
    Ok(())
}

/// The server's processor time over PostgreSQL's.
fn cpu_ratio(row: &Row) -> f64 {
    median_of(row.rounds.iter().map(|(measured, _)| {
        measured.server_cpu.as_secs_f64() / measured.postgres_cpu.as_secs_f64().max(f64::EPSILON)
    }))
}

/// Requests per second in per cent of what pgbench does with the same statements.
fn share_of_pgbench(row: &Row) -> f64 {
    let share = |(measured, pgbench): &(Measured, f64)| 100.0 * measured.per_second / pgbench;
    median_of(row.rounds.iter().map(share))
}

fn median_of(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    text.lines()
        .next()
        .unwrap_or("an unknown version")
        .to_owned()
}

fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("unknown processor".to_owned(), |(_, model)| {
        model.to_owned()
    })
}
