//! `#[feature_view]`: arguments and fields (`model`), what they may not contradict (`check`), and
//! the code that is made of them (`expand`).

mod check;
mod column;
mod expand;
mod model;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let view = model::View::of(input, &errors);
    let expansion = view.as_ref().map(|view| {
        check::check(view, &errors);
        if errors.is_empty() {
            expand::expand(view)
        } else {
            expand::fallback(view)
        }
    });
    let errors = errors.into_compile_errors();
    quote! { #expansion #errors }
}
