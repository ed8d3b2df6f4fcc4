//! What a view with mistakes gets.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident};

use super::compare::Compared;
use super::expand::{constants, join_keys, key_type, names};
use super::fields::{checks, fields};
use super::model::View;
use crate::{args, names};

/// What stands in for the expansion of a view with mistakes, so that its uses are not errors too,
/// and its fields' types are checked all the same.
pub(super) fn fallback(view: &View<'_>, compared: &Compared) -> TokenStream {
    if !view.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = &view.private;
    let constants = constants(view, private);
    let fields = fields(view, private);
    let checks = checks(view, compared, private);
    let dummy = dummy(
        &view.input.ident,
        &key_type(view),
        &join_keys(view, private),
        &names(view, private),
        private,
    );
    quote! {
        #constants

        const _: () = {
            #fields
            #checks
            #dummy
        };
    }
}

/// What stands in for the expansion of an item that is no struct with named fields.
pub(super) fn fallback_without_fields(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let key = quote!(::core::primitive::bool);
    dummy(
        &input.ident,
        &key,
        &TokenStream::new(),
        &TokenStream::new(),
        &args::private_of(&input.attrs, names::VIEW),
    )
}

fn dummy(
    name: &Ident,
    key: &TokenStream,
    join_keys: &TokenStream,
    names: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;
            const JOIN_KEYS: &'static [#private::JoinKey] = &[#join_keys];
            #names
            fn definition() -> &'static #private::ViewDefinition { #private::broken() }
            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> { #private::broken() }
            fn event_timestamp(&self) -> #private::Timestamp { #private::broken() }
            fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> { #private::broken() }
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
