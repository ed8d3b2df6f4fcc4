//! Values, times and ages as people read them.

use crate::time::{Timestamp, format_timestamp};
use crate::types::Value;

/// How many characters of a value are shown before the rest has to be asked for.
const SHORT: usize = 160;

/// An instant, for people and for programs, and how long ago it was.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) text: String,
    pub(super) exact: String,
    pub(super) age: String,
}

impl Moment {
    pub(super) fn new(time: Timestamp, now: Timestamp) -> Self {
        Self {
            text: time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            exact: format_timestamp(time),
            age: age(time, now),
        }
    }
}

/// How long before `now` a time was, in its two largest units.
fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = (now - time).num_seconds();
    let amount = amount(seconds.unsigned_abs());
    match seconds {
        0 => "just now".to_owned(),
        1.. => format!("{amount} ago"),
        _ => format!("in {amount}"),
    }
}

fn amount(seconds: u64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

/// A value as it is shown: its beginning, and all of it where that is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) short: String,
    pub(super) whole: Option<String>,
}

impl Shown {
    pub(super) fn new(value: &Value) -> Self {
        let whole = value.text();
        let Some((end, _)) = whole.char_indices().nth(SHORT) else {
            return Self {
                short: whole.into_owned(),
                whole: None,
            };
        };
        let count = match value {
            Value::List(values) => format!("{} values", values.len()),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            _ => format!("{} characters", whole.chars().count()),
        };
        Self {
            short: format!("{} … ({count})", &whole[..end]),
            whole: Some(whole.into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_timestamp;

    #[test]
    fn an_age_has_its_two_largest_units() {
        let now = parse_timestamp("2026-05-07T22:00:00Z").unwrap();
        for (time, text) in [
            ("2026-05-07T22:00:00Z", "just now"),
            ("2026-05-07T21:59:18Z", "42 s ago"),
            ("2026-05-07T21:00:00Z", "1 h ago"),
            ("2026-05-07T20:54:59Z", "1 h 5 min ago"),
            ("2026-04-30T00:00:01Z", "7 d 21 h ago"),
            ("2026-04-30T21:59:00Z", "7 d ago"),
            ("2026-05-07T22:05:00Z", "in 5 min"),
        ] {
            assert_eq!(age(parse_timestamp(time).unwrap(), now), text);
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters_and_kept_whole() {
        let shown = Shown::new(&Value::Str("ü".repeat(161)));
        assert_eq!(
            shown.short,
            format!("{} … (161 characters)", "ü".repeat(160))
        );
        assert_eq!(shown.whole, Some("ü".repeat(161)));
        let shown = Shown::new(&Value::Str("ü".repeat(160)));
        assert_eq!((shown.short, shown.whole), ("ü".repeat(160), None));
    }
}
