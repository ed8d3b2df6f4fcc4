//! What features and join keys are, in words for a model.

use featurestore_schema::{Dtype, format_micros};

use crate::service::{ServiceDefinition, ServiceFeature};
use crate::types::Value;
use crate::view::{Check, ColumnDefinition, Number};

/// The most texts that are listed; a longer list helps no model.
const MAX_LISTED: usize = 20;

/// The most characters that an answer or an error repeats of what was given.
pub(super) const MAX_GIVEN: usize = 100;

/// A feature of a service, with what a model is told of it.
#[derive(Debug)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
    /// What it means, in one line; empty where nothing is said.
    pub(super) description: String,
    unit: Option<&'static str>,
    allowed: Vec<String>,
    default: Option<Value>,
    absence: Absence,
}

/// Why there may be no value of a feature.
#[derive(Debug)]
enum Absence {
    /// Its view may have no row, or one that is older than the TTL in microseconds.
    NoRow { ttl: Option<i64> },
    /// Its window may hold nothing.
    EmptyWindow,
    /// Its expression may give nothing.
    NothingToCompute,
    /// There always is one.
    Never,
}

/// The features of a service, in declared order.
pub(super) fn features(service: &ServiceDefinition) -> Vec<Feature> {
    let feature = |feature: &ServiceFeature| Feature {
        name: feature.name(),
        description: one_line(feature.description()),
        default: feature.default(),
        absence: Absence::of(feature),
        ..Feature::of_values(feature.column())
    };
    service.features().iter().map(feature).collect()
}

impl Absence {
    fn of(feature: &ServiceFeature) -> Self {
        let Some(view) = feature.view() else {
            return if feature.may_be_null() {
                Self::NothingToCompute
            } else {
                Self::Never
            };
        };
        match view.windows() {
            None => Self::NoRow {
                ttl: view.ttl_micros(),
            },
            Some(_) if view.may_lack(feature.column()) => Self::EmptyWindow,
            Some(_) => Self::Never,
        }
    }

    /// Where there is none, in short; nothing where there always is one.
    const fn place(&self) -> Option<&'static str> {
        match self {
            Self::NoRow { .. } => Some("nothing is known"),
            Self::EmptyWindow => Some("its window holds nothing"),
            Self::NothingToCompute => Some("there is nothing to compute it of"),
            Self::Never => None,
        }
    }

    /// The same, with how old it may be.
    fn clause(&self) -> Option<String> {
        let place = self.place()?;
        Some(match self {
            Self::NoRow { ttl: Some(ttl) } => {
                let ttl = format_micros(*ttl);
                format!("{place}, or what is known is older than {ttl}")
            }
            _ => place.to_owned(),
        })
    }
}

