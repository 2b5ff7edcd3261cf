//! How many requests somebody makes: counted here as they come, and once a second told to all instances.
//!
//! See docs/adr/0006-limits.md.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::Script;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::auth::{CallerUntil, Client};
use crate::digest::sha256;
use crate::error::Result;
use crate::ids::UserId;
use crate::limits;
use crate::redis::Redis;

/// A request, in units of which as many drain in a millisecond as requests are allowed in a minute.
const REQUEST: i64 = 60_000;
/// How often instances tell each other.
const TELL: Duration = Duration::from_secs(1);
/// How many are told of in one call.
const AT_ONCE: usize = 500;
/// How many users, and how many networks, this process counts for; each takes some 100 bytes.
const KEPT: usize = 50_000;

static ADD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("pace.lua")));

/// Who makes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    User(UserId),
    /// Without a token that is good: an IPv4 address or the first 64 bits of an IPv6 one.
    Network(IpAddr),
}

impl Who {
    /// Whoever calls from an address without a token.
    pub fn at(ip: IpAddr) -> Self {
        Self::Network(match ip {
            IpAddr::V4(_) => ip,
            IpAddr::V6(ip) => {
                let network = u128::from(ip) & !u128::from(u64::MAX);
                Ipv6Addr::from(network).into()
            }
        })
    }

    /// By a digest, so that Redis holds no addresses.
    fn key(self, redis: &Redis) -> String {
        use base64::Engine;
        let id = sha256(format!("{self:?}").as_bytes());
        let id = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(id);
        redis.key(&format!("pace:{id}"))
    }
}

/// How much of what is allowed has been used. It drains with time.
#[derive(Debug, Clone, Copy)]
struct Level {
    units: i64,
    at: Instant,
    /// Requests that the other instances have not been told of.
    untold: u32,
}

impl Level {
    const fn empty(at: Instant) -> Self {
        Self {
            units: 0,
            at,
            untold: 0,
        }
    }

    fn drain(&mut self, limit: i64, now: Instant) {
        // By whole milliseconds: what is less is left for the next time.
        let passed = now.saturating_duration_since(self.at).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        self.at += Duration::from_millis(passed);
        let drained = i64::try_from(passed).unwrap_or(i64::MAX);
        self.units = (self.units - drained.saturating_mul(limit)).max(0);
    }

    /// Counts a request, or gives the seconds to wait.
    fn take(&mut self, limit: i64, now: Instant) -> Result<(), i64> {
        self.drain(limit, now);
        let over = self.units - (limit - 1) * REQUEST;
        if over > 0 {
            let second = 1000 * limit;
            return Err((over + second - 1) / second);
        }
        self.units += REQUEST;
        self.untold += 1;
        Ok(())
    }
}

/// Those who have made requests of late. Users apart, so that no number of networks makes users forgotten.
#[derive(Default)]
struct Levels {
    users: HashMap<Who, Level>,
    networks: HashMap<Who, Level>,
    /// Whether there is a task that tells.
    is_told: bool,
}

impl Levels {
    fn of(&mut self, who: Who) -> &mut HashMap<Who, Level> {
        match who {
            Who::User(_) => &mut self.users,
            Who::Network(_) => &mut self.networks,
        }
    }

    fn all(&mut self) -> [&mut HashMap<Who, Level>; 2] {
        [&mut self.users, &mut self.networks]
    }
}

/// Counts requests.
pub struct Pace {
    redis: Option<Arc<Redis>>,
    /// Requests in a minute.
    limit: i64,
    levels: Mutex<Levels>,
}

