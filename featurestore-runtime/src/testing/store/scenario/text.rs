//! The form of a scenario's lines: a time, a verb, a name, and `column=value`s.

use featurestore_schema::parse_micros;

use crate::time::parse_timestamp;

/// A line as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) when: Option<When>,
    pub(super) verb: String,
    pub(super) name: String,
    pub(super) values: Vec<(String, WrittenValue)>,
}

/// When a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// At a time, microseconds since 1970.
    At(i64),
    /// So many microseconds after the line before.
    After(i64),
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenValue {
    pub(super) text: String,
    /// In quotes it is a value, whatever word it is.
    pub(super) is_quoted: bool,
}

/// Reads a line; nothing where it is empty or a comment.
pub(super) fn read(line: &str) -> Result<Option<Written>, String> {
    let words = words(line)?;
    let mut words = words.into_iter().peekable();
    let Some(first) = words.peek() else {
        return Ok(None);
    };
    let mut when = None;
    if let Some(after) = first.bare.strip_prefix('+') {
        when = Some(When::After(duration(after)?));
        words.next();
    } else if first
        .bare
        .starts_with(|letter: char| letter.is_ascii_digit())
    {
        let mut text = first.bare.clone();
        words.next();
        let clock = words.peek().filter(|word| {
            word.value.is_none()
                && word
                    .bare
                    .starts_with(|letter: char| letter.is_ascii_digit())
        });
        if let Some(clock) = clock {
            text = format!("{text} {}", clock.bare);
            words.next();
        }
        let time = parse_timestamp(&text);
        let time =
            time.ok_or_else(|| format!("`{text}` is no time; write one as `2026-05-07 22:00`"))?;
        let mut micros = time.timestamp_micros();
        let shift = words
            .peek()
            .map(|word| word.bare.clone())
            .unwrap_or_default();
        if let Some(by) = shift.strip_prefix('+') {
            micros = micros.saturating_add(duration(by)?);
            words.next();
        } else if let Some(by) = shift.strip_prefix('-') {
            micros = micros.saturating_sub(duration(by)?);
            words.next();
        }
        when = Some(When::At(micros));
    }
    let mut word = |what: &str| match words.next() {
        Some(Word { bare, value: None }) => Ok(bare),
        Some(Word { bare, .. }) => Err(format!("`{bare}=` stands where {what} is expected")),
        None => Err(format!("the line ends where {what} is expected")),
    };
    let verb = word("`row`, `event`, `expect` or `every`")?;
    let name = word("the name of a view, event source or service")?;
    let values = words.map(|word| match word.value {
        Some(value) => Ok((word.bare, value)),
        None => Err(format!("`{}` is no `column=value`", word.bare)),
    });
    Ok(Some(Written {
        when,
        verb,
        name,
        values: values.collect::<Result<_, _>>()?,
    }))
}

fn duration(text: &str) -> Result<i64, String> {
    parse_micros(text).map_err(|error| error.to_string())
}

/// A word, or `column=value`.
#[derive(Debug)]
struct Word {
    bare: String,
    value: Option<WrittenValue>,
}

/// The words of a line up to its comment. A value in double quotes may have spaces, and `""` is a quote in
/// it.
fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut letters = line.chars().peekable();
    loop {
        while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
        match letters.peek() {
            None | Some('#') => return Ok(words),
            Some(_) => {}
        }
        let mut bare = String::new();
        while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace() && *letter != '=')
        {
            bare.push(letter);
        }
        if letters.next_if_eq(&'=').is_none() {
            words.push(Word { bare, value: None });
            continue;
        }
        let mut text = String::new();
        let is_quoted = letters.next_if_eq(&'"').is_some();
        if is_quoted {
            loop {
                match letters.next() {
                    Some('"') if letters.next_if_eq(&'"').is_none() => break,
                    Some(letter) => text.push(letter),
                    None => return Err(format!("the value of `{bare}` has no closing quote")),
                }
            }
        } else {
            while let Some(letter) = letters.next_if(|letter| !letter.is_whitespace()) {
                text.push(letter);
            }
        }
        words.push(Word {
            bare,
            value: Some(WrittenValue { text, is_quoted }),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &str) -> Written {
        read(line).unwrap().unwrap()
    }

    #[test]
    fn a_line_has_a_time_a_verb_a_name_and_values() {
        let line = written(
            "2026-05-07 22:00:00 -1us  event payment user=a text=\"b \"\"c\"\" #\" # a comment",
        );
        assert_eq!(line.when, Some(When::At(1_778_191_199_999_999)));
        assert_eq!((&*line.verb, &*line.name), ("event", "payment"));
        let values: Vec<(&str, &str, bool)> = line
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.text.as_str(), value.is_quoted))
            .collect();
        assert_eq!(values, [("user", "a", false), ("text", "b \"c\" #", true)]);
        assert_eq!(
            written("+1h row a b=").when,
            Some(When::After(3_600_000_000))
        );
        assert_eq!(
            written("2026-05-07 row a").when,
            Some(When::At(1_778_112_000_000_000))
        );
        assert_eq!(written("every a b=1").when, None);
        assert_eq!(read("  # nothing"), Ok(None));
    }

    #[test]
    fn what_is_no_line_says_what_is_wrong() {
        for (line, part) in [
            ("2026-13-07 row a", "`2026-13-07` is no time"),
            ("+1 row a", "not a duration"),
            ("2026-05-07", "ends where `row`"),
            ("row", "ends where the name"),
            ("row a=1", "`a=` stands where"),
            ("row a b", "`b` is no `column=value`"),
            ("row a b=\"c", "no closing quote"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
