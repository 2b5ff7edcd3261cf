//! SHA-256, for what is looked up by its hash.

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
