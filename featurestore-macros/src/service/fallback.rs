//! What a service with mistakes gets.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use super::expand::{asserts, columns, defaults, key_source, read_field};
use super::inputs;
use super::model::Service;
use crate::{args, names};

/// What stands in for the expansion of a service with mistakes, so that its uses are not errors
/// too, and its other fields are checked all the same.
pub(super) fn fallback(service: &Service<'_>) -> TokenStream {
    if !service.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = &service.private;
    let defaults = defaults(service, private);
    let fields = service.features.iter().enumerate();
    let fields = fields.map(|(index, feature)| read_field(service, index, feature, private));
    let asserts = asserts(service, private);
    let columns = columns(service, private);
    let request = inputs::request_type(service);
    let dummy = dummy(
        service.input,
        &key_source(service, private),
        &request,
        private,
    );
    let request_struct = inputs::request_struct(service);
    let request_impl = inputs::request_impl(service, private);
    let served_by_key = inputs::served_by_key(service, private);
    let input_fields = inputs::fields(service, private);
    quote! {
        #request_struct

        const _: () = {
            #columns
            #defaults
            #(const _: #fields;)*
            #input_fields
            #asserts
            #request_impl
            #served_by_key
            #dummy
        };
    }
}

/// What stands in for the expansion of an item that is no struct with named fields.
pub(super) fn fallback_without_fields(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = args::private_of(&input.attrs, names::SERVICE);
    let name = &input.ident;
    let dummy = dummy(
        input,
        &quote!(::core::primitive::bool),
        &quote!(()),
        &private,
    );
    quote! {
        #dummy

        #[automatically_derived]
        impl #private::ServedByKey for #name {}
    }
}

fn dummy(
    input: &DeriveInput,
    key: &TokenStream,
    request: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let name = &input.ident;
    quote! {
        #[automatically_derived]
        impl #private::DeclaredService for #name {
            type KeySource = #key;
            type Request = #request;
            fn definition() -> &'static #private::ServiceDefinition { #private::broken() }
            fn from_rows(
                _: &mut #private::ServiceRows<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> { #private::broken() }
            fn values(&self) -> #private::Vec<#private::FieldValue<'_>> { #private::broken() }
        }

        #[automatically_derived]
        impl #private::Register for #name {
            const ENTRY: #private::Entry =
                #private::Entry::Service(<#name as #private::FeatureService>::definition);
        }

        #[automatically_derived]
        impl #private::JsonSchema for #name {
            fn schema_name() -> #private::Cow<'static, str> { #private::broken() }
            fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema { #private::broken() }
        }
    }
}
