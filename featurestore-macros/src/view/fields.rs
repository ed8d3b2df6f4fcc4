//! A view's fields as constants, and what the compiler must find true of them.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use super::column::ColumnArgs;
use super::compare::Compared;
use super::events::args::EventArgs;
use super::model::{Column, Kind, Role, View};
use super::windows;
use crate::args::located_at;

pub(super) fn field_constant(index: usize) -> Ident {
    format_ident!("FIELD_{index}")
}

pub(super) fn key_constant(index: usize) -> Ident {
    format_ident!("KEY_{index}")
}

/// The fields as constants, each made by the one call that needs its type to be what it should.
pub(super) fn fields(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let constant = |constant: Ident, kind: &str, column: &Column<'_>, value: TokenStream| {
        let ty = column.ty();
        let private = located_at(private, ty.span());
        let kind = Ident::new(kind, ty.span());
        quote_spanned!(ty.span()=> const #constant: #private::#kind<#ty> = #private::#value;)
    };
    let time = |name: &str, make: &str, column: &Column<'_>| {
        let ty = column.ty();
        let make = Ident::new(make, ty.span());
        let column_name = &column.name;
        let value = quote_spanned!(ty.span()=> #make::<#ty>(#column_name));
        constant(format_ident!("{name}"), "Time", column, value)
    };
    // A single join key needs no constant: what a view's key can do is known of every view.
    let keys = view.keys.iter().enumerate().filter(|_| view.keys.len() > 1);
    let several = quote!(#[allow(unused_imports)] use #private::NoKeyPart as _;);
    let several = (view.keys.len() > 1).then_some(several);
    let keys = keys.map(|(index, column)| {
        let ty = column.ty();
        let value = quote_spanned!(ty.span()=> KeyPartOf::<#ty>::FIELD);
        constant(key_constant(index), "KeyField", column, value)
    });
    let times = view
        .timestamp
        .iter()
        .map(|column| time("TIMESTAMP", "event_time", column));
    let created = view
        .created
        .iter()
        .map(|column| time("CREATED", "created_time", column));
    let features = view.features.iter().enumerate().map(|(index, column)| {
        let value = definition(column, private);
        constant(field_constant(index), "Field", column, value)
    });
    several
        .into_iter()
        .chain(keys)
        .chain(times)
        .chain(created)
        .chain(features)
        .collect()
}

/// `field::<i64>("watch_count_30d", "n", "Titles ..").with_unit("titles").with_mostly(0.9)`
fn definition(column: &Column<'_>, private: &TokenStream) -> TokenStream {
    let (source, description) = (column.source_column(), column.description());
    let names = (&*column.name, &*source, &*description);
    let ColumnArgs { values, mostly, .. } = &column.args;
    let field = values.field(column.ty(), names, private);
    let mostly = mostly.as_ref().map(|mostly| quote!(.with_mostly(#mostly)));
    quote!(#field #mostly)
}

/// What the compiler must find true of the fields' types, each at its field: a chain of checks per
/// field, since one wrong type is one mistake.
pub(super) fn checks(view: &View<'_>, compared: &Compared, private: &TokenStream) -> TokenStream {
    let checks = view.roles().map(|(role, column)| {
        let span = column.ty().span();
        let compared = compared.get(&column.name);
        let rules = rules(view, role, column);
        let windows = match &view.kind {
            Kind::Windows(Some(events)) => windows::expand::link(events, role, column, span),
            _ => TokenStream::new(),
        };
        let compared = compared.into_iter().flatten();
        let compared = compared.map(|expected| expected.check(span, private));
        let declared = declared(view, role, column, private);
        let rules = rules.iter().map(|rule| Ident::new(rule, span));
        quote_spanned!(span=> const _: () = #declared #(.#rules())* #windows #(#compared)* .done();)
    });
    let windows = match &view.kind {
        Kind::Windows(Some(events)) => windows::expand::checks(view, events, private),
        _ => TokenStream::new(),
    };
    checks.chain([windows]).collect()
}

/// What the compiler knows of a field: `FIELD_0.declared()`.
pub(super) fn declared(
    view: &View<'_>,
    role: Role,
    column: &Column<'_>,
    private: &TokenStream,
) -> TokenStream {
    let span = column.ty().span();
    let constant = match role {
        Role::Key(index) => {
            let name = &view.input.ident;
            let private = located_at(private, span);
            return quote_spanned!(span=> #private::key::<#name>(#index));
        }
        Role::Timestamp => format_ident!("TIMESTAMP"),
        Role::Created => format_ident!("CREATED"),
        Role::Feature(index) => field_constant(index),
    };
    let constant = Ident::new(&constant.to_string(), Span::call_site().located_at(span));
    quote_spanned!(span=> #constant.declared())
}

/// The rules that a field's type must keep.
fn rules(view: &View<'_>, role: Role, column: &Column<'_>) -> Vec<&'static str> {
    let of_events = |rule: &'static str, is: fn(&EventArgs, &str) -> bool| match &view.kind {
        Kind::Events(args) => is(args, &column.name).then_some(rule),
        _ => None,
    };
    match role {
        Role::Key(_) => vec!["key"],
        Role::Timestamp => vec!["timestamp"],
        Role::Created => vec!["created"],
        Role::Feature(_) => [
            Some("feature"),
            of_events("id", EventArgs::is_id),
            of_events("deleted", EventArgs::is_deleted),
        ]
        .into_iter()
        .flatten()
        .chain(column.args.values.rules())
        .collect(),
    }
}
