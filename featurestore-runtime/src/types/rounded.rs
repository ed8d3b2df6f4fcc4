//! Numbers of JSON that `serde_json` would make others of without a word.

use featurestore_schema::{Rounded, check_rounded};

/// Looks for the first number whose double is another one, in what is known to be JSON.
pub(crate) fn check_numbers(json: &[u8]) -> Result<(), Rounded> {
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
                check_rounded(text)?;
                behind
            }
            _ => behind,
        };
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_number_is_found_wherever_it_is_and_no_text_is_one() {
        for rounded in ["1e-400", "-1e-400", "42.00000000000000001"] {
            let json = format!(r#"{{"a-1e-400": "\\\"1e-400", "b": [1.5, {rounded}]}}"#);
            let found = check_numbers(json.as_bytes());
            assert_eq!(
                found,
                Err(Rounded {
                    number: rounded.to_owned()
                })
            );
        }
        assert_eq!(
            check_numbers(br#"{"a": "1e-400", "b": [1.5, 2e3]}"#),
            Ok(())
        );
    }
}