/// What a request field is, for whoever calls a tool: `The payment. Number in USD, at least 0.`
pub(super) fn request_field(field: &ColumnDefinition) -> String {
    let told = Feature::of_values(field);
    let missing = match &told.default {
        Some(default) => format!("Where it is null, it is {}.", default.to_json()),
        None if field.nullable() => "It may be null.".to_owned(),
        None => String::new(),
    };
    let shape = capitalized(&told.shape());
    let parts = [sentence(&told.description), format!("{shape}."), missing];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// What a request field takes: `number in USD, at least 0`.
pub(super) fn request_shape(field: &ColumnDefinition) -> String {
    let told = Feature::of_values(field);
    let or_null = if field.nullable() { ", or null" } else { "" };
    format!("{}{or_null}", told.shape())
}

/// A value of a request field in JSON that is right.
pub(super) fn request_example(field: &ColumnDefinition) -> serde_json::Value {
    let right = |json: &serde_json::Value| {
        let value = Value::from_json(json, field.dtype()).ok();
        let value = value.as_ref().map(|value| value.borrow(field.dtype()));
        value.is_some_and(|value| value.is_ok_and(|value| field.check(Some(value)).is_ok()))
    };
    let number = |number: &Number| match number {
        Number::Int(value) => serde_json::from_str(&value.to_string()).ok(),
        Number::Float(value) => Some(serde_json::Value::from(*value)),
    };
    let of_checks = field.checks().iter().filter_map(|check| match check {
        Check::OneOf(texts) => texts.first().map(|text| serde_json::Value::from(*text)),
        Check::Range { min, max, .. } => min.as_ref().or(max.as_ref()).and_then(number),
    });
    let mut examples = [example(field.dtype())].into_iter().chain(of_checks);
    examples
        .find(right)
        .unwrap_or_else(|| example(field.dtype()))
}

impl Feature {
    /// What is declared of values.
    fn of_values(column: &ColumnDefinition) -> Self {
        Self {
            name: column.name(),
            dtype: column.dtype(),
            description: one_line(column.description()),
            unit: column.unit(),
            allowed: column.checks().iter().map(allowed).collect(),
            default: column
                .default()
                .and_then(|default| default.value(column.dtype())),
            absence: if column.nullable() {
                Absence::NothingToCompute
            } else {
                Absence::Never
            },
        }
    }

    /// Whether an answer may have a null for it. A default stands in for what is missing, but not for
    /// NaN and infinities, which JSON can't write.
    pub(super) fn is_nullable(&self) -> bool {
        (self.default.is_none() && self.absence.place().is_some())
            || matches!(self.dtype, Dtype::F32 | Dtype::F64 | Dtype::Json)
    }

    /// Its type, unit and allowed values: `whole number in titles, at least 0`.
    fn shape(&self) -> String {
        let mut text = kind(self.dtype);
        if let Some(unit) = self.unit {
            text.push_str(" in ");
            text.push_str(&one_line(unit));
        }
        for allowed in &self.allowed {
            text.push_str(", ");
            text.push_str(allowed);
        }
        text
    }

    /// Its shape, and what stands where nothing is known: `whole number in titles, at least 0; 0 where
    /// nothing is known`.
    pub(super) fn summary(&self) -> String {
        let shape = self.shape();
        match (self.absence.place(), &self.default) {
            (None, _) => shape,
            (Some(place), Some(default)) => format!("{shape}; {} where {place}", default.to_json()),
            (Some(_), None) => format!("{shape}, or null"),
        }
    }

    /// All that is said of it: what it means, its shape, and what a null means.
    pub(super) fn meaning(&self) -> String {
        let missing = self.absence.clause().map(|when| match &self.default {
            Some(default) => format!(
                "It is {} where {when}; `__missing` then says so.",
                default.to_json()
            ),
            None => format!("It is null where {when}; `__missing` says why."),
        });
        let shape = capitalized(&self.shape());
        let description = sentence(&self.description);
        [
            description.as_str(),
            &format!("{shape}."),
            &missing.unwrap_or_default(),
        ]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
    }
}

/// What a join key is, for whoever calls a tool: `The user. The ``user_id`` of the user to read.`
pub(super) fn argument(service: &ServiceDefinition, name: &str, dtype: Dtype) -> String {
    let views: Vec<_> = service.views().collect();
    let said = views
        .iter()
        .flat_map(|view| view.join_keys())
        .find(|key| key.name() == name && !key.description().is_empty());
    let said = said.map_or_else(String::new, |key| sentence(&one_line(key.description())));
    let asked = match name.strip_suffix("_id") {
        Some(entity) if !entity.is_empty() => {
            format!(
                "The `{name}` of the {} to read, as it was given to you.",
                entity.replace('_', " ")
            )
        }
        _ => format!("The `{name}` to read the features of, as it was given to you."),
    };
    let form = match dtype {
        Dtype::String | Dtype::Bool | Dtype::I64 => String::new(),
        Dtype::Enum(variants) => format!("It is {}.", one_of(variants)),
        other => match bounds(other) {
            Some((min, max)) => format!("It is a whole number from {min} to {max}."),
            None => format!("It is {}, like {}.", kind(other), example(other)),
        },
    };
    let parts = [said, asked, form].into_iter();
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The smallest and the largest number of an integer dtype, where a model has to be told.
pub(super) fn bounds(dtype: Dtype) -> Option<(i64, u64)> {
    Some(match dtype {
        Dtype::I8 => (i8::MIN.into(), 0x7f),
        Dtype::I16 => (i16::MIN.into(), 0x7fff),
        Dtype::I32 => (i32::MIN.into(), 0x7fff_ffff),
        Dtype::U8 => (0, u8::MAX.into()),
        Dtype::U16 => (0, u16::MAX.into()),
        Dtype::U32 => (0, u32::MAX.into()),
        Dtype::U64 => (0, u64::MAX),
        _ => return None,
    })
}

/// A dtype's values in JSON, as people call them.
pub(super) fn kind(dtype: Dtype) -> String {
    match dtype {
        Dtype::Bool => "true or false".to_owned(),
        Dtype::F32 | Dtype::F64 => "number".to_owned(),
        Dtype::Bytes => "bytes in base64".to_owned(),
        Dtype::Timestamp => "a time in UTC".to_owned(),
        Dtype::Date => "a day".to_owned(),
        Dtype::Enum(variants) => one_of(variants),
        Dtype::Decimal { scale, .. } => {
            format!("a decimal number as text, with up to {scale} digits behind the point")
        }
        Dtype::Uuid => "a UUID".to_owned(),
        Dtype::List { item, .. } => format!("list, each {}", kind(*item)),
        Dtype::Array(length) => format!("list of {length} numbers"),
        Dtype::Json => "JSON of any shape".to_owned(),
        other if other.is_integer() => "whole number".to_owned(),
        _ => "text".to_owned(),
    }
}

/// A value of a dtype in JSON, to show how one is written.
pub(super) fn example(dtype: Dtype) -> serde_json::Value {
    use serde_json::json;
    match dtype {
        Dtype::Bool => json!(true),
        Dtype::Bytes => json!("AP8="),
        Dtype::Timestamp => json!("2026-05-07T22:00:00Z"),
        Dtype::Date => json!("2026-05-07"),
        Dtype::Enum(variants) => json!(variants.first()),
        Dtype::Decimal { scale, .. } => json!(crate::types::decimal_text(1, scale)),
        Dtype::Uuid => json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        Dtype::F32 | Dtype::F64 => json!(1.5),
        Dtype::List { item, .. } => json!([example(*item)]),
        Dtype::Array(length) => json!(vec![0.5; length]),
        Dtype::Json => json!({}),
        other if other.is_integer() => json!(1),
        _ => json!("8a2f"),
    }
}

/// `one of "casual", "power_user"`, the first of many.
fn one_of(texts: &[&str]) -> String {
    let listed = texts.iter().take(MAX_LISTED);
    let listed: Vec<String> = listed
        .map(|text| serde_json::Value::from(*text).to_string())
        .collect();
    let listed = listed.join(", ");
    match texts.len() {
        count if count > MAX_LISTED => format!("one of {count} texts: {listed}, .."),
        _ => format!("one of {listed}"),
    }
}

/// The values that a check allows.
fn allowed(check: &Check) -> String {
    match check {
        Check::OneOf(texts) => one_of(texts),
        Check::Range {
            min,
            max,
            inclusive,
        } => match (min, max, inclusive) {
            (Some(min), Some(max), true) => format!("from {min} to {max}"),
            (Some(min), Some(max), false) => format!("at least {min} and below {max}"),
            (Some(min), None, _) => format!("at least {min}"),
            (None, Some(max), true) => format!("at most {max}"),
            (None, Some(max), false) => format!("below {max}"),
            (None, None, _) => "any".to_owned(),
        },
    }
}

/// What was given, as far as it is repeated.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_GIVEN) {
        Some((end, _)) => format!("{} ..", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text in one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Up to the first full stop that ends a sentence, without it. One within an abbreviation is followed
/// by a small letter.
pub(super) fn first_sentence(text: &str) -> &str {
    let ends = |(end, _): &(usize, &str)| {
        let next = text[end + 2..].chars().next();
        next.is_none_or(|next| !next.is_lowercase())
    };
    let end = text.match_indices(". ").find(ends);
    let first = end.map_or(text, |(end, _)| &text[..end]);
    first.trim_end_matches(['.', ':'])
}

/// The text with a full stop at its end; nothing of nothing.
pub(super) fn sentence(text: &str) -> String {
    if text.is_empty() || text.ends_with(['.', '!', '?', '"']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
