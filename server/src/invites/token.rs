//! What a link holds: whoever has it may join.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::digest::sha256;
use crate::error::Result;
use crate::ids::LedgerId;

/// The ledger's id, so that the statement which looks it up names the ledger like every other, and 24 random bytes. See
/// docs/adr/0008-invitations.md.
pub struct InviteToken([u8; 40]);

impl InviteToken {
    /// A new one.
    pub fn new(ledger_id: LedgerId) -> Result<Self> {
        let mut bytes = [0; 40];
        let (id, random) = bytes.split_at_mut(16);
        id.copy_from_slice(ledger_id.0.as_bytes());
        SystemRandom::new()
            .fill(random)
            .map_err(anyhow::Error::from)?;
        Ok(Self(bytes))
    }

    /// The ledger that it would open, if there is such an invitation.
    pub fn ledger_id(&self) -> LedgerId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[..16]);
        LedgerId(Uuid::from_bytes(id))
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl std::fmt::Display for InviteToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// The token in a path, if it could be one of ours.
pub struct TypedToken(pub Option<InviteToken>);

impl<'de> Deserialize<'de> for TypedToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        Ok(Self(
            bytes.and_then(|bytes| bytes.try_into().ok().map(InviteToken)),
        ))
    }
}
