//! The attributes themselves: the item comes back untouched, with a hidden derive that does the
//! work, so that `cfg`, spans, doc comments and editors keep working.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::DeriveInput;

use crate::errors::Errors;
use crate::{args, names};

/// What an attribute adds to its item.
pub(crate) struct Front {
    derive: &'static str,
    /// The attribute with the arguments, on the item that the derive sees.
    pub(crate) arguments: &'static str,
    /// As people write it.
    written: &'static str,
}

pub(crate) const VIEW: Front = Front {
    derive: "FeatureViewImpl",
    arguments: names::VIEW,
    written: "#[feature_view(entity = \"..\", source = \"..\")]",
};
pub(crate) const EVENT_SOURCE: Front = Front {
    derive: "EventSourceImpl",
    arguments: names::EVENT_SOURCE,
    written: "#[event_source(source = \"..\", timestamp = \"..\", id = \"..\")]",
};
pub(crate) const SERVICE: Front = Front {
    derive: "FeatureServiceImpl",
    arguments: names::SERVICE,
    written: "#[feature_service]",
};

/// ```text
/// #[derive(::featurestore::__private_0_1_0::FeatureViewImpl)]
/// #[__feature_view(entity = "user_id", ..)]
/// pub struct WatchActivity { .. }        // as it was
/// ```
pub(crate) fn attach(front: &Front, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let derive = format_ident!("{}", front.derive);
    let name = Ident::new(front.arguments, Span::call_site());
    let private = args::private(arguments.clone());
    if is_struct_or_enum(&item) {
        return quote! {
            #[derive(#private::#derive)]
            #[#name(#arguments)]
            #item
        };
    }
    let message = format!(
        "FS0015: `{}` goes on a struct",
        front.arguments.trim_start_matches('_')
    );
    quote! { ::core::compile_error!(#message); #item }
}

/// What a derive of an attribute's trait says. Nothing else is to be said of its item; whether the
/// attribute stands there as well, and stands in for it.
pub(crate) fn misplaced(front: &Front, input: &DeriveInput, errors: &Errors) -> bool {
    let attribute = front.arguments.trim_start_matches('_');
    let stands = |found: &syn::Attribute| {
        let last = found.path().segments.last();
        last.is_some_and(|last| last.ident == attribute || last.ident == front.arguments)
    };
    let stands = input.attrs.iter().any(stands);
    let name = front.derive.trim_end_matches("Impl");
    let mend = if stands {
        format!("remove it, since `#[{attribute}(..)]` does all of it")
    } else {
        format!("write `{}` above the struct instead", front.written)
    };
    let message = format!("FS0039: `{name}` can't be derived; {mend}");
    errors.push(syn::Error::new(Span::call_site(), message));
    stands
}

/// Whether a derive can stand on the item; the derive has better words for an enum or a union.
fn is_struct_or_enum(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| {
        matches!(&token, TokenTree::Ident(word) if word == "struct" || word == "enum" || word == "union")
    })
}
