//! `filter = declined && amount > 100`: of which events a feature is.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{
    BinOp, Expr, ExprBinary, ExprLit, ExprMethodCall, ExprParen, ExprPath, ExprUnary, Lit, LitStr,
    UnOp,
};

use super::aggregate::EventColumn;
use crate::args::ungrouped;
use crate::errors::Errors;
use crate::number::float;

/// A condition on an event.
pub(in crate::view) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    IsTrue(EventColumn),
    IsSome(EventColumn),
    Compare {
        column: EventColumn,
        /// A variant of the runtime's `Comparison`.
        comparison: &'static str,
        constant: Constant,
    },
}

/// What a column is compared with.
pub(in crate::view) enum Constant {
    Bool(bool, Span),
    Int(i128, Span),
    Number(Number, Span),
    Text(LitStr),
    /// `Category::Travel`
    Variant(Box<ExprPath>),
    /// `LIMIT`
    Named(Box<ExprPath>),
}

/// A literal with a point.
pub(in crate::view) struct Number {
    /// Its digits and how many of them stand behind the point, where it has no exponent.
    pub(super) decimal: Option<(i128, u8)>,
    pub(super) float: f64,
}

/// How to compare, as written, and with the sides exchanged.
const COMPARISONS: [(&str, &str, &str); 6] = [
    ("==", "Equal", "Equal"),
    ("!=", "NotEqual", "NotEqual"),
    ("<", "Less", "Greater"),
    ("<=", "LessOrEqual", "GreaterOrEqual"),
    (">", "Greater", "Less"),
    (">=", "GreaterOrEqual", "LessOrEqual"),
];

const FORM: &str = "FS0094: a filter is comparisons of the events' columns with constants, `column`, `column.is_some()`, `&&`, `||`, `!` and parentheses";

impl Filter {
    pub(super) fn of(value: &Expr, errors: &Errors) -> Option<Self> {
        match ungrouped(value) {
            Expr::Paren(ExprParen { expr, .. }) => Self::of(expr, errors),
            Expr::Unary(ExprUnary {
                op: UnOp::Not(_),
                expr,
                ..
            }) => Some(Self::Not(Box::new(Self::of(expr, errors)?))),
            Expr::Binary(ExprBinary {
                left,
                op: BinOp::And(_),
                right,
                ..
            }) => {
                let (left, right) = (Self::of(left, errors), Self::of(right, errors));
                Some(Self::All(joined(left?, right?, |filter| match filter {
                    Self::All(all) => all,
                    other => vec![other],
                })))
            }
            Expr::Binary(ExprBinary {
                left,
                op: BinOp::Or(_),
                right,
                ..
            }) => {
                let (left, right) = (Self::of(left, errors), Self::of(right, errors));
                Some(Self::Any(joined(left?, right?, |filter| match filter {
                    Self::Any(any) => any,
                    other => vec![other],
                })))
            }
            Expr::Binary(binary) => Self::compared(binary, errors),
            Expr::MethodCall(call) => Self::called(call, errors),
            other => {
                let column = EventColumn::of(other).map(Self::IsTrue);
                if column.is_none() {
                    errors.at(other, FORM);
                }
                column
            }
        }
    }

    fn compared(binary: &ExprBinary, errors: &Errors) -> Option<Self> {
        let op = binary.op;
        let comparison = COMPARISONS.into_iter().find(|(text, _, _)| {
            matches!(
                (op, *text),
                (BinOp::Eq(_), "==")
                    | (BinOp::Ne(_), "!=")
                    | (BinOp::Lt(_), "<")
                    | (BinOp::Le(_), "<=")
                    | (BinOp::Gt(_), ">")
                    | (BinOp::Ge(_), ">=")
            )
        });
        let Some((_, comparison, exchanged)) = comparison else {
            errors.at(binary, FORM);
            return None;
        };
        let (left, right) = (&*binary.left, &*binary.right);
        let (column, constant, comparison) = match (EventColumn::of(left), EventColumn::of(right)) {
            (Some(column), None) => (column, right, comparison),
            (None, Some(column)) => (column, left, exchanged),
            (Some(_), Some(second)) => {
                let message = format!(
                    "FS0094: a filter compares a column with a constant, and `{}` is a column as well; make the comparison a column of the source, as in `sql = \"SELECT *, a < b AS smaller FROM ..\"`",
                    second.name
                );
                errors.at(right, message);
                return None;
            }
            (None, None) => {
                errors.at(binary, FORM);
                return None;
            }
        };
        Some(Self::Compare {
            column,
            comparison,
            constant: Constant::of(constant, errors)?,
        })
    }

