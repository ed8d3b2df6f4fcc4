//! Reading the file, whole or just a section.

use super::write::word;
use super::{LOCK_FORMAT, Lock, SourceColumn, UsedColumn, ViewColumn, ViewRecord};
use crate::text::parse_quoted;
use crate::{Dtype, Layout, SourceDtype};

/// A lock file that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of featurestore.lock, `{text}`: {reason}; write the file anew with `lock`")]
pub struct ParseLockError {
    line: usize,
    text: String,
    reason: String,
}

/// The lines of the section `[kind name]`, without its head; nothing where there is none.
#[must_use]
pub fn section<'a>(text: &'a str, kind: &str, name: &str) -> Option<&'a str> {
    let head = format!("\n[{kind} {}]\n", word(name));
    let start = text.find(&head)? + head.len();
    let end = text[start..]
        .find("\n[")
        .map_or(text.len(), |end| start + end);
    Some(text[start..end].trim_end())
}

impl SourceColumn {
    /// Reads a line of a source's section: the column's name, and what it is.
    #[must_use]
    pub fn parse(line: &str) -> Option<(String, Self)> {
        let (name, dtype) = take_word(line).filter(|_| !is_comment(line))?;
        let (dtype, nullable) = nullable(dtype);
        Some((
            name,
            Self {
                dtype: SourceDtype::parse(dtype),
                nullable,
            },
        ))
    }
}

impl ViewColumn {
    /// Reads what a column is: `i64? default from n`.
    fn parse(value: &str) -> Result<Self, String> {
        let (value, source_column) = match value.rsplit_once(" from ") {
            Some((value, source)) => (value, take_word(source).map(|(name, _)| name)),
            None => (value, None),
        };
        let (value, default) = value
            .strip_suffix(" default")
            .map_or((value, false), |value| (value, true));
        let (text, nullable) = nullable(value);
        Ok(Self {
            dtype: Dtype::parse(text).map_err(|error| error.to_string())?,
            nullable,
            default,
            source_column,
        })
    }
}

impl ViewRecord {
    /// Takes a line of a view's section; the reason where it is not one.
    ///
    /// # Errors
    ///
    /// A line of no known kind, or with a dtype that this build does not know.
    pub fn add(&mut self, line: &str) -> Result<(), String> {
        if is_comment(line) {
            return Ok(());
        }
        let (kind, rest) = line.split_once(' ').ok_or("it has one word")?;
        let (name, value) = take_word(rest).ok_or("it names nothing")?;
        let dtype = |text: &str| Dtype::parse(text).map_err(|error| error.to_string());
        match kind {
            "column" => {
                self.columns.insert(name, ViewColumn::parse(value)?);
            }
            "key" => {
                self.keys.insert(name, dtype(value)?);
            }
            "layout" => {
                let id = u32::from_str_radix(&name, 16).map_err(|_| "its id is not hex")?;
                let known = self.layouts.remove(&id);
                let mut lines = known.map(|layout| layout.to_string()).unwrap_or_default();
                lines.push_str(value);
                let layout = Layout::parse(&lines).map_err(|error| error.to_string())?;
                self.layouts.insert(id, layout);
            }
            "meaning" | "metadata" => {
                let (value, _) = take_word(value).ok_or("it has no value")?;
                let facts = if kind == "meaning" {
                    &mut self.meaning
                } else {
                    &mut self.metadata
                };
                facts.insert(name, value);
            }
            _ => return Err("it is no column, key, layout, meaning or metadata".to_owned()),
        }
        Ok(())
    }
}

impl Lock {
    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// A line that [`Display`](std::fmt::Display) never writes, or another format version.
    pub fn parse(text: &str) -> Result<Self, ParseLockError> {
        let mut lock = Self::default();
        let mut section: Option<(&str, String)> = None;
        let mut format = None;
        for (index, line) in text.lines().enumerate() {
            let error = |reason: String| ParseLockError {
                line: index + 1,
                text: line.to_owned(),
                reason,
            };
            if is_comment(line) {
                continue;
            }
            if let Some(head) = line
                .strip_prefix('[')
                .and_then(|head| head.strip_suffix(']'))
            {
                section = Some(lock.open(head).map_err(error)?);
                continue;
            }
            match &section {
                None => format = line.strip_prefix("format "),
                Some((kind, name)) => lock.add(kind, name, line).map_err(error)?,
            }
        }
        if format == Some(LOCK_FORMAT) {
            return Ok(lock);
        }
        let reason = format!("this build reads format {LOCK_FORMAT}");
        Err(ParseLockError {
            line: 3,
            text: format!("format {}", format.unwrap_or("?")),
            reason,
        })
    }

