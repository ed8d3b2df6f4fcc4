//! Durations as declarations write them: `15m`, `1h`, `2d`, `1d 12h`.

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a duration; write a whole number and a unit (us, ms, s, m, h, d, w), as in \"15m\" or \"1d 12h\""
)]
pub struct ParseDurationError {
    text: String,
}

/// The units, largest first, with their length in microseconds.
const UNITS: [(&str, i64); 7] = [
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// Reads a duration; the result is in microseconds and greater than zero.
///
/// # Errors
///
/// Anything but whole numbers with units, zero, and what 64 bits can't hold.
pub fn parse_micros(text: &str) -> Result<i64, ParseDurationError> {
    let error = || ParseDurationError {
        text: text.to_owned(),
    };
    let mut total: i64 = 0;
    for part in text.split_whitespace() {
        let digits = part
            .find(|character: char| !character.is_ascii_digit())
            .ok_or_else(error)?;
        let (number, unit) = part.split_at(digits);
        let number: i64 = number.parse().map_err(|_| error())?;
        let (_, length) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(error)?;
        total = number
            .checked_mul(*length)
            .and_then(|micros| total.checked_add(micros))
            .ok_or_else(error)?;
    }
    if total > 0 { Ok(total) } else { Err(error()) }
}

/// Writes a duration in microseconds as [`parse_micros`] reads it: `2d`, `1d 12h`. Weeks are
/// written as days.
#[must_use]
pub fn format_micros(micros: i64) -> String {
    let mut rest = micros.unsigned_abs();
    let mut parts = Vec::new();
    for (name, length) in UNITS.into_iter().skip(1) {
        let length = length.unsigned_abs();
        if rest >= length {
            parts.push(format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn declared_durations_are_read() {
        assert_eq!(parse_micros("15m"), Ok(900_000_000));
        assert_eq!(parse_micros("1d 12h"), Ok(129_600_000_000));
        assert_eq!(format_micros(129_600_000_000), "1d 12h");
        assert_eq!(format_micros(604_800_000_000), "7d");
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in [
            "",
            " ",
            "1",
            "h",
            "0s",
            "-1h",
            "1.5h",
            "1y",
            "1 h",
            "99999999999999w",
            "1h30",
        ] {
            assert!(parse_micros(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn every_duration_reads_back(micros in 1..=i64::MAX) {
            prop_assert_eq!(parse_micros(&format_micros(micros)), Ok(micros));
        }
    }
}
