//! A real PgBouncer in transaction mode, with the configuration that we hand out, between two instances and PostgreSQL.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use outlay::db::pool;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::crowd::Crowd;
use crate::load::Person;
use crate::process::{Process, command, free_port, until};
use crate::services::{Outlay, Postgres, folder};

/// The program: Debian's, or where that is too old, ours.
fn program() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/bin/pgbouncer");
    let program = if built.exists() {
        built
    } else {
        "/usr/sbin/pgbouncer".into()
    };
    let said = Command::new(&program).arg("--version").output();
    let said = said.expect("`scripts/tools pgbouncer` installs it").stdout;
    let said = String::from_utf8(said).unwrap();
    let mut numbers = said
        .trim_start_matches("PgBouncer ")
        .split(['.', '\n'])
        .map(|number| number.parse::<u32>().expect(&said));
    let version = (numbers.next().unwrap(), numbers.next().unwrap());
    assert!(
        version >= (1, 21),
        "PgBouncer {version:?} has no prepared statements in transaction mode: `scripts/tools pgbouncer` builds a newer one"
    );
    program
}

/// Starts it with the configuration that is handed out, with nothing changed but addresses, who may, and that there are
/// fewer connections than clients.
async fn start(folder: &Path, postgres: &Postgres) -> (Process, String) {
    let port = free_port();
    let handed_out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/pgbouncer.ini");
    let mut config = fs::read_to_string(handed_out).unwrap();
    let socket = format!("host={}", postgres.socket().display());
    for (ours, here) in [
        ("host=10.0.0.21", socket.as_str()),
        (
            "listen_port = 6432",
            &format!("listen_port = {port}\nunix_socket_dir ="),
        ),
        (
            "auth_type = scram-sha-256\nauth_file = /etc/pgbouncer/userlist.txt\n",
            "auth_type = any\n",
        ),
        ("dbname=outlay ", "dbname=outlay user=outlay "),
        ("default_pool_size = 20", "default_pool_size = 3"),
    ] {
        assert_eq!(config.matches(ours).count(), 1, "{ours}");
        config = config.replace(ours, here);
    }
    let path = folder.join("pgbouncer.ini");
    fs::write(&path, config).unwrap();
    // From where it is, PostgreSQL's user may not be able to start it.
    let ours = folder.join("pgbouncer");
    fs::copy(program(), &ours).unwrap();
    let mut pgbouncer = command(&ours, true);
    pgbouncer.arg(path);
    let process = Process::start(pgbouncer, &folder.join("pgbouncer.log"));
    let url = format!("postgres://outlay@127.0.0.1:{port}/outlay");
    let options = PgConnectOptions::from_str(&url).unwrap();
    until("PgBouncer answers", async || {
        PgConnection::connect_with(&options).await.ok()
    })
    .await;
    (process, url)
}

/// The settings of a session that are so by this condition.
async fn settings(connection: &mut PgConnection, condition: &str) -> BTreeMap<String, String> {
    let asked = format!("select name, setting from pg_settings where {condition}");
    let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(asked))
        .fetch_all(connection)
        .await
        .unwrap();
    rows.into_iter().collect()
}

/// What a session has through PgBouncer of what Outlay asks of one of its own, and what it should have.
async fn asked_for(postgres: &Postgres, url: &str) -> [BTreeMap<String, String>; 2] {
    let by_us = "source = 'client' and name <> 'application_name'";
    let mut plain = postgres.connect("outlay").await.unwrap();
    let of_the_driver = settings(&mut plain, by_us).await;
    let mut own = pool(postgres.options("outlay"), 1).acquire().await.unwrap();
    let mut asked = settings(&mut own, by_us).await;
    asked.retain(|name, _| !of_the_driver.contains_key(name));
    let mut through = PgConnection::connect(url).await.unwrap();
    let mut had = settings(&mut through, "true").await;
    had.retain(|name, _| asked.contains_key(name));
    [had, asked]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_share_three_connections_of_a_pgbouncer_in_transaction_mode() {
    let folder = folder();
    let postgres = Postgres::new(folder.path()).await;
    let (_pgbouncer, url) = start(folder.path(), &postgres).await;
    let settings = vec![
        ("DATABASE_URL", url.clone()),
        ("OUTLAY_PUBLIC_URL", "http://localhost".to_owned()),
    ];
    // At once, so that both want to bring the tables up to date.
    let (one, two) = tokio::join!(
        Outlay::new(folder.path(), settings.clone()),
        Outlay::new(folder.path(), settings)
    );
    let [had, asked] = asked_for(&postgres, &url).await;
    assert!(asked.contains_key("statement_timeout"), "{asked:?}");
    assert_eq!(had, asked);
    let anna = Person::new(one.port, "anna").await;
    let there = Person {
        port: two.port,
        ..anna.clone()
    };
    let shared = anna.share("Flat").await;
    let mut crowd = Crowd::default();
    let places = [
        (&anna, shared),
        (&there, shared),
        (&anna, anna.personal),
        (&there, anna.personal),
    ];
    for (seed, (person, ledger)) in (0..).zip(places) {
        crowd.write(person, ledger, seed);
        crowd.read(person, ledger);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut connection = postgres.connect("outlay").await.unwrap();
    let ledgers = [(&anna, shared), (&anna, anna.personal)];
    crowd.end(&mut connection, &ledgers).await;
    assert_eq!(crowd.journal.failures(), 0, "{}{}", one.log(), two.log());
}
