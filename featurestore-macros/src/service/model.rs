//! A service as its struct declares it. Borrows syn's nodes and keeps their spans.

use heck::{ToShoutySnakeCase, ToSnakeCase};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Ident, LitStr, Meta, Path, Type};

use super::check;
use super::compute::Compute;
use super::from::{From, text};
use crate::args::{self, Args};
use crate::errors::Errors;
use crate::values::ValueArgs;
use crate::{docs, names};

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
    /// The fields, by where their values come from; each kind in declared order.
    pub(super) features: Vec<Feature<'a>>,
    pub(super) requests: Vec<Request<'a>>,
    pub(super) computed: Vec<Computed<'a>>,
    /// All fields in declared order, by kind and index.
    pub(super) order: Vec<Place>,
}

/// Which field it is: one of a kind, by its index.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Feature(usize),
    Request(usize),
    Computed(usize),
}

/// A field that the request gives.
pub(super) struct Request<'a> {
    pub(super) field: &'a Field,
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    pub(super) args: ValueArgs,
}

/// A field that is computed of those above it.
pub(super) struct Computed<'a> {
    pub(super) field: &'a Field,
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    pub(super) compute: Compute,
    pub(super) private: bool,
}

/// A field that is read of a view.
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
    /// Whether only others are computed of it.
    pub(super) private: bool,
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
            requests: Vec::new(),
            computed: Vec::new(),
            order: Vec::new(),
        };
        for field in fields {
            service.add(field, errors);
        }
        check::check(&service, fields, errors);
        Some(service)
    }

    fn add(&mut self, field: &'a Field, errors: &Errors) {
        let Some(ident) = &field.ident else { return };
        let mut origins = field.attrs.iter().filter(|attribute| is_origin(attribute));
        let Some(origin) = origins.next() else {
            errors.at(
                ident,
                format!("FS0053: `{ident}` comes from nowhere; add `#[from(View)]`, `#[request]` or `#[compute(..)]`"),
            );
            return;
        };
        if let Some(second) = origins.next() {
            errors.at(
                second,
                format!("FS0054: `{ident}` comes from two places; keep one of `#[from(..)]`, `#[request]` and `#[compute(..)]`"),
            );
        }
        let mut marks = field.attrs.iter();
        let private = marks.find(|attribute| attribute.path().is_ident(names::PRIVATE));
        let name = ident.unraw().to_string();
        let path = origin.path();
        if path.is_ident(names::REQUEST) {
            check::request_name(ident, &name, errors);
            if let Some(private) = private {
                errors.at(
                    private,
                    "FS0101: what a request gives is not answered anyway; remove `#[private]`",
                );
            }
            self.order.push(Place::Request(self.requests.len()));
            self.requests.push(Request {
                field,
                ident,
                name,
                args: request_args(origin, errors),
            });
        } else if path.is_ident(names::COMPUTE) {
            check::name(ident, &name, errors);
            let Some(compute) = errors.take("FS0101", Compute::parse(origin, errors)) else {
                return;
            };
            self.order.push(Place::Computed(self.computed.len()));
            self.computed.push(Computed {
                field,
                ident,
                name,
                compute,
                private: private.is_some(),
            });
        } else {
            check::name(ident, &name, errors);
            self.add_feature(field, ident, origin, private.is_some(), errors);
        }
    }

    fn add_feature(
        &mut self,
        field: &'a Field,
        ident: &'a Ident,
        from: &'a Attribute,
        private: bool,
        errors: &Errors,
    ) {
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
        self.order.push(Place::Feature(self.features.len()));
        self.features.push(Feature {
            private,
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

/// `#[request]`, `#[request(unit = "USD", range = 0..)]`.
fn request_args(attribute: &Attribute, errors: &Errors) -> ValueArgs {
    if matches!(attribute.meta, Meta::Path(_)) {
        return ValueArgs::default();
    }
    let attributes = std::slice::from_ref(attribute);
    let args = Args::of(attributes, names::REQUEST, names::REQUEST_ARGS, errors);
    ValueArgs::of(&args, errors)
}

/// Whether an attribute says where a field's value comes from.
fn is_origin(attribute: &Attribute) -> bool {
    let names = [names::FROM, names::REQUEST, names::COMPUTE];
    names.iter().any(|name| attribute.path().is_ident(name))
}

fn not_a_service<T>(input: &DeriveInput, errors: &Errors) -> Option<T> {
    errors.at(
        &input.ident,
        "FS0050: a feature service is a struct with named fields, each `#[from(View)]`, `#[request]` or `#[compute(..)]`",
    );
    None
}

impl Feature<'_> {
    pub(super) fn description(&self) -> String {
        docs::description(&self.field.attrs)
    }
}

impl Request<'_> {
    /// What callers are told of it.
    pub(super) fn description(&self) -> String {
        described(self.args.description.as_ref(), self.field)
    }
}

impl Computed<'_> {
    pub(super) fn description(&self) -> String {
        described(self.compute.description.as_ref(), self.field)
    }
}

fn described(given: Option<&LitStr>, field: &Field) -> String {
    given.map_or_else(|| docs::description(&field.attrs), LitStr::value)
}

impl Service<'_> {
    /// The fields in declared order: identifier, type.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&Ident, &Type)> {
        self.order.iter().map(|place| match *place {
            Place::Feature(index) => {
                let Feature { ident, field, .. } = &self.features[index];
                (*ident, &field.ty)
            }
            Place::Request(index) => {
                let Request { ident, field, .. } = &self.requests[index];
                (*ident, &field.ty)
            }
            Place::Computed(index) => {
                let Computed { ident, field, .. } = &self.computed[index];
                (*ident, &field.ty)
            }
        })
    }
}
