//! `#[compute(expression, ..)]` on a service's field.

use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, LitStr, Token};

use crate::args::Args;
use crate::errors::Errors;
use crate::names;

/// `#[compute(mean_30d.map(|mean| amount / mean))]`, `#[compute(amount * 2.0, unit = "USD")]`.
pub(super) struct Compute {
    pub(super) expression: Expr,
    pub(super) unit: Option<LitStr>,
    pub(super) description: Option<LitStr>,
}

impl Compute {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> syn::Result<Self> {
        let parse = |input: ParseStream<'_>| {
            if input.is_empty() {
                return Err(input.error(
                    "FS0101: `#[compute(..)]` is an expression over the fields above: `#[compute(clicks / visits)]`",
                ));
            }
            let expression: Expr = input.parse()?;
            let mut args = Args::empty(errors);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
                args.parse(input, names::COMPUTE, names::COMPUTE_ARGS);
            }
            Ok(Self {
                expression,
                unit: args.text(names::UNIT),
                description: args.text(names::DESCRIPTION),
            })
        };
        parse.parse2(attribute.meta.require_list()?.tokens.clone())
    }
}
