//! `#[feature_view]` and `#[event_source]`: arguments and fields (`model`), what they may not contradict
//! (`check`), what their source and their published state say (`compare`), and the code that is made of
//! them: the fields (`fields`) and the rest (`expand`), or what stands in for it (`fallback`). Where drift is
//! no error, it is a warning (`warn`). What only window views have is in `windows`, what only event
//! sources have in `events`.

mod check;
mod column;
mod compare;
mod events;
mod expand;
mod fallback;
mod fields;
mod model;
mod warn;
mod windows;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::compare::Compared;
use crate::errors::Errors;
use crate::front::{self, Front};
use crate::known::{Drift, Package};

/// What `#[feature_view]` declares.
pub(crate) const VIEW: &Front = &front::VIEW;
/// What `#[event_source]` declares.
pub(crate) const EVENT_SOURCE: &Front = &front::EVENT_SOURCE;

pub(crate) fn derive(input: &DeriveInput, front: &Front) -> TokenStream {
    let errors = Errors::default();
    let span = input.ident.span();
    let drift = Drift::switched(span, &errors);
    derive_in(input, front, Package::of(span).as_ref(), drift, errors)
}

/// What `#[derive(FeatureView)]` gives: the error, and what stands in for the view.
pub(crate) fn misplaced(input: &DeriveInput, front: &Front) -> TokenStream {
    let errors = Errors::default();
    let fallback = (!front::misplaced(front, input, &errors)).then(|| {
        let view = model::View::of(input, front, None, &Errors::default());
        view.map_or_else(
            || fallback::fallback_without_fields(input, front),
            |view| fallback::fallback(&view, &Compared::new()),
        )
    });
    let errors = errors.into_compile_errors();
    quote! { #fallback #errors }
}

/// The expansion of a view whose crate is `package`.
pub(crate) fn derive_in(
    input: &DeriveInput,
    front: &Front,
    package: Option<&Package>,
    drift: Drift,
    errors: Errors,
) -> TokenStream {
    let view = model::View::of(input, front, package, &errors);
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
        match &view.kind {
            _ if !errors.is_empty() => fallback::fallback(view, &compared),
            model::Kind::Events(args) => {
                events::expand::expand(view, args, drift, &compared, &warnings)
            }
            _ => expand::expand(view, drift, &compared, &warnings),
        }
    });
    let expansion = expansion.unwrap_or_else(|| fallback::fallback_without_fields(input, front));
    let tracked = package.map(Package::tracked);
    let source = view.as_ref().and_then(|view| view.source.as_ref());
    let query = source.and_then(model::Source::tracked);
    let errors = errors.into_compile_errors();
    quote! { #expansion #tracked #query #errors }
}
