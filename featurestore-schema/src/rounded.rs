//! Numbers as they are written, beside the doubles that are made of them: which of these would be
//! another number, 0 of `1e-400` or 1 of `0.99999999999999999`.

/// A number whose double is another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the number `{number}` would be another one as a double; write the one that is meant")]
pub struct Rounded {
    /// The number as it is written, or its beginning.
    pub number: String,
}

/// The longest part of a number that a message shows.
const SHOWN: usize = 40;

/// Refuses a number that a double takes for zero, for a whole number or for an infinite one, which
/// it is not.
///
/// # Errors
///
/// Such a number.
pub fn check_rounded(text: &str) -> Result<(), Rounded> {
    if is_rounded(text) {
        let number = text.chars().take(SHOWN).collect();
        return Err(Rounded { number });
    }
    Ok(())
}

/// Whether a number is zero as it is written.
#[must_use]
pub fn is_zero(text: &str) -> bool {
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    !digits.contains(|digit: char| ('1'..='9').contains(&digit))
}

/// Whether the double of a number with a point or an exponent is zero, whole or infinite, and the
/// number not.
fn is_rounded(text: &str) -> bool {
    if !text.contains(['.', 'e', 'E']) {
        return false;
    }
    let double: f64 = text.parse().unwrap_or(f64::NAN);
    if double == 0.0 {
        return !is_zero(text);
    }
    double.is_infinite() || (double.fract() == 0.0 && !is_whole(text))
}

/// Whether no digit but zeros is behind the point, once the exponent has moved it.
fn is_whole(text: &str) -> bool {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    // One that no 64 bits hold moves the point past all digits.
    let exponent = exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    });
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let written = whole.len() + fraction.len();
    let zeros = |digits: &str| digits.len() - digits.trim_end_matches('0').len();
    let zeros = match zeros(fraction) {
        all if all == fraction.len() => all + zeros(whole),
        some => some,
    };
    if zeros >= written {
        return true;
    }
    // Digits behind the point, less the zeros at their end.
    let behind = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    let behind = behind.saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX));
    behind.saturating_sub(exponent) <= 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_whose_double_is_zero_or_whole_is_that_or_is_found() {
        for exact in [
            "0",
            "-0.0",
            "0e5",
            "0.0e-999",
            "42.0",
            "4.2e1",
            "420e-1",
            "1e22",
            "0.5",
            "5e-324",
            "0.1",
            "1.5e300",
            "9007199254740993",
            "100.00e-2",
            "1e-0",
            "0e99999999999999999999",
            "-7",
            "0.30000000000000004",
        ] {
            assert!(!is_rounded(exact), "{exact}");
        }
        for rounded in [
            "1e-400",
            "1e400",
            "-1e-400",
            "1E-400",
            "0.99999999999999999",
            "42.00000000000000001",
            "4503599627370496.5",
            "1e-99999999999999999999",
            "-0.01e-323",
            "41999999999999999999e-18",
        ] {
            assert!(is_rounded(rounded), "{rounded}");
        }
    }
}
