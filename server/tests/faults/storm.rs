//! Everything dies in turn and at random, while people write.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rustix::process::Signal;
use sqlx::Connection;
use uuid::Uuid;

use crate::crowd::Crowd;
use crate::http::Http;
use crate::load::{Journal, Person, Writer};
use crate::process::until;
use crate::services::{Outlay, Postgres, Redis, folder};

/// What happens.
#[derive(Debug, Clone, Copy)]
enum Fault {
    ServerKilled,
    PostgresKilled,
    BackendKilled,
    RedisKilled,
    AllKilled,
    ServerPaused,
    PostgresPaused,
    RedisPaused,
    ReplicaKilled,
    ReplicaPaused,
    /// Somebody holds what everybody wants, until all connections wait for it.
    PoolFull,
}

const FAULTS: [Fault; 11] = [
    Fault::ServerKilled,
    Fault::PostgresKilled,
    Fault::BackendKilled,
    Fault::RedisKilled,
    Fault::AllKilled,
    Fault::ServerPaused,
    Fault::PostgresPaused,
    Fault::RedisPaused,
    Fault::ReplicaKilled,
    Fault::ReplicaPaused,
    Fault::PoolFull,
];

/// The settings of a run, from the environment: `make faults` says them.
struct Plan {
    seed: u64,
    /// For how long things happen, once each of them has happened.
    more: Duration,
}

impl Plan {
    fn read() -> Self {
        let number = |name, default| {
            std::env::var(name).map_or(default, |text: String| text.parse().expect(name))
        };
        Self {
            seed: number("OUTLAY_FAULTS_SEED", 1),
            more: Duration::from_secs(number("OUTLAY_FAULTS_SECONDS", 0)),
        }
    }

    /// How long what is paused stays so, and how long things are well in between.
    fn moment(&self, random: &mut SmallRng) -> Duration {
        let longest = if self.more.is_zero() { 700 } else { 6_000 };
        Duration::from_millis(random.random_range(300..longest))
    }
}

struct World {
    postgres: Postgres,
    replica: Postgres,
    redis: Redis,
    outlay: Outlay,
    /// Where all write, and who.
    shared: Uuid,
    person: Person,
    journal: Arc<Journal>,
    /// Writes to see whether one can.
    probe: Writer,
}

impl World {
    /// Lets it happen, and ends it as whoever runs services does: from that moment on everything is to recover by itself.
    async fn suffer(&mut self, fault: Fault, moment: Duration) -> Instant {
        match fault {
            Fault::ServerKilled => self.outlay.kill(),
            Fault::PostgresKilled => self.postgres.kill(),
            Fault::BackendKilled => self.postgres.kill_backend().await,
            Fault::RedisKilled => {
                self.redis.kill();
                self.do_without("redis").await;
            }
            Fault::AllKilled => {
                self.postgres.kill();
                self.outlay.kill();
                self.redis.kill();
            }
            Fault::ServerPaused => self.outlay.signal(Signal::STOP),
            Fault::PostgresPaused => self.postgres.signal(Signal::STOP),
            Fault::RedisPaused => {
                self.redis.signal(Signal::STOP);
                self.do_without("redis").await;
            }
            Fault::ReplicaKilled => {
                self.replica.kill();
                self.do_without("replica").await;
            }
            Fault::ReplicaPaused => {
                self.replica.signal(Signal::STOP);
                self.do_without("replica").await;
            }
            Fault::PoolFull => self.fill_the_pool(moment).await,
        }
        tokio::time::sleep(moment).await;
        let ended = Instant::now();
        match fault {
            Fault::BackendKilled | Fault::PoolFull => {}
            Fault::ServerKilled => self.outlay.start().await,
            Fault::PostgresKilled => self.postgres.start().await,
            Fault::RedisKilled => self.redis.start().await,
            Fault::AllKilled => {
                self.redis.start().await;
                self.postgres.start().await;
                self.outlay.start().await;
            }
            Fault::ServerPaused => self.outlay.signal(Signal::CONT),
            Fault::PostgresPaused => self.postgres.signal(Signal::CONT),
            Fault::RedisPaused => self.redis.signal(Signal::CONT),
            Fault::ReplicaKilled => self.replica.start().await,
            Fault::ReplicaPaused => self.replica.signal(Signal::CONT),
        }
        ended
    }

    /// Everything works, and it is said what is missing.
    async fn do_without(&mut self, what: &str) {
        let mut http = Http::at(self.outlay.port);
        until(&format!("it is said that the {what} is away"), async || {
            let answer = http.get("/health/ready").await.ok()?;
            let is_said = answer.body["status"] == "degraded" && answer.body[what] == "down";
            (answer.status == 200 && is_said).then_some(())
        })
        .await;
        self.probe.add(true).await;
        let metrics = http.get("/metrics").await.unwrap().text;
        assert!(metrics.contains(&format!("\n{what}_up 0\n")), "{metrics}");
    }

