//! `#[derive(FeatureEnum)]`.

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, Variant};

use crate::args::{self, Args};
use crate::errors::Errors;
use crate::{names, serde};

/// ```text
/// impl Segment {
///     pub const fn __featurestore_variant(self) -> u16 { match self { Self::Casual => 0, Self::PowerUser => 1 } }
/// }
/// impl FeatureEnum for Segment {
///     const VARIANTS: &'static [&'static str] = &["casual", "power_user"];
///     fn index(self) -> u16 { self.__featurestore_variant() }
///     fn from_index(index: u16) -> Option<Self> { match index { 0 => Some(Self::Casual), .. } }
/// }
/// impl FeatureType for Segment { .. }
/// ```
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    let variants = variants(input, &errors);
    let private = args::private_of_derive(&input.attrs, &errors);
    let expansion = if errors.is_empty() {
        expand(&input.ident, &variants, &private)
    } else {
        fallback(input, &variants, &private)
    };
    let errors = errors.into_compile_errors();
    quote! { #expansion #errors }
}

fn variants(input: &DeriveInput, errors: &Errors) -> Vec<(Ident, String)> {
    let Data::Enum(data) = &input.data else {
        errors.at(
            &input.ident,
            "FS0043: `FeatureEnum` is for enums; a newtype takes `#[derive(FeatureType)]`",
        );
        return Vec::new();
    };
    if !input.generics.params.is_empty() {
        errors.at(
            &input.generics,
            "FS0045: a feature's enum can't be generic; name the types that are meant",
        );
    }
    if data.variants.is_empty() {
        errors.at(
            &input.ident,
            "FS0040: an enum without variants has no values; add one",
        );
    }
    if data.variants.len() > usize::from(u16::MAX) {
        errors.at(
            &input.ident,
            "FS0040: an enum has at most 65535 variants; use a String",
        );
    }
    let mut known: Vec<(Ident, String)> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            errors.at(
                variant,
                format!(
                    "FS0041: a variant is one text of the source, and `{}` has fields; declare what they hold as features of their own, or the whole column as a text in JSON, `Json<{}>`, without this derive",
                    variant.ident, input.ident
                ),
            );
        }
        let text = text(variant, errors);
        if let Some((other, _)) = known.iter().find(|(_, known)| *known == text) {
            errors.at(variant, format!("FS0042: `{}` and `{other}` are both `{text}` in the source; rename one with `#[variant(rename = \"..\")]`", variant.ident));
        }
        known.push((variant.ident.clone(), text));
    }
    known
}

fn text(variant: &Variant, errors: &Errors) -> String {
    let args = Args::of(&variant.attrs, names::VARIANT, names::VARIANT_ARGS, errors);
    let own = || variant.ident.to_string().to_snake_case();
    if let Some(serde) = serde::renamed(&variant.attrs)
        && !args.may_have(names::RENAME)
        && serde.value() != own()
    {
        let (own, serde_text) = (own(), serde.value());
        errors.at(&serde, format!("FS0046: the source's text of `{}` is `{own}`, and serde's is `{serde_text}`; say which the source has, with `#[variant(rename = {serde_text:?})]` or `#[variant(rename = {own:?})]`", variant.ident));
    }
    args.text(names::RENAME)
        .map_or_else(own, |text| text.value())
}

/// What stands in for the expansion of an enum with mistakes, so that its uses are not errors too.
fn fallback(
    input: &DeriveInput,
    variants: &[(Ident, String)],
    private: &TokenStream,
) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let name = &input.ident;
    let texts = variants.iter().map(|(_, text)| text);
    quote! {
        #[automatically_derived]
        impl #name {
            #[doc(hidden)]
            #[allow(dead_code)]
            pub const fn __featurestore_variant(self) -> u16 { 0 }
        }

        #[automatically_derived]
        impl #private::FeatureType for #name {
            const DTYPE: #private::Dtype = #private::Dtype::Enum(&[#(#texts),*]);
            fn to_value(&self) -> #private::ValueRef<'_> { #private::broken() }
            fn from_value(
                _: #private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #private::ValueError> { #private::broken() }
        }
    }
}

fn expand(name: &Ident, variants: &[(Ident, String)], private: &TokenStream) -> TokenStream {
    let idents: Vec<_> = variants.iter().map(|(ident, _)| ident).collect();
    let texts = variants.iter().map(|(_, text)| text);
    let indices: Vec<u16> = (0..=u16::MAX).take(idents.len()).collect();
    quote! {
        #[automatically_derived]
        impl #name {
            /// The variant's place, while constants are evaluated.
            #[doc(hidden)]
            #[allow(dead_code)]
            pub const fn __featurestore_variant(self) -> u16 {
                match self {
                    #(Self::#idents => #indices,)*
                }
            }
        }

        #[automatically_derived]
        impl #private::FeatureEnum for #name {
            const VARIANTS: &'static [&'static str] = &[#(#texts),*];

            fn index(self) -> u16 {
                self.__featurestore_variant()
            }

            fn from_index(index: u16) -> ::core::option::Option<Self> {
                match index {
                    #(#indices => ::core::option::Option::Some(Self::#idents),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #[automatically_derived]
        impl #private::FeatureType for #name {
            const DTYPE: #private::Dtype =
                #private::Dtype::Enum(<Self as #private::FeatureEnum>::VARIANTS);

            fn to_value(&self) -> #private::ValueRef<'_> {
                #private::ValueRef::Variant(<Self as #private::FeatureEnum>::index(*self))
            }

            fn from_value(
                value: #private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #private::ValueError> {
                #private::enum_from_value(value)
            }
        }
    }
}
