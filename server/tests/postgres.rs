//! The embedded PostgreSQL on the real thing: started, killed, started again, and gone when it should be.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use outlay::postgres::{Postgres, Settings, StartError};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Makes this binary, called by itself, the process that a test kills: it names the data folder.
const TO_KILL: &str = "OUTLAY_TEST_PROCESS_TO_KILL";

fn folder() -> TempDir {
    folder_of_mode(0o711)
}

fn folder_of_mode(mode: u32) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
    dir
}

fn settings(dir: &Path) -> Settings {
    Settings {
        data_dir: dir.join("data"),
        bin: None,
    }
}

async fn start(dir: &Path) -> Postgres {
    let begun = Instant::now();
    let postgres = Postgres::start(settings(dir)).await.unwrap();
    println!("started in {:?}", begun.elapsed());
    postgres
}

async fn connect(postgres: &Postgres) -> PgConnection {
    PgConnection::connect_with(&postgres.options())
        .await
        .unwrap()
}

async fn ask(connection: &mut PgConnection, question: &'static str) -> String {
    sqlx::query_scalar(question)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The PostgreSQL processes that work below `dir`, or on what is linked from there.
fn at_work(dir: &Path) -> Vec<i32> {
    let cluster = dir.join("data/postgres").canonicalize().unwrap();
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == cluster))
        .collect()
}

fn postmaster(dir: &Path) -> Pid {
    let file = fs::read_to_string(dir.join("data/postgres/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// A process that starts the server in `dir`, then writes rows and says which of them are acknowledged.
fn process_to_kill(
    dir: &Path,
    adjust: impl FnOnce(&mut Command),
) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "a_process_to_kill", "--nocapture"])
        .env(TO_KILL, dir)
        .stdout(Stdio::piped());
    adjust(&mut command);
    let mut child = command.spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    (child, said)
}

/// Reads acknowledgements until there are `enough`, or to the end.
fn acknowledged(said: &mut impl BufRead, enough: usize) -> Vec<i64> {
    let numbers = said.lines().map_while(Result::ok);
    numbers
        .filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok())
        .take(enough)
        .collect()
}

#[tokio::test]
async fn a_process_to_kill() {
    let Some(dir) = std::env::var_os(TO_KILL) else {
        return;
    };
    let postgres = start(Path::new(&dir)).await;
    let mut connection = connect(&postgres).await;
    sqlx::query("create table if not exists written (id bigint generated always as identity)")
        .execute(&mut connection)
        .await
        .unwrap();
    loop {
        let id: i64 = sqlx::query_scalar("insert into written default values returning id")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        println!("acknowledged {id}");
    }
}

#[tokio::test]
async fn data_are_there_after_a_stop_and_a_second_start() {
    let dir = folder();
    let postgres = start(dir.path()).await;
    let mut connection = connect(&postgres).await;
    assert_eq!(ask(&mut connection, "show fsync").await, "on");
    assert_eq!(ask(&mut connection, "show listen_addresses").await, "");
    assert_eq!(ask(&mut connection, "show server_encoding").await, "UTF8");
    assert_eq!(ask(&mut connection, "select lower('ÄÉ')").await, "äé");
    sqlx::query("create table kept as select 'kept' as word")
        .execute(&mut connection)
        .await
        .unwrap();
    postgres.stop().await;

    let postgres = start(dir.path()).await;
    assert_eq!(
        ask(&mut connect(&postgres).await, "select word from kept").await,
        "kept"
    );
    postgres.stop().await;
}

#[tokio::test]
async fn stopping_leaves_nothing_running_and_no_socket() {
    let dir = folder();
    let postgres = start(dir.path()).await;
    // An open connection must not hold up the stop.
    let _connection = connect(&postgres).await;
    let socket = postgres.options().get_socket().unwrap().clone();
    assert_eq!(fs::metadata(&socket).unwrap().mode() & 0o777, 0o700);
    assert!(!at_work(dir.path()).is_empty());
    postgres.stop().await;
    assert_eq!(at_work(dir.path()), Vec::<i32>::new());
    assert!(!socket.exists());
}

#[tokio::test]
async fn nobody_else_reads_the_log_nor_the_data() {
    let dir = folder();
    start(dir.path()).await.stop().await;
    for (path, mode) in [("data/postgres.log", 0o600), ("data/postgres", 0o700)] {
        let found = fs::metadata(dir.path().join(path)).unwrap();
        assert_eq!(found.mode() & 0o777, mode, "{path}");
    }
}

#[tokio::test]
async fn a_second_outlay_on_the_same_data_is_told_so() {
    let dir = folder();
    let postgres = start(dir.path()).await;
    let refused = Postgres::start(settings(dir.path())).await.unwrap_err();
    assert!(matches!(refused, StartError::InUse(_)), "{refused}");
    connect(&postgres).await.ping().await.unwrap();
    postgres.stop().await;
}

