//! Access tokens: JWTs, signed with `EdDSA` and nothing else, good for ten minutes.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::keys::Keys;
use super::{Caller, CallerUntil};
use crate::digest::sha256;
use crate::error::{Code, Error, Result};
use crate::ids::{SessionId, UserId};

/// How many seconds an access token is good for.
pub const LIFETIME: u32 = 600;

/// Whom access tokens are for.
const AUDIENCE: &str = "outlay";

/// How many verified tokens are remembered; each takes some 200 bytes.
const REMEMBERED: u64 = 20_000;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// Signs access tokens, and verifies them.
pub struct Tokens {
    pub keys: Keys,
    issuer: String,
    validation: Validation,
    /// Tokens that were verified before, by their digest. Checking a signature costs more than the rest of a request.
    verified: Cache<[u8; 32], CallerUntil>,
}

impl Tokens {
    /// For tokens that name this issuer, which is the server's public URL.
    pub fn new(issuer: String) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // The library would ask the system's clock: `verify` asks ours.
        validation.validate_exp = false;
        Self {
            keys: Keys::default(),
            issuer,
            validation,
            verified: Cache::new(REMEMBERED),
        }
    }

    /// A new token for a session.
    pub async fn issue(&self, db: &PgPool, now: DateTime<Utc>, caller: Caller) -> Result<String> {
        let key = self.keys.signing(db, now).await?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.clone());
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: caller.user_id,
            sid: caller.session_id,
            iat: now.timestamp(),
            exp: now.timestamp() + i64::from(LIFETIME),
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.signing);
        Ok(token.map_err(anyhow::Error::from)?)
    }

    /// Who a token was given to, and until when. Says nothing of whether that session has ended since.
    ///
    /// # Errors
    /// `unauthenticated` for a token that is expired, or that this server has not signed.
    pub async fn verify(
        &self,
        db: &PgPool,
        now: DateTime<Utc>,
        token: &str,
    ) -> Result<CallerUntil> {
        let digest = sha256(token.as_bytes());
        let known = if let Some(known) = self.verified.get(&digest) {
            known
        } else {
            // Apart: whoever waits for what is verified would be as large as what reads it, and is moved many times.
            let fresh = Box::pin(self.read(db, now, token)).await?;
            self.verified.insert(digest, fresh);
            fresh
        };
        if now < known.until {
            Ok(known)
        } else {
            self.verified.invalidate(&digest);
            Err(refused("the access token is expired"))
        }
    }

    async fn read(&self, db: &PgPool, now: DateTime<Utc>, token: &str) -> Result<CallerUntil> {
        let forged = || refused("the access token is not one of ours");
        let header = jsonwebtoken::decode_header(token).map_err(|_| forged())?;
        let kid = header.kid.ok_or_else(forged)?;
        // The key is of one algorithm, and the token is checked with that one, whatever it says.
        let key = self.keys.named(db, now, &kid).await?.ok_or_else(forged)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation)
            .map_err(|_| forged())?
            .claims;
        let caller = Caller {
            user_id: claims.sub,
            session_id: claims.sid,
        };
        let until = DateTime::from_timestamp(claims.exp, 0).ok_or_else(forged)?;
        Ok(CallerUntil { caller, until })
    }
}

fn refused(detail: &str) -> Error {
    Code::Unauthenticated.error().detail(detail)
}
