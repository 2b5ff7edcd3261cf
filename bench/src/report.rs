//! The report: `docs/performance.md`, with the method beside the figures, and what was asked for beside what was seen.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use chrono::Local;

use crate::ceilings::{self, Ceilings, Memory, Row, What};
use crate::growth::{self, Growth};
use crate::live::{self, Streams};
use crate::pool;
use crate::process::{self, Process};
use crate::timing::words;
use crate::users::{self, Crowd};

/// Everything that was seen.
#[derive(Default)]
pub struct Findings {
    pub process: Option<Process>,
    pub ceilings: Option<Ceilings>,
    pub pool: Vec<pool::Row>,
    pub crowds: Vec<Crowd>,
    pub growth: Option<Growth>,
    pub streams: Option<Streams>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

/// Writes the whole page anew, and its picture.
pub fn write(findings: &Findings) -> Result<()> {
    if let Some(growth) = &findings.growth {
        std::fs::write(format!("docs/{}", growth::PICTURE), growth::picture(growth))?;
    }
    Ok(std::fs::write(PAGE, page(findings)?)?)
}

/// The page.
pub fn page(findings: &Findings) -> Result<String> {
    Ok(format!(
        "# Performance\n\n\
         Measured on {date} by `make bench`, on {cores} cores ({cpu}), {postgres}, {redis}, {rust}.\n\n\
         The release build with its default settings (but a limit of a million requests a minute, because each connection is the same \
         user), PostgreSQL with fsync on and 512 MB of shared buffers, Redis, and the \
         load, all on the same machine: what the load takes is missing to the others. Machines like this one drift by half \
         within minutes, so compare within a run; ratios are taken in turn. Why the load is our own: \
         [ADR 17](adr/0017-a-load-of-our-own.md).\n{targets}{sections}{kept}",
        date = Local::now().format("%Y-%m-%d"),
        cores = std::thread::available_parallelism()?,
        cpu = cpu_model(),
        postgres = first_line("postgres", &["--version"]),
        redis = first_line("redis-server", &["--version"]),
        rust = first_line("rustc", &["--version"]),
        targets = targets(findings),
        sections = sections(findings),
        kept = kept()?,
    ))
}

const PAGE: &str = "docs/performance.md";
/// What follows is written by hand, and stays.
const BY_HAND: &str = "\n<!-- By hand from here on: `make bench` keeps it. -->\n";

/// What was written by hand.
fn kept() -> Result<String> {
    let page = std::fs::read_to_string(PAGE)?;
    let kept = page.split_once(BY_HAND).map_or("", |(_, kept)| kept);
    Ok(format!("{BY_HAND}{kept}"))
}

/// What was seen, part by part.
fn sections(findings: &Findings) -> String {
    let mut page = String::new();
    page += &findings
        .process
        .as_ref()
        .map_or(String::new(), process::section);
    if !findings.crowds.is_empty() {
        page += &users::section(&findings.crowds);
    }
    page += &findings
        .ceilings
        .as_ref()
        .map_or(String::new(), ceilings::section);
    if !findings.pool.is_empty() {
        page += &pool::section(&findings.pool);
    }
    page += &findings
        .growth
        .as_ref()
        .map_or(String::new(), growth::section);
    page += &findings
        .streams
        .as_ref()
        .map_or(String::new(), live::section);
    for failure in &findings.failures {
        writeln!(page, "\n**Not measured**: {failure}").expect("a string takes all");
    }
    page
}

/// The table of what was asked for.
struct Targets(String);

impl Targets {
    fn row(&mut self, what: &str, asked: &str, here: Option<String>) {
        let here = here.unwrap_or_else(|| "not measured".to_owned());
        writeln!(self.0, "| {what} | {asked} | {here} |").expect("a string takes all");
    }
}

/// Section 12 of the design, as far as this machine can show it.
fn targets(findings: &Findings) -> String {
    let mut targets = Targets(
        "\n## Where it has to arrive\n| what | asked for | here |\n|---|---:|---:|\n".to_owned(),
    );
    of_people(&mut targets, findings);
    of_ceilings(&mut targets, findings);
    beside_others(&mut targets, findings);
    for (name, what) in [
        ("first page", growth::What::FirstPage),
        ("first page, after a write", growth::What::FirstPageAnew),
        ("year's report", growth::What::YearReport),
        ("year's report, after a write", growth::What::YearReportAnew),
        ("balances", growth::What::Balances),
        ("balances, after a write", growth::What::BalancesAnew),
    ] {
        let ratio = findings
            .growth
            .as_ref()
            .and_then(|growth| growth.ratio(what));
        let what = format!("100,000 expenses against 1,000, p95: {name}");
        targets.row(&what, "≤ 2 ×", ratio.map(|ratio| format!("{ratio:.1} ×")));
    }
    let streams = findings.streams.as_ref();
    let heard = streams.and_then(Streams::heard).map(words);
    targets.row(
        "10,000 streams: the last of 25 listeners hears, p99",
        "≤ 50 ms",
        heard,
    );
    let kib = streams.and_then(Streams::kib_each);
    let kib = kib.map(|kib| format!("{kib:.1} KiB"));
    targets.row("10,000 streams: memory for each", "≤ 20 KiB", kib);
    let process = findings.process.as_ref();
    let ready = process.map(|process| words(process.ready));
    targets.row("ready on an existing database", "≤ 200 ms", ready);
    let idle = process.map(|process| format!("{} MiB", process.idle_kib / 1024));
    targets.row("resident when idle", "≤ 40 MiB", idle);
    targets.0
        + "\nNode and Spliit were measured on such a machine, not on this one in this run: those ratios are to the figures \
           in the issue, and machines like this one drift by half. The web app's first visit is measured by `npm run size` \
           in `make check`.\n"
}

fn of_people(targets: &mut Targets, findings: &Findings) {
    let crowd = |people: u32| findings.crowds.iter().find(|crowd| crowd.people == people);
    let seen = |people: u32| Some(crowd(people)?.journal.all());
    let errors = |people: u32| Some(seen(people)?.errors.to_string());
    targets.row("1,000 people: errors", "0", errors(1_000));
    let p99 = seen(1_000).map(|seen| words(seen.times.at(99.0)));
    targets.row("1,000 people: p99", "≤ 50 ms", p99);
    targets.row("5,000 people: errors", "0", errors(5_000));
    let ratio = crowd(1_000).map(|crowd| format!("{:.2}", crowd.cpu.ratio()));
    targets.row(
        "server CPU over PostgreSQL's: 1,000 people, all they do",
        "≤ 0.4",
        ratio,
    );
}

fn of_ceilings(targets: &mut Targets, findings: &Findings) {
    let row = |what| findings.ceilings.as_ref()?.of(what);
    for (name, what, asked) in [
        ("first page", What::FirstPage, "≤ 0.5"),
        ("next page", What::NextPage, "≤ 0.5"),
        ("adding, to one ledger", What::Add, "≤ 0.33"),
        ("adding, to many", What::AddToMany, "≤ 0.33"),
    ] {
        let ratio = row(what).map(|row: &Row| format!("{:.2}", row.cpu.ratio()));
        targets.row(
            &format!("server CPU over PostgreSQL's: {name}"),
            asked,
            ratio,
        );
    }
    for (name, what) in [
        ("first page", What::FirstPage),
        ("next page", What::NextPage),
        ("adding, to one ledger", What::Add),
        ("adding, to many", What::AddToMany),
    ] {
        let share = row(what).and_then(Row::share_of_pgbench);
        let share = share.map(|share| format!("{share:.0} %"));
        targets.row(
            &format!("share of what pgbench does: {name}"),
            "≥ 70 %",
            share,
        );
    }
}

fn beside_others(targets: &mut Targets, findings: &Findings) {
    let row = |what| findings.ceilings.as_ref()?.of(what);
    for (name, what, node) in [
        ("list of 50", What::FirstPage, 1_300),
        ("list of 50, further down", What::NextPage, 1_300),
        ("adding", What::AddToMany, 1_200),
        ("report", What::YearReport, 850),
    ] {
        let here = row(what).map(|row: &Row| one_of(Duration::from_micros(node), row.server_cpu()));
        targets.row(
            &format!("server CPU against Node's: {name}"),
            "≤ 1/10",
            here,
        );
    }
    let crowd = findings.crowds.first();
    let mix = crowd.map(|crowd| {
        let count = crowd.journal.all().times.count().max(1);
        one_of(Duration::from_micros(1_500), crowd.cpu.server / count)
    });
    targets.row(
        "server CPU against Node's: a mix (1,000 people)",
        "≤ 1/10",
        mix,
    );
    let memory = |kib: fn(&Memory) -> u64| {
        let mib = kib(&findings.ceilings.as_ref()?.memory) / 1024;
        let of_it = 230.0 / f64::from(u32::try_from(mib).unwrap_or(1).max(1));
        Some(format!("1/{of_it:.1} ({mib} MiB)"))
    };
    targets.row(
        "memory under load against Node's 230 MiB",
        "≤ 1/8",
        memory(|memory| memory.loaded_kib),
    );
    targets.row(
        "the same while people sign in, with two hashes of 19 MiB",
        "≤ 1/8",
        memory(|memory| memory.signing_in_kib),
    );
    for (name, what, spliit) in [
        ("lists of 20", What::PageOf20, 192.0),
        ("additions", What::AddToGroup, 300.0),
        ("balances", What::Balances, 25.0),
    ] {
        let here = row(what).map(|row: &Row| format!("{:.0} ×", row.rate() / spliit));
        let what = format!("a group of 1,000 expenses against Spliit's: {name}");
        targets.row(&what, "≥ 20 ×", here);
    }
}

fn one_of(other: Duration, here: Duration) -> String {
    format!(
        "1/{:.1}",
        other.as_secs_f64() / here.as_secs_f64().max(1e-6)
    )
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let line = text.lines().next().unwrap_or("an unknown version");
    // Redis says more than its version.
    line.split(" sha=").next().unwrap_or(line).to_owned()
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
