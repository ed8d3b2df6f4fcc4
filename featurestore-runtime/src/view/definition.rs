//! A view as it was declared, in statics that the macro writes.

use std::fmt;
use std::sync::OnceLock;

use featurestore_schema::{Dtype, Layout, LayoutColumn, MAX_PRECISION};

use super::ColumnDefinition;
use crate::types::{ValueRef, parse_decimal, rescale};

/// A feature view as it was declared.
pub struct ViewDefinition {
    parts: ViewParts,
    layout: OnceLock<Layout>,
    field: OnceLock<String>,
    entity: OnceLock<String>,
}

/// What the macro knows of a view; only generated code builds it.
#[doc(hidden)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ViewParts {
    pub type_name: &'static str,
    pub module: &'static str,
    pub name: &'static str,
    pub version: u32,
    pub description: &'static str,
    pub owner: Option<&'static str>,
    pub tags: &'static [&'static str],
    pub entity: &'static [JoinKey],
    pub entity_order: &'static [usize],
    pub source: Source,
    pub timestamp: &'static str,
    pub created: Option<&'static str>,
    pub ttl: Option<i64>,
    pub cadence: Option<i64>,
    pub settling: i64,
    pub columns: &'static [ColumnDefinition],
    pub projection: &'static str,
    pub drift: Drift,
}

/// What is done where a source no longer fits its declaration: `FEATURESTORE_DRIFT` when the view
/// was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// The store refuses to open.
    Deny,
    /// The store warns and opens.
    Warn,
    /// The store opens.
    Allow,
}

/// A join key column of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct JoinKey {
    #[doc(hidden)]
    pub name: &'static str,
    #[doc(hidden)]
    pub source_column: &'static str,
    #[doc(hidden)]
    pub dtype: Dtype,
}

impl JoinKey {
    /// Its name: the field's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the source's column.
    #[must_use]
    pub const fn source_column(&self) -> &'static str {
        self.source_column
    }

    /// The dtype of its values.
    #[must_use]
    pub const fn dtype(&self) -> Dtype {
        self.dtype
    }
}

/// Where a view's rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A file, or a glob of files, of Parquet, CSV or JSON lines, told apart by the extension. A
    /// relative path starts at the store's data root.
    Path(&'static str),
    /// A table of the store's `DuckDB` database.
    Table(&'static str),
    /// A query, in `DuckDB`'s SQL.
    Sql(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => formatter.write_str(path),
            Self::Table(table) => write!(formatter, "table {table}"),
            Self::Sql(sql) => write!(formatter, "sql: {sql}"),
        }
    }
}

/// A number as it was declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Written without a point.
    Int(i128),
    /// Written with a point or an exponent.
    Float(f64),
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Float(value) => write!(formatter, "{value:?}"),
        }
    }
}

/// What a column's values must satisfy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Check {
    /// `range = 0..=100`: numbers within bounds; NaN is not.
    Range {
        /// The smallest number that is allowed.
        min: Option<Number>,
        /// The largest.
        max: Option<Number>,
        /// Whether `max` itself is allowed.
        inclusive: bool,
    },
    /// `one_of = ["a", "b"]`: one of these texts.
    OneOf(&'static [&'static str]),
}

/// A column's declared default.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Default {
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, or the text of an enum's variant.
    Text(&'static str),
}

impl ViewDefinition {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(parts: ViewParts) -> Self {
        Self {
            parts,
            layout: OnceLock::new(),
            field: OnceLock::new(),
            entity: OnceLock::new(),
        }
    }

