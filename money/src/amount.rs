//! Amounts of money: integers of minor units, read as people write them and written as programs
//! read them.

mod expression;
mod rate;
mod ratio;

pub use expression::{MAX_CHARS, parse};
pub use rate::{Rate, RateError, convert};

use crate::currency::Currency;

/// The largest amount in minor units, 2⁵³ − 1; the smallest is its negative. JavaScript holds every
/// integer between the two exactly.
pub const MAX: i64 = 9_007_199_254_740_991;

/// Why a text is not an amount, or an amount cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// There is nothing but blanks.
    #[error("the amount is empty")]
    Empty,
    /// The text makes no sense from this character on (counted from 0 in Unicode scalar values), or
    /// is longer than [`MAX_CHARS`].
    #[error("the amount cannot be read from character {at} on")]
    Syntax {
        /// Where the reading stopped.
        at: usize,
    },
    /// A number in the text has more decimals than the currency.
    #[error("the amount has more decimals than its currency")]
    TooManyDecimals,
    /// The amount, or a step on the way to it, is too large to be computed exactly or lies beyond
    /// [`MAX`].
    #[error("the amount is out of range")]
    OutOfRange,
    /// The divisor is zero.
    #[error("the amount is divided by zero")]
    DivisionByZero,
}

impl AmountError {
    /// The name of the error that programs go by, `too_many_decimals`; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Syntax { .. } => "syntax",
            Self::TooManyDecimals => "too_many_decimals",
            Self::OutOfRange => "out_of_range",
            Self::DivisionByZero => "division_by_zero",
        }
    }
}

/// Writes an amount as programs read it, and [`parse`] too: `-1234.50`, all decimals, a point, no
/// grouping.
pub fn format(minor: i64, currency: Currency) -> String {
    let (sign, whole, fraction) = digits(minor, currency);
    join(sign, &whole, '.', &fraction)
}

/// Writes an amount with its thousands grouped, `-1.234,50` for the marks `,` and `.`.
pub fn format_grouped(
    minor: i64,
    currency: Currency,
    decimal_mark: char,
    group_mark: char,
) -> String {
    let (sign, whole, fraction) = digits(minor, currency);
    let mut grouped = String::with_capacity(whole.len() * 2);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(group_mark);
        }
        grouped.push(digit);
    }
    join(sign, &grouped, decimal_mark, &fraction)
}

/// The sign, the digits before and the digits after the decimal mark.
fn digits(minor: i64, currency: Currency) -> (&'static str, String, String) {
    let unit = 10_u64.pow(currency.decimals());
    let (whole, fraction) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let fraction = if unit == 1 {
        String::new()
    } else {
        // One digit more than the currency has, so that the leading zeros are printed; the digit is
        // cut off again.
        (unit + fraction).to_string().split_off(1)
    };
    (
        if minor < 0 { "-" } else { "" },
        whole.to_string(),
        fraction,
    )
}

fn join(sign: &str, whole: &str, mark: char, fraction: &str) -> String {
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}{mark}{fraction}")
    }
}

/// The minor units, if they are within ±[`MAX`].
pub(crate) fn in_range(minor: i128) -> Option<i64> {
    i64::try_from(minor)
        .ok()
        .filter(|minor| (-MAX..=MAX).contains(minor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn currencies() -> impl Strategy<Value = Currency> {
        proptest::sample::select(Currency::all().collect::<Vec<_>>())
    }

    pub(super) fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn the_smallest_integer_can_be_written() {
        assert_eq!(format(i64::MIN, currency("EUR")), "-92233720368547758.08");
        assert_eq!(
            format_grouped(i64::MIN, currency("JPY"), '.', ','),
            "-9,223,372,036,854,775,808"
        );
    }

    proptest! {
        #[test]
        fn what_was_written_reads_as_what_it_was(minor in -MAX..=MAX, currency in currencies()) {
            prop_assert_eq!(parse(&format(minor, currency), currency), Ok(minor));
        }

        #[test]
        fn small_amounts_too(minor in -100_000_i64..=100_000, currency in currencies()) {
            prop_assert_eq!(parse(&format(minor, currency), currency), Ok(minor));
        }

        #[test]
        fn what_was_grouped_in_any_fashion_reads_as_what_it_was(
            minor in prop_oneof![-MAX..=MAX, -10_000_000_i64..=10_000_000],
            currency in currencies(),
            (decimal_mark, group_mark) in proptest::sample::select(vec![
                (',', '.'), ('.', ','), ('.', '\''), ('.', '’'), (',', ' '), (',', '\u{a0}'), (',', '\u{202f}'),
            ]),
        ) {
            let text = format_grouped(minor, currency, decimal_mark, group_mark);
            prop_assert_eq!(parse(&text, currency), Ok(minor), "{}", text);
        }
    }
}
