//! How much of what the process keeps is of what one user asks for: there is no end of what can be asked.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ids::UserId;

/// How many bytes are kept for whom.
pub struct Shares {
    /// The most for one.
    most: u64,
    kept: Mutex<HashMap<UserId, u64>>,
}

impl Shares {
    /// So many bytes for each user.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    /// Notes that so many bytes more are kept for a user; not where these would be too many, which are not to be kept then.
    pub fn take(&self, user: UserId, bytes: u32) -> bool {
        let mut kept = self.lock();
        let before = kept.get(&user).copied().unwrap_or_default();
        let after = before + u64::from(bytes);
        if after > self.most {
            return false;
        }
        kept.insert(user, after);
        true
    }

    /// Notes that so many bytes are kept no more.
    pub fn give_back(&self, user: UserId, bytes: u32) {
        let mut kept = self.lock();
        if let Some(left) = kept.get_mut(&user) {
            *left = left.saturating_sub(bytes.into());
            if *left == 0 {
                kept.remove(&user);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, u64>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_has_no_more_than_their_share_until_they_give_back() {
        let shares = Shares::new(100);
        let (one, other) = (UserId::new(), UserId::new());
        assert!(shares.take(one, 60));
        assert!(!shares.take(one, 41));
        assert!(shares.take(one, 40));
        assert!(shares.take(other, 100));
        shares.give_back(one, 60);
        assert!(shares.take(one, 60));
        shares.give_back(other, 100);
        shares.give_back(one, 40);
        shares.give_back(one, 60);
        assert!(shares.lock().is_empty());
    }
}