    fn open<'a>(&mut self, head: &'a str) -> Result<(&'a str, String), String> {
        let (kind, rest) = head.split_once(' ').ok_or("the section has no name")?;
        let (name, _) = take_word(rest).ok_or("the section has no name")?;
        match kind {
            "source" => drop(self.sources.entry(name.clone()).or_default()),
            "view" => drop(self.views.entry(name.clone()).or_default()),
            "event_source" => drop(self.event_sources.entry(name.clone()).or_default()),
            "service" => drop(self.services.entry(name.clone()).or_default()),
            _ => {
                return Err("sections are of sources, event sources, views and services".to_owned());
            }
        }
        Ok((kind, name))
    }

    fn add(&mut self, kind: &str, name: &str, line: &str) -> Result<(), String> {
        match kind {
            "source" => {
                let (column, found) = SourceColumn::parse(line).ok_or("it is no column")?;
                self.sources
                    .entry(name.to_owned())
                    .or_default()
                    .columns
                    .insert(column, found);
                Ok(())
            }
            "view" => self.views.entry(name.to_owned()).or_default().add(line),
            "event_source" => {
                let events = self.event_sources.entry(name.to_owned()).or_default();
                events.add(line)
            }
            _ => {
                let (feature, rest) = take_word(line).ok_or("it is no feature")?;
                let service = self.services.entry(name.to_owned()).or_default();
                if let Some(value) = rest.strip_prefix("= request ") {
                    service.request.insert(feature, ViewColumn::parse(value)?);
                    return Ok(());
                }
                if let Some(value) = rest.strip_prefix("= computed ") {
                    service.computed.insert(feature, ViewColumn::parse(value)?);
                    return Ok(());
                }
                let (view, rest) = take_word(rest).ok_or("it names no view")?;
                let (column, _) = take_word(rest).ok_or("it names no column")?;
                service
                    .features
                    .insert(feature, UsedColumn { view, column });
                Ok(())
            }
        }
    }
}

/// The first word, and what follows behind a space.
fn take_word(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let (word, rest) = parse_quoted(text)?;
        return Some((word, rest.strip_prefix(' ').unwrap_or(rest)));
    }
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (!word.is_empty()).then(|| (word.to_owned(), rest))
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with('#')
}

fn nullable(dtype: &str) -> (&str, bool) {
    dtype
        .strip_suffix('?')
        .map_or((dtype, false), |dtype| (dtype, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# What the sources and views of this crate looked like when they were last accepted.
# Written by `lock`, verified by `lock --check`; its changes are made to be reviewed.
format 1

[event_source payment]
column amount decimal(12, 2) from paid
meaning id payment_id
meaning lateness 1h
metadata push yes

[service watch_next]
watch_count watch_activity count
device = request string default
often = computed enum(\"a b\", \"c\")?

[source \"SELECT * FROM a\"]
\"odd name\" string?

[source data/a.parquet]
event_timestamp timestamp(us, utc)?
n i32

[view watch_activity]
column count i64 default from n
column kind enum(\"a b\", \"c\")?
key user_id string
layout cf9c5b9 count i64
layout cf9c5b9 kind enum(\"a b\", \"c\")?
meaning feature:count \"count() window 1h\"
meaning source data/a.parquet
meaning ttl \"1d 12h\"
metadata owner \"the \\\"team\\\"\"
";

    #[test]
    fn a_file_reads_back_to_the_same_bytes() {
        let lock = Lock::parse(TEXT).unwrap();
        assert_eq!(lock.to_string(), TEXT);
        let view = &lock.views["watch_activity"];
        assert_eq!(view.columns["count"].source_column.as_deref(), Some("n"));
        assert_eq!(view.layouts[&0xcf9_c5b9].columns().len(), 2);
        assert_eq!(view.metadata["owner"], "the \"team\"");
    }

    #[test]
    fn a_section_is_found_without_the_others() {
        let lines = section(TEXT, "source", "data/a.parquet").unwrap();
        let columns: Vec<_> = lines.lines().filter_map(SourceColumn::parse).collect();
        assert_eq!(columns.len(), 2);
        assert_eq!(columns[1].0, "n");
        assert!(section(TEXT, "source", "SELECT * FROM a").is_some());
        assert!(section(TEXT, "source", "data/a").is_none());
        assert!(
            section(TEXT, "view", "watch_activity")
                .unwrap()
                .ends_with("\"the \\\"team\\\"\"")
        );
    }

    #[test]
    fn a_comment_says_nothing_wherever_it_is() {
        let mut text = String::new();
        for line in TEXT.lines() {
            text.push_str(&format!("{line}\n# {line}\n"));
        }
        assert_eq!(Lock::parse(&text).unwrap().to_string(), TEXT);
        let columns = section(&text, "source", "data/a.parquet").unwrap();
        assert_eq!(columns.lines().filter_map(SourceColumn::parse).count(), 2);
        let mut view = ViewRecord::default();
        for line in section(&text, "view", "watch_activity").unwrap().lines() {
            view.add(line).unwrap();
        }
        assert_eq!(view, Lock::parse(TEXT).unwrap().views["watch_activity"]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for (text, reason) in [
            ("format 2\n", "reads format 1"),
            ("format 1\n\n[view a]\ncolumn n int\n", "line 4"),
            ("format 1\n\n[views a]\n", "sections are of"),
            ("format 1\n\n[view a]\nwhatever n\n", "it is no column"),
        ] {
            let message = Lock::parse(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
