//! Fields of requests that parse themselves: once one of these exists, what it holds is right.
//!
//! Each refuses with its own code (see [`Code::custom`]); the extractor adds which field it was.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use money::currency::Currency;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{Code, Error, Result};

/// One line of text: trimmed, `MIN` to `MAX` characters, none of them a control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// Text of several lines, up to `MAX` characters; of the control characters it may have line feeds and tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Note<const MAX: usize>(String);

/// The name of a ledger, a member or a category.
pub type Name = Text<1, 100>;

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Note<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let text = text.trim();
        check_text(text, MAX, |_| false)?;
        if text.chars().count() < MIN {
            return Err(
                Code::TextEmpty.custom(format_args!("at least {MIN} characters are expected"))
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Note<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?.replace("\r\n", "\n");
        let text = text.trim();
        check_text(text, MAX, |character| matches!(character, '\n' | '\t'))?;
        Ok(Self(text.to_owned()))
    }
}

fn check_text<E: serde::de::Error>(
    text: &str,
    max: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<(), E> {
    if text.chars().count() > max {
        return Err(Code::TextTooLong.custom(format_args!("at most {max} characters are expected")));
    }
    if text
        .chars()
        .any(|character| (character.is_control() || is_deceptive(character)) && !allowed(character))
    {
        return Err(Code::TextControlCharacters.custom("control characters cannot be kept"));
    }
    Ok(())
}

/// Characters that turn the text around them over, break the line, or are nothing: what is shown would not be what is
/// kept. Joiners, and the marks of direction that Hebrew and Arabic are written with, are not among them.
fn is_deceptive(character: char) -> bool {
    matches!(character, '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A whole number of minor units: within ±(2⁵³ − 1), so that JavaScript counts it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl<'de> Deserialize<'de> for Minor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_any`: in a query string this reads a number, but in JSON no text.
        deserializer.deserialize_i64(MinorVisitor)
    }
}

struct MinorVisitor;

impl MinorVisitor {
    fn out_of_range<E: serde::de::Error>() -> E {
        Code::AmountOutOfRange.custom(format_args!("amounts are within ±{}", money::amount::MAX))
    }
}

impl Visitor<'_> for MinorVisitor {
    type Value = Minor;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a whole number of minor units")
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Minor, E> {
        if value.unsigned_abs() > money::amount::MAX.unsigned_abs() {
            Err(Self::out_of_range())
        } else {
            Ok(Minor(value))
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Minor, E> {
        i64::try_from(value)
            .map_err(|_| Self::out_of_range())
            .and_then(|value| self.visit_i64(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Minor, E> {
        // -0 arrives as a float, and so do whole numbers beyond 64 bits.
        if value == 0.0 {
            Ok(Minor(0))
        } else if value.abs() >= 9.2e18 {
            Err(Self::out_of_range())
        } else {
            Err(Code::AmountDecimals
                .custom("amounts are whole numbers of minor units: 12.50 EUR is 1250"))
        }
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Whole<const MIN: i32, const MAX: i32>(i32);

impl<const MIN: i32, const MAX: i32> Whole<MIN, MAX> {
    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl<'de, const MIN: i32, const MAX: i32> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i32::try_from(i64::deserialize(deserializer)?)
            .ok()
            .filter(|number| (MIN..=MAX).contains(number))
            .map(Self)
            .ok_or_else(|| {
                Code::InvalidValue.custom(format_args!(
                    "a whole number from {MIN} to {MAX} is expected"
                ))
            })
    }
}

/// A date that exists, not before 1900.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

impl Date {
    /// Refuses what is more than ten years ahead of `today`: a slip of the keyboard rather than a plan.
    pub fn within_ten_years(self, today: NaiveDate, field: &str) -> Result<NaiveDate, Error> {
        if self.0.year() > today.year() + 10
            || today
                .checked_add_months(chrono::Months::new(120))
                .is_some_and(|last| self.0 > last)
        {
            return Err(Code::DateOutOfRange
                .at(field)
                .detail("the date is more than ten years ahead"));
        }
        Ok(self.0)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let is_iso = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|_| is_iso);
        match date {
            Some(date) if date.year() >= 1900 => Ok(Self(date)),
            Some(_) => Err(Code::DateOutOfRange.custom("the date is before 1900")),
            None => Err(Code::DateInvalid.custom("a date is written YYYY-MM-DD")),
        }
    }
}

/// A currency of ISO 4217, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<'de, str>::deserialize(deserializer)?;
        code.parse()
            .map(Self)
            .map_err(|_| Code::CurrencyUnknown.custom("a code of ISO 4217 is expected, as in EUR"))
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

/// Lets these be read from JSON objects only. What serde derives reads a struct from an array as well, field by field, which
/// nobody means; derived with `#[serde(remote = "Self")]`, it is what reads the object here.
macro_rules! objects {
    ($($type:ty),+) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<'de> serde::de::Visitor<'de> for Object {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        <$type>::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }
    )+};
}
pub(crate) use objects;

/// The same of those that are written, too.
macro_rules! objects_both_ways {
    ($($type:ty),+) => {
        crate::fields::objects!($($type),+);
        $(
            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    <$type>::serialize(self, serializer)
                }
            }
        )+
    };
}
pub(crate) use objects_both_ways;

/// Writes a schema by hand for a type that parses itself.
macro_rules! schema {
    ([$($generics:tt)*] $type:ty, $name:expr, $schema:expr) => {
        impl<$($generics)*> PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.build().into()
            }
        }

        impl<$($generics)*> ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    };
}

schema!([const MIN: usize, const MAX: usize] Text<MIN, MAX>, format!("Text{MIN}To{MAX}"),
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(MIN)).max_length(Some(MAX)));
schema!([const MAX: usize] Note<MAX>, format!("Note{MAX}"),
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(MAX)));
schema!([const MIN: i32, const MAX: i32] Whole<MIN, MAX>, format!("Whole{MIN}To{MAX}"),
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(MIN)).maximum(Some(MAX)));
schema!([] Minor, "Minor",
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(-money::amount::MAX)).maximum(Some(money::amount::MAX))
        .description(Some("Minor units: 12.50 EUR is 1250.")));
schema!([] Date, "Date",
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))));
schema!([] CurrencyCode, "CurrencyCode",
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Z]{3}$")).examples(["EUR"])
        .description(Some("A currency of ISO 4217.")));