impl Pace {
    /// Allows so many requests in a minute; 0 for as many as they like.
    pub fn new(redis: Option<Arc<Redis>>, limit: u32) -> Self {
        Self {
            redis,
            limit: limit.into(),
            levels: Mutex::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// `rate_limited` with the seconds to wait.
    pub fn take(self: &Arc<Self>, who: Who, now: Instant) -> Result<()> {
        let mut levels = self.lock();
        let known = levels.of(who);
        if known.len() >= KEPT && !known.contains_key(&who) {
            make_room(known, self.limit, now);
        }
        let level = known.entry(who).or_insert(Level::empty(now));
        level.take(self.limit, now).map_err(limits::refused)?;
        if self.redis.is_some() && !levels.is_told {
            levels.is_told = true;
            tokio::spawn(Arc::clone(self).go_on_telling());
        }
        Ok(())
    }

    /// Until there is nothing to tell.
    async fn go_on_telling(self: Arc<Self>) {
        let mut goes_on = true;
        while goes_on {
            tokio::time::sleep(TELL).await;
            goes_on = self.tell().await;
        }
    }

    /// Adds what was counted here to what all have counted, and takes that over. Says whether there was anything.
    ///
    /// Where Redis is away it is not told later: by then it is long over.
    pub async fn tell(&self) -> bool {
        let untold = self.untold();
        if let Some(redis) = &self.redis {
            for some in untold.chunks(AT_ONCE) {
                let mut call = ADD.prepare_invoke();
                call.arg(self.limit);
                for (who, requests) in some {
                    call.key(who.key(redis)).arg(*requests);
                }
                let Some(all) = redis.run::<Vec<i64>>(&call).await else {
                    break;
                };
                self.learn(some, &all, Instant::now());
            }
        }
        !untold.is_empty()
    }

    /// What the others have not been told; those who have not asked for long are forgotten.
    fn untold(&self) -> Vec<(Who, u32)> {
        let now = Instant::now();
        let mut levels = self.lock();
        let mut untold = Vec::new();
        for some in levels.all() {
            some.retain(|who, level| {
                level.drain(self.limit, now);
                if level.untold > 0 {
                    untold.push((*who, std::mem::take(&mut level.untold)));
                    return true;
                }
                level.units > 0
            });
            // A crowd has gone: so does the room that it has taken.
            some.shrink_to(2 * some.len());
        }
        levels.is_told = !untold.is_empty();
        untold
    }

    fn learn(&self, told: &[(Who, u32)], all: &[i64], now: Instant) {
        let mut levels = self.lock();
        for ((who, _), units) in told.iter().zip(all) {
            if let Some(level) = levels.of(*who).get_mut(who) {
                level.units = units + i64::from(level.untold) * REQUEST;
                level.at = now;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Levels> {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets who has nothing left to drain; where that is not enough, the half that has asked least.
fn make_room(levels: &mut HashMap<Who, Level>, limit: i64, now: Instant) {
    levels.retain(|_, level| {
        level.drain(limit, now);
        level.units > 0
    });
    if levels.len() < KEPT / 2 {
        return;
    }
    let mut units: Vec<i64> = levels.values().map(|level| level.units).collect();
    let middle = units.len() / 2;
    let (_, median, _) = units.select_nth_unstable(middle);
    let median = *median;
    levels.retain(|_, level| level.units > median);
}

/// Counts a request to the API: for its user, or without a token that is good, for where it comes from. Who the token says
/// is kept for whoever asks next.
///
/// # Errors
/// `rate_limited` with the seconds to wait.
pub async fn count(app: &App, parts: &mut Parts) -> Result<()> {
    if app.pace.limit == 0 {
        return Ok(());
    }
    let who = if let Ok(known) = CallerUntil::from_request_parts(parts, app).await {
        parts.extensions.insert(known);
        Some(Who::User(known.caller.user_id))
    } else {
        let Ok(client) = Client::from_request_parts(parts, app).await;
        client.ip.map(Who::at)
    };
    who.map_or(Ok(()), |who| app.pace.take(who, Instant::now()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user() -> Who {
        Who::User(UserId(Uuid::now_v7()))
    }

    fn pace(limit: u32) -> Arc<Pace> {
        Arc::new(Pace::new(None, limit))
    }

    #[test]
    fn what_is_allowed_comes_back_with_time() {
        let (pace, anna, now) = (pace(60), user(), Instant::now());
        for _ in 0..60 {
            pace.take(anna, now).unwrap();
        }
        assert!(pace.take(anna, now).is_err());
        assert!(pace.take(anna, now + Duration::from_millis(999)).is_err());
        let later = now + Duration::from_secs(1);
        pace.take(anna, later).unwrap();
        assert!(pace.take(anna, later).is_err());
        pace.take(user(), later).unwrap();
    }

    #[test]
    fn it_comes_back_in_steps_of_less_than_a_millisecond_too() {
        let mut level = Level::empty(Instant::now());
        level.units = 10 * REQUEST;
        let mut now = level.at;
        for _ in 0..20_000 {
            now += Duration::from_micros(500);
            level.drain(60, now);
        }
        assert_eq!(level.units, 0);
    }

    #[test]
    fn one_waits_until_there_is_one_more() {
        let mut level = Level::empty(Instant::now());
        let now = level.at;
        for _ in 0..5 {
            level.take(5, now).unwrap();
        }
        assert_eq!(level.take(5, now), Err(12));
        assert_eq!(level.take(5, now + Duration::from_millis(11_999)), Err(1));
    }

    #[test]
    fn any_number_of_networks_takes_so_much_memory_and_makes_no_user_forgotten() {
        let (pace, anna, now) = (pace(2), user(), Instant::now());
        let busy = Who::at(Ipv6Addr::from(1 << 100).into());
        for who in [anna, anna, busy, busy] {
            pace.take(who, now).unwrap();
        }
        for network in 2..=200_000_u128 {
            let ip = Ipv6Addr::from(network << 64);
            pace.take(Who::at(ip.into()), now).unwrap();
        }
        assert!(pace.lock().networks.len() <= KEPT);
        assert!(pace.take(anna, now).is_err());
        assert!(pace.take(busy, now).is_err());
    }

    #[test]
    fn of_ipv6_the_network_counts() {
        let who = |text: &str| Who::at(text.parse().unwrap());
        assert_eq!(who("2001:db8::1"), who("2001:db8::ffff:1"));
        assert_ne!(who("2001:db8::1"), who("2001:db8:0:1::1"));
        assert_ne!(who("192.0.2.1"), who("192.0.2.2"));
    }
}
