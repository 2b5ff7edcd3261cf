//! The currencies of the world and their decimals, after ISO 4217.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217: three capital letters, and the number of decimals between its major and
/// its minor unit.
///
/// Sorted, compared and (de)serialised by its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Currency(&'static (&'static str, u32));

/// The text is not the code of a currency that this crate knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the code of an ISO 4217 currency in use, such as EUR")]
pub struct UnknownCurrency;

impl Currency {
    /// Finds the currency with exactly this code, in capitals and without blanks.
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        TABLE
            .binary_search_by_key(&code, |&(known, _)| known)
            .map(|row| Self(&TABLE[row]))
            .map_err(|_| UnknownCurrency)
    }

    /// The code of three capital letters, `EUR`.
    pub fn code(self) -> &'static str {
        self.0.0
    }

    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD; never more than 4.
    pub fn decimals(self) -> u32 {
        self.0.1
    }

    /// Every currency, sorted by code.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(Self)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        Self::parse(code)
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        Self::parse(&code)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Code and decimals, sorted by code: ISO 4217 "List one" (current currencies and funds) as
/// published on 2026-01-01 by its maintenance agency, SIX, at
/// <https://www.six-group.com/en/products-services/financial-information/data-standards.html>.
///
/// Left out are the codes for which the list gives no minor unit ("N.A."): metals, testing, units
/// of account. A code that ISO withdraws later stays here, for there will be ledgers that stand in
/// it.
#[rustfmt::skip]
static TABLE: [(&str, u32); 165] = [
    ("AED", 2), ("AFN", 2), ("ALL", 2), ("AMD", 2), ("AOA", 2), ("ARS", 2), ("AUD", 2), ("AWG", 2),
    ("AZN", 2),
    ("BAM", 2), ("BBD", 2), ("BDT", 2), ("BHD", 3), ("BIF", 0), ("BMD", 2), ("BND", 2), ("BOB", 2),
    ("BOV", 2), ("BRL", 2), ("BSD", 2), ("BTN", 2), ("BWP", 2), ("BYN", 2), ("BZD", 2),
    ("CAD", 2), ("CDF", 2), ("CHE", 2), ("CHF", 2), ("CHW", 2), ("CLF", 4), ("CLP", 0), ("CNY", 2),
    ("COP", 2), ("COU", 2), ("CRC", 2), ("CUP", 2), ("CVE", 2), ("CZK", 2),
    ("DJF", 0), ("DKK", 2), ("DOP", 2), ("DZD", 2),
    ("EGP", 2), ("ERN", 2), ("ETB", 2), ("EUR", 2),
    ("FJD", 2), ("FKP", 2),
    ("GBP", 2), ("GEL", 2), ("GHS", 2), ("GIP", 2), ("GMD", 2), ("GNF", 0), ("GTQ", 2), ("GYD", 2),
    ("HKD", 2), ("HNL", 2), ("HTG", 2), ("HUF", 2),
    ("IDR", 2), ("ILS", 2), ("INR", 2), ("IQD", 3), ("IRR", 2), ("ISK", 0),
    ("JMD", 2), ("JOD", 3), ("JPY", 0),
    ("KES", 2), ("KGS", 2), ("KHR", 2), ("KMF", 0), ("KPW", 2), ("KRW", 0), ("KWD", 3), ("KYD", 2),
    ("KZT", 2),
    ("LAK", 2), ("LBP", 2), ("LKR", 2), ("LRD", 2), ("LSL", 2), ("LYD", 3),
    ("MAD", 2), ("MDL", 2), ("MGA", 2), ("MKD", 2), ("MMK", 2), ("MNT", 2), ("MOP", 2), ("MRU", 2),
    ("MUR", 2), ("MVR", 2), ("MWK", 2), ("MXN", 2), ("MXV", 2), ("MYR", 2), ("MZN", 2),
    ("NAD", 2), ("NGN", 2), ("NIO", 2), ("NOK", 2), ("NPR", 2), ("NZD", 2),
    ("OMR", 3),
    ("PAB", 2), ("PEN", 2), ("PGK", 2), ("PHP", 2), ("PKR", 2), ("PLN", 2), ("PYG", 0),
    ("QAR", 2),
    ("RON", 2), ("RSD", 2), ("RUB", 2), ("RWF", 0),
    ("SAR", 2), ("SBD", 2), ("SCR", 2), ("SDG", 2), ("SEK", 2), ("SGD", 2), ("SHP", 2), ("SLE", 2),
    ("SOS", 2), ("SRD", 2), ("SSP", 2), ("STN", 2), ("SVC", 2), ("SYP", 2), ("SZL", 2),
    ("THB", 2), ("TJS", 2), ("TMT", 2), ("TND", 3), ("TOP", 2), ("TRY", 2), ("TTD", 2), ("TWD", 2),
    ("TZS", 2),
    ("UAH", 2), ("UGX", 0), ("USD", 2), ("USN", 2), ("UYI", 0), ("UYU", 2), ("UYW", 4), ("UZS", 2),
    ("VED", 2), ("VES", 2), ("VND", 0), ("VUV", 0),
    ("WST", 2),
    ("XAD", 2), ("XAF", 0), ("XCD", 2), ("XCG", 2), ("XOF", 0), ("XPF", 0),
    ("YER", 2),
    ("ZAR", 2), ("ZMW", 2), ("ZWG", 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_code_twice() {
        assert!(TABLE.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn every_code_is_three_capitals_and_finds_its_own_row() {
        for currency in Currency::all() {
            let code = currency.code();
            assert!(code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()));
            assert_eq!(code.parse(), Ok(currency));
            assert!(currency.decimals() <= 4);
        }
    }

    #[test]
    fn only_the_exact_code_is_a_code() {
        for text in [
            "", "eur", " EUR", "EUR ", "EU", "EURO", "XAU", "XXX", "XTS", "€",
        ] {
            assert_eq!(Currency::parse(text), Err(UnknownCurrency), "{text:?}");
        }
    }

    #[test]
    fn json_holds_the_code() {
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(serde_json::to_string(&yen).unwrap(), r#""JPY""#);
        assert_eq!(serde_json::from_str::<Currency>(r#""JPY""#).unwrap(), yen);
        assert!(serde_json::from_str::<Currency>(r#""jpy""#).is_err());
    }
}
