//! Window views in words.

use std::fmt;

use featurestore_schema::format_micros;

use super::super::{EventSourceDefinition, WindowFeatures};
use super::WindowFeature;
use crate::windows::{Aggregate, Divisor};

/// The declaration in words that don't depend on the order of columns in the source: what a state is
/// made for, and what `plan` compares.
impl fmt::Display for WindowFeatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events();
        write!(formatter, "events {}", events.name())?;
        for feature in self.features() {
            formatter.write_str("\n")?;
            feature.describe(events, formatter)?;
        }
        Ok(())
    }
}

impl WindowFeature {
    /// The same as a text of its own.
    pub(crate) fn words(&self, events: &EventSourceDefinition) -> String {
        let mut text = String::new();
        // Writing to a text can't fail.
        let _ = self.describe(events, &mut text);
        text
    }

    /// `sum(amount) window 7d resolution 1d delay 1us where amount > 100`.
    pub(crate) fn describe(
        &self,
        events: &EventSourceDefinition,
        out: &mut impl fmt::Write,
    ) -> fmt::Result {
        let column = |index: usize| {
            let column = events.columns().get(index);
            column.map_or("?", |column| column.name())
        };
        let of = self.column.map_or("", column);
        match self.aggregate {
            Aggregate::Count => write!(out, "count({of})")?,
            Aggregate::Sum => write!(out, "sum({of})")?,
            Aggregate::Mean => write!(out, "mean({of})")?,
            Aggregate::Variance(divisor) => write!(out, "variance({of}{})", suffix(divisor))?,
            Aggregate::StandardDeviation(divisor) => {
                write!(out, "stddev({of}{})", suffix(divisor))?;
            }
            Aggregate::Min => write!(out, "min({of})")?,
            Aggregate::Max => write!(out, "max({of})")?,
            Aggregate::First => write!(out, "first({of})")?,
            Aggregate::Last => write!(out, "last({of})")?,
            Aggregate::FirstOf(count) => write!(out, "first({of}, {count})")?,
            Aggregate::LastOf(count) => write!(out, "last({of}, {count})")?,
            Aggregate::Distinct(precision) => {
                write!(out, "distinct({of}) error {}", precision.error())?;
            }
            Aggregate::Quantile { millionths, bins } => write!(
                out,
                "quantile({of}, {}) error {}",
                f64::from(millionths) / 1e6,
                bins.error()
            )?,
            Aggregate::Top(count) => write!(out, "top({of}, {count})")?,
        }
        match self.window.length() {
            None => out.write_str(" window lifetime")?,
            Some(length) => write!(out, " window {}", format_micros(length))?,
        }
        if let Some(resolution) = self.window.resolution() {
            write!(out, " resolution {}", format_micros(resolution))?;
        }
        if self.window.delay() > 0 {
            write!(out, " delay {}", format_micros(self.window.delay()))?;
        }
        if let Some(filter) = self.filter {
            out.write_str(" where ")?;
            filter.describe(events.columns(), out)?;
        }
        Ok(())
    }
}

const fn suffix(divisor: Divisor) -> &'static str {
    match divisor {
        Divisor::Sample => "",
        Divisor::Population => ", population",
    }
}
