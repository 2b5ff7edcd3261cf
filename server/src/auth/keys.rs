//! The Ed25519 keys that access tokens are signed with: in the database, shared by all instances, rotated with overlap.
//!
//! A new key is made when the newest is [`LIFETIME`] old. It is published for [`LEAD`] before anything is signed with
//! it, so that other instances and gateways know it by then, and an old key is published for [`OVERLAP`] after its
//! successor has taken over, so that what it has signed stays good until it expires.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;

/// The age at which a key gets a successor.
const LIFETIME: TimeDelta = TimeDelta::days(30);
/// From when a key is published until it signs.
const LEAD: TimeDelta = TimeDelta::hours(1);
/// From when its successor signs until a key is dropped. Longer than a token lives and an instance goes without looking.
const OVERLAP: TimeDelta = TimeDelta::hours(1);
/// How long an instance goes without looking for keys that others have made.
const LOOK: TimeDelta = TimeDelta::minutes(10);
/// How long it goes without looking when a token names a key that it does not know: anyone can name any key.
const LOOK_FOR_UNKNOWN: TimeDelta = TimeDelta::seconds(5);
/// Names the lock under which keys are made.
const LOCK: i64 = 7_461;

/// One key.
pub struct Key {
    pub kid: String,
    /// The public key: 32 bytes.
    pub public: Vec<u8>,
    pub signing: EncodingKey,
    pub verifying: DecodingKey,
    created_at: DateTime<Utc>,
}

/// The keys of a moment, oldest first.
pub struct Ring {
    keys: Vec<Arc<Key>>,
    loaded_at: DateTime<Utc>,
}

impl Ring {
    fn new(mut keys: Vec<Key>, now: DateTime<Utc>) -> Self {
        let retired = keys
            .windows(2)
            .take_while(|pair| pair[1].created_at + LEAD + OVERLAP <= now)
            .count();
        keys.drain(..retired);
        Self {
            keys: keys.into_iter().map(Arc::new).collect(),
            loaded_at: now,
        }
    }

    /// All that a token may be signed with, the public parts of which are published.
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.keys
    }

    fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.keys.iter().find(|key| key.kid == kid).cloned()
    }

    /// The newest key that has been published long enough; the oldest where there is none, as on the first day.
    fn signing(&self, now: DateTime<Utc>) -> Option<Arc<Key>> {
        let published = |key: &&Arc<Key>| key.created_at + LEAD <= now;
        self.keys
            .iter()
            .rev()
            .find(published)
            .or(self.keys.first())
            .cloned()
    }

    fn needs_new_key(&self, now: DateTime<Utc>) -> bool {
        self.keys
            .last()
            .is_none_or(|newest| newest.created_at + LIFETIME <= now)
    }

    /// How long ago it was loaded, also by a clock that has been set back since.
    fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.loaded_at).abs()
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.age(now) < LOOK && !self.needs_new_key(now)
    }
}

/// The keys as this instance knows them.
pub struct Keys {
    ring: RwLock<Arc<Ring>>,
    /// Held while looking, so that one request looks and the others wait for what it finds.
    looking: Mutex<()>,
}

impl Default for Keys {
    fn default() -> Self {
        let nothing = Ring::new(Vec::new(), DateTime::UNIX_EPOCH);
        Self {
            ring: RwLock::new(Arc::new(nothing)),
            looking: Mutex::default(),
        }
    }
}

impl Keys {
    /// The keys of this moment, of which there is at least one.
    pub async fn ring(&self, db: &PgPool, now: DateTime<Utc>) -> Result<Arc<Ring>> {
        self.look_unless(db, now, |ring| ring.is_fresh(now)).await
    }

    /// The key to sign with.
    pub async fn signing(&self, db: &PgPool, now: DateTime<Utc>) -> Result<Arc<Key>> {
        let key = self.ring(db, now).await?.signing(now);
        Ok(key.ok_or_else(|| anyhow::anyhow!("there is no signing key"))?)
    }

    /// The key that a token names; nothing where there is no such key, or no longer.
    pub async fn named(
        &self,
        db: &PgPool,
        now: DateTime<Utc>,
        kid: &str,
    ) -> Result<Option<Arc<Key>>> {
        let known = self.ring(db, now).await?.find(kid);
        if known.is_some() {
            return Ok(known);
        }
        let enough = |ring: &Ring| ring.find(kid).is_some() || ring.age(now) < LOOK_FOR_UNKNOWN;
        Ok(self.look_unless(db, now, enough).await?.find(kid))
    }

    async fn look_unless(
        &self,
        db: &PgPool,
        now: DateTime<Utc>,
        enough: impl Fn(&Ring) -> bool,
    ) -> Result<Arc<Ring>> {
        let known = self.known();
        if enough(&known) {
            return Ok(known);
        }
        let _looking = self.looking.lock().await;
        let known = self.known();
        if enough(&known) {
            return Ok(known);
        }
        let mut ring = Ring::new(select(&mut *db.acquire().await?).await?, now);
        if ring.needs_new_key(now) {
            ring = rotate(db, now).await?;
        }
        let ring = Arc::new(ring);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }

    fn known(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes a new key and drops those that nothing can be signed with any more, unless another instance was quicker.
async fn rotate(db: &PgPool, now: DateTime<Utc>) -> Result<Ring> {
    let mut tx = Tx::begin_silently(db).await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(&mut *tx)
        .await?;
    let mut ring = Ring::new(select(&mut tx).await?, now);
    if ring.needs_new_key(now) {
        insert(&mut tx, now).await?;
        ring = Ring::new(select(&mut tx).await?, now);
        let kept: Vec<_> = ring.keys.iter().map(|key| key.kid.clone()).collect();
        sqlx::query!("delete from signing_keys where kid <> all($1)", &kept)
            .execute(&mut *tx)
            .await?;
        tracing::info!("made a new signing key");
    }
    tx.commit().await?;
    Ok(ring)
}

async fn select(connection: &mut PgConnection) -> Result<Vec<Key>> {
    let rows = sqlx::query!(
        "select kid, private_key, public_key, created_at from signing_keys order by created_at, kid"
    )
    .fetch_all(connection)
    .await?;
    let keys = rows.into_iter().map(|row| Key {
        kid: row.kid,
        signing: EncodingKey::from_ed_der(&row.private_key),
        verifying: DecodingKey::from_ed_der(&row.public_key),
        public: row.public_key,
        created_at: row.created_at,
    });
    Ok(keys.collect())
}

async fn insert(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    let pair = Ed25519KeyPair::generate().map_err(anyhow::Error::from)?;
    let private_key = pair.to_pkcs8v1().map_err(anyhow::Error::from)?;
    sqlx::query!(
        "insert into signing_keys (kid, private_key, public_key, created_at) values ($1, $2, $3, $4)",
        Uuid::now_v7().to_string(),
        private_key.as_ref(),
        pair.public_key().as_ref(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}
