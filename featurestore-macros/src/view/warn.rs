//! What is said under `FEATURESTORE_DRIFT=warn`. A constant can't warn; the use of a deprecated one
//! does, and which of two constants is used can depend on what the compiler alone knows. All tokens are
//! at the place of what is wrong: the compiler keeps quiet about a derive's own.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::compare::Compared;
use super::fields::declared;
use super::model::View;
use crate::errors::Errors;

/// A warning at each field that does not fit.
///
/// ```text
/// const _: () = {
///     struct Fits<const FITS: bool>;
///     impl Fits<true> { const DRIFT: () = (); }
///     impl Fits<false> { #[deprecated(note = "FS0060: ..")] const DRIFT: () = (); }
///     Fits::<{ FIELD_0.declared().fits(SourceDtype::I32) }>::DRIFT
/// };
/// ```
pub(super) fn fields(view: &View<'_>, compared: &Compared, private: &TokenStream) -> TokenStream {
    let fields = view.roles().flat_map(|(role, column)| {
        let span = column.ty().span();
        let expected = compared.get(&column.name).into_iter().flatten();
        expected.map(move |expected| {
            let (question, sentence) = expected.question(&column.name, role, private);
            let sentence = sentence.as_str();
            let declared = declared(view, role, column, private);
            quote_spanned! {span=>
                const _: () = {
                    struct Fits<const FITS: bool>;
                    #[allow(dead_code)]
                    impl Fits<true> { const DRIFT: () = (); }
                    #[allow(dead_code)]
                    impl Fits<false> {
                        #[deprecated(note = #sentence)]
                        const DRIFT: () = ();
                    }
                    Fits::<{ #declared #question }>::DRIFT
                };
            }
        })
    });
    fields.collect()
}

/// The errors as warnings, each at its place.
pub(super) fn errors(errors: Errors) -> TokenStream {
    let warning = |(span, message): (Span, String)| {
        quote_spanned! {span=>
            const _: () = {
                #[deprecated(note = #message)]
                const DRIFT: () = ();
                DRIFT
            };
        }
    };
    errors.into_messages().into_iter().map(warning).collect()
}
