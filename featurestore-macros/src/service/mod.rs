//! `#[feature_service]`: arguments and fields (`model`), and the code that is made of them
//! (`expand`), or what stands in for it (`fallback`). Whether the fields fit their columns is for the
//! compiler to say, by trait.

mod expand;
mod fallback;
mod model;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::front;

/// What `#[derive(FeatureService)]` gives: the error, and what stands in for the service.
pub(crate) fn misplaced(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let fallback = (!front::misplaced(&front::SERVICE, input, &errors)).then(|| {
        let service = model::Service::of(input, &Errors::default());
        service.map_or_else(
            || fallback::fallback_without_fields(input),
            |service| fallback::fallback(&service),
        )
    });
    let errors = errors.into_compile_errors();
    quote! { #fallback #errors }
}

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let service = model::Service::of(input, &errors);
    let expansion = service.as_ref().map(|service| {
        if errors.is_empty() {
            expand::expand(service)
        } else {
            fallback::fallback(service)
        }
    });
    let expansion = expansion.unwrap_or_else(|| fallback::fallback_without_fields(input));
    let errors = errors.into_compile_errors();
    quote! { #expansion #errors }
}
