//! Numbers as attributes write them.

use featurestore_schema::check_rounded;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitFloat, UnOp};

use crate::args::ungrouped;

#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    pub(crate) fn to_f64(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// The number that an expression is; where it is none, the error says `expected`.
pub(crate) fn number(value: &Expr, expected: &str) -> syn::Result<Number> {
    let none = || syn::Error::new_spanned(value, expected);
    match ungrouped(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Int(value),
            ..
        }) => value.base10_parse().map(Number::Int).map_err(|_| none()),
        Expr::Lit(ExprLit {
            lit: Lit::Float(value),
            ..
        }) => float(value).map(Number::Float),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => Ok(match number(expr, expected)? {
            Number::Int(value) => Number::Int(-value),
            Number::Float(value) => Number::Float(-value),
        }),
        _ => Err(none()),
    }
}

/// A number with a point or an exponent, which no double may take for another one.
pub(crate) fn float(value: &LitFloat) -> syn::Result<f64> {
    check_rounded(value.base10_digits()).map_err(|error| syn::Error::new_spanned(value, error))?;
    value.base10_parse()
}
