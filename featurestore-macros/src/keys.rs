//! `#[derive(EntityKey)]` and `#[derive(FeatureType)]`: newtypes, and structs of join keys.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields};

use crate::args::{located_at, private_of_derive};
use crate::errors::Errors;

pub(crate) fn derive_entity_key(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    if is_generic(input, "EntityKey", &errors) {
        return errors.into_compile_errors();
    }
    let private = private_of_derive(&input.attrs, &errors);
    let expansion = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let newtype = newtype(input, &fields.unnamed[0], &private);
                let from = conversions(input, &fields.unnamed[0]);
                quote! { #newtype #from }
            }
            Fields::Named(fields) if !fields.named.is_empty() => composite(
                input,
                fields.named.iter().collect::<Vec<_>>().as_slice(),
                &private,
            ),
            _ => wrong(input, "EntityKey", &errors),
        },
        _ => wrong(input, "EntityKey", &errors),
    };
    let errors = errors.into_compile_errors();
    quote! { #expansion #errors }
}

pub(crate) fn derive_feature_type(input: &DeriveInput) -> TokenStream {
    let errors = Errors::default();
    if is_generic(input, "FeatureType", &errors) {
        return errors.into_compile_errors();
    }
    let private = private_of_derive(&input.attrs, &errors);
    let expansion = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                newtype(input, &fields.unnamed[0], &private)
            }
            _ => wrong(input, "FeatureType", &errors),
        },
        _ => wrong(input, "FeatureType", &errors),
    };
    let errors = errors.into_compile_errors();
    quote! { #expansion #errors }
}

fn is_generic(input: &DeriveInput, derive: &str, errors: &Errors) -> bool {
    let generic = !input.generics.params.is_empty();
    if generic {
        errors.at(
            &input.generics,
            format!("FS0045: `{derive}` can't be derived for a generic type; name the type that is meant"),
        );
    }
    generic
}

fn wrong(input: &DeriveInput, derive: &str, errors: &Errors) -> TokenStream {
    let message = match (derive, &input.data) {
        (_, Data::Enum(_)) => format!("FS0044: `{derive}` is for newtypes; an enum takes `#[derive(FeatureEnum)]`, which makes it a join key as well"),
        ("EntityKey", _) => "FS0044: `EntityKey` is for newtypes (`struct UserId(String);`) and structs with named fields, one per join key".to_owned(),
        _ => "FS0044: `FeatureType` is for newtypes: `struct Celsius(f64);`".to_owned(),
    };
    errors.at(&input.ident, message);
    TokenStream::new()
}

/// ```text
/// impl FeatureType for UserId {
///     const DTYPE: Dtype = <String as FeatureType>::DTYPE;
///     fn to_value(&self) -> ValueRef<'_> { <String as FeatureType>::to_value(&self.0) }
///     fn from_value(value: ValueRef<'_>) -> Result<Self, ValueError> {
///         <String as FeatureType>::from_value(value).map(Self)
///     }
/// }
/// ```
fn newtype(input: &DeriveInput, field: &Field, private: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let inner = &field.ty;
    let at_inner = located_at(private, inner.span());
    let feature_type = quote_spanned!(inner.span()=> <#inner as #at_inner::FeatureType>);
    quote! {
        #[automatically_derived]
        impl #private::FeatureType for #name {
            const DTYPE: #private::Dtype = #feature_type::DTYPE;

            fn to_value(&self) -> #private::ValueRef<'_> {
                #feature_type::to_value(&self.0)
            }

            fn from_value(
                value: #private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #private::ValueError> {
                ::core::result::Result::map(#feature_type::from_value(value), Self)
            }
        }
    }
}

/// `From` the inner type, and from `&str` where the inner type is made from one.
fn conversions(input: &DeriveInput, field: &Field) -> TokenStream {
    let name = &input.ident;
    let inner = &field.ty;
    quote! {
        #[automatically_derived]
        impl ::core::convert::From<#inner> for #name {
            fn from(value: #inner) -> Self {
                Self(value)
            }
        }

        #[automatically_derived]
        impl<'a> ::core::convert::From<&'a str> for #name
        where
            #inner: ::core::convert::From<&'a str>,
        {
            fn from(value: &'a str) -> Self {
                Self(::core::convert::From::from(value))
            }
        }
    }
}

/// ```text
/// const _: () = {
///     const PART_0: KeyField<String> = key_field::<String>();
///     impl EntityKey for FlightKey {
///         const PARTS: &'static [KeyPart] = &[PART_0.part("origin"), ..];
///         fn to_parts(&self) -> KeyParts<'_> { from_iter([(PART_0.value)(&self.origin), ..]) }
///         fn from_parts(parts: &[ValueRef<'_>]) -> Result<Self, ValueError> {
///             Ok(Self { origin: (PART_0.from)(parts, 0)?, .. })
///         }
///     }
/// };
/// ```
fn composite(input: &DeriveInput, fields: &[&Field], private: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let idents: Vec<_> = fields
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .collect();
    let names = idents.iter().map(|ident| ident.unraw().to_string());
    let parts: Vec<_> = (0..idents.len())
        .map(|index| format_ident!("PART_{index}"))
        .collect();
    let constants = fields.iter().zip(&parts).map(|(field, part)| {
        let ty = &field.ty;
        let private = located_at(private, ty.span());
        quote_spanned!(ty.span()=> const #part: #private::KeyField<#ty> = #private::key_field::<#ty>();)
    });
    let index = 0..idents.len();
    quote! {
        const _: () = {
            #(#constants)*

            #[automatically_derived]
            impl #private::EntityKey for #name {
                const PARTS: &'static [#private::KeyPart] = &[#(#parts.part(#names)),*];

                fn to_parts(&self) -> #private::KeyParts<'_> {
                    ::core::iter::FromIterator::from_iter([#((#parts.value)(&self.#idents)),*])
                }

                fn from_parts(
                    parts: &[#private::ValueRef<'_>],
                ) -> ::core::result::Result<Self, #private::ValueError> {
                    ::core::result::Result::Ok(Self { #(#idents: (#parts.from)(parts, #index)?),* })
                }
            }
        };
    }
}
