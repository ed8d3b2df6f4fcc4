//! Which events a feature is of: comparisons of their columns with constants.

use std::fmt;

use featurestore_schema::Dtype;

use super::super::ColumnDefinition;
use crate::types::{ValueRef, decimal_text, rescale};

/// A condition on an event. A comparison with a value that is not there does not hold.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Filter {
    /// All of them hold.
    All(&'static [Filter]),
    /// One of them holds.
    Any(&'static [Filter]),
    /// It does not hold.
    Not(&'static Filter),
    /// A bool column is true.
    IsTrue(usize),
    /// A column has a value.
    IsSome(usize),
    /// A column's value compares to a constant.
    Compare {
        column: usize,
        comparison: Comparison,
        constant: Constant,
    },
}

/// How a value compares to a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A constant that values are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Constant {
    Bool(bool),
    /// A whole number; also the index of an enum's variant.
    Int(i128),
    /// A number with a point, which a decimal is compared with exactly.
    Decimal {
        mantissa: i128,
        scale: u8,
    },
    Float(f64),
    Text(&'static str),
}

impl Filter {
    /// Whether it holds of an event, whose value in a column `value` gives: nothing for a null.
    pub fn holds<'a>(&self, value: &impl Fn(usize) -> Option<ValueRef<'a>>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|filter| filter.holds(value)),
            Self::Any(any) => any.iter().any(|filter| filter.holds(value)),
            Self::Not(filter) => !filter.holds(value),
            Self::IsTrue(column) => value(*column) == Some(ValueRef::Bool(true)),
            Self::IsSome(column) => value(*column).is_some(),
            Self::Compare {
                column,
                comparison,
                constant,
            } => value(*column)
                .and_then(|value| constant.order(value))
                .is_some_and(|order| comparison.takes(order)),
        }
    }
}

impl Filter {
    /// Gives the index of each column that it is about.
    pub(crate) fn each_column(&self, take: &mut impl FnMut(usize)) {
        match self {
            Self::All(filters) | Self::Any(filters) => {
                for filter in *filters {
                    filter.each_column(take);
                }
            }
            Self::Not(filter) => filter.each_column(take),
            Self::IsTrue(column) | Self::IsSome(column) | Self::Compare { column, .. } => {
                take(*column);
            }
        }
    }

    /// As it is declared, with the columns' names, and variants as the source has them.
    pub(crate) fn describe(
        &self,
        columns: &[ColumnDefinition],
        out: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let name = |index: usize| columns.get(index).map_or("?", ColumnDefinition::name);
        let list = |filters: &[Self], between: &str, out: &mut dyn fmt::Write| {
            for (index, filter) in filters.iter().enumerate() {
                out.write_str(if index == 0 { "(" } else { between })?;
                filter.describe(columns, out)?;
            }
            out.write_str(")")
        };
        match self {
            Self::All(all) => list(all, " && ", out),
            Self::Any(any) => list(any, " || ", out),
            Self::Not(filter) => {
                out.write_str("!(")?;
                filter.describe(columns, out)?;
                out.write_str(")")
            }
            Self::IsTrue(column) => out.write_str(name(*column)),
            Self::IsSome(column) => write!(out, "{}.is_some()", name(*column)),
            Self::Compare {
                column,
                comparison,
                constant,
            } => {
                write!(out, "{} {comparison} ", name(*column))?;
                let dtype = columns.get(*column).map(ColumnDefinition::dtype);
                match (dtype, constant) {
                    // Its place says nothing once the variants change.
                    (Some(Dtype::Enum(variants)), Constant::Int(index)) => {
                        let index = usize::try_from(*index).ok();
                        let variant = index.and_then(|index| variants.get(index));
                        write!(out, "{:?}", variant.unwrap_or(&"?"))
                    }
                    _ => write!(out, "{constant}"),
                }
            }
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Decimal { mantissa, scale } => {
                formatter.write_str(&decimal_text(*mantissa, *scale))
            }
            Self::Float(value) => write!(formatter, "{value:?}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
        }
    }
}

impl Comparison {
    fn takes(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Constant {
    /// How a value stands to the constant; nothing where they don't compare, as NaN.
    fn order(&self, value: ValueRef<'_>) -> Option<std::cmp::Ordering> {
        match (value, *self) {
            (ValueRef::Bool(value), Self::Bool(constant)) => Some(value.cmp(&constant)),
            (ValueRef::Int(value), Self::Int(constant)) => Some(i128::from(value).cmp(&constant)),
            (ValueRef::UInt(value), Self::Int(constant)) => Some(i128::from(value).cmp(&constant)),
            (ValueRef::Variant(value), Self::Int(constant)) => {
                Some(i128::from(value).cmp(&constant))
            }
            (ValueRef::F32(value), Self::Float(constant)) => {
                f64::from(value).partial_cmp(&constant)
            }
            (ValueRef::F64(value), Self::Float(constant)) => value.partial_cmp(&constant),
            (ValueRef::Str(value), Self::Text(constant)) => Some(value.cmp(constant)),
            (ValueRef::Decimal { mantissa, scale }, Self::Int(constant)) => {
                Some(order_decimals((mantissa, scale), (constant, 0)))
            }
            (
                ValueRef::Decimal { mantissa, scale },
                Self::Decimal {
                    mantissa: constant,
                    scale: other,
                },
            ) => Some(order_decimals((mantissa, scale), (constant, other))),
            _ => None,
        }
    }
}

/// How two decimals, each a mantissa and a scale, stand to each other.
fn order_decimals(one: (i128, u8), other: (i128, u8)) -> std::cmp::Ordering {
    let scale = one.1.max(other.1);
    // What does not fit at the larger scale is larger than all that do.
    let rescaled = |(mantissa, own): (i128, u8)| rescale(mantissa, own, scale);
    match (rescaled(one), rescaled(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (None, _) => one.0.cmp(&0),
        (_, None) => 0.cmp(&other.0),
    }
}
