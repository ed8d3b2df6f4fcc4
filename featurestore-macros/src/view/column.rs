//! `#[column(..)]` on a view's field.

use syn::{Expr, ExprLit, Field, Lit, LitStr, RangeLimits};

use super::number::{Number, number};
use super::windows::args::WindowArgs;
use crate::args::Args;
use crate::errors::Errors;
use crate::names;

#[derive(Default)]
pub(super) struct ColumnArgs {
    pub(super) rename: Option<LitStr>,
    pub(super) default: Option<Default>,
    pub(super) range: Option<Range>,
    pub(super) one_of: Option<Vec<LitStr>>,
    pub(super) unit: Option<LitStr>,
    pub(super) description: Option<LitStr>,
    pub(super) mostly: Option<f64>,
    pub(super) window: WindowArgs,
    /// Where `rename` is written, for the checks.
    pub(super) rename_name: Option<syn::Ident>,
    /// The arguments that only features have, for the checks.
    pub(super) of_features: Vec<syn::Ident>,
}

pub(super) enum Default {
    Bool(bool),
    Number(Number),
    Text(String),
}

pub(super) struct Range {
    pub(super) min: Option<Number>,
    pub(super) max: Option<Number>,
    pub(super) inclusive: bool,
}

impl ColumnArgs {
    pub(super) fn of(field: &Field, errors: &Errors) -> Self {
        let args = Args::of(&field.attrs, names::COLUMN, names::COLUMN_ARGS, errors);
        let of_features = names::COLUMN_ARGS
            .iter()
            .filter(|name| ![names::RENAME, names::DESCRIPTION].contains(name))
            .filter_map(|name| args.find(name).map(|arg| arg.name.clone()));
        Self {
            rename: args.text(names::RENAME),
            default: args
                .find(names::DEFAULT)
                .and_then(|arg| default(&arg.value, errors)),
            range: args
                .find(names::RANGE)
                .and_then(|arg| range(&arg.value, errors)),
            one_of: args.texts(names::ONE_OF),
            unit: args.text(names::UNIT),
            description: args.text(names::DESCRIPTION),
            mostly: args
                .find(names::MOSTLY)
                .and_then(|arg| share(&arg.value, errors)),
            window: WindowArgs::of(&args, errors),
            rename_name: args.find(names::RENAME).map(|arg| arg.name.clone()),
            of_features: of_features.collect(),
        }
    }
}

fn default(value: &Expr, errors: &Errors) -> Option<Default> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(value),
            ..
        }) => Some(Default::Bool(value.value)),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(Default::Text(text.value())),
        other => {
            let expected = "`default` is a literal: a number, a text, true or false";
            let number = errors.take("FS0024", number(other, expected));
            number.map(Default::Number)
        }
    }
}

fn range(value: &Expr, errors: &Errors) -> Option<Range> {
    let Expr::Range(range) = value else {
        errors.at(
            value,
            "FS0023: `range` is a range of numbers: `0..`, `0..=100`, `-1.0..1.0`",
        );
        return None;
    };
    let bound = |bound: &Option<Box<Expr>>| match bound {
        None => Some(None),
        Some(bound) => {
            let number = number(bound, "a bound of `range` is a number");
            errors.take("FS0023", number).map(Some)
        }
    };
    let (min, max) = (bound(&range.start)?, bound(&range.end)?);
    let inclusive = matches!(range.limits, RangeLimits::Closed(_));
    match (min, max) {
        (None, None) => errors.at(
            value,
            "FS0023: `range = ..` allows everything; give it a bound or remove it",
        ),
        (Some(min), Some(max)) => {
            let (low, high) = (min.to_f64(), max.to_f64());
            if low > high || (low >= high && !inclusive) {
                errors.at(
                    value,
                    "FS0023: `range` is empty; the first bound must be below the second",
                );
            }
        }
        _ => {}
    }
    Some(Range {
        min,
        max,
        inclusive,
    })
}

fn share(value: &Expr, errors: &Errors) -> Option<f64> {
    const EXPECTED: &str = "`mostly` is a share from 0 to 1, as in `mostly = 0.99`";
    let share = number(value, EXPECTED).map(Number::to_f64);
    let share = share.and_then(|share| {
        let is_share = (0.0..=1.0).contains(&share);
        let error = || syn::Error::new_spanned(value, EXPECTED);
        is_share.then_some(share).ok_or_else(error)
    });
    errors.take("FS0025", share)
}
