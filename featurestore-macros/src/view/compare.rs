//! A view's declared columns against those of its source and against its published state. Where
//! only the compiler knows a field's dtype, the comparison is left to a constant at the field.

use std::collections::HashMap;

use featurestore_schema::{Dtype, SourceDtype, TimeUnit};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Column, Source, View};
use crate::errors::Errors;
use crate::known::{Known, Place, Published, look};

/// The checks of the columns by their names, to be put behind what the compiler knows of a field.
pub(super) type Compared = HashMap<String, TokenStream>;

/// ```text
/// .source("watch_activity", "n", SourceDtype::I32, "data/a.parquet")
/// .published("watch_activity", Dtype::I32, "watch_next")
/// ```
pub(super) fn compare(view: &View<'_>, place: &Place, errors: &Errors) -> Compared {
    let private = &view.private();
    let mut compared = Compared::new();
    let source = view.source.as_ref();
    let named = source.filter(|source| !source.text().value().is_empty());
    let known = named.and_then(|source| {
        let is_path = matches!(source, Source::Path(_));
        look(place, source.text(), is_path, errors)
    });
    if let Some(known) = known {
        for column in view.columns() {
            let check = of_source(view, column, &known, private, errors);
            compared.extend(check.map(|check| (column.name.clone(), check)));
        }
    }
    let name = match view.version_number() {
        0 | 1 => view.name.clone(),
        version => format!("{}@{version}", view.name),
    };
    let Some(published) = Published::of(place, &name, view.input.ident.span(), errors) else {
        return compared;
    };
    let declared = |name: &str| view.features.iter().any(|column| column.name == name);
    for (service, column) in published.gone(declared) {
        errors.at(&view.input.ident, format!("FS0071: view `{name}` was published with `{column}`, which service `{service}` reads, and no longer has it; keep the column, or give the view a new `version`"));
    }
    for column in &view.features {
        if let Some(check) = of_published(&name, column, &published, private) {
            compared
                .entry(column.name.clone())
                .or_default()
                .extend(check);
        }
    }
    compared
}

fn of_source(
    view: &View<'_>,
    column: &Column<'_>,
    known: &Known,
    private: &TokenStream,
    errors: &Errors,
) -> Option<TokenStream> {
    let source_column = column.source_column();
    let rename = column.args.rename.as_ref();
    let span = rename.map_or_else(|| column.ident.span(), Spanned::span);
    let found = known.column(&source_column, span, errors)?;
    let (view_name, source) = (&view.name, &known.name);
    let dtype = source_tokens(found.dtype, private);
    Some(quote_spanned! {column.ty().span()=>
        .source(#view_name, #source_column, #dtype, #source)
    })
}

fn of_published(
    view: &str,
    column: &Column<'_>,
    published: &Published,
    private: &TokenStream,
) -> Option<TokenStream> {
    let (dtype, service) = published.used(&column.name)?;
    let dtype = dtype_tokens(dtype, private);
    Some(quote_spanned!(column.ty().span()=> .published(#view, #dtype, #service)))
}

fn dtype_tokens(dtype: Dtype, private: &TokenStream) -> TokenStream {
    match dtype {
        Dtype::Enum(variants) => quote!(#private::Dtype::Enum(&[#(#variants),*])),
        Dtype::Decimal { precision, scale } => {
            quote!(#private::Dtype::Decimal { precision: #precision, scale: #scale })
        }
        Dtype::List { item, nullable } => {
            let item = dtype_tokens(*item, private);
            quote!(#private::Dtype::List { item: &#item, nullable: #nullable })
        }
        Dtype::Array(length) => quote!(#private::Dtype::Array(#length)),
        plain => {
            let variant = syn::Ident::new(&format!("{plain:?}"), Span::call_site());
            quote!(#private::Dtype::#variant)
        }
    }
}

fn source_tokens(dtype: SourceDtype, private: &TokenStream) -> TokenStream {
    match dtype {
        SourceDtype::Decimal { precision, scale } => {
            quote!(#private::SourceDtype::Decimal { precision: #precision, scale: #scale })
        }
        SourceDtype::List(item) => {
            let item = source_tokens(*item, private);
            quote!(#private::SourceDtype::List(&#item))
        }
        SourceDtype::Other(name) => quote!(#private::SourceDtype::Other(#name)),
        SourceDtype::Timestamp { unit, zoned } => {
            let unit = match unit {
                TimeUnit::Seconds => quote!(Seconds),
                TimeUnit::Millis => quote!(Millis),
                TimeUnit::Micros => quote!(Micros),
                TimeUnit::Nanos => quote!(Nanos),
            };
            quote!(#private::SourceDtype::Timestamp { unit: #private::TimeUnit::#unit, zoned: #zoned })
        }
        plain => {
            let variant = syn::Ident::new(&format!("{plain:?}"), Span::call_site());
            quote!(#private::SourceDtype::#variant)
        }
    }
}
