//! The amount field: numbers as people write them, and the four operations on them.
//!
//! ```text
//! sum     = product { ("+" | "-" | "−") product }
//! product = factor { ("*" | "×" | "/" | "÷") factor }
//! factor  = { "+" | "-" | "−" } ( "(" sum ")" | number )
//! ```
//!
//! A **number** is digits, with separators between them: points, commas, apostrophes (`'` or `’`)
//! and blanks (plain, no-break, narrow no-break, thin). Which of them is the decimal mark?
//!
//! 1. Apostrophes and blanks never are: they group.
//! 2. A last point or comma that differs from all separators before it is: `1.234,50`, `1,234.50`,
//!    `1'234.50`.
//! 3. One that stands before, too, is not: `1.234.567`.
//! 4. A single point or comma is, unless what it makes looks like a group of thousands (one to
//!    three digits, of which the first is not 0, before it and exactly three after it) and the
//!    currency has fewer than three decimals. So `1.234` and `1,234` are 1234 EUR, but 1.234 KWD;
//!    and `0.123` EUR has too many decimals.
//!
//! Before the decimal mark all separators must be the same, and all groups must have three digits;
//! as in India, those between the first and the last may have two instead (`12,34,567.50`).
//!
//! No number may have more decimals than the currency, factors and divisors included: a figure that
//! is silently taken for another one costs money. The result is computed exactly, and rounded (half
//! away from zero) once, at the end.

use super::ratio::Ratio;
use super::{AmountError, in_range};
use crate::currency::Currency;

/// The longest text that is read, in characters. This also bounds how deep parentheses can be
/// nested.
pub const MAX_CHARS: usize = 200;

/// Reads an amount, or an arithmetic expression of amounts, and gives its value in minor units.
///
/// Fails as [`AmountError`] says; the result is within ±[`MAX`](super::MAX).
pub fn parse(text: &str, currency: Currency) -> Result<i64, AmountError> {
    let mut reader = Reader {
        chars: text.chars().take(MAX_CHARS + 1).collect(),
        at: 0,
        currency,
    };
    if reader.chars.len() > MAX_CHARS {
        return Err(AmountError::Syntax { at: MAX_CHARS });
    }
    if reader.peek().is_none() {
        return Err(AmountError::Empty);
    }
    let value = reader.sum()?;
    if reader.peek().is_some() {
        return Err(reader.syntax());
    }
    let minor_units = Ratio::new(10_i128.pow(currency.decimals()), 1);
    minor_units
        .and_then(|units| value.multiply(units))
        .and_then(|exact| in_range(exact.round()))
        .ok_or(AmountError::OutOfRange)
}

/// A recursive descent through the grammar above; each method reads what it is named after.
struct Reader {
    chars: Vec<char>,
    at: usize,
    currency: Currency,
}

