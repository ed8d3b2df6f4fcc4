//! Cadences as declarations write them: a duration, or a cron expression in UTC.

use std::fmt;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::duration::{ParseDurationError, format_micros, parse_micros};
use crate::intern::intern;

/// How often a view's source gets new rows, and when the view is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cadence {
    /// Whenever so many microseconds have passed, counted from 1970-01-01 00:00 UTC: `1h` is due on
    /// the hour, `1d` at midnight. Greater than zero.
    Every(i64),
    /// When a cron expression matches, in UTC.
    Cron(&'static str),
}

/// A text that is no cadence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseCadenceError {
    /// It looks like a duration and is none.
    #[error(transparent)]
    Duration(#[from] ParseDurationError),
    /// It looks like a cron expression and is none.
    #[error(
        "`{text}` is not a cron expression: {reason}; write minute, hour, day of the month, month and day of the week (UTC), as in \"0 */6 * * *\""
    )]
    Cron {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Cadence {
    /// Reads a duration, as [`parse_micros`] does, or a cron expression of five fields.
    ///
    /// # Errors
    ///
    /// A text that is neither, or a cron expression that no time matches.
    pub fn parse(text: &str) -> Result<Self, ParseCadenceError> {
        let trimmed = text.trim();
        let fields = trimmed.split_whitespace().count();
        if fields < 3 && !trimmed.contains(['*', '@']) {
            return Ok(Self::Every(parse_micros(text)?));
        }
        if let Ok(micros) = parse_micros(text) {
            return Ok(Self::Every(micros));
        }
        let wrong = |reason: String| ParseCadenceError::Cron {
            text: text.to_owned(),
            reason,
        };
        if fields != 5 && !trimmed.starts_with('@') {
            return Err(wrong(format!("it has {fields} fields and not 5")));
        }
        let cron = cron(trimmed).map_err(wrong)?;
        if cron
            .find_next_occurrence(&DateTime::<Utc>::UNIX_EPOCH, false)
            .is_err()
        {
            return Err(wrong("no time matches it".to_owned()));
        }
        let normal: Vec<&str> = trimmed.split_whitespace().collect();
        Ok(Self::Cron(intern(&normal.join(" "))))
    }

    /// The last time at which the view was due, at `time` or before it, in microseconds since
    /// 1970; nothing where there is none.
    #[must_use]
    pub fn at_or_before(self, time: i64) -> Option<i64> {
        match self {
            Self::Every(micros) => time.checked_sub(time.checked_rem_euclid(micros)?),
            Self::Cron(text) => {
                let time = DateTime::from_timestamp_micros(time)?;
                let found = cron(text).ok()?.find_previous_occurrence(&time, true);
                found.ok().map(|found| found.timestamp_micros())
            }
        }
    }

    /// The first time after `time` at which the view is due, in microseconds since 1970; nothing
    /// where there is none.
    #[must_use]
    pub fn after(self, time: i64) -> Option<i64> {
        match self {
            Self::Every(micros) => self.at_or_before(time)?.checked_add(micros),
            Self::Cron(text) => {
                let time = DateTime::from_timestamp_micros(time)?;
                let found = cron(text).ok()?.find_next_occurrence(&time, false);
                found.ok().map(|found| found.timestamp_micros())
            }
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(micros) => formatter.write_str(&format_micros(*micros)),
            Self::Cron(text) => formatter.write_str(text),
        }
    }
}

fn cron(text: &str) -> Result<Cron, String> {
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build();
    parser.parse(text).map_err(|error| {
        let text = error.to_string();
        // Its sentences have a kind before them that says nothing here.
        let text = text.split_once(": ").map_or(&*text, |(_, reason)| reason);
        let text = text.trim_end_matches('.').replace("CronPattern", "it");
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        first.to_lowercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn micros(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    fn shown(time: Option<i64>) -> String {
        let time = DateTime::from_timestamp_micros(time.unwrap()).unwrap();
        time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }

    #[test]
    fn a_duration_is_due_at_its_multiples() {
        let hourly = Cadence::parse("1h").unwrap();
        assert_eq!(hourly, Cadence::Every(HOUR));
        let time = micros("2026-05-07T22:10:00Z");
        assert_eq!(shown(hourly.at_or_before(time)), "2026-05-07T22:00:00Z");
        assert_eq!(shown(hourly.after(time)), "2026-05-07T23:00:00Z");
        let due = micros("2026-05-07T23:00:00Z");
        assert_eq!(hourly.at_or_before(due), Some(due));
        assert_eq!(hourly.after(due), Some(due + HOUR));
        assert_eq!(Cadence::Every(10).at_or_before(-1), Some(-10));
    }

    #[test]
    fn a_cron_expression_is_due_when_it_matches_in_utc() {
        let cron = Cadence::parse(" 0  */6 * * *").unwrap();
        assert_eq!(cron.to_string(), "0 */6 * * *");
        let time = micros("2026-05-07T22:10:00.5Z");
        assert_eq!(shown(cron.at_or_before(time)), "2026-05-07T18:00:00Z");
        assert_eq!(shown(cron.after(time)), "2026-05-08T00:00:00Z");
        let due = micros("2026-05-08T00:00:00Z");
        assert_eq!(cron.at_or_before(due), Some(due));
        assert_eq!(shown(cron.after(due)), "2026-05-08T06:00:00Z");
        // Monday is 1, and a day of the month and one of the week are either of them.
        let monday = Cadence::parse("30 6 * * 1").unwrap();
        assert_eq!(shown(monday.after(time)), "2026-05-11T06:30:00Z");
        let either = Cadence::parse("0 0 9 * MON").unwrap();
        assert_eq!(shown(either.after(time)), "2026-05-09T00:00:00Z");
    }

    #[test]
    fn what_is_neither_is_refused_with_what_is_wrong() {
        for (text, said) in [
            ("0s", "is not a duration"),
            ("hourly", "is not a duration"),
            ("0 0 6 * * *", "it has 6 fields and not 5"),
            ("0 */6 * *", "it has 4 fields and not 5"),
            ("61 * * * *", "is not a cron expression"),
            ("0 0 30 2 *", "no time matches it"),
            ("@often", "is not a cron expression"),
            ("@reboot", "is not a cron expression"),
            ("0 0 * * MOO", "is not a cron expression"),
        ] {
            let error = Cadence::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
            println!("{error}");
        }
        assert!(Cadence::parse("@daily").is_ok());
        assert_eq!(
            Cadence::parse("1d 12h 30m"),
            Ok(Cadence::Every(131_400_000_000))
        );
    }
}
