//! `#[from(View, ..)]` on a service's field.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Ident, Path, Token};

use crate::args::Args;
use crate::errors::Errors;
use crate::names;

/// `#[from(View)]`, `#[from(View, column = name, default = 0)]`.
pub(super) struct From {
    pub(super) view: Path,
    pub(super) column: Option<Ident>,
    pub(super) default: Option<Expr>,
}

impl From {
    pub(super) fn parse(attribute: &Attribute, field: &str, errors: &Errors) -> syn::Result<Self> {
        let parse = |input: ParseStream<'_>| {
            let view: Path = input.parse().map_err(|error| {
                syn::Error::new(
                    error.span(),
                    "FS0055: `#[from(..)]` starts with a view: `#[from(WatchActivity)]`",
                )
            })?;
            let (view, constant) = without_column(view, input)?;
            let mut args = Args::empty(errors);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
                args.parse(input, names::FROM, names::FROM_ARGS);
            }
            let column = args.find(names::COLUMN).map(|arg| {
                let message = "FS0055: `column` is the name of the view's field, not quoted: `column = segment`";
                syn::parse2(arg.value.to_token_stream())
                    .map_err(|_| syn::Error::new_spanned(&arg.value, message))
            });
            let mut column = column.transpose()?;
            if let Some(constant) = constant {
                let name = constant.to_string().to_lowercase();
                let view = text(&view);
                let mend = if name == field {
                    format!("and the column is the field's name: write `#[from({view})]`")
                } else {
                    format!("and the column beside it: write `#[from({view}, column = {name})]`")
                };
                let message = format!("FS0055: `#[from(..)]` names the view, {mend}");
                errors.at(&constant, message);
                column = column.or_else(|| Some(Ident::new(&name, constant.span())));
            }
            let default = args.find(names::DEFAULT).map(|arg| arg.value.clone());
            Ok(Self {
                view,
                column,
                default,
            })
        };
        parse.parse2(attribute.meta.require_list()?.tokens.clone())
    }
}

/// A path as it is compared and shown.
pub(super) fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

/// The view of `View::COLUMN` or `View.column`, and what follows it: as the constant is named, or the
/// field.
fn without_column(mut path: Path, input: ParseStream<'_>) -> syn::Result<(Path, Option<Ident>)> {
    if input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        return Ok((path, Some(input.call(Ident::parse_any)?)));
    }
    let mut names = path
        .segments
        .iter()
        .rev()
        .map(|part| part.ident.to_string());
    let (last, before) = (names.next(), names.next());
    let starts = |name: Option<&str>, test: fn(&char) -> bool| {
        name.and_then(|name| name.chars().next())
            .is_some_and(|first| test(&first))
    };
    // A type within a type is none; a module's name is small.
    if !starts(before.as_deref(), |first| first.is_uppercase()) || last.is_none() {
        return Ok((path, None));
    }
    let column = path.segments.pop().map(|part| part.ident);
    path.segments.pop_punct();
    Ok((path, column))
}
