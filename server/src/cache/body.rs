//! The body of an answer as it is kept: written once, and for those who take gzip compressed once.

use std::io::{Read, Write};

use axum::body::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::question::Key;
use crate::app::GZIP_LEVEL;
use crate::digest::sha256;
use crate::error::Result;

/// What is not worth compressing: what the layer that compresses all other answers does not, either.
const SMALL: usize = 32;
/// What takes so long to compress that others would wait for it.
const LARGE: usize = 64 * 1024;
/// How many bytes of a digest show that what comes back is what was kept, under this key.
const CHECK: usize = 16;

/// JSON, perhaps compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub is_gzip: bool,
    pub bytes: Bytes,
}

impl Body {
    /// As it was written.
    pub fn plain(json: Vec<u8>) -> Self {
        Self {
            is_gzip: false,
            bytes: json.into(),
        }
    }

    /// Whether compressing it gives something else.
    pub fn can_shrink(&self) -> bool {
        !self.is_gzip && self.bytes.len() > SMALL
    }

    /// The same, compressed.
    pub async fn compressed(self) -> Result<Self> {
        if !self.can_shrink() {
            return Ok(self);
        }
        let bytes = converted(self.bytes, |bytes| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL.into()));
            encoder.write_all(bytes)?;
            encoder.finish()
        });
        Ok(Self {
            is_gzip: true,
            bytes: bytes.await?,
        })
    }

    /// The same, as it was written.
    pub async fn written(self) -> Result<Self> {
        if !self.is_gzip {
            return Ok(self);
        }
        let bytes = converted(self.bytes, |bytes| {
            let mut json = Vec::new();
            GzDecoder::new(bytes).read_to_end(&mut json)?;
            Ok(json)
        });
        Ok(Self {
            is_gzip: false,
            bytes: bytes.await?,
        })
    }

    /// What is kept in Redis: what shows that it is this, and this.
    pub fn to_payload(&self, key: &Key) -> Vec<u8> {
        let mut payload = Vec::with_capacity(CHECK + 1 + self.bytes.len());
        payload.push(u8::from(self.is_gzip));
        payload.extend_from_slice(&self.bytes);
        let check = check(key, &payload);
        payload.extend_from_slice(&check);
        payload
    }

    /// What was kept under this key; nothing where it is anything else.
    pub fn from_payload(key: &Key, payload: Vec<u8>) -> Option<Self> {
        let payload = Bytes::from(payload);
        let end = payload.len().checked_sub(CHECK)?;
        let (content, found) = payload.split_at(end);
        let is_gzip = match content.first()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        (check(key, content) == *found).then(|| Self {
            is_gzip,
            bytes: payload.slice(1..end),
        })
    }
}

fn check(key: &Key, content: &[u8]) -> [u8; CHECK] {
    let mut text = key.bytes().to_vec();
    text.extend_from_slice(&sha256(content));
    let mut check = [0; CHECK];
    check.copy_from_slice(&sha256(&text)[..CHECK]);
    check
}

/// Converts here, or where nobody waits for it.
async fn converted(
    bytes: Bytes,
    convert: impl FnOnce(&[u8]) -> std::io::Result<Vec<u8>> + Send + 'static,
) -> Result<Bytes> {
    let converted = if bytes.len() < LARGE {
        convert(&bytes)
    } else {
        tokio::task::spawn_blocking(move || convert(&bytes))
            .await
            .map_err(anyhow::Error::from)?
    };
    Ok(converted.map_err(anyhow::Error::from)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::of(name)
    }

    #[tokio::test]
    async fn a_body_comes_back_as_it_was_written_however_it_was_kept() {
        for length in [0, SMALL, SMALL + 1, LARGE, 3 * LARGE] {
            let plain = Body::plain("ä".repeat(length).into_bytes());
            let compressed = plain.clone().compressed().await.unwrap();
            assert_eq!(compressed.is_gzip, plain.can_shrink());
            for body in [plain.clone(), compressed] {
                let kept = Body::from_payload(&key("one"), body.to_payload(&key("one"))).unwrap();
                assert_eq!(kept, body);
                assert_eq!(kept.written().await.unwrap(), plain);
            }
        }
    }

    #[test]
    fn what_is_not_whole_or_of_another_question_is_nothing() {
        let payload = Body::plain(b"{\"total\": 1}".to_vec()).to_payload(&key("one"));
        assert!(Body::from_payload(&key("another"), payload.clone()).is_none());
        for end in 0..payload.len() {
            assert!(Body::from_payload(&key("one"), payload[..end].to_vec()).is_none());
        }
        for place in 0..payload.len() {
            let mut changed = payload.clone();
            changed[place] ^= 1;
            assert!(Body::from_payload(&key("one"), changed).is_none());
        }
    }
}
