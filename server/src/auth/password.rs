//! Passwords: what makes one good enough, and Argon2id off the async threads, bounded in number.

use std::borrow::Cow;
use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Deserializer};
use tokio::sync::{Semaphore, TryAcquireError};

use super::email::Email;
use crate::error::{Code, Error, Result};
use crate::overload;

/// The fewest characters of a password (NIST SP 800-63B asks for 8).
const SHORTEST: usize = 8;
/// The most: enough for any sentence, and no burden to hash.
const LONGEST: usize = 200;
/// How many may wait for each that is hashed: some two seconds' worth. Whoever comes then is told to come again.
const WAITING: usize = 64;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of no password, with the parameters above: verified where there is no such user, so that this takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$b3V0bGF5LW5vYm9keS4uLg$Tm9ib2R5IGhhcyB0aGlzIGhhc2gsIGV2ZXIuLi4uLi4";

/// Those that are tried first by anyone who guesses, one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// A password as somebody typed it.
pub struct Password(String);

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        if text.chars().count() > LONGEST {
            return Err(Code::PasswordTooLong.custom(format_args!("at most {LONGEST} characters")));
        }
        Ok(Self(text.into_owned()))
    }
}

/// A password that is good enough to be set, as far as it can be told without knowing whose it is.
pub struct NewPassword(Password);

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let password = Password::deserialize(deserializer)?;
        if password.0.chars().count() < SHORTEST {
            return Err(
                Code::PasswordTooShort.custom(format_args!("at least {SHORTEST} characters"))
            );
        }
        let lower = password.0.to_lowercase();
        if COMMON.lines().any(|common| common == lower) || has_few_characters(&lower) {
            return Err(Code::PasswordTooCommon.custom("it is among the first that anyone tries"));
        }
        Ok(Self(password))
    }
}

impl NewPassword {
    /// Refuses one that is nothing but the address, or what stands before its `@`.
    pub fn check_for(&self, email: &Email, field: &str) -> Result<()> {
        let lower = self.0.0.to_lowercase();
        if lower == email.as_str() || lower == email.local() {
            return Err(Code::PasswordTooCommon
                .at(field)
                .detail("it is the e-mail address"));
        }
        Ok(())
    }
}

/// As `aaaaaaaa` and `12121212` have.
fn has_few_characters(text: &str) -> bool {
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 3
}

/// Hashes passwords, a few at a time.
pub struct Passwords {
    hashing: Arc<Semaphore>,
    /// Room for those that are hashed and those that wait.
    room: Semaphore,
}

impl Passwords {
    /// One that hashes so many at the same time.
    pub fn new(at_once: u8) -> Self {
        let at_once = usize::from(at_once);
        Self {
            hashing: Arc::new(Semaphore::new(at_once)),
            room: Semaphore::new(at_once * (1 + WAITING)),
        }
    }

    /// The hash of a new password, as a PHC string.
    pub async fn hash(&self, password: NewPassword) -> Result<String> {
        self.run(move || {
            let hash = argon2().hash_password(password.0.0.as_bytes());
            Ok(hash.map_err(anyhow::Error::from)?.to_string())
        })
        .await
    }

    /// Whether the password is the one of this hash. Without a hash it takes as long, and it is not.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<bool> {
        self.run(move || {
            let stored = hash.as_deref().unwrap_or(NOBODY);
            let verified = argon2().verify_password(password.0.as_bytes(), stored);
            match verified {
                Ok(()) => Ok(hash.is_some()),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(Error::Internal(error.into())),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _room = match self.room.try_acquire() {
            Ok(room) => room,
            Err(TryAcquireError::NoPermits) => {
                metrics::counter!("password_hashes_refused_total").increment(1);
                return Err(Code::Unavailable
                    .error()
                    .detail("too many sign-ins at once")
                    .retry_after(2));
            }
            Err(TryAcquireError::Closed) => return Err(anyhow::anyhow!("closed").into()),
        };
        overload::step_aside();
        let turn = Arc::clone(&self.hashing)
            .acquire_owned()
            .await
            .map_err(anyhow::Error::from)?;
        // The turn goes with the work: a client that hangs up does not make room for one more.
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(anyhow::Error::from)?
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("these are within the bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;
    use serde_json::{from_value, json};

    use super::{NOBODY, NewPassword, Password, Passwords};

    fn refusal(text: &str) -> String {
        from_value::<NewPassword>(json!(text))
            .err()
            .map_or_else(String::new, |error| {
                error.to_string().split('\u{1}').next().unwrap().to_owned()
            })
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert_eq!(refusal("short1!"), "password_too_short");
        assert_eq!(refusal(&"x".repeat(201)), "password_too_long");
        assert_eq!(refusal("Password1"), "password_too_common");
        assert_eq!(refusal("12121212"), "password_too_common");
        assert_eq!(refusal("pferd batterie"), "");
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let passwords = Passwords::new(2);
        let new = from_value(json!("pferd batterie")).unwrap();
        let hash = passwords.hash(new).await.unwrap();
        let right = Password("pferd batterie".to_owned());
        let wrong = Password("pferd batteries".to_owned());
        let hash = Some(hash);
        assert!(passwords.verify(right, hash.clone()).await.unwrap());
        assert!(!passwords.verify(wrong, hash).await.unwrap());
        let nobodys = Password(String::new());
        assert!(!passwords.verify(nobodys, None).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_is_hashed_with_the_same_parameters_as_everybody() {
        let new = from_value(json!("pferd batterie")).unwrap();
        let hash = Passwords::new(1).hash(new).await.unwrap();
        let (real, nobody) = (PasswordHash::new(&hash), PasswordHash::new(NOBODY));
        let (real, nobody) = (real.unwrap(), nobody.unwrap());
        assert_eq!(real.algorithm, nobody.algorithm);
        assert_eq!(real.version, nobody.version);
        assert_eq!(real.params.to_string(), nobody.params.to_string());
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_again() {
        let passwords = Passwords::new(1);
        let attempts = (0..70).map(|_| passwords.verify(Password("x".to_owned()), None));
        let outcomes = futures_util::future::join_all(attempts).await;
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_err()).count(),
            5
        );
    }
}
