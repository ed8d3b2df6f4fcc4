//! A view's declared columns against those of its source and against its published state. Where
//! only the compiler knows a field's dtype, the comparison is left to a constant at the field.

use std::collections::HashMap;

use featurestore_schema::{
    Dtype, Role as ColumnRole, Sentence, SourceDrift, SourceDtype, TimeUnit, published_sentence,
    relation,
};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Column, Kind, Role, Source, View};
use crate::errors::Errors;
use crate::known::{Known, Package, Published, look};
use crate::serde;

/// What the columns are to be compared with, by their names.
pub(super) type Compared = HashMap<String, Vec<Expected>>;

/// What a column must hold.
pub(super) enum Expected {
    /// What the source's column has.
    Source {
        view: String,
        column: String,
        dtype: SourceDtype,
        source: String,
        /// What reads the same in a query.
        relation: String,
    },
    /// What was published, and which service reads.
    Published {
        view: String,
        dtype: Dtype,
        service: String,
    },
}

pub(super) fn compare(view: &View<'_>, package: &Package, errors: &Errors) -> Compared {
    let mut compared = Compared::new();
    let source = view.source.as_ref();
    let named = source.filter(|source| !source.text().value().is_empty() && !source.is_elsewhere());
    let known = named.and_then(|source| {
        let is_path = matches!(source, Source::Files(..));
        look(package, (source.text(), &source.shown()), is_path, errors)
    });
    if let Some(known) = known {
        for column in view.columns() {
            let expected = of_source(view, column, &known, errors);
            compared
                .entry(column.name.clone())
                .or_default()
                .extend(expected);
        }
    }
    if let Kind::Events(_) = view.kind {
        // Services read views.
        return compared;
    }
    let name = match view.version_number() {
        0 | 1 => view.name.clone(),
        version => format!("{}@{version}", view.name),
    };
    let Some(published) = Published::of(package, &name, view.input.ident.span(), errors) else {
        return compared;
    };
    let declared = |name: &str| view.features.iter().any(|column| column.name == name);
    for (service, column) in published.gone(declared) {
        errors.at(&view.input.ident, format!("FS0071: view `{name}` was published with `{column}`, which service `{service}` reads, and no longer has it; keep the column, or give the view a new `version`"));
    }
    for column in &view.features {
        if let Some((dtype, service)) = published.used(&column.name) {
            let expected = Expected::Published {
                view: name.clone(),
                dtype,
                service: service.to_owned(),
            };
            compared
                .entry(column.name.clone())
                .or_default()
                .push(expected);
        }
    }
    compared
}

fn of_source(
    view: &View<'_>,
    column: &Column<'_>,
    known: &Known,
    errors: &Errors,
) -> Option<Expected> {
    let source_column = column.source_column();
    let rename = column.args.rename.as_ref();
    let span = rename.map_or_else(|| column.ident.span(), Spanned::span);
    let serde = serde::renamed(&column.field.attrs);
    let serde =
        serde.filter(|name| rename.is_none() && known.record.columns.contains_key(&name.value()));
    let found = known.column(&source_column, span, serde.as_ref(), errors)?;
    Some(Expected::Source {
        view: view.name.clone(),
        column: source_column,
        dtype: found.dtype,
        source: known.name.clone(),
        relation: match &view.source {
            Some(Source::Files(text, _)) => relation(&text.value()),
            _ => String::new(),
        },
    })
}

impl Expected {
    /// The check that is put behind what the compiler knows of a field, and fails with a sentence.
    ///
    /// ```text
    /// .source("watch_activity", "n", SourceDtype::I32, "data/a.parquet", "'data/a.parquet'")
    /// .published("watch_activity", Dtype::I32, "watch_next")
    /// ```
    pub(super) fn check(&self, span: Span, private: &TokenStream) -> TokenStream {
        match self {
            Self::Source {
                view,
                column,
                dtype,
                source,
                relation,
            } => {
                let dtype = source_tokens(*dtype, private);
                quote_spanned!(span=> .source(#view, #column, #dtype, #source, #relation))
            }
            Self::Published {
                view,
                dtype,
                service,
            } => {
                let dtype = dtype_tokens(*dtype, private);
                quote_spanned!(span=> .published(#view, #dtype, #service))
            }
        }
    }

    /// The same as a question, `.fits(SourceDtype::I32)`, and what is said where the answer is no.
    pub(super) fn question(
        &self,
        name: &str,
        role: Role,
        private: &TokenStream,
    ) -> (TokenStream, Sentence) {
        match self {
            Self::Source {
                view,
                column,
                dtype,
                source,
                relation,
            } => {
                let drift = SourceDrift {
                    view,
                    column: name,
                    role: match role {
                        Role::Key(_) => ColumnRole::Key,
                        Role::Timestamp => ColumnRole::Timestamp,
                        Role::Created => ColumnRole::Created,
                        Role::Feature(_) => ColumnRole::Feature,
                    },
                    source_column: column,
                    source_dtype: *dtype,
                    source,
                    relation,
                };
                let sentence = drift.sentence(None);
                let dtype = source_tokens(*dtype, private);
                (quote!(.fits(#dtype)), sentence)
            }
            Self::Published {
                view,
                dtype,
                service,
            } => {
                let sentence = published_sentence(view, name, None, *dtype, service);
                let dtype = dtype_tokens(*dtype, private);
                (quote!(.keeps(#dtype)), sentence)
            }
        }
    }
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
