//! Exchange rates: exact decimals, and what an amount is in another currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ratio::Ratio;
use super::{AmountError, in_range};
use crate::currency::Currency;

/// A positive exact decimal with at most 18 digits, such as `1.0834`: one unit of the one currency
/// is worth so many units of the other.
///
/// (De)serialised as a string, so that no reader makes a float of it. Zeros at either end do not
/// count: `1.10` is `1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Rate {
    /// The digits without the point, 1..10¹⁸, not divisible by ten unless `decimals` is 0.
    digits: u64,
    /// How many of the digits stand behind the point, 0..18.
    decimals: u32,
}

/// The text is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a positive decimal number of at most 18 digits, such as 1.0834")]
pub struct RateError;

const MAX_DIGITS: usize = 18;

impl Rate {
    /// Reads `1.0834`: digits, and perhaps a point and more digits. No sign, no exponent, no
    /// grouping.
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(RateError),
            Some(parts) => parts,
            None => (text, ""),
        };
        let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() + fraction.len() > MAX_DIGITS
            || !is_number(whole)
            || !is_number(fraction)
        {
            return Err(RateError);
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}")
            .parse()
            .map_err(|_| RateError)?;
        let decimals = u32::try_from(fraction.len()).map_err(|_| RateError)?;
        if digits == 0 {
            return Err(RateError);
        }
        Ok(Self { digits, decimals })
    }
}

/// What `amount` minor units of `from` are in minor units of `to`, rounded half away from zero.
///
/// The decimals of both currencies are taken care of: at a rate of 160 (1 EUR = 160 JPY), 100 cents
/// are 160 yen. Fails with [`AmountError::OutOfRange`] only, if `amount` or the result is beyond
/// ±[`MAX`](super::MAX).
pub fn convert(amount: i64, from: Currency, to: Currency, rate: &Rate) -> Result<i64, AmountError> {
    let amount = in_range(amount.into()).ok_or(AmountError::OutOfRange)?;
    let up = 10_i128.pow(to.decimals());
    let down = 10_i128.pow(from.decimals() + rate.decimals);
    let rate = i128::from(rate.digits);
    // Cancelled before the large factor comes in: |amount| · rate < 2⁵³ · 10¹⁸, times 10⁴ fits
    // i128, so nothing that has a result in range is refused.
    Ratio::new(rate * up, down)
        .and_then(|factor| factor.multiply(Ratio::new(amount.into(), 1)?))
        .and_then(|exact| in_range(exact.round()))
        .ok_or(AmountError::OutOfRange)
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Self, RateError> {
        Self::parse(&text)
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.decimals);
        write!(f, "{}", self.digits / unit)?;
        if unit > 1 {
            // The leading one keeps the zeros behind the point.
            write!(f, ".{}", &(unit + self.digits % unit).to_string()[1..])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MAX;
    use super::super::tests::{currencies, currency};
    use super::*;

    #[test]
    fn only_a_positive_plain_decimal_is_a_rate() {
        for text in [
            "",
            "0",
            "0.000",
            "-1",
            "+1",
            "1.",
            ".5",
            "1,5",
            "1e3",
            "1.2.3",
            " 1",
            "1 ",
            "١",
            "1'000",
            "NaN",
            "inf",
            "1234567890.123456789",
        ] {
            assert_eq!(Rate::parse(text), Err(RateError), "{text:?}");
        }
    }

    #[test]
    fn zeros_at_the_ends_do_not_count() {
        for (text, shown) in [
            ("1.0834", "1.0834"),
            ("1.10", "1.1"),
            ("100", "100"),
            ("007.0", "7"),
            ("0.00000000000000001", "0.00000000000000001"),
            ("999999999999999999", "999999999999999999"),
        ] {
            assert_eq!(Rate::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn json_holds_text_and_no_number() {
        let rate = Rate::parse("1.0834").unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), r#""1.0834""#);
        assert_eq!(serde_json::from_str::<Rate>(r#""1.0834""#).unwrap(), rate);
        assert!(serde_json::from_str::<Rate>("1.0834").is_err());
        assert!(serde_json::from_str::<Rate>(r#""0""#).is_err());
    }

    #[test]
    fn the_largest_products_are_computed_and_not_refused() {
        let (euro, unidad) = (currency("EUR"), currency("CLF"));
        let tiny = Rate::parse("0.00000000000000001").unwrap();
        let almost_one = Rate::parse("0.99999999999999999").unwrap();
        assert_eq!(convert(MAX, euro, unidad, &tiny), Ok(9));
        assert_eq!(
            convert(MAX, unidad, euro, &almost_one),
            Ok(90_071_992_547_410)
        );
        assert_eq!(convert(MAX, euro, euro, &almost_one), Ok(MAX));
        assert_eq!(
            convert(MAX, euro, unidad, &almost_one),
            Err(AmountError::OutOfRange)
        );
        assert_eq!(
            convert(i64::MIN, euro, euro, &almost_one),
            Err(AmountError::OutOfRange)
        );
    }

    proptest! {
        #[test]
        fn what_was_shown_reads_as_what_it_was(digits in 1_u64..1_000_000_000_000_000_000, decimals in 0_usize..18) {
            let text = format!("{digits:018}");
            let (whole, fraction) = text.split_at(18 - decimals);
            let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
            let rate = Rate::parse(&text).unwrap();
            prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        }

        #[test]
        fn a_rate_of_one_changes_nothing_within_a_currency(amount in -MAX..=MAX, currency in currencies()) {
            prop_assert_eq!(convert(amount, currency, currency, &Rate::parse("1").unwrap()), Ok(amount));
        }

        #[test]
        fn a_refund_is_worth_what_the_expense_was(
            amount in 0_i64..1_000_000_000, digits in 1_u64..1_000_000, from in currencies(), to in currencies(),
        ) {
            let rate = Rate { digits, decimals: 3 };
            let there = convert(amount, from, to, &rate).unwrap();
            prop_assert_eq!(convert(-amount, from, to, &rate), Ok(-there));
        }
    }
}
