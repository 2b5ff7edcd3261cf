//! A real streaming replica, which falls behind, hangs and dies, while somebody writes and reads what they wrote.

use rustix::process::Signal;
use serde_json::json;
use sqlx::PgConnection;
use tempfile::TempDir;

use crate::http::{Answer, Http};
use crate::load::Person;
use crate::process::until;
use crate::services::{Outlay, Postgres, folder};

struct World {
    outlay: Outlay,
    replica: Postgres,
    http: Http,
    person: Person,
    /// How many expenses of 1 there are.
    written: i64,
}

impl World {
    async fn get(&mut self, path: &str) -> Answer {
        let path = format!("/api/v1/ledgers/{}/{path}", self.person.personal);
        let asked = self.person.asks("GET", &path, None, None);
        let answer = self.http.send(&asked).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer
    }

    /// Writes, and finds it at once in the list, the report, the balances and the table.
    async fn write_and_read(&mut self) {
        self.written += 1;
        let body = json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Anybody",
            "note": format!("number {}", self.written) });
        let path = format!("/api/v1/ledgers/{}/expenses", self.person.personal);
        let asked = self.person.asks("POST", &path, None, Some(&body));
        let made = self.http.send(&asked).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let list = self.get("expenses?limit=1").await.body;
        assert_eq!(list["items"][0]["id"], made.body["id"]);
        let report = "reports/spending?from=2026-01-01&to=2026-12-31&group_by=month";
        assert_eq!(self.get(report).await.body["total"], json!(self.written));
        let balances = self.get("balances").await.body;
        assert_eq!(balances["members"][0]["paid"], json!(self.written));
    }

    /// Writes and reads until it is said that the replica stands so.
    async fn until(&mut self, standing: &str, status: &str) {
        until(&format!("the replica is {standing}"), async || {
            self.write_and_read().await;
            let ready = self.http.get("/health/ready").await.unwrap();
            let is_so = ready.body["replica"] == standing && ready.body["status"] == status;
            assert_eq!(ready.status, 200, "{}", ready.text);
            is_so.then_some(())
        })
        .await;
    }

    /// How often something was read from the replica.
    async fn reads(&mut self) -> u64 {
        let metrics = self.http.get("/metrics").await.unwrap().text;
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("database_reads_total{from=\"replica\"} "));
        count.map_or(0, |count| count.parse().unwrap())
    }

    /// Reads until the replica is read from again.
    async fn until_it_is_read_from(&mut self) {
        self.until("up", "ready").await;
        let before = self.reads().await;
        until("the replica is read from", async || {
            self.write_and_read().await;
            (self.reads().await > before).then_some(())
        })
        .await;
    }

    /// Reads the report while the replica keeps it waiting, because a lock of the primary's has come to it, and something
    /// happens to the replica meanwhile.
    async fn read_while(&mut self, postgres: &Postgres, year: u32, happens: fn(&mut Postgres)) {
        let mut lock = postgres.connect("outlay").await.unwrap();
        // What has not been committed is sent with the end of the segment only.
        let begin =
            "begin; lock table expense_totals in access exclusive mode; select pg_switch_wal()";
        run(&mut lock, begin).await;
        let mut there = self.replica.connect("outlay").await.unwrap();
        until_it_is_so(
            &mut there,
            "the replica has the lock",
            "select exists (select from pg_locks where mode = 'AccessExclusiveLock'
                             and relation = 'expense_totals'::regclass)",
        )
        .await;
        let query = format!("from={year}-01-01&to={year}-12-31&group_by=month");
        let path = format!(
            "/api/v1/ledgers/{}/reports/spending?{query}",
            self.person.personal
        );
        let asked = self.person.asks("GET", &path, None, None);
        let replica = &mut self.replica;
        let meanwhile = async {
            until_it_is_so(&mut there, "the replica keeps it waiting", SOMEBODY_WAITS).await;
            happens(replica);
            until_it_is_so(&mut lock, "the primary is asked", SOMEBODY_WAITS).await;
            run(&mut lock, "rollback").await;
        };
        let (answer, ()) = tokio::join!(self.http.send(&asked), meanwhile);
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["total"], json!(0), "{}", answer.text);
    }

    async fn replay(&self, command: &'static str) {
        let mut connection = self.replica.connect("outlay").await.unwrap();
        run(&mut connection, command).await;
    }
}

async fn run(connection: &mut PgConnection, commands: &'static str) {
    sqlx::raw_sql(commands).execute(connection).await.unwrap();
}

/// Whether a statement of the server's waits for a lock.
const SOMEBODY_WAITS: &str = "select exists (select from pg_stat_activity
    where application_name = 'outlay' and wait_event_type = 'Lock')";

async fn until_it_is_so(connection: &mut PgConnection, what: &str, is_so: &'static str) {
    until(what, async || {
        let is_so: bool = sqlx::query_scalar(is_so)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        is_so.then_some(())
    })
    .await;
}

async fn world(folder: &TempDir) -> (Postgres, World) {
    let postgres = Postgres::new(folder.path()).await;
    let replica = postgres.replica(folder.path()).await;
    let settings = vec![
        ("DATABASE_URL", postgres.url("outlay")),
        ("DATABASE_REPLICA_URL", replica.url("outlay")),
    ];
    let outlay = Outlay::new(folder.path(), settings).await;
    let world = World {
        http: Http::at(outlay.port),
        person: Person::new(outlay.port, "anna").await,
        outlay,
        replica,
        written: 0,
    };
    (postgres, world)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_does_not_finish_is_read_from_the_primary() {
    let folder = folder();
    let (postgres, mut world) = world(&folder).await;
    world.until_it_is_read_from().await;

    world.read_while(&postgres, 2001, Postgres::kill).await;
    world.replica.start().await;
    world.until_it_is_read_from().await;

    let hang = |replica: &mut Postgres| replica.signal(Signal::STOP);
    world.read_while(&postgres, 2002, hang).await;
    world.replica.signal(Signal::CONT);
    world.until_it_is_read_from().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_written_reads_it_whether_the_replica_is_well_behind_hangs_or_is_gone() {
    let folder = folder();
    let (_postgres, mut world) = world(&folder).await;
    world.until_it_is_read_from().await;

    world.replay("select pg_wal_replay_pause()").await;
    world.until("lagging", "degraded").await;
    let before = world.reads().await;
    world.write_and_read().await;
    assert_eq!(world.reads().await, before);
    world.replay("select pg_wal_replay_resume()").await;
    world.until_it_is_read_from().await;

    world.replica.signal(Signal::STOP);
    world.until("down", "degraded").await;
    world.replica.signal(Signal::CONT);
    world.until_it_is_read_from().await;

    world.replica.kill();
    world.until("down", "degraded").await;
    let metrics = world.http.get("/metrics").await.unwrap().text;
    assert!(metrics.contains("\nreplica_up 0\n"), "{metrics}");
    world.replica.start().await;
    world.until_it_is_read_from().await;

    // Without it from the beginning, and found as soon as it is there.
    world.replica.kill();
    assert!(world.outlay.stop().await, "{}", world.outlay.log());
    world.outlay.start().await;
    world.until("down", "degraded").await;
    world.replica.start().await;
    world.until_it_is_read_from().await;
    println!("{} written, each read at once", world.written);
}
