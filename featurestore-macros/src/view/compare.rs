//! A view's declared columns against those of its source and against its published state. Where
//! only the compiler knows a field's dtype, the comparison is left to a constant at the field.

use featurestore_schema::{Dtype, SourceDtype, TimeUnit};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Column, Source, View};
use crate::args::located_at;
use crate::errors::Errors;
use crate::known::{Known, Place, Published, look};

/// ```text
/// const _: () = assert_source::<i64>("watch_activity", "count", "n", SourceDtype::I32, "data/a.parquet");
/// const _: () = assert_published::<i64>("watch_activity", "count", Dtype::I32, "watch_next");
/// ```
pub(super) fn compare(view: &View<'_>, place: &Place, errors: &Errors) -> TokenStream {
    let private = &view.private();
    let source = view.source.as_ref().and_then(|source| {
        let is_path = matches!(source, Source::Path(_));
        look(place, source.text(), is_path, errors)
    });
    let mut asserts: TokenStream = source
        .iter()
        .flat_map(|known| view.columns().map(move |column| (known, column)))
        .filter_map(|(known, column)| of_source(view, column, known, private, errors))
        .collect();
    let name = match view.version_number() {
        0 | 1 => view.name.clone(),
        version => format!("{}@{version}", view.name),
    };
    if let Some(published) = Published::of(place, &name, view.input.ident.span(), errors) {
        let declared = |name: &str| view.features.iter().any(|column| column.name == name);
        for (service, column) in published.gone(declared) {
            errors.at(&view.input.ident, format!("FS0071: view `{name}` was published with `{column}`, which service `{service}` reads, and no longer has it; keep the column, or give the view a new `version`"));
        }
        asserts.extend(
            view.features
                .iter()
                .filter_map(|column| of_published(&name, column, &published, private)),
        );
    }
    asserts
}

fn of_source(
    view: &View<'_>,
    column: &Column<'_>,
    known: &Known,
    private: &TokenStream,
    errors: &Errors,
) -> Option<TokenStream> {
    let source_column = column.source_column();
    let span = column
        .args
        .rename
        .as_ref()
        .map_or_else(|| column.ident.span(), Spanned::span);
    let found = known.column(&source_column, span, errors)?;
    let (view_name, name, source) = (&view.name, &column.name, &known.name);
    let ty = column.ty();
    let dtype = source_tokens(found.dtype, private);
    let private = located_at(private, ty.span());
    Some(quote_spanned! {ty.span()=>
        const _: () = #private::assert_source::<#ty>(#view_name, #name, #source_column, #dtype, #source);
    })
}

fn of_published(
    view: &str,
    column: &Column<'_>,
    published: &Published,
    private: &TokenStream,
) -> Option<TokenStream> {
    let (dtype, service) = published.used(&column.name)?;
    let (name, ty) = (&column.name, column.ty());
    let dtype = dtype_tokens(dtype, private);
    let private = located_at(private, ty.span());
    Some(quote_spanned! {ty.span()=>
        const _: () = #private::assert_published::<#ty>(#view, #name, #dtype, #service);
    })
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
