//! Writing the file: sorted, a line per fact, the same bytes for the same content.

use std::fmt;

use super::{LOCK_FORMAT, Lock, ViewColumn, ViewRecord};

const HEAD: &str = "\
# What the sources and views of this crate looked like when they were last accepted.
# Written by `lock`, verified by `lock --check`; its changes are made to be reviewed.
";

impl fmt::Display for Lock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEAD}format {LOCK_FORMAT}")?;
        for (name, events) in &self.event_sources {
            writeln!(out, "\n[event_source {}]", word(name))?;
            events.fmt(out)?;
        }
        for (name, service) in &self.services {
            writeln!(out, "\n[service {}]", word(name))?;
            for (feature, used) in &service.features {
                writeln!(
                    out,
                    "{} {} {}",
                    word(feature),
                    word(&used.view),
                    word(&used.column)
                )?;
            }
            let given = service.request.iter().map(|field| ("request", field));
            let computed = service.computed.iter().map(|field| ("computed", field));
            for (origin, (name, field)) in given.chain(computed) {
                writeln!(out, "{} = {origin} {}", word(name), Column(field))?;
            }
        }
        for (name, source) in &self.sources {
            writeln!(out, "\n[source {}]", word(name))?;
            for (column, found) in &source.columns {
                writeln!(
                    out,
                    "{} {}{}",
                    word(column),
                    found.dtype,
                    mark(found.nullable)
                )?;
            }
        }
        for (name, view) in &self.views {
            writeln!(out, "\n[view {}]", word(name))?;
            view.fmt(out)?;
        }
        Ok(())
    }
}

impl fmt::Display for ViewRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (column, published) in &self.columns {
            writeln!(out, "column {} {}", word(column), Column(published))?;
        }
        for (key, dtype) in &self.keys {
            writeln!(out, "key {} {dtype}", word(key))?;
        }
        for (id, layout) in &self.layouts {
            for line in layout.to_string().lines() {
                writeln!(out, "layout {id:07x} {line}")?;
            }
        }
        for (key, value) in &self.meaning {
            writeln!(out, "meaning {key} {}", word(value))?;
        }
        for (key, value) in &self.metadata {
            writeln!(out, "metadata {key} {}", word(value))?;
        }
        Ok(())
    }
}

/// What a column is: `i64? default from n`.
struct Column<'a>(&'a ViewColumn);

impl fmt::Display for Column<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.0.dtype, mark(self.0.nullable))?;
        if self.0.default {
            write!(out, " default")?;
        }
        if let Some(source) = &self.0.source_column {
            write!(out, " from {}", word(source))?;
        }
        Ok(())
    }
}

fn mark(nullable: bool) -> &'static str {
    if nullable { "?" } else { "" }
}

/// A text that is one word in the file: as it is where that is plain, else quoted.
pub(super) fn word(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_-./:@*".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}
