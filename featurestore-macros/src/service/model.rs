//! A service as its struct declares it. Borrows syn's nodes and keeps their spans.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Ident, LitStr, Path, Token, Type};

use crate::args::{self, Args};
use crate::errors::Errors;
use crate::{docs, names};

/// The column of training data that says when an entity row is asked for.
const EVENT_TIMESTAMP: &str = "event_timestamp";

pub(super) struct Service<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) private: TokenStream,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) owner: Option<LitStr>,
    pub(super) tags: Vec<LitStr>,
    pub(super) key: Option<Type>,
    /// The views that the fields name, each once.
    pub(super) views: Vec<Path>,
    pub(super) features: Vec<Feature<'a>>,
}

/// A field of the struct.
pub(super) struct Feature<'a> {
    pub(super) field: &'a Field,
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    /// The index of its view in [`Service::views`].
    pub(super) view: usize,
    /// The column's name, and its constant on the view.
    pub(super) column: String,
    pub(super) constant: Ident,
    pub(super) default: Option<Expr>,
}

impl<'a> Service<'a> {
    /// Reads a struct; nothing where it has no named fields to read.
    pub(super) fn of(input: &'a DeriveInput, errors: &Errors) -> Option<Self> {
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => &fields.named,
                _ => return not_a_service(input, errors),
            },
            _ => return not_a_service(input, errors),
        };
        if !input.generics.params.is_empty() {
            errors.at(
                &input.generics,
                "FS0051: a feature service can't be generic; declare a struct per service",
            );
        }
        if fields.is_empty() {
            errors.at(
                &input.ident,
                "FS0052: no features; add fields with `#[from(View)]`",
            );
        }
        let args = Args::of(&input.attrs, names::SERVICE, names::SERVICE_ARGS, errors);
        let named = args.text(names::NAME);
        args.path(names::CRATE);
        if let Some(name) = named
            .as_ref()
            .filter(|name| !names::is_plain(&name.value()))
        {
            errors.at(name, names::not_plain(&name.value(), " service"));
        }
        let mut service = Self {
            input,
            private: args::private_of(&input.attrs, names::SERVICE),
            name: named.map_or_else(
                || input.ident.unraw().to_string().to_snake_case(),
                |name| name.value(),
            ),
            description: args
                .text(names::DESCRIPTION)
                .map_or_else(|| docs::description(&input.attrs), |text| text.value()),
            owner: args.text(names::OWNER),
            tags: args.texts(names::TAGS).unwrap_or_default(),
            key: args.find(names::KEY).and_then(|arg| {
                let key = syn::parse2(arg.value.to_token_stream());
                if key.is_err() {
                    errors.at(&arg.value, "FS0019: `key` is a type: `key = FlightKey`");
                }
                key.ok()
            }),
            views: Vec::new(),
            features: Vec::new(),
        };
        for field in fields {
            service.add(field, errors);
        }
        Some(service)
    }

    fn add(&mut self, field: &'a Field, errors: &Errors) {
        let Some(ident) = &field.ident else { return };
        let mut froms = field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident(names::FROM));
        let Some(from) = froms.next() else {
            errors.at(
                ident,
                format!("FS0053: `{ident}` comes from no view; add `#[from(View)]`"),
            );
            return;
        };
        if let Some(second) = froms.next() {
            errors.at(
                second,
                format!("FS0054: `{ident}` comes from two views; keep one `#[from(..)]`"),
            );
        }
        let why = if ident.unraw() == EVENT_TIMESTAMP {
            Some("training data has a column of this name beside the features")
        } else {
            let own = ident.unraw().to_string().starts_with("__");
            own.then_some("names that start with `__` are featurestore's own")
        };
        if let Some(why) = why {
            errors.at(ident, format!("FS0029: `{ident}` is reserved: {why}; give the field another name, and the column's with `column = ..`"));
        }
        let Some(From {
            view,
            column,
            default,
        }) = errors.take(
            "FS0055",
            From::parse(from, &ident.unraw().to_string(), errors),
        )
        else {
            return;
        };
        let known = self
            .views
            .iter()
            .position(|other| text(other) == text(&view));
        let view = known.unwrap_or_else(|| {
            self.views.push(view);
            self.views.len() - 1
        });
        let name = ident.unraw().to_string();
        let column = column.unwrap_or_else(|| ident.clone());
        let constant = column.unraw().to_string().to_shouty_snake_case();
        self.features.push(Feature {
            column: column.unraw().to_string(),
            field,
            ident,
            name,
            view,
            constant: format_ident!("{constant}", span = column.span()),
            default,
        });
    }
}

fn not_a_service<T>(input: &DeriveInput, errors: &Errors) -> Option<T> {
    errors.at(
        &input.ident,
        "FS0050: a feature service is a struct with named fields, each `#[from(View)]`",
    );
    None
}

/// `#[from(View)]`, `#[from(View, column = name, default = 0)]`.
struct From {
    view: Path,
    column: Option<Ident>,
    default: Option<Expr>,
}

impl From {
    fn parse(attribute: &Attribute, field: &str, errors: &Errors) -> syn::Result<Self> {
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
fn text(path: &Path) -> String {
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

impl Feature<'_> {
    pub(super) fn description(&self) -> String {
        docs::description(&self.field.attrs)
    }
}
