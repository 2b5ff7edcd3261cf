//! E-mail addresses.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Result};

/// An e-mail address, in lower case: people write theirs now so, now so, and mean one mailbox.
///
/// What is checked is what a slip of the keyboard breaks: one `@` between 1 to 64 characters and a domain of labels, 254
/// bytes in all, no spaces, no control characters, no quotes. Whether the mailbox is there only a message to it can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Email, min_length = 3, max_length = 254, examples("anna@outlay.example"))]
pub struct Email(String);

impl Email {
    /// Reads one; nothing where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let is_local = (1..=64).contains(&local.len()) && !local.contains('@');
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|character| character.is_alphanumeric() || character == '-')
        };
        let is_plain = !text.chars().any(|character| {
            character.is_whitespace()
                || character.is_control()
                || "\"<>(),:;\\[]".contains(character)
        });
        let lower = text.to_lowercase();
        (is_local && is_plain && lower.len() <= 254 && domain.split('.').all(is_label))
            .then_some(Self(lower))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            Code::EmailInvalid.custom("an address is expected, as in anna@outlay.example")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_told_from_slips() {
        for good in [
            "anna@outlay.example",
            " Anna.B+tag@Sub.Outlay.Example ",
            "o'hara@localhost",
            "jürgen@müller.example",
        ] {
            assert!(Email::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "anna",
            "@outlay.example",
            "anna@",
            "anna@outlay..example",
            "anna@-outlay.example",
            "a b@outlay.example",
            "anna@out lay.example",
            "a@b@outlay.example",
            "anna@outlay.example\u{0}",
            "Anna <anna@outlay.example>",
        ] {
            assert!(Email::parse(bad).is_none(), "{bad}");
        }
        let long = format!("{}@{}.example", "a".repeat(64), "b.".repeat(100));
        assert!(Email::parse(&long).is_none());
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        let email = Email::parse("Anna@Outlay.Example").unwrap();
        assert_eq!(
            (email.as_str(), email.local()),
            ("anna@outlay.example", "anna")
        );
    }
}
