//! The attributes themselves: the item comes back untouched, with a hidden derive that does the
//! work, so that `cfg`, spans, doc comments and editors keep working.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::{args, names};

/// What an attribute adds to its item.
pub(crate) struct Front {
    derive: &'static str,
    arguments: &'static str,
}

pub(crate) const VIEW: Front = Front {
    derive: "FeatureViewImpl",
    arguments: names::VIEW,
};
pub(crate) const SERVICE: Front = Front {
    derive: "FeatureServiceImpl",
    arguments: names::SERVICE,
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

/// Whether a derive can stand on the item; the derive has better words for an enum or a union.
fn is_struct_or_enum(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| {
        matches!(&token, TokenTree::Ident(word) if word == "struct" || word == "enum" || word == "union")
    })
}