    async fn fill_the_pool(&self, moment: Duration) {
        let mut connection = self.postgres.connect("outlay").await.unwrap();
        let mut held = connection.begin().await.unwrap();
        sqlx::query("lock table ledgers in access exclusive mode")
            .execute(&mut *held)
            .await
            .unwrap();
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let seed = rand::random();
            let mut writer = Writer::new(&self.person, self.shared, seed, &self.journal);
            crowd.spawn(async move { writer.add(false).await });
        }
        tokio::time::sleep(moment).await;
        // All leave without waiting for an answer.
        crowd.shutdown().await;
        held.rollback().await.unwrap();
    }

    /// Waits until one can write again and nothing is degraded any more, and says how long all that took.
    async fn recover(&mut self, ended: Instant) -> Times {
        let started = ended.elapsed();
        self.probe.add(true).await;
        let written = ended.elapsed();
        let mut http = Http::at(self.outlay.port);
        until("everything is well again", async || {
            let answer = http.get("/health/ready").await.ok()?;
            (answer.body["status"] == "ready").then_some(())
        })
        .await;
        Times {
            started,
            written,
            whole: ended.elapsed(),
        }
    }
}

/// How long after the end of a fault what had been killed was started again, somebody could write, and nothing was degraded.
#[derive(Clone, Copy)]
struct Times {
    started: Duration,
    written: Duration,
    whole: Duration,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            started,
            written,
            whole,
        } = self;
        write!(
            f,
            "started after {started:.1?}, written to after {written:.1?}, whole after {whole:.1?}"
        )
    }
}

/// The longest times of each, as a table.
fn print_longest(times: &BTreeMap<String, Vec<Times>>) {
    println!(
        "| what happened | times | written to after at most | nothing degraded after at most |"
    );
    println!("|---|---:|---:|---:|");
    for (fault, times) in times {
        let longest = |which: fn(&Times) -> Duration| times.iter().map(which).max().unwrap();
        let (written, whole) = (longest(|it| it.written), longest(|it| it.whole));
        println!(
            "| {fault} | {} | {written:.1?} | {whole:.1?} |",
            times.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_survives_whatever_dies_and_everything_recovers_by_itself() {
    let plan = Plan::read();
    println!("seed {}", plan.seed);
    let mut random = SmallRng::seed_from_u64(plan.seed);
    let folder = folder();
    let postgres = Postgres::new(folder.path()).await;
    let replica = postgres.replica(folder.path()).await;
    let redis = Redis::new(folder.path()).await;
    let settings = vec![
        ("DATABASE_URL", postgres.url("outlay")),
        ("DATABASE_REPLICA_URL", replica.url("outlay")),
        ("REDIS_URL", redis.url()),
        ("OUTLAY_DATABASE_CONNECTIONS", "6".to_owned()),
    ];
    let outlay = Outlay::new(folder.path(), settings).await;
    let mut crowd = Crowd::default();
    let anna = Person::new(outlay.port, "anna").await;
    let ben = Person::new(outlay.port, "ben").await;
    let shared = anna.share("Flat").await;
    let writers = [
        (&anna, shared),
        (&anna, shared),
        (&anna, anna.personal),
        (&ben, ben.personal),
    ];
    for (seed, (person, ledger)) in (plan.seed << 8..).zip(writers) {
        crowd.write(person, ledger, seed);
    }
    crowd.read(&anna, shared);
    crowd.read(&ben, ben.personal);
    let mut world = World {
        probe: Writer::new(&ben, ben.personal, u64::MAX, &crowd.journal),
        person: anna.clone(),
        journal: Arc::clone(&crowd.journal),
        postgres,
        replica,
        redis,
        outlay,
        shared,
    };
    suffer_all(&mut world, &plan, &mut random).await;
    let mut connection = world.postgres.connect("outlay").await.unwrap();
    let ledgers = [
        (&anna, shared),
        (&anna, anna.personal),
        (&ben, ben.personal),
    ];
    crowd.end(&mut connection, &ledgers).await;
    let log = world.outlay.log();
    assert!(!log.contains("internal error"), "{log}");
}

/// Each of them once in any order, and then any for as long as is wished.
async fn suffer_all(world: &mut World, plan: &Plan, random: &mut SmallRng) {
    let mut each = FAULTS;
    each.shuffle(random);
    let begun = Instant::now();
    let mut all = BTreeMap::<_, Vec<_>>::new();
    let mut turn = 0;
    while turn < each.len() || begun.elapsed() < plan.more {
        let any = FAULTS[random.random_range(0..FAULTS.len())];
        let fault = each.get(turn).copied().unwrap_or(any);
        turn += 1;
        let moment = plan.moment(random);
        let ended = world.suffer(fault, moment).await;
        let times = world.recover(ended).await;
        println!("{fault:?} for {moment:.1?}: {times}");
        all.entry(format!("{fault:?}")).or_default().push(times);
        tokio::time::sleep(moment / 2).await;
    }
    print_longest(&all);
}
