//! Numbers as attributes write them.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::args::ungrouped;

#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    pub(super) fn to_f64(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// The number that an expression is.
pub(super) fn number(value: &Expr) -> Option<Number> {
    match ungrouped(value) {
        Expr::Lit(ExprLit {
            lit: Lit::Int(value),
            ..
        }) => value.base10_parse().ok().map(Number::Int),
        Expr::Lit(ExprLit {
            lit: Lit::Float(value),
            ..
        }) => value.base10_parse().ok().map(Number::Float),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match number(expr)? {
            Number::Int(value) => Some(Number::Int(-value)),
            Number::Float(value) => Some(Number::Float(-value)),
        },
        _ => None,
    }
}