    fn called(call: &ExprMethodCall, errors: &Errors) -> Option<Self> {
        let column = EventColumn::of(&call.receiver).filter(|_| call.args.is_empty());
        match (column, call.method.to_string().as_str()) {
            (Some(column), "is_some") => Some(Self::IsSome(column)),
            (Some(column), "is_none") => Some(Self::Not(Box::new(Self::IsSome(column)))),
            _ => {
                errors.at(call, FORM);
                None
            }
        }
    }
}

/// Two filters as parts of one list; `parts` gives those of a list of the same kind.
fn joined(left: Filter, right: Filter, parts: impl Fn(Filter) -> Vec<Filter>) -> Vec<Filter> {
    let mut all = parts(left);
    all.extend(parts(right));
    all
}

impl Constant {
    fn of(value: &Expr, errors: &Errors) -> Option<Self> {
        let value = ungrouped(value);
        let (literal, negative) = match value {
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => (ungrouped(expr), true),
            other => (other, false),
        };
        if let Expr::Lit(ExprLit {
            lit: Lit::Float(number),
            ..
        }) = literal
            && decimal(number.base10_digits()).is_none()
        {
            errors.take("FS0094", float(number))?;
        }
        let constant = match literal {
            Expr::Lit(ExprLit { lit, .. }) => literal_of(lit, negative, value.span()),
            Expr::Path(path) if !negative => Some(if is_constant(path) {
                Self::Named(Box::new(path.clone()))
            } else {
                Self::Variant(Box::new(path.clone()))
            }),
            _ => None,
        };
        if constant.is_none() {
            errors.at(value, "FS0094: a column is compared with a number, a text, true or false, a variant of its enum, or a constant");
        }
        constant
    }
}

fn literal_of(literal: &Lit, negative: bool, span: Span) -> Option<Constant> {
    let sign = if negative { -1 } else { 1 };
    Some(match literal {
        Lit::Bool(bool) if !negative => Constant::Bool(bool.value, span),
        Lit::Str(text) if !negative => Constant::Text(text.clone()),
        Lit::Int(number) => Constant::Int(sign * number.base10_parse::<i128>().ok()?, span),
        Lit::Float(number) => {
            let float = number.base10_parse::<f64>().ok()?;
            let decimal = decimal(number.base10_digits());
            let number = Number {
                decimal: decimal.map(|(digits, scale)| (sign * digits, scale)),
                float: if negative { -float } else { float },
            };
            Constant::Number(number, span)
        }
        _ => return None,
    })
}

/// `100.50` as 10050 with two digits behind the point.
fn decimal(text: &str) -> Option<(i128, u8)> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{behind}").parse().ok()?;
    Some((
        digits,
        u8::try_from(behind.len())
            .ok()
            .filter(|scale| *scale <= 38)?,
    ))
}

/// Whether a path names a constant rather than an enum's variant: in capital letters, and not of a type.
fn is_constant(path: &ExprPath) -> bool {
    let mut segments = path.path.segments.iter().rev();
    let last = segments.next().map(|segment| segment.ident.to_string());
    let of = segments.next().map(|segment| segment.ident.to_string());
    last.is_some_and(|name| name.chars().all(|letter| !letter.is_lowercase()))
        && of.is_none_or(|of| !of.starts_with(char::is_uppercase))
}

impl Filter {
    /// Every column that it names.
    pub(super) fn columns(&self) -> Vec<&EventColumn> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::columns).collect(),
            Self::Not(filter) => filter.columns(),
            Self::IsTrue(column) | Self::IsSome(column) | Self::Compare { column, .. } => {
                vec![column]
            }
        }
    }
}

impl Constant {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Bool(_, span) | Self::Int(_, span) | Self::Number(_, span) => *span,
            Self::Text(text) => text.span(),
            Self::Variant(path) | Self::Named(path) => path.span(),
        }
    }
}

/// `==`, for the name of a comparison.
pub(super) fn sign(comparison: &str) -> &'static str {
    let found = COMPARISONS.iter().find(|(_, name, _)| *name == comparison);
    found.map_or("?", |(text, _, _)| text)
}