impl Reader {
    fn sum(&mut self) -> Result<Ratio, AmountError> {
        let mut value = self.product()?;
        while let Some(operator @ ('+' | '-' | '−')) = self.peek() {
            self.at += 1;
            let right = self.product()?;
            let right = if operator == '+' {
                Some(right)
            } else {
                right.negate()
            };
            value = right
                .and_then(|right| value.add(right))
                .ok_or(AmountError::OutOfRange)?;
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<Ratio, AmountError> {
        let mut value = self.factor()?;
        while let Some(operator @ ('*' | '×' | '/' | '÷')) = self.peek() {
            self.at += 1;
            let right = self.factor()?;
            value = if matches!(operator, '*' | '×') {
                value.multiply(right)
            } else if right.is_zero() {
                return Err(AmountError::DivisionByZero);
            } else {
                value.divide(right)
            }
            .ok_or(AmountError::OutOfRange)?;
        }
        Ok(value)
    }

    fn factor(&mut self) -> Result<Ratio, AmountError> {
        match self.peek() {
            Some('+') => {
                self.at += 1;
                self.factor()
            }
            Some('-' | '−') => {
                self.at += 1;
                self.factor()?.negate().ok_or(AmountError::OutOfRange)
            }
            Some('(') => {
                self.at += 1;
                let value = self.sum()?;
                if self.peek() != Some(')') {
                    return Err(self.syntax());
                }
                self.at += 1;
                Ok(value)
            }
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Result<Ratio, AmountError> {
        let start = self.at;
        let mut numeral = Numeral {
            groups: vec![self.digits()],
            separators: Vec::new(),
        };
        while let Some(separator) = self.chars.get(self.at).copied().and_then(Separator::of)
            && self
                .chars
                .get(self.at + 1)
                .is_some_and(char::is_ascii_digit)
        {
            self.at += 1;
            numeral.separators.push(separator);
            numeral.groups.push(self.digits());
        }
        numeral.value(self.currency, start)
    }

    fn digits(&mut self) -> String {
        let digits: String = self.chars[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        self.at += digits.len();
        digits
    }

    /// The next character that is no blank, without reading it.
    fn peek(&mut self) -> Option<char> {
        while matches!(self.chars.get(self.at), Some('\t')) || self.char_is(Separator::Blank) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn char_is(&self, separator: Separator) -> bool {
        self.chars.get(self.at).copied().and_then(Separator::of) == Some(separator)
    }

    fn syntax(&self) -> AmountError {
        AmountError::Syntax { at: self.at }
    }
}

/// What may stand between the digits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Point,
    Comma,
    Apostrophe,
    Blank,
}

impl Separator {
    fn of(c: char) -> Option<Self> {
        match c {
            '.' => Some(Self::Point),
            ',' => Some(Self::Comma),
            '\'' | '’' => Some(Self::Apostrophe),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => Some(Self::Blank),
            _ => None,
        }
    }
}

/// A number as it was written: one separator fewer than there are groups. Only the first group can
/// be empty (`.50`).
struct Numeral {
    groups: Vec<String>,
    separators: Vec<Separator>,
}

impl Numeral {
    /// What the numeral stands for; `start` is where it stands, for the error.
    fn value(mut self, currency: Currency, start: usize) -> Result<Ratio, AmountError> {
        let fraction = if self.ends_in_fraction(currency) {
            self.separators.pop();
            self.groups.pop().unwrap_or_default()
        } else {
            String::new()
        };
        let uniform = self.separators.windows(2).all(|pair| pair[0] == pair[1]);
        let grouped = self.separators.is_empty() || is_grouped(&self.groups);
        let whole = self.groups.concat();
        if !uniform || !grouped || (whole.is_empty() && fraction.is_empty()) {
            return Err(AmountError::Syntax { at: start });
        }
        let decimals = u32::try_from(fraction.len()).map_err(|_| AmountError::TooManyDecimals)?;
        if decimals > currency.decimals() {
            return Err(AmountError::TooManyDecimals);
        }
        let digits = format!("{whole}{fraction}");
        let numerator = digits.parse().map_err(|_| AmountError::OutOfRange)?;
        Ratio::new(numerator, 10_i128.pow(decimals)).ok_or(AmountError::OutOfRange)
    }

    /// Whether the last separator is the decimal mark: rules 1 to 4 above.
    fn ends_in_fraction(&self, currency: Currency) -> bool {
        match self.separators.split_last() {
            None | Some((Separator::Apostrophe | Separator::Blank, _)) => false,
            Some((_, [])) => currency.decimals() >= 3 || !is_grouped(&self.groups),
            Some((last, before)) => !before.contains(last),
        }
    }
}

/// Whether digits fall into groups as thousands do, of which the first has a digit other than 0 in
/// front.
fn is_grouped(groups: &[String]) -> bool {
    let [first, between @ .., last] = groups else {
        return false;
    };
    let between_have = |length| between.iter().all(|group| group.len() == length);
    let fits_thousands = (1..=3).contains(&first.len()) && between_have(3);
    let fits_lakhs = (1..=2).contains(&first.len()) && between_have(2);
    !first.starts_with('0') && last.len() == 3 && (fits_thousands || fits_lakhs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{currencies, currency};
    use super::super::{MAX, format};
    use super::*;

    #[test]
    fn the_deepest_nesting_that_fits_is_read() {
        let euro = currency("EUR");
        let nested = format!("{}7{}", "(".repeat(99), ")".repeat(99));
        assert_eq!(parse(&nested, euro), Ok(700));
        assert_eq!(parse(&format!("{}7", "-".repeat(198)), euro), Ok(700));
        assert_eq!(
            parse(&"(".repeat(200), euro),
            Err(AmountError::Syntax { at: 200 })
        );
        assert_eq!(
            parse(&"(".repeat(1_000_000), euro),
            Err(AmountError::Syntax { at: 200 })
        );
    }

    #[test]
    fn sums_of_awkward_fractions_are_exact_or_refused() {
        let euro = currency("EUR");
        assert_eq!(parse("1/3+1/7+1/11-33/231-77/231-21/231", euro), Ok(0));
        let primes = "1/97+1/89+1/83+1/79+1/73+1/71+1/67+1/61+1/59+1/53+1/47+1/43+1/41+1/37+1/31+1/29+1/23+1/19+1/17";
        assert!(matches!(
            parse(primes, euro),
            Ok(_) | Err(AmountError::OutOfRange)
        ));
        let nines = "9".repeat(200);
        assert_eq!(parse(&nines, euro), Err(AmountError::OutOfRange));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), currency in currencies()) {
            let _ = parse(&text, currency);
        }

        #[test]
        fn no_text_of_its_own_alphabet_makes_it_panic(text in r"[0-9.,' ()+*/−-]{0,210}", currency in currencies()) {
            match parse(&text, currency) {
                Ok(minor) => prop_assert!((-MAX..=MAX).contains(&minor)),
                Err(AmountError::Syntax { at }) => prop_assert!(at <= MAX_CHARS.min(text.chars().count())),
                Err(_) => {}
            }
        }

        #[test]
        fn sums_and_products_are_those_of_the_integers(
            a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, n in 1_i64..1000, currency in currencies(),
        ) {
            let (left, right) = (format(a, currency), format(b, currency));
            prop_assert_eq!(parse(&format!("{left} + {right}"), currency), Ok(a + b));
            prop_assert_eq!(parse(&format!("{left} - ({right})"), currency), Ok(a - b));
            prop_assert_eq!(parse(&format!("{left} + {right}*({n})"), currency), Ok(a + b * n));
            prop_assert_eq!(parse(&format!("({left} * ({n})) / ({n})"), currency), Ok(a));
        }

        #[test]
        fn a_quotient_is_off_by_half_a_unit_at_most(a in -1_000_000_i64..1_000_000, n in 1_i64..1000) {
            let euro = currency("EUR");
            let quotient = parse(&format!("{} / {n}", format(a, euro)), euro).unwrap();
            prop_assert!((quotient * n - a).abs() * 2 <= n);
        }
    }
}
