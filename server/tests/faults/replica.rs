//! A real streaming replica, which falls behind, hangs and dies, while somebody writes and reads what they wrote.

use rustix::process::Signal;
use serde_json::json;

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

    async fn replay(&self, command: &'static str) {
        let mut connection = self.replica.connect("outlay").await.unwrap();
        sqlx::query(command).execute(&mut connection).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_written_reads_it_whether_the_replica_is_well_behind_hangs_or_is_gone() {
    let folder = folder();
    let postgres = Postgres::new(folder.path()).await;
    let replica = postgres.replica(folder.path()).await;
    let settings = vec![
        ("DATABASE_URL", postgres.url("outlay")),
        ("DATABASE_REPLICA_URL", replica.url("outlay")),
    ];
    let outlay = Outlay::new(folder.path(), settings).await;
    let mut world = World {
        http: Http::at(outlay.port),
        person: Person::new(outlay.port, "anna").await,
        outlay,
        replica,
        written: 0,
    };
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
