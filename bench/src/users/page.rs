//! The section of the report on people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{ACCOUNTS, COMING, COUNTED, COUPLES, Crowd, EXPENSES, GROUPS, SETTLING, THINKING};
use crate::growth::thousands;
use crate::timing::words;

/// The section.
pub fn section(crowds: &[Crowd]) -> String {
    let mut page = method();
    page += "| people | requests per second | p50 | p95 | p99 | errors | nothing new (304) | server CPU for 1,000 requests \
             | PostgreSQL CPU | server : PostgreSQL | Redis CPU | the load's own CPU | server | PostgreSQL | Redis |\n\
             |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    for crowd in crowds {
        let all = crowd.journal.all();
        let count = all.times.count().max(1);
        let [p50, p95, p99] = [50.0, 95.0, 99.0].map(|percent| words(all.times.at(percent)));
        let thousand =
            |cpu: std::time::Duration| format!("{:.2} s", (cpu / count).as_secs_f64() * 1e3);
        let mib = |kib: u64| format!("{} MiB", kib / 1024);
        writeln!(
            page,
            "| {} | {:.0} | {p50} | {p95} | {p99} | {} | {:.0} % | {} | {} | {:.2} | {} | {} | {} | {} | {} |",
            thousands(crowd.people),
            f64::from(count) / COUNTED.as_secs_f64(),
            all.errors,
            100.0 * f64::from(crowd.journal.not_modified()) / f64::from(count),
            thousand(crowd.cpu.server),
            thousand(crowd.cpu.postgres),
            crowd.cpu.ratio(),
            thousand(crowd.cpu.redis),
            thousand(crowd.cpu.load),
            mib(crowd.memory.server),
            mib(crowd.memory.postgres),
            mib(crowd.memory.redis),
        )
        .expect("a string takes all");
    }
    for crowd in crowds {
        kinds(&mut page, crowd);
    }
    page
}

fn method() -> String {
    format!(
        "\n## People\n\
         Each thinks for {} s on average (exponentially distributed, {} s at most) and then clicks: home (20 %), list (25 %), \
         further down (14 %), filter (8 %), add (14 %), edit (5 %), report (7 %), balances (7 %). A click asks for what the \
         web app asks for, one request after the other, says what it has kept (`If-None-Match`), and takes gzip, as browsers \
         do. When somebody clicks does not depend on the answers: a request is timed from when it was due, so that waiting for \
         the one before counts. Everybody keeps a stream of events open, and reads the list again when somebody else \
         writes into the ledger on the screen. They come within {} s; after {} s more it is counted for {} s.\n\n\
         {} accounts with {} expenses each in a personal ledger; {} ledgers of 5 of them with {} expenses, {} of 2 with {}. \
         In a larger crowd each account is used by several people. They have signed in before (sessions made by SQL, \
         tokens by `POST /auth/refresh`), because {} hashes of Argon2 at once would take longer than all the rest; one \
         more signs in with the password every second, and is in the figures. Memory: the server's and Redis's resident, \
         PostgreSQL's proportional, at the end.\n\n",
        THINKING.as_secs(),
        THINKING.as_secs() * 7,
        COMING.as_secs(),
        SETTLING.as_secs(),
        COUNTED.as_secs(),
        thousands(ACCOUNTS),
        thousands(EXPENSES),
        GROUPS.1,
        thousands(GROUPS.2),
        COUPLES.1,
        thousands(COUPLES.2),
        thousands(ACCOUNTS),
    )
}

fn kinds(page: &mut String, crowd: &Crowd) {
    let people = thousands(crowd.people);
    write!(
        page,
        "\n### {people} people, by request\n| request | number | p50 | p95 | p99 | errors |\n|---|---:|---:|---:|---:|---:|\n"
    )
    .expect("a string takes all");
    let kinds = crowd.journal.by_kind();
    for (kind, seen) in &kinds {
        let [p50, p95, p99] = [50.0, 95.0, 99.0].map(|percent| words(seen.times.at(percent)));
        let (name, count) = (kind.name(), seen.times.count());
        writeln!(
            page,
            "| {name} | {count} | {p50} | {p95} | {p99} | {} |",
            seen.errors
        )
        .expect("a string takes all");
    }
    let errors: BTreeSet<_> = kinds
        .into_iter()
        .filter_map(|(_, seen)| seen.error)
        .collect();
    for error in errors {
        writeln!(page, "\nAmong the errors: {error}.").expect("a string takes all");
    }
    let early = crowd.journal.early();
    if early > 0 {
        writeln!(
            page,
            "\nOf them {early} were due before it was counted, while people came."
        )
        .expect("a string takes all");
    }
}