#[tokio::test]
async fn killing_outlay_loses_no_acknowledged_row() {
    let dir = folder();
    let mut written = Vec::new();
    for _ in 0..3 {
        let (mut child, mut said) = process_to_kill(dir.path(), |_| {});
        // It goes on writing while it is killed.
        written.extend(acknowledged(&mut said, 200));
        child.kill().unwrap();
        child.wait().unwrap();
        written.extend(acknowledged(&mut said, usize::MAX));
    }
    let postgres = start(dir.path()).await;
    let kept: Vec<i64> = sqlx::query_scalar("select id from written order by id")
        .fetch_all(&mut connect(&postgres).await)
        .await
        .unwrap();
    println!("{} acknowledged, {} kept", written.len(), kept.len());
    assert!(written.len() >= 600);
    assert!(written.iter().all(|id| kept.binary_search(id).is_ok()));
    postgres.stop().await;
}

#[tokio::test]
async fn the_server_goes_with_a_killed_outlay() {
    let dir = folder();
    let (mut child, mut said) = process_to_kill(dir.path(), |_| {});
    acknowledged(&mut said, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    while !at_work(dir.path()).is_empty() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it is still there"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("gone in {:?}", begun.elapsed());
}

#[tokio::test]
async fn an_orphan_is_replaced_by_the_next_start() {
    let dir = folder();
    let bin = Path::new("/usr/lib/postgresql");
    assert!(bin.exists(), "the programs must be found without PATH");
    // Without setpriv in PATH, nothing binds the server to its parent.
    let (mut child, mut said) = process_to_kill(dir.path(), |command| {
        command.env("PATH", "/nowhere");
    });
    acknowledged(&mut said, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let orphan = postmaster(dir.path());
    assert!(
        at_work(dir.path()).contains(&orphan.as_raw_pid()),
        "the orphan should have lived on"
    );
    let postgres = start(dir.path()).await;
    assert_ne!(postmaster(dir.path()), orphan);
    postgres.stop().await;
}

#[tokio::test]
async fn a_number_in_the_lock_that_is_now_another_programs_does_not_hold_up_the_start() {
    let dir = folder();
    start(dir.path()).await.stop().await;
    let lock = dir.path().join("data/postgres/postmaster.pid");
    fs::write(
        &lock,
        format!(
            "{}\n/nowhere\n0\n5432\n/tmp\n\n0 0\nready\n",
            std::process::id()
        ),
    )
    .unwrap();
    start(dir.path()).await.stop().await;
}

#[tokio::test]
async fn a_server_that_dies_is_started_again() {
    let dir = folder();
    let postgres = start(dir.path()).await;
    let first = postmaster(dir.path());
    kill_process(first, Signal::KILL).unwrap();
    let begun = Instant::now();
    while PgConnection::connect_with(&postgres.options())
        .await
        .is_err()
    {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it did not come back"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("back in {:?}", begun.elapsed());
    assert_ne!(postmaster(dir.path()), first);
    postgres.stop().await;
    assert_eq!(at_work(dir.path()), Vec::<i32>::new());
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let dir = folder();
    start(dir.path()).await.stop().await;
    let config = dir.path().join("data/postgres/postgresql.conf");
    fs::write(&config, "max_connections = many\n").unwrap();
    let refused = Postgres::start(settings(dir.path()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("PostgreSQL does not start") && refused.contains("postgresql.conf"),
        "{refused}"
    );
    assert!(!refused.contains('\n'), "{refused}");
}

#[tokio::test]
async fn root_moves_data_that_the_servers_user_could_not_reach() {
    if !geteuid().is_root() {
        return; // Only root gives way to another user.
    }
    let dir = folder_of_mode(0o700);
    let postgres = start(dir.path()).await;
    let moved = fs::read_link(dir.path().join("data/postgres")).unwrap();
    assert_ne!(fs::metadata(&moved).unwrap().uid(), 0);
    postgres.stop().await;
    // The second start follows the link.
    start(dir.path()).await.stop().await;
    fs::remove_dir_all(&moved).unwrap();
    fs::remove_file(moved.with_extension("lock")).unwrap();
}

#[tokio::test]
async fn an_ordinary_user_can_run_it_and_one_without_a_name_is_told_what_to_do() {
    if !geteuid().is_root() {
        return; // Every other test here has run as an ordinary user.
    }
    for (uid, named) in [(65534, true), (54321, false)] {
        let dir = folder();
        let exe = dir.path().join("outlay-test");
        fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
        std::os::unix::fs::chown(dir.path(), Some(uid), Some(uid)).unwrap();
        let mut command = Command::new(&exe);
        command
            .args(["--exact", "a_process_to_kill", "--nocapture"])
            .env(TO_KILL, dir.path());
        command
            .uid(uid)
            .gid(uid)
            .current_dir("/")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        if named {
            assert_eq!(acknowledged(&mut said, 1), [1]);
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            named || complaint.contains("NamelessUser(54321)"),
            "{complaint}"
        );
    }
}
