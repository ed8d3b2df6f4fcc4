//! The code that a service's struct gets.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit};

use crate::args::located_at;

use super::model::{Feature, Service};

/// ```text
/// const _: () = {
///     fn default_1() -> i64 { 0 }
///     fn default_value_1() -> Value { owned(&default_1()) }
///     static FEATURES: [ServiceFeature; 3] = [ServiceFeature { name: "user_segment", .. }, ..];
///     static DEFINITION: ServiceDefinition = ServiceDefinition::new(ServiceParts { .. });
///     impl FeatureService for WatchNext { .. }
///     impl Register for WatchNext { .. }
///     impl JsonSchema for WatchNext { .. }
///     submit! { <WatchNext as Register>::ENTRY }
/// };
/// ```
pub(super) fn expand(service: &Service<'_>) -> TokenStream {
    let name = &service.input.ident;
    let root = &service.root;
    let private = quote!(#root::__private);
    let defaults = service
        .features
        .iter()
        .enumerate()
        .map(|(index, feature)| default(index, feature, &private));
    let features = service
        .features
        .iter()
        .enumerate()
        .map(|(index, feature)| definition(service, index, feature, &private));
    let count = service.features.len();
    let parts = parts(service, &private);
    let asserts = asserts(service, &private);
    let key = key_type(service, &private);
    let idents = service.features.iter().map(|feature| feature.ident);
    let values = service
        .features
        .iter()
        .enumerate()
        .map(|(index, feature)| value(service, index, feature));
    quote! {
        const _: () = {
            #(#defaults)*
            static FEATURES: [#private::ServiceFeature; #count] = [#(#features),*];
            static DEFINITION: #private::ServiceDefinition = #private::ServiceDefinition::new(#parts);
            #asserts

            #[automatically_derived]
            impl #private::FeatureService for #name {
                type Key = #key;

                fn definition() -> &'static #private::ServiceDefinition {
                    &DEFINITION
                }

                fn from_rows(
                    rows: &mut #private::ServiceRows<'_>,
                ) -> ::core::result::Result<Self, #private::RowError> {
                    ::core::result::Result::Ok(Self { #(#idents: #values?,)* })
                }
            }

            #[automatically_derived]
            impl #private::Register for #name {
                const ENTRY: #private::Entry =
                    #private::Entry::Service(<#name as #private::FeatureService>::definition);
            }

            #[automatically_derived]
            impl #private::JsonSchema for #name {
                fn schema_name() -> #private::Cow<'static, str> {
                    #private::Cow::Borrowed(DEFINITION.name())
                }

                fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema {
                    #private::service_schema(&DEFINITION)
                }
            }

            #private::inventory::submit! { <#name as #private::Register>::ENTRY }
        };
    }
}

/// What stands in for the expansion of a service with mistakes, so that its uses are not errors
/// too.
pub(super) fn fallback(service: &Service<'_>) -> TokenStream {
    if !service.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let name = &service.input.ident;
    let root = &service.root;
    let private = quote!(#root::__private);
    let key = key_type(service, &private);
    quote! {
        #[automatically_derived]
        impl #private::FeatureService for #name {
            type Key = #key;
            fn definition() -> &'static #private::ServiceDefinition { #private::broken() }
            fn from_rows(
                _: &mut #private::ServiceRows<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> { #private::broken() }
        }
    }
}

fn key_type(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    match (&service.key, service.views.first()) {
        (Some(key), _) => quote!(#key),
        (None, Some(view)) => quote_spanned!(view.span()=> <#view as #private::FeatureView>::Key),
        (None, None) => quote!(::core::primitive::bool),
    }
}

/// The default as a function, of the field's type; a text becomes what the type makes of it.
fn default(index: usize, feature: &Feature<'_>, private: &TokenStream) -> Option<TokenStream> {
    let default = feature.default.as_ref()?;
    let (typed, owned) = (
        format_ident!("default_{index}"),
        format_ident!("default_value_{index}"),
    );
    let ty = &feature.field.ty;
    let value = match default {
        Expr::Lit(ExprLit {
            lit: Lit::Str(_), ..
        }) => {
            quote_spanned!(default.span()=> ::core::convert::From::from(#default))
        }
        other => quote_spanned!(default.span()=> #other),
    };
    Some(quote! {
        fn #typed() -> #ty {
            #value
        }

        fn #owned() -> #private::Value {
            #private::owned(&#typed())
        }
    })
}

fn definition(
    service: &Service<'_>,
    index: usize,
    feature: &Feature<'_>,
    private: &TokenStream,
) -> TokenStream {
    let Feature {
        name,
        view: place,
        constant,
        ..
    } = feature;
    let description = feature.description();
    let view = &service.views[*place];
    let default = if feature.default.is_some() {
        let owned = format_ident!("default_value_{index}");
        quote!(::core::option::Option::Some(#owned))
    } else {
        quote!(::core::option::Option::None)
    };
    quote! {
        #private::ServiceFeature {
            name: #name,
            description: #description,
            view: #place,
            column: <#view>::#constant.index(),
            default: #default,
        }
    }
}

/// `<UserSegment>::USER_SEGMENT.field::<Option<Segment>>(rows, 0, 0)`, at the field's type, where the compiler says
/// what does not fit.
fn value(service: &Service<'_>, index: usize, feature: &Feature<'_>) -> TokenStream {
    let Feature {
        view: place,
        constant,
        field,
        ..
    } = feature;
    let view = &service.views[*place];
    let ty = &field.ty;
    if feature.default.is_some() {
        let typed = format_ident!("default_{index}");
        quote_spanned! {ty.span()=>
            <#view>::#constant.field_or::<#ty>(rows, #index, #place, #typed)
        }
    } else {
        quote_spanned! {ty.span()=>
            <#view>::#constant.field::<#ty>(rows, #index, #place)
        }
    }
}

fn parts(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let type_name = service.input.ident.to_string();
    let Service {
        name,
        description,
        tags,
        views,
        ..
    } = service;
    let owner = service.owner.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |owner| quote!(::core::option::Option::Some(#owner)),
    );
    let key = key_type(service, private);
    quote! {
        #private::ServiceParts {
            type_name: #type_name,
            module: ::core::module_path!(),
            name: #name,
            description: #description,
            owner: #owner,
            tags: &[#(#tags),*],
            key: <#key as #private::EntityKey>::PARTS,
            views: &[#(<#views as #private::FeatureView>::definition),*],
            features: &FEATURES,
        }
    }
}

/// The service's key must give every view what it is joined by.
fn asserts(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let key = key_type(service, private);
    let Some(first) = service.views.first() else {
        return TokenStream::new();
    };
    let asserts = service.views.iter().map(|view| {
        let private = located_at(private, view.span());
        quote_spanned! {view.span()=>
            const _: () = #private::assert_joined(
                <#key as #private::EntityKey>::PARTS,
                <#first as #private::FeatureView>::JOIN_KEYS,
                <#view as #private::FeatureView>::JOIN_KEYS,
            );
        }
    });
    quote! { #(#asserts)* }
}
