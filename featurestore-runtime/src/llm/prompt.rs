//! A service's values as text of a prompt.

use std::fmt;

use featurestore_schema::Dtype;

use super::neutral;
use super::words::{first_sentence, one_line};
use crate::lookup::Lookup;
use crate::service::{FieldValue, ServiceDefinition, ServiceFeature};
use crate::time::format_timestamp;
use crate::types::ValueRef;

/// The most characters of a text value, where nothing else is said.
const MAX_TEXT: usize = 200;

/// The most values of a list that are written out.
const MAX_ITEMS: usize = 10;

/// How many characters a token has about, in English, by `OpenAI`'s help page "What are tokens and how
/// to count them?".
const CHARACTERS_PER_TOKEN: usize = 4;

/// Text for a prompt. A line is `- label: value`; a value is never more than one line, is quoted where
/// it could be taken for anything else, and holds no markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt(String);

/// What is done with values that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missing {
    /// They are said to be unknown, and why where that is known.
    #[default]
    Say,
    /// They are left out.
    LeaveOut,
}

/// How features become text.
#[derive(Debug, Clone)]
#[must_use]
pub struct PromptOptions {
    missing: Missing,
    names: bool,
    heading: bool,
    max_text: usize,
}

impl PromptOptions {
    /// With a heading, labels from descriptions, missing values said, and 200 characters of a text.
    pub const fn new() -> Self {
        Self {
            missing: Missing::Say,
            names: false,
            heading: true,
            max_text: MAX_TEXT,
        }
    }

    /// What is done with values that are missing.
    pub const fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Takes the features' names for labels, and not the first sentence of their descriptions.
    pub const fn names(mut self) -> Self {
        self.names = true;
        self
    }

    /// Leaves out the first line, which is the first sentence of the service's description.
    pub const fn without_heading(mut self) -> Self {
        self.heading = false;
        self
    }

    /// The most characters of a text; of a longer one the rest is cut, and that is said.
    pub const fn max_text(mut self, characters: usize) -> Self {
        self.max_text = characters;
        self
    }
}

impl Default for PromptOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl Prompt {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// About how many tokens it is: its characters divided by 4, rounded up. That is the rule of thumb
    /// of `OpenAI`'s help page "What are tokens and how to count them?" for English; other languages,
    /// and numbers, take more tokens, up to one per character.
    #[must_use]
    pub fn estimated_tokens(&self) -> usize {
        self.0.chars().count().div_ceil(CHARACTERS_PER_TOKEN)
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for Prompt {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Prompt> for String {
    fn from(prompt: Prompt) -> Self {
        prompt.0
    }
}

/// The values of a service, one per feature in declared order, as text.
pub(super) fn render(
    service: &ServiceDefinition,
    values: &[FieldValue<'_>],
    options: &PromptOptions,
) -> Prompt {
    let mut lines = Vec::with_capacity(values.len() + 1);
    let heading = one_line(service.description());
    if options.heading && !heading.is_empty() {
        lines.push(format!("{}:", first_sentence(&heading)));
    }
    for (feature, value) in service.features().iter().zip(values) {
        let column = feature.column();
        let text = match known(value) {
            Ok(value) => {
                let text = render_value(value, column.dtype(), options.max_text);
                match column.unit() {
                    Some(unit) => format!("{text} {}", one_line(unit)),
                    None => text,
                }
            }
            Err(_) if options.missing == Missing::LeaveOut => continue,
            Err(text) => text,
        };
        lines.push(format!("- {}: {text}", label(feature, options)));
    }
    Prompt(lines.join("\n"))
}

fn label(feature: &ServiceFeature, options: &PromptOptions) -> String {
    let description = one_line(feature.description());
    if options.names || description.is_empty() {
        feature.name().to_owned()
    } else {
        first_sentence(&description).to_owned()
    }
}

/// The value, or what is said of one that is missing.
fn known<'a>(value: &FieldValue<'a>) -> Result<ValueRef<'a>, String> {
    match value {
        Lookup::Found(Some(ValueRef::F32(number))) if !number.is_finite() => {
            Err("unknown (not a number)".to_owned())
        }
        Lookup::Found(Some(ValueRef::F64(number))) if !number.is_finite() => {
            Err("unknown (not a number)".to_owned())
        }
        Lookup::Found(Some(value)) => Ok(*value),
        Lookup::Found(None) => Err("unknown".to_owned()),
        Lookup::Expired { event_timestamp } => Err(format!(
            "unknown (what was known at {} is out of date)",
            format_timestamp(*event_timestamp)
        )),
        Lookup::Missing => Err("unknown (nothing is stored)".to_owned()),
    }
}

fn render_value(value: ValueRef<'_>, dtype: Dtype, max_text: usize) -> String {
    match value {
        ValueRef::Str(text) => neutral::text(text, max_text),
        // The texts of an enum were declared, but a declaration may have any text.
        ValueRef::Variant(_) => neutral::text(&value.text(dtype), max_text),
        ValueRef::Json(_) => neutral::json(&value.text(dtype), max_text),
        ValueRef::Bytes(bytes) => format!("{} bytes that are not shown", bytes.len()),
        ValueRef::List(list) => {
            let item = match dtype {
                Dtype::List { item, .. } => *item,
                _ => Dtype::F32,
            };
            let values = list.iter().take(MAX_ITEMS).map(|value| {
                value.map_or_else(
                    || "unknown".to_owned(),
                    |value| render_value(value, item, max_text),
                )
            });
            let shown: Vec<String> = values.collect();
            let shown = shown.join(", ");
            match list.iter().count() {
                0 => "none".to_owned(),
                count if count > MAX_ITEMS => format!("{shown}, .. ({count} values)"),
                _ => shown,
            }
        }
        other => other.text(dtype).into_owned(),
    }
}
