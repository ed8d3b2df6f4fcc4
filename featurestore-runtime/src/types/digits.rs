//! Decimal numbers as a mantissa beside a scale.

/// Whether a mantissa has at most `precision` digits.
pub(crate) fn fits(mantissa: i128, precision: u8) -> bool {
    10_u128
        .checked_pow(precision.into())
        .is_some_and(|limit| mantissa.unsigned_abs() < limit)
}

/// A mantissa of one scale as one of a larger scale.
pub(crate) fn rescale(mantissa: i128, scale: u8, to: u8) -> Option<i128> {
    let factor = 10_i128.checked_pow(u32::from(to.checked_sub(scale)?))?;
    mantissa.checked_mul(factor)
}

/// All digits, also zeros at the end: `-12.50`.
pub(crate) fn text(mantissa: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let sign = if mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// The mantissa of `-12.5` at a scale; nothing where it would have to be rounded.
pub(crate) fn parse(digits: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, digits) = digits
        .strip_prefix('-')
        .map_or((false, digits), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let scale = usize::from(scale);
    let (kept, dropped) = fraction.split_at_checked(scale).unwrap_or((fraction, ""));
    if dropped.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let number: i128 = format!("{whole}{kept:0<scale$}").parse().ok()?;
    let mantissa = if negative { -number } else { number };
    fits(mantissa, precision).then_some(mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_are_read_exactly_or_not_at_all() {
        for (digits, mantissa) in [
            ("0", Some(0)),
            ("-0.00", Some(0)),
            ("1.5", Some(150)),
            ("0.05", Some(5)),
            ("-999.99", Some(-99_999)),
            ("1.500", Some(150)),
            ("1000", None),
            ("0.001", None),
            ("", None),
            (".5", None),
            ("1e2", None),
            ("+1", None),
            ("1.2.3", None),
            ("--1", None),
        ] {
            assert_eq!(parse(digits, 5, 2), mantissa, "{digits}");
        }
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(i128::MIN, 0), i128::MIN.to_string());
        assert!(fits(10_i128.pow(38) - 1, 38) && !fits(10_i128.pow(38), 38));
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(256))]

        #[test]
        fn a_decimal_reads_back_from_its_text(mantissa in -10_i128.pow(38) + 1..10_i128.pow(38), scale in 0u8..=38) {
            prop_assert_eq!(parse(&text(mantissa, scale), 38, scale), Some(mantissa));
        }
    }
}
