//! The report: `docs/performance.md`, with the method beside the figures.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use chrono::Local;

use crate::load::Measured;
use crate::{CONNECTIONS, DURATION, ROUNDS, Row};

/// Writes the whole page anew.
pub fn write(rows: &[Row], starts: &[Duration], idle_kib: u64, loaded_kib: u64) -> Result<()> {
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
    write!(page, "\n{}", include_str!("targets.md"))?;
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
    let ratio = median_of(row.rounds.iter().map(|(measured, _)| {
        measured.server_cpu.as_secs_f64() / measured.postgres_cpu.as_secs_f64().max(f64::EPSILON)
    }));
    let share = median_of(
        row.rounds
            .iter()
            .map(|(measured, pgbench)| 100.0 * measured.per_second / pgbench),
    );
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
