//! Floats as they are written: of no text another number is made, 0 of `1e-400`.

use featurestore_schema::is_zero;

/// A float from text, of which no number is made that it is not: neither zero nor infinite, unless
/// that is what is written.
pub(super) fn float<T: Float>(text: &str) -> Option<T> {
    let value: T = text.parse().ok()?;
    let is_number = text.contains(|digit: char| digit.is_ascii_digit());
    let is_other = (value.is_zero() && !is_zero(text)) || (value.is_infinite() && is_number);
    (!is_other).then_some(value)
}

/// The two dtypes of floats.
pub(super) trait Float: std::str::FromStr + Copy {
    fn is_zero(self) -> bool;
    fn is_infinite(self) -> bool;
}

impl Float for f32 {
    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn is_infinite(self) -> bool {
        self.is_infinite()
    }
}

impl Float for f64 {
    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn is_infinite(self) -> bool {
        self.is_infinite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_no_zero_and_no_infinity_that_is_not_written() {
        for (text, expected) in [
            ("1e-400", None),
            ("-1e400", None),
            ("5e-324", Some(5e-324)),
            ("0e-400", Some(0.0)),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
        ] {
            assert_eq!(float::<f64>(text), expected, "{text}");
        }
        assert_eq!(float::<f32>("1e-60"), None);
        assert_eq!(float::<f32>("1e39"), None);
        assert_eq!(float::<f32>("0.1"), Some(0.1));
        assert!(float::<f64>("nan").is_some_and(f64::is_nan));
    }
}