    /// The view's name: `name = ".."`, else the struct's in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.parts.name
    }

    /// The struct's path in its crate, for messages.
    #[must_use]
    pub fn type_path(&self) -> String {
        format!("{}::{}", self.parts.module, self.parts.type_name)
    }

    /// The version, from 1. A new one stands apart from the old one in an online store.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.parts.version
    }

    /// What it means: `description = ".."`, else the struct's doc comment; empty where there is
    /// neither.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.parts.description
    }

    /// Who answers for it.
    #[must_use]
    pub const fn owner(&self) -> Option<&'static str> {
        self.parts.owner
    }

    /// Free words to find it by.
    #[must_use]
    pub const fn tags(&self) -> &'static [&'static str] {
        self.parts.tags
    }

    /// The join keys, in the order of the view's key type.
    #[must_use]
    pub const fn join_keys(&self) -> &'static [JoinKey] {
        self.parts.entity
    }

    /// The places in [`join_keys`](Self::join_keys) in alphabetical order of the names: the order
    /// of an entity's address, which is the same for every view of the entity.
    #[must_use]
    pub const fn entity_order(&self) -> &'static [usize] {
        self.parts.entity_order
    }

    /// The entity's name: its join keys' in alphabetical order, with commas between them.
    #[must_use]
    pub fn entity(&self) -> &str {
        self.entity.get_or_init(|| {
            let names: Vec<&str> = self
                .parts
                .entity_order
                .iter()
                .map(|place| self.parts.entity[*place].name)
                .collect();
            names.join(",")
        })
    }

    /// Where its rows come from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.parts.source
    }

    /// The source's column that says when a row's values became true.
    #[must_use]
    pub const fn timestamp_column(&self) -> &'static str {
        self.parts.timestamp
    }

    /// The source's column that says when a row was written there.
    #[must_use]
    pub const fn created_column(&self) -> Option<&'static str> {
        self.parts.created
    }

    /// How long a row may be used after its event timestamp, in microseconds; for ever where it is
    /// not declared.
    #[must_use]
    pub const fn ttl_micros(&self) -> Option<i64> {
        self.parts.ttl
    }

    /// How often the source gets new rows, in microseconds.
    #[must_use]
    pub const fn cadence_micros(&self) -> Option<i64> {
        self.parts.cadence
    }

    /// How long after its event timestamp a row can first have been known, in microseconds.
    #[must_use]
    pub const fn settling_micros(&self) -> i64 {
        self.parts.settling
    }

    /// The features, in declared order.
    #[must_use]
    pub const fn columns(&self) -> &'static [ColumnDefinition] {
        self.parts.columns
    }

    /// The feature with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnDefinition> {
        self.columns().iter().find(|column| column.name() == name)
    }

    /// The columns that are read from the source, as SQL text: join keys, event timestamp, created
    /// timestamp where there is one, features; each quoted.
    #[must_use]
    pub const fn projection(&self) -> &'static str {
        self.parts.projection
    }

    /// What is done where its source no longer fits it.
    #[must_use]
    pub const fn drift(&self) -> Drift {
        self.parts.drift
    }

    /// The layout of the view's online rows.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| {
            let columns = self.columns().iter().map(|column| LayoutColumn {
                name: column.name().to_owned(),
                dtype: column.dtype(),
                nullable: column.nullable(),
            });
            Layout::new(columns.collect())
        })
    }

    /// The view's field in an entity's online hash: its name, and from the second version on
    /// `@` and the version.
    #[must_use]
    pub fn field(&self) -> &str {
        self.field.get_or_init(|| match self.version() {
            0 | 1 => self.name().to_owned(),
            version => format!("{}@{version}", self.name()),
        })
    }
}

impl fmt::Debug for ViewDefinition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.fmt(formatter)
    }
}

impl Check {
    /// Whether `value` satisfies the check.
    #[must_use]
    pub fn holds(&self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Range {
                min,
                max,
                inclusive,
            } => {
                let above = min
                    .is_none_or(|min| compare(value, min).is_some_and(std::cmp::Ordering::is_ge));
                let below = max.is_none_or(|max| {
                    compare(value, max).is_some_and(|order| {
                        if *inclusive {
                            order.is_le()
                        } else {
                            order.is_lt()
                        }
                    })
                });
                above && below
            }
            Self::OneOf(texts) => matches!(value, ValueRef::Str(text) if texts.contains(&text)),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range {
                min,
                max,
                inclusive,
            } => {
                let text = |number: &Option<Number>| {
                    number.map(|number| number.to_string()).unwrap_or_default()
                };
                let dots = if *inclusive && max.is_some() {
                    "..="
                } else {
                    ".."
                };
                write!(formatter, "range {}{dots}{}", text(min), text(max))
            }
            Self::OneOf(texts) => write!(formatter, "one of {}", texts.join(", ")),
        }
    }
}

