//! What an attribute says of a field's values, whoever has them: `#[column(..)]` of a view's field and
//! `#[request(..)]` of a service's.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr, RangeLimits, Type};

use crate::args::Args;
use crate::errors::Errors;
use crate::names;
use crate::number::{Number, number};

#[derive(Default)]
pub(crate) struct ValueArgs {
    pub(crate) default: Option<Default>,
    pub(crate) range: Option<Range>,
    pub(crate) one_of: Option<Vec<LitStr>>,
    pub(crate) unit: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
}

pub(crate) enum Default {
    Bool(bool),
    Number(Number),
    Text(String),
}

pub(crate) struct Range {
    pub(crate) min: Option<Number>,
    pub(crate) max: Option<Number>,
    pub(crate) inclusive: bool,
}

impl ValueArgs {
    pub(crate) fn of(args: &Args<'_>, errors: &Errors) -> Self {
        Self {
            default: args
                .find(names::DEFAULT)
                .and_then(|arg| default(&arg.value, errors)),
            range: args
                .find(names::RANGE)
                .and_then(|arg| range(&arg.value, errors)),
            one_of: args.texts(names::ONE_OF),
            unit: args.text(names::UNIT),
            description: args.text(names::DESCRIPTION),
        }
    }

    /// `field::<i64>("watch_count_30d", "watch_count_30d", "Titles ..").with_unit("titles")`, without
    /// the path.
    pub(crate) fn field(
        &self,
        ty: &Type,
        (name, source, description): (&str, &str, &str),
        private: &TokenStream,
    ) -> TokenStream {
        let Self {
            default,
            range,
            one_of,
            unit,
            ..
        } = self;
        let unit = unit.as_ref().map(|unit| quote!(.with_unit(#unit)));
        let default = default.as_ref().map(|default| {
            let default = default_tokens(default, private);
            quote!(.with_default(#default))
        });
        let range = range.as_ref().map(|range| {
            let (min, max) = (bound(range.min, private), bound(range.max, private));
            let inclusive = range.inclusive;
            quote!(#private::Check::Range { min: #min, max: #max, inclusive: #inclusive })
        });
        let one_of = one_of
            .as_ref()
            .map(|texts| quote!(#private::Check::OneOf(&[#(#texts),*])));
        let checks: Vec<_> = range.into_iter().chain(one_of).collect();
        let checks = (!checks.is_empty()).then(|| quote!(.with_checks(&[#(#checks),*])));
        quote_spanned! {ty.span()=>
            field::<#ty>(#name, #source, #description) #unit #default #checks
        }
    }

    /// The rules that a field's type must keep, for the compiler to ask.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'static str> {
        [
            self.range.as_ref().map(|_| "number"),
            self.one_of.as_ref().map(|_| "text"),
            self.default.as_ref().map(|_| "defaulted"),
        ]
        .into_iter()
        .flatten()
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
            let expected = "FS0024: `default` is a literal: a number, a text, true or false";
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
            let number = number(bound, "FS0023: a bound of `range` is a number");
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

fn default_tokens(default: &Default, private: &TokenStream) -> TokenStream {
    match default {
        Default::Bool(value) => quote!(#private::Default::Bool(#value)),
        Default::Text(text) => quote!(#private::Default::Text(#text)),
        Default::Number(value) => {
            let number = number_tokens(*value, private);
            quote!(#private::Default::Number(#number))
        }
    }
}

fn bound(bound: Option<Number>, private: &TokenStream) -> TokenStream {
    match bound {
        Some(bound) => {
            let number = number_tokens(bound, private);
            quote!(::core::option::Option::Some(#number))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn number_tokens(number: Number, private: &TokenStream) -> TokenStream {
    match number {
        Number::Int(value) => {
            let value = proc_macro2::Literal::i128_unsuffixed(value);
            quote!(#private::Number::Int(#value))
        }
        Number::Float(value) => quote!(#private::Number::Float(#value)),
    }
}
