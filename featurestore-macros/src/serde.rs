//! `#[serde(rename = "..")]`, which says nothing of a source: read to tell so, where a name is missed.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Token};

/// What serde calls a field or a variant, where it is told to.
pub(crate) fn renamed(attributes: &[Attribute]) -> Option<LitStr> {
    let mut found = None;
    for attribute in attributes
        .iter()
        .filter(|found| found.path().is_ident("serde"))
    {
        // Whether the attribute is well formed is for serde to say.
        let _ = attribute.parse_nested_meta(|meta: ParseNestedMeta<'_>| {
            if meta.path.is_ident("rename") && meta.input.peek(Token![=]) {
                found = Some(meta.value()?.parse()?);
            } else if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            } else if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                let _ = meta.input.parse::<proc_macro2::TokenTree>()?;
            }
            Ok(())
        });
    }
    found
}