/// Compares exactly, also integers beyond 2^53; nothing where either is no number or NaN.
fn compare(value: ValueRef<'_>, bound: Number) -> Option<std::cmp::Ordering> {
    let float = |value: f64| match bound {
        Number::Float(bound) => value.partial_cmp(&bound),
        #[allow(clippy::cast_precision_loss)]
        Number::Int(bound) => value.partial_cmp(&(bound as f64)),
    };
    let integer = |value: i128| match bound {
        Number::Int(bound) => Some(value.cmp(&bound)),
        #[allow(clippy::cast_precision_loss)]
        Number::Float(bound) => (value as f64).partial_cmp(&bound),
    };
    match value {
        ValueRef::Int(value) => integer(i128::from(value)),
        ValueRef::UInt(value) => integer(i128::from(value)),
        ValueRef::F32(value) => float(f64::from(value)),
        ValueRef::F64(value) => float(value),
        ValueRef::Decimal { mantissa, scale } => compare_decimal(mantissa, scale, bound),
        _ => None,
    }
}

/// Compares with the bound's shortest digits, which are those that it was declared with.
fn compare_decimal(mantissa: i128, scale: u8, bound: Number) -> Option<std::cmp::Ordering> {
    let text = match bound {
        Number::Int(bound) => bound.to_string(),
        Number::Float(bound) => bound.to_string(),
    };
    let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let common = scale.max(u8::try_from(digits).ok()?.min(MAX_PRECISION));
    let own = rescale(mantissa, scale, common);
    match (own, parse_decimal(&text, MAX_PRECISION, common)) {
        (Some(own), Some(bound)) => Some(own.cmp(&bound)),
        // Too many digits for 128 bits: apart by far more than a rounding.
        #[allow(clippy::cast_precision_loss)]
        _ => (mantissa as f64 / 10_f64.powi(scale.into())).partial_cmp(&text.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(min: Option<Number>, max: Option<Number>, inclusive: bool) -> Check {
        Check::Range {
            min,
            max,
            inclusive,
        }
    }

    #[test]
    fn a_range_bounds_both_ends_as_rust_writes_them() {
        let closed = range(Some(Number::Int(0)), Some(Number::Int(100)), true);
        assert!(closed.holds(ValueRef::Int(0)) && closed.holds(ValueRef::Int(100)));
        assert!(!closed.holds(ValueRef::Int(-1)) && !closed.holds(ValueRef::F64(100.5)));
        let open = range(Some(Number::Float(0.0)), Some(Number::Float(1.0)), false);
        assert!(open.holds(ValueRef::F64(0.0)) && !open.holds(ValueRef::F64(1.0)));
        assert!(!open.holds(ValueRef::F64(f64::NAN)));
        let cents = |mantissa| ValueRef::Decimal { mantissa, scale: 2 };
        assert!(closed.holds(cents(10_000)) && !closed.holds(cents(10_001)));
        assert!(closed.holds(cents(0)) && !closed.holds(cents(-1)));
        assert!(open.holds(cents(99)) && !open.holds(cents(100)));
        let large = range(None, Some(Number::Int((1 << 53) + 1)), false);
        assert!(large.holds(ValueRef::Int(1 << 53)) && !large.holds(ValueRef::Int((1 << 53) + 1)));
    }

    #[test]
    fn one_of_knows_only_its_texts() {
        let check = Check::OneOf(&["a", "b"]);
        assert!(check.holds(ValueRef::Str("a")) && !check.holds(ValueRef::Str("c")));
    }
}
