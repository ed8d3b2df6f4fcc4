//! What a view with mistakes gets.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident};

use super::compare::Compared;
use super::events;
use super::expand::{constants, join_keys, key_type, names, presence, windows};
use super::fields::{checks, fields};
use super::model::{Kind, View};
use crate::front::Front;
use crate::{args, names};

/// What stands in for the expansion of a view with mistakes, so that its uses are not errors too,
/// and its fields' types are checked all the same.
pub(super) fn fallback(view: &View<'_>, compared: &Compared) -> TokenStream {
    if !view.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = &view.private;
    if let Kind::Events(args) = &view.kind {
        return events::expand::fallback(view, args, compared);
    }
    let constants = constants(view, private);
    let windows = windows(view, private);
    let fields = fields(view, private);
    let checks = checks(view, compared, private);
    let dummy = dummy(
        &view.input.ident,
        &key_type(view),
        &presence(view, private),
        &join_keys(view, private),
        &names(view, private),
        matches!(view.kind, Kind::Latest),
        private,
    );
    quote! {
        #constants

        const _: () = {
            #windows
            #fields
            #checks
            #dummy
        };
    }
}

/// What stands in for the expansion of an item that is no struct with named fields.
pub(super) fn fallback_without_fields(input: &DeriveInput, front: &Front) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = args::private_of(&input.attrs, front.arguments);
    if front.arguments == names::EVENT_SOURCE {
        let facts = quote! {
            const FACTS: #private::EventFacts = #private::EventFacts::NONE;
        };
        return events::expand::dummy(&input.ident, &facts, &private);
    }
    let key = quote!(::core::primitive::bool);
    let presence = quote!(#private::MayBeMissing);
    let none = TokenStream::new();
    dummy(&input.ident, &key, &presence, &none, &none, true, &private)
}

fn dummy(
    name: &Ident,
    key: &TokenStream,
    presence: &TokenStream,
    join_keys: &TokenStream,
    names: &TokenStream,
    is_latest: bool,
    private: &TokenStream,
) -> TokenStream {
    let latest = is_latest.then(|| {
        quote! {
            #[automatically_derived]
            impl #private::LatestView for #name {
                fn event_timestamp(&self) -> #private::Timestamp { #private::broken() }
                fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> { #private::broken() }
            }
        }
    });
    quote! {
        #latest

        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;
            type Presence = #presence;
            const JOIN_KEYS: &'static [#private::JoinKey] = &[#join_keys];
            #names
            fn definition() -> &'static #private::ViewDefinition { #private::broken() }
            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> { #private::broken() }
            fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> { #private::broken() }
            fn from_row(
                _: &Self::Key,
                _: #private::RowReader<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> { #private::broken() }
        }

        #[automatically_derived]
        impl #private::Register for #name {
            const ENTRY: #private::Entry =
                #private::Entry::View(<#name as #private::FeatureView>::definition);
        }

        #[automatically_derived]
        impl #private::JsonSchema for #name {
            fn schema_name() -> #private::Cow<'static, str> { #private::broken() }
            fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema { #private::broken() }
        }
    }
}
