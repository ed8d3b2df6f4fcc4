//! `#[feature_service]`: arguments and fields (`model`, of which `from`, `compute`), what they may not
//! contradict (`check`), and the code that is made of them (`expand`, of fields that are given by the
//! request or computed `inputs`), or what stands in for it (`fallback`). Whether the fields fit their
//! columns, and what is wrong with an expression, is for the compiler to say.

mod check;
mod compute;
mod expand;
mod fallback;
mod from;
mod inputs;
mod model;
mod words;

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
