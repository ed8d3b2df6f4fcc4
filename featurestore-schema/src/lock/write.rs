//! Writing the file: sorted, a line per fact, the same bytes for the same content.

use std::fmt;

use super::{LOCK_FORMAT, Lock, ViewRecord};

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
            write!(
                out,
                "column {} {}{}",
                word(column),
                published.dtype,
                mark(published.nullable)
            )?;
            if published.default {
                write!(out, " default")?;
            }
            if let Some(source) = &published.source_column {
                write!(out, " from {}", word(source))?;
            }
            writeln!(out)?;
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
