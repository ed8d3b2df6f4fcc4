//! `#[feature_view]`: arguments and fields (`model`), what they may not contradict (`check`), what
//! their source and their published state say (`compare`), and the code that is made of them: the
//! fields (`fields`) and the rest (`expand`), or what stands in for it (`fallback`). Where drift is
//! no error, it is a warning (`warn`).

mod check;
mod column;
mod compare;
mod expand;
mod fallback;
mod fields;
mod model;
mod warn;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::compare::Compared;
use crate::errors::Errors;
use crate::front;
use crate::known::{Drift, Package};

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let span = input.ident.span();
    let drift = Drift::switched(span, &errors);
    derive_in(input, Package::of(span).as_ref(), drift, errors)
}

/// What `#[derive(FeatureView)]` gives: the error, and what stands in for the view.
pub(crate) fn misplaced(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let fallback = (!front::misplaced(&front::VIEW, input, &errors)).then(|| {
        let view = model::View::of(input, None, &Errors::default());
        view.map_or_else(
            || fallback::fallback_without_fields(input),
            |view| fallback::fallback(&view, &Compared::new()),
        )
    });
    let errors = errors.into_compile_errors();
    quote! { #fallback #errors }
}

/// The expansion of a view whose crate is `package`.
pub(crate) fn derive_in(
    input: &DeriveInput,
    package: Option<&Package>,
    drift: Drift,
    errors: Errors,
) -> TokenStream {
    let view = model::View::of(input, package, &errors);
    let expansion = view.as_ref().map(|view| {
        check::check(view, &errors);
        let mut warnings = TokenStream::new();
        let compared = match (package, drift) {
            (Some(package), Drift::Deny) => compare::compare(view, package, &errors),
            (Some(package), Drift::Warn) => {
                let soft = Errors::default();
                let compared = compare::compare(view, package, &soft);
                warnings.extend(warn::fields(view, &compared, &view.private));
                warnings.extend(warn::errors(soft));
                Compared::new()
            }
            _ => Compared::new(),
        };
        if errors.is_empty() {
            expand::expand(view, drift, &compared, &warnings)
        } else {
            fallback::fallback(view, &compared)
        }
    });
    let expansion = expansion.unwrap_or_else(|| fallback::fallback_without_fields(input));
    let tracked = package.map(Package::tracked);
    let source = view.as_ref().and_then(|view| view.source.as_ref());
    let query = source.and_then(model::Source::tracked);
    let errors = errors.into_compile_errors();
    quote! { #expansion #tracked #query #errors }
}
