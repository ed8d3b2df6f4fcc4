//! What a service's fields may not contradict, a function per rule.

use std::collections::HashSet;

use quote::ToTokens;
use syn::Ident;
use syn::punctuated::Punctuated;
use syn::{Field, Token};

use super::model::{Place, Service};
use super::words::mentions;
use crate::errors::Errors;
use crate::names;

/// The column of training data that says when an entity row is asked for.
const EVENT_TIMESTAMP: &str = "event_timestamp";

pub(super) fn check(service: &Service<'_>, fields: &Punctuated<Field, Token![,]>, errors: &Errors) {
    is_read_of_a_view(service, errors);
    requests_are_described(service, errors);
    computed_of_what_is_above(service, fields, errors);
}

/// A field's name that is taken.
pub(super) fn name(ident: &Ident, name: &str, errors: &Errors) {
    let why = if name == EVENT_TIMESTAMP {
        "training data has a column of this name beside the features"
    } else if name.starts_with("__") {
        "names that start with `__` are featurestore's own"
    } else {
        return;
    };
    errors.at(ident, format!("FS0029: `{ident}` is reserved: {why}; give the field another name, and the column's with `column = ..`"));
}

/// A request field is a column of training data beside the keys, and a name of requests.
pub(super) fn request_name(ident: &Ident, name: &str, errors: &Errors) {
    let why = if name == EVENT_TIMESTAMP {
        "the time that is asked about has this name, and an expression has it as `as_of`"
    } else if name.starts_with("__") {
        "names that start with `__` are featurestore's own"
    } else if names::PLAIN_REQUEST.contains(&name) {
        "requests have an option of this name"
    } else {
        return;
    };
    errors.at(
        ident,
        format!("FS0029: `{ident}` is reserved: {why}; give the field another name"),
    );
}

/// What it is asked about is what its views are joined by.
fn is_read_of_a_view(service: &Service<'_>, errors: &Errors) {
    if service.features.is_empty() && !service.order.is_empty() {
        errors.at(
            &service.input.ident,
            "FS0052: no feature of a view; add one with `#[from(View)]`, `#[private]` where only others are computed of it",
        );
    }
}

/// Callers over HTTP and models see a request field's description, and nothing else of what it means.
fn requests_are_described(service: &Service<'_>, errors: &Errors) {
    for request in &service.requests {
        if request.description().is_empty() {
            let ident = request.ident;
            errors.at(ident, format!("FS0104: nothing says what callers and models are to give for `{ident}`; say so in a doc comment, or with `description = \"..\"`"));
        }
    }
}

/// An expression has the fields above it: so there is an order to compute them in.
fn computed_of_what_is_above(
    service: &Service<'_>,
    fields: &Punctuated<Field, Token![,]>,
    errors: &Errors,
) {
    let mut above: HashSet<&Ident> = HashSet::new();
    let idents: Vec<&Ident> = service.fields().map(|(ident, _)| ident).collect();
    for (place, own) in service.order.iter().zip(&idents) {
        if let Place::Computed(index) = *place {
            let expression = service.computed[index].compute.expression.to_token_stream();
            let others = fields.iter().filter_map(|field| field.ident.as_ref());
            for other in others.filter(|other| !above.contains(other)) {
                let Some(found) = mentions(&expression, other) else {
                    continue;
                };
                let message = if other == *own {
                    format!(
                        "FS0102: `{own}` is computed of itself; name what it is computed of, which is above it"
                    )
                } else {
                    format!(
                        "FS0102: `{other}` is not above `{own}`, and a field is computed of those above it; move it up, or call what the expression binds otherwise"
                    )
                };
                errors.push(syn::Error::new(found, message));
            }
        }
        above.insert(own);
    }
}
