//! `agg = sum(amount)`: what a feature is of its events.

use featurestore_schema::nearest;
use heck::ToShoutySnakeCase;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprCall, ExprLit, Ident, Lit};

use crate::args::ungrouped;
use crate::errors::Errors;
use crate::number::float;

/// A column of the events, as a word in a declaration of features.
#[derive(Clone)]
pub(in crate::view) struct EventColumn {
    pub(in crate::view) name: String,
    /// The constant that the event source's struct has of it, at the word.
    pub(in crate::view) constant: Ident,
}

impl EventColumn {
    pub(in crate::view) fn named(name: &str, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            constant: Ident::new(&name.to_shouty_snake_case(), span),
        }
    }

    /// The column that an expression names: a word that is not written as a constant.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let Expr::Path(path) = ungrouped(expr) else {
            return None;
        };
        let name = path.path.get_ident()?.unraw().to_string();
        let is_constant = name.chars().all(|letter| !letter.is_lowercase());
        let is_type = name.starts_with(char::is_uppercase);
        (!is_constant && !is_type).then(|| Self::named(&name, path.span()))
    }

    pub(super) fn span(&self) -> Span {
        self.constant.span()
    }
}

/// What is asked of the events.
pub(in crate::view) struct Aggregate {
    pub(super) function: Function,
    /// Nothing where events are counted.
    pub(super) column: Option<EventColumn>,
    /// Where it is written.
    pub(super) span: Span,
}

/// An aggregate's function, with all that it takes but the column.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Function {
    Count,
    Sum,
    Mean,
    Variance { population: bool },
    Stddev { population: bool },
    Min,
    Max,
    First,
    Last,
    FirstOf(u16),
    LastOf(u16),
    Distinct,
    Quantile { millionths: u32 },
    Top(u16),
}

/// The functions, with what people call them elsewhere.
const FUNCTIONS: [(&str, &[&str]); 12] = [
    ("count", &["size"]),
    ("sum", &["total"]),
    ("mean", &["avg", "average"]),
    ("variance", &["var", "var_samp", "var_pop"]),
    ("stddev", &["std", "stddev_samp", "stddev_pop"]),
    ("min", &["least"]),
    ("max", &["largest"]),
    ("first", &["first_n", "first_k"]),
    ("last", &["last_n", "last_k", "latest"]),
    (
        "distinct",
        &[
            "approx_count_distinct",
            "count_distinct",
            "nunique",
            "unique",
        ],
    ),
    (
        "quantile",
        &[
            "approx_quantile",
            "median",
            "percentile",
            "approx_percentile",
        ],
    ),
    ("top", &["approx_top_k", "mode", "top_k", "top_n"]),
];

const LENGTH: &str = "a whole number from 1 to 1000";

impl Aggregate {
    pub(super) fn of(value: &Expr, errors: &Errors) -> Option<Self> {
        let value = ungrouped(value);
        let Expr::Call(ExprCall { func, args, .. }) = value else {
            let message = "FS0087: `agg` is an aggregate of the events, as in `agg = count()` or `agg = sum(amount)`";
            errors.at(value, message);
            return None;
        };
        let word = match ungrouped(func) {
            Expr::Path(path) => path.path.get_ident(),
            _ => None,
        };
        let name = word.map(Ident::to_string).unwrap_or_default();
        let Some(name) = FUNCTIONS
            .iter()
            .map(|(known, _)| *known)
            .find(|known| *known == name)
        else {
            errors.at(func, unknown(&name));
            return None;
        };
        let arguments: Vec<&Expr> = args.iter().collect();
        let (first, rest) = arguments
            .split_first()
            .map_or((None, &[][..]), |(first, rest)| (Some(*first), rest));
        let column = match first {
            Some(first) => {
                let column = EventColumn::of(first);
                if column.is_none() {
                    let message =
                        format!("FS0087: `{name}` is of a column of the events; write its name");
                    errors.at(first, message);
                }
                Some(column?)
            }
            None if name == "count" => None,
            None => {
                let message = format!("FS0087: `{name}` is of a column; write `{}`", usage(name));
                errors.at(value, message);
                return None;
            }
        };
        let function = function(name, rest);
        if function.is_none() {
            let message = format!("FS0087: `{name}` is written `{}`", usage(name));
            errors.at(value, message);
        }
        Some(Self {
            function: function?,
            column,
            span: value.span(),
        })
    }
}

fn function(name: &str, rest: &[&Expr]) -> Option<Function> {
    let population = match rest {
        [] => Some(false),
        [Expr::Path(path)] if path.path.is_ident("population") => Some(true),
        _ => None,
    };
    let number = || match rest {
        [number] => length(number),
        _ => None,
    };
    match name {
        "variance" => population.map(|population| Function::Variance { population }),
        "stddev" => population.map(|population| Function::Stddev { population }),
        "first" if !rest.is_empty() => number().map(Function::FirstOf),
        "last" if !rest.is_empty() => number().map(Function::LastOf),
        "top" => number().map(Function::Top),
        "quantile" => match rest {
            [part] => part_of(part).map(|millionths| Function::Quantile { millionths }),
            _ => None,
        },
        _ if !rest.is_empty() => None,
        "count" => Some(Function::Count),
        "sum" => Some(Function::Sum),
        "mean" => Some(Function::Mean),
        "min" => Some(Function::Min),
        "max" => Some(Function::Max),
        "first" => Some(Function::First),
        "last" => Some(Function::Last),
        "distinct" => Some(Function::Distinct),
        _ => None,
    }
}

fn length(value: &Expr) -> Option<u16> {
    let Expr::Lit(ExprLit {
        lit: Lit::Int(number),
        ..
    }) = ungrouped(value)
    else {
        return None;
    };
    let length = number.base10_parse().ok();
    length.filter(|length| (1..=1000).contains(length))
}

/// A part from 0 to 1, in millionths.
fn part_of(value: &Expr) -> Option<u32> {
    let part: f64 = match ungrouped(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Float(part),
            ..
        }) => float(part).ok()?,
        Expr::Lit(ExprLit {
            lit: Lit::Int(part),
            ..
        }) => part.base10_parse().ok()?,
        _ => return None,
    };
    let millionths = (part * 1e6).round();
    let is_exact = (millionths - part * 1e6).abs() < 1e-6;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // it is from 0 to a million
    ((0.0..=1.0).contains(&part) && is_exact).then_some(millionths as u32)
}

/// How an aggregate is written.
fn usage(name: &str) -> String {
    match name {
        "count" => "count()`, or `count(column)".to_owned(),
        "variance" | "stddev" => format!("{name}(column)`, or `{name}(column, population)"),
        "first" | "last" => format!("{name}(column)`, or `{name}(column, 5)` with {LENGTH}, `{name}(column, 1)"),
        "top" => format!("top(column, 5)`, with {LENGTH}, as `top(column, 1)"),
        "quantile" => {
            "quantile(column, 0.95)`, with a part from 0 to 1 of at most six digits, as `quantile(column, 0.5)"
                .to_owned()
        }
        name => format!("{name}(column)"),
    }
}

fn unknown(name: &str) -> String {
    let called = FUNCTIONS.iter().find(|(_, others)| others.contains(&name));
    let known = || FUNCTIONS.iter().map(|(known, _)| *known);
    let meant = called
        .map(|(meant, _)| *meant)
        .or_else(|| nearest(name, known()));
    let hint = meant
        .map(|meant| format!(" (did you mean `{meant}`?)"))
        .unwrap_or_default();
    let known: Vec<&str> = known().collect();
    format!(
        "FS0087: no aggregate `{name}`{hint}; there are {}",
        known.join(", ")
    )
}
