//! How often something may be tried: counted in Redis for all instances, or in this process where there is none.
//!
//! See docs/adr/0006-limits.md.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ::redis::Script;
use chrono::{DateTime, Utc};

use crate::digest::sha256;
use crate::error::{Code, Error, Result};
use crate::redis::Redis;

/// How many counts this process keeps where there is no Redis; each takes some 80 bytes.
const KEPT: usize = 100_000;

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("limits.lua")));
static GIVE_BACK: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("limits_give_back.lua")));

/// So many times within so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub name: &'static str,
    /// At least 1.
    pub limit: u32,
    /// In seconds.
    pub window: u32,
    pub then: Then,
}

/// What happens at the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing more until the window ends, which began with the first.
    Wait,
    /// One more after so many seconds, the next after twice as many, and so on up to the window. It is forgotten a window
    /// after the last, or by a success.
    WaitLonger(u32),
}

/// A rule for somebody.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    rule: Rule,
    id: [u8; 32],
}

impl Rule {
    /// This rule for whoever is named so. Only a digest of the name is kept.
    pub fn of(self, who: &str) -> Limit {
        let id = sha256(format!("{}\n{who}", self.name).as_bytes());
        Limit { rule: self, id }
    }

    /// This rule for whoever calls from an address; of IPv6 the network counts, because one customer has all of it.
    pub fn of_ip(self, ip: IpAddr) -> Limit {
        self.of(&network(ip))
    }

    fn first_wait(&self) -> u32 {
        match self.then {
            Then::Wait => 0,
            Then::WaitLonger(first) => first,
        }
    }
}

/// An address as limits count it: all of an IPv4 address, the first 64 bits of an IPv6 one.
pub fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// What was taken under a rule. Times are seconds since 1970. The same as in limits.lua.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    taken: u32,
    shut: i64,
    expires: i64,
}

impl Count {
    /// Whether it no longer counts. What ends later than it could if it began now was counted before the clock was set back.
    fn is_over(&self, rule: &Rule, now: i64) -> bool {
        self.expires <= now || self.expires - now > 2 * i64::from(rule.window)
    }

    fn take(&mut self, rule: &Rule, now: i64) {
        let window = i64::from(rule.window);
        self.taken += 1;
        let over = self.taken.checked_sub(rule.limit);
        match rule.then {
            Then::Wait => {
                if self.taken == 1 {
                    self.expires = now + window;
                }
                if over.is_some() {
                    self.shut = self.expires;
                }
            }
            Then::WaitLonger(first) => {
                if let Some(over) = over {
                    let wait = i64::from(first).saturating_mul(1 << over.min(20));
                    self.shut = now + wait.min(window);
                }
                self.expires = self.shut.max(now) + window;
            }
        }
    }
}

/// Counts what is tried.
pub struct Limits {
    redis: Option<Arc<Redis>>,
    counts: Mutex<HashMap<[u8; 32], Count>>,
}

impl Limits {
    /// Counts in Redis where there is one.
    pub fn new(redis: Option<Arc<Redis>>) -> Self {
        Self {
            redis,
            counts: Mutex::default(),
        }
    }

    /// Counts one attempt under each of these limits, or under none where one of them is reached. It is to be called
    /// before the attempt, so that a hundred at once are not a hundred firsts.
    ///
    /// # Errors
    /// `rate_limited` with the seconds to wait.
    pub async fn take(&self, limits: &[Limit], now: DateTime<Utc>) -> Result<()> {
        if limits.is_empty() {
            return Ok(());
        }
        let now = now.timestamp();
        let shared = match &self.redis {
            Some(redis) => take_shared(redis, limits, now).await,
            None => None,
        };
        match shared.unwrap_or_else(|| self.take_here(limits, now)) {
            0 => Ok(()),
            wait => Err(refused(wait)),
        }
    }

    /// Gives back what a success has taken: a count that makes one wait longer is forgotten, others go back by one.
    pub async fn give_back(&self, limits: &[Limit]) {
        if let Some(redis) = &self.redis {
            let mut call = GIVE_BACK.prepare_invoke();
            for limit in limits {
                call.key(key(redis, limit))
                    .arg(u8::from(limit.rule.then != Then::Wait));
            }
            if redis.run::<i64>(&call).await.is_some() {
                return;
            }
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for limit in limits {
            if limit.rule.then == Then::Wait {
                if let Some(count) = counts.get_mut(&limit.id) {
                    count.taken = count.taken.saturating_sub(1);
                    count.shut = 0;
                }
            } else {
                counts.remove(&limit.id);
            }
        }
    }

    /// The seconds to wait; 0 where it was counted.
    fn take_here(&self, limits: &[Limit], now: i64) -> i64 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = 0;
        for limit in limits {
            match counts.get(&limit.id) {
                Some(count) if count.is_over(&limit.rule, now) => {
                    counts.remove(&limit.id);
                }
                Some(count) => wait = wait.max(count.shut - now),
                None => {}
            }
        }
        if wait > 0 {
            return wait;
        }
        if counts.len() + limits.len() > KEPT {
            make_room(&mut counts);
        }
        for limit in limits {
            counts.entry(limit.id).or_default().take(&limit.rule, now);
        }
        0
    }
}

/// Forgets the half that expires first, and with it all that expires at the same moment as its last.
fn make_room(counts: &mut HashMap<[u8; 32], Count>) {
    let mut expires: Vec<i64> = counts.values().map(|count| count.expires).collect();
    let middle = expires.len() / 2;
    let (_, median, _) = expires.select_nth_unstable(middle);
    let median = *median;
    counts.retain(|_, count| count.expires > median);
}

async fn take_shared(redis: &Redis, limits: &[Limit], now: i64) -> Option<i64> {
    let mut call = TAKE.prepare_invoke();
    call.arg(now);
    for limit in limits {
        call.key(key(redis, limit))
            .arg(limit.rule.limit)
            .arg(limit.rule.window)
            .arg(limit.rule.first_wait());
    }
    redis.run(&call).await
}

fn key(redis: &Redis, limit: &Limit) -> String {
    use base64::Engine;
    let id = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(limit.id);
    redis.key(&format!("limit:{id}"))
}

/// The refusal of who has to wait for so many seconds.
pub fn refused(wait: i64) -> Error {
    metrics::counter!("rate_limited_total").increment(1);
    let seconds = u64::try_from(wait).unwrap_or(1);
    Code::RateLimited
        .error()
        .detail(format!("try again in {seconds} seconds"))
        .retry_after(seconds)
}
