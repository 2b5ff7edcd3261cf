//! A server that outlived the Outlay that had started it: ended before the next one begins.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::StartError;

/// How long an orphan has for its fast shutdown, and then for an immediate one.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// Waits until no process of an earlier server works on `pgdata`, telling it to end.
///
/// Taking such a server over would do as well, but would leave us with one that is not our child: it would neither
/// die with us nor be noticed when it dies. The caller holds the lock, so it is nobody else's.
pub(super) fn end(pgdata: &Path) -> Result<(), StartError> {
    let pid_file = pgdata.join("postmaster.pid");
    let Some(postmaster) = recorded(&pid_file) else {
        return Ok(());
    };
    let begun = Instant::now();
    let mut told = None;
    loop {
        let at_work = at_work(pgdata, postmaster);
        let Some(first) = at_work.first().copied() else {
            break;
        };
        let (signal, limit) = match begun.elapsed() {
            waited if waited > 2 * PATIENCE => return Err(StartError::Orphan(first.as_raw_pid())),
            waited if waited > PATIENCE => (Signal::QUIT, PATIENCE),
            _ => (Signal::INT, Duration::ZERO),
        };
        if told != Some(limit) {
            tracing::warn!(
                pid = first.as_raw_pid(),
                "ending a PostgreSQL that an Outlay before us has left"
            );
            for pid in at_work {
                // To a backend whose postmaster is gone, SIGTERM says what SIGINT says to a postmaster.
                let orphaned = pid != postmaster && signal == Signal::INT;
                let _ = kill_process(pid, if orphaned { Signal::TERM } else { signal });
            }
            told = Some(limit);
        }
        sleep(POLL);
    }
    // The number may by now be another program's, as it often is in a container: PostgreSQL would refuse to start.
    if test_kill_process(postmaster).is_ok() && pid_file.exists() {
        fs::remove_file(&pid_file).map_err(StartError::file("remove", &pid_file))?;
    }
    Ok(())
}

fn recorded(pid_file: &Path) -> Option<Pid> {
    let content = fs::read_to_string(pid_file).ok()?;
    Pid::from_raw(content.lines().next()?.trim().parse().ok()?)
}

/// The processes that work on `pgdata`, the postmaster first.
fn at_work(pgdata: &Path, postmaster: Pid) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return is_postgres(postmaster)
            .then_some(postmaster)
            .into_iter()
            .collect();
    };
    let numbers = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut found: Vec<Pid> = numbers
        .filter_map(Pid::from_raw)
        .filter(|pid| {
            let process = Path::new("/proc").join(pid.as_raw_pid().to_string());
            let here = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == pgdata);
            here && fs::read_to_string(process.join("comm"))
                .is_ok_and(|name| name.trim() == "postgres")
        })
        .collect();
    found.sort_by_key(|pid| *pid != postmaster);
    found
}

/// Whether a process of that number is a PostgreSQL, on systems without /proc.
fn is_postgres(pid: Pid) -> bool {
    let ps = Command::new("ps")
        .args(["-o", "comm=", "-p", &pid.as_raw_pid().to_string()])
        .output();
    ps.is_ok_and(|ps| {
        String::from_utf8_lossy(&ps.stdout)
            .trim()
            .ends_with("postgres")
    })
}
