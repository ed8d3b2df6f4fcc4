//! Numbers of a request beside the doubles that are made of them: which of these would be another
//! number, 0 of `1e-400` or 1 of `0.99999999999999999`.

use crate::types::is_zero;

/// The longest part of a number that a message shows.
const SHOWN: usize = 40;

/// A number of a JSON text that a double takes for zero, or for a whole number, which it is not.
pub(super) fn first_rounded(json: &[u8]) -> Option<String> {
    let mut rest = json;
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b'"' => behind_string(behind),
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let end = rest.iter().position(|byte| !is_part(byte));
                let (number, behind) = rest.split_at(end.unwrap_or(rest.len()));
                let text = std::str::from_utf8(number).unwrap_or_default();
                if is_rounded(text) {
                    return Some(text.chars().take(SHOWN).collect());
                }
                behind
            }
            _ => behind,
        };
    }
    None
}

fn behind_string(mut rest: &[u8]) -> &[u8] {
    while let Some((first, behind)) = rest.split_first() {
        rest = match first {
            b'"' => return behind,
            b'\\' => behind.get(1..).unwrap_or_default(),
            _ => behind,
        };
    }
    rest
}

/// Whether the double of a number with a point or an exponent is a zero or whole, and the number not.
fn is_rounded(text: &str) -> bool {
    if !text.contains(['.', 'e', 'E']) {
        return false;
    }
    let double: f64 = text.parse().unwrap_or(f64::NAN);
    if double == 0.0 {
        return !is_zero(text);
    }
    double.fract() == 0.0 && !is_whole(text)
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
            let json = format!(r#"{{"a-1e-400": "\\\"1e-400", "b": [1.5, {rounded}]}}"#);
            assert_eq!(first_rounded(json.as_bytes()).as_deref(), Some(rounded));
        }
        assert_eq!(first_rounded(br#"{"a": "1e-400", "b": [1.5, 2e3]}"#), None);
    }
}
