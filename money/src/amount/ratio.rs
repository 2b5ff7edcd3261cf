//! Exact fractions, so that `10/3*3` is 10 and not 9.99.

/// A fraction in lowest terms with a positive denominator. Every operation gives `None` where the
/// exact result does not fit, and never rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// `None` also for a denominator of zero.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = gcd(numerator.checked_abs()?, denominator.checked_abs()?)
            .checked_mul(denominator.signum())?;
        Some(Self {
            numerator: numerator.checked_div(divisor)?,
            denominator: denominator.checked_div(divisor)?,
        })
    }

    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub fn negate(self) -> Option<Self> {
        Self::new(self.numerator.checked_neg()?, self.denominator)
    }

    pub fn add(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(
            left.checked_add(right)?,
            self.denominator.checked_mul(other.denominator)?,
        )
    }

    pub fn multiply(self, other: Self) -> Option<Self> {
        Self::new(
            self.numerator.checked_mul(other.numerator)?,
            self.denominator.checked_mul(other.denominator)?,
        )
    }

    pub fn divide(self, other: Self) -> Option<Self> {
        Self::new(
            self.numerator.checked_mul(other.denominator)?,
            self.denominator.checked_mul(other.numerator)?,
        )
    }

    /// The nearest integer; of two that are equally near, the one farther from zero.
    pub fn round(self) -> i128 {
        let (whole, rest) = (
            self.numerator / self.denominator,
            self.numerator % self.denominator,
        );
        // `rest >= denominator / 2` without doubling, which might not fit.
        if rest.abs() >= self.denominator - rest.abs() {
            whole + self.numerator.signum()
        } else {
            whole
        }
    }
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (numerator, denominator, rounded) in [
            (1, 2, 1),
            (-1, 2, -1),
            (3, 2, 2),
            (-5, 2, -3),
            (1, 3, 0),
            (2, 3, 1),
        ] {
            assert_eq!(Ratio::new(numerator, denominator).unwrap().round(), rounded);
        }
    }

    #[test]
    fn the_edges_of_i128_neither_panic_nor_wrap() {
        assert_eq!(Ratio::new(1, 0), None);
        assert_eq!(Ratio::new(0, 0), None);
        assert_eq!(Ratio::new(i128::MIN, 1), None);
        assert_eq!(Ratio::new(1, i128::MIN), None);
        let largest = Ratio::new(i128::MAX, 1).unwrap();
        assert_eq!(largest.round(), i128::MAX);
        assert_eq!(largest.add(largest), None);
        assert_eq!(largest.multiply(largest), None);
        assert_eq!(Ratio::new(i128::MAX, i128::MAX - 1).unwrap().round(), 1);
    }

    proptest! {
        #[test]
        fn the_rounded_value_is_the_nearest(numerator: i64, denominator in 1..i64::MAX) {
            let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
            let rounded = Ratio::new(numerator, denominator).unwrap().round();
            prop_assert!((rounded * denominator - numerator).abs() * 2 <= denominator);
        }

        #[test]
        fn what_is_divided_and_multiplied_again_is_what_it_was(a: i32, b in 1..i32::MAX, c in 1..i32::MAX) {
            let (a, b) = (Ratio::new(a.into(), c.into()).unwrap(), Ratio::new(b.into(), 1).unwrap());
            prop_assert_eq!(a.divide(b).unwrap().multiply(b), Some(a));
            prop_assert_eq!(a.add(b).unwrap().add(b.negate().unwrap()), Some(a));
        }
    }
}
