//! The code that a view's struct gets.

use std::collections::HashSet;

use featurestore_schema::{Cadence, Location};
use heck::ToShoutySnakeCase;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};

use crate::known::{Drift, QueryFile};

use super::compare::Compared;
use super::fields::{checks, field_constant, fields, key_constant};
use super::model::{Column, Kind, Source, View};
use super::windows;

/// ```text
/// impl WatchActivity { pub const WATCH_COUNT_30D: Column<Self, i64> = column(0); }
/// const _: () = {
///     const FIELD_0: Field<i64> = field::<i64>("watch_count_30d", ..);
///     const _: () = FIELD_0.declared().number().source("watch_activity", ..).done();
///     static COLUMNS: [ColumnDefinition; 1] = [FIELD_0.definition];
///     static DEFINITION: ViewDefinition = view_definition(ViewParts { name: "watch_activity", .. });
///     impl FeatureView for WatchActivity { .. }
///     impl Register for WatchActivity { .. }
///     impl JsonSchema for WatchActivity { .. }
///     submit! { <WatchActivity as Register>::ENTRY }
/// };
/// ```
pub(super) fn expand(
    view: &View<'_>,
    drift: Drift,
    compared: &Compared,
    warnings: &TokenStream,
) -> TokenStream {
    let name = &view.input.ident;
    let private = &view.private;
    let constants = constants(view, private);
    let windows = windows(view, private);
    let fields = fields(view, private);
    let field_constants = (0..view.features.len()).map(field_constant);
    let count = view.features.len();
    let parts = parts(view, drift, private);
    let checks = checks(view, compared, private);
    let feature_view = feature_view(view, private);
    quote! {
        #constants

        const _: () = {
            #windows
            #fields
            static COLUMNS: [#private::ColumnDefinition; #count] = [#(#field_constants.definition),*];
            static DEFINITION: #private::ViewDefinition = #private::view_definition(#parts);
            #checks
            #warnings

            #feature_view

            #[automatically_derived]
            impl #private::Register for #name {
                const ENTRY: #private::Entry =
                    #private::Entry::View(<#name as #private::FeatureView>::definition);
            }

            #[automatically_derived]
            impl #private::JsonSchema for #name {
                fn schema_name() -> #private::Cow<'static, str> {
                    #private::Cow::Borrowed(DEFINITION.name())
                }

                fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema {
                    #private::row_schema(&DEFINITION)
                }
            }

            #private::inventory::submit! { <#name as #private::Register>::ENTRY }
        };
    }
}

pub(super) fn key_type(view: &View<'_>) -> TokenStream {
    let types: Vec<_> = view.keys.iter().map(Column::ty).collect();
    match &types[..] {
        [] => quote!(::core::primitive::bool),
        [single] => quote!(#single),
        // Where one of them is no key type, the compiler says so of the whole key.
        several => quote_spanned!(view.entity_span=> (#(#several),*)),
    }
}

/// The features as typed constants.
pub(super) fn constants(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let visibility = &view.input.vis;
    // Two of one name are an error of their own.
    let mut names = HashSet::new();
    let features = view.features.iter().enumerate();
    let features = features.filter(|(_, column)| names.insert(column.name.to_shouty_snake_case()));
    let constants = features.map(|(index, column)| {
        let constant = format_ident!(
            "{}",
            column.name.to_shouty_snake_case(),
            span = column.ident.span()
        );
        let ty = column.ty();
        let description = column.description();
        let docs = if description.is_empty() {
            format!("The feature `{}`.", column.name)
        } else {
            description
        };
        quote! {
            #[doc = #docs]
            #visibility const #constant: #private::Column<Self, #ty> = #private::column(#index);
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            #(#constants)*
        }
    }
}

/// What a window view's features are of their events.
pub(super) fn windows(view: &View<'_>, private: &TokenStream) -> Option<TokenStream> {
    match &view.kind {
        Kind::Windows(Some(events)) => Some(windows::expand::constants(view, events, private)),
        _ => None,
    }
}

/// `ViewParts { name: "watch_activity", .. }`
pub(super) fn parts(view: &View<'_>, drift: Drift, private: &TokenStream) -> TokenStream {
    let struct_name = &view.input.ident;
    let type_name = struct_name.to_string();
    let View {
        name, description, ..
    } = view;
    let version = view
        .version
        .as_ref()
        .map_or_else(|| quote!(1), |version| quote!(#version));
    let owner = optional(view.owner.as_ref());
    let tags = &view.tags;
    let order = view.entity_order();
    let entity = match &view.kind {
        Kind::Events(_) => quote!(&[]),
        _ => quote!(<#struct_name as #private::FeatureView>::JOIN_KEYS),
    };
    let rows = rows(view, drift, private);
    quote! {
        #private::ViewParts {
            type_name: #type_name,
            module: ::core::module_path!(),
            name: #name,
            version: #version,
            description: #description,
            owner: #owner,
            tags: &[#(#tags),*],
            entity: #entity,
            entity_order: &[#(#order),*],
            #rows
            columns: &COLUMNS,
        }
    }
}

/// Where its rows come from, and when they count.
fn rows(view: &View<'_>, drift: Drift, private: &TokenStream) -> TokenStream {
    if let Kind::Windows(Some(events)) = &view.kind {
        let windows = windows::expand::parts(view, events, private);
        return quote! {
            source: EVENTS.source,
            timestamp: EVENTS.timestamp,
            created: EVENTS.created,
            ttl: ::core::option::Option::None,
            cadence: EVENTS.cadence,
            settling: EVENTS.settling,
            drift: EVENTS.drift,
            windows: ::core::option::Option::Some(#windows),
        };
    }
    let source = source(view, private);
    let timestamp = view.timestamp.as_ref().map(Column::source_column);
    let created = optional(view.created.as_ref().map(Column::source_column));
    let ttl = optional(view.ttl);
    let cadence = cadence(view, private);
    let settling = view.settling.unwrap_or(0);
    let drift = drift_tokens(drift, private);
    quote! {
        source: #source,
        timestamp: #timestamp,
        created: #created,
        ttl: #ttl,
        cadence: #cadence,
        settling: #settling,
        drift: #drift,
        windows: ::core::option::Option::None,
    }
}

pub(super) fn source(view: &View<'_>, private: &TokenStream) -> Option<TokenStream> {
    view.source.as_ref().map(|source| match source {
        Source::Files(text, Location::Path) => quote!(#private::Source::Path(#text)),
        Source::Files(text, Location::Glob) => quote!(#private::Source::Glob(#text)),
        Source::Files(text, Location::Url) => quote!(#private::Source::Url(#text)),
        Source::Table(text) => quote!(#private::Source::Table(#text)),
        Source::Sql(text) | Source::SqlFile(QueryFile { text, .. }, _) => {
            quote!(#private::Source::Sql(#text))
        }
    })
}

pub(super) fn cadence(view: &View<'_>, private: &TokenStream) -> TokenStream {
    optional(view.cadence.and_then(|cadence| match cadence {
        Cadence::Every(micros) => Some(quote!(#private::Cadence::Every(#micros))),
        Cadence::Cron(text) => Some(quote!(#private::Cadence::Cron(#text))),
        _ => None,
    }))
}

pub(super) fn drift_tokens(drift: Drift, private: &TokenStream) -> TokenStream {
    match drift {
        Drift::Deny => quote!(#private::Drift::Deny),
        Drift::Warn => quote!(#private::Drift::Warn),
        Drift::Allow => quote!(#private::Drift::Allow),
    }
}

pub(super) fn optional<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

pub(super) fn join_keys(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let keys = view.keys.iter().enumerate().map(|(index, key)| {
        let (name, description) = (&key.name, key.description());
        let source = match &view.kind {
            Kind::Windows(Some(events)) => windows::expand::key_source(key, events),
            _ => key.source_column().into_token_stream(),
        };
        quote!(#private::join_key::<Self>(#index, #name, #source, #description))
    });
    quote!(#(#keys),*)
}

/// The features' names, and the view's, for what is said of one that it has not.
pub(super) fn names(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.name;
    let features = view.features.iter().map(|column| &column.name);
    quote! {
        const NAMES: #private::Names = #private::Names { view: #name, features: &[#(#features),*] };
    }
}

/// Whether an entity may be without a row.
pub(super) fn presence(view: &View<'_>, private: &TokenStream) -> TokenStream {
    match view.kind {
        Kind::Windows(_) => quote!(#private::NeverMissing),
        _ => quote!(#private::MayBeMissing),
    }
}

fn feature_view(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let key = key_type(view);
    let join_keys = join_keys(view, private);
    let names = names(view, private);
    let presence = presence(view, private);
    let idents: Vec<_> = view.keys.iter().map(|key| key.ident).collect();
    let key_constants = (0..idents.len()).map(key_constant);
    let (own_key, taken) = match &idents[..] {
        [single] => (
            quote!(#private::same_key::<Self>(&self.#single)),
            quote!(#single),
        ),
        several => (
            quote!(::core::result::Result::Ok((#(#key_constants.copy(&self.#several)?),*))),
            quote!((#(#several),*)),
        ),
    };
    let timestamp = view.timestamp.as_ref().map(|column| column.ident);
    let created = view.created.as_ref().map(|column| column.ident);
    let created_field = created.map(|created| quote!(#created: CREATED.read(row.header())?,));
    let timestamp_field =
        timestamp.map(|timestamp| quote!(#timestamp: TIMESTAMP.read(row.header())?,));
    let latest = times(view, private).map(|times| {
        quote! {
            #[automatically_derived]
            impl #private::LatestView for #name {
                #times
            }
        }
    });
    let features: Vec<_> = view.features.iter().map(|column| column.ident).collect();
    let constants = (0..features.len()).map(field_constant);
    let indices = 0..features.len();
    let values = values(view, private);
    quote! {
        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;
            type Presence = #presence;

            const JOIN_KEYS: &'static [#private::JoinKey] = &[#join_keys];
            #names

            fn definition() -> &'static #private::ViewDefinition {
                &DEFINITION
            }

            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> {
                #own_key
            }

            #values

            fn from_row(
                key: &Self::Key,
                mut row: #private::RowReader<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> {
                let #taken = #private::same_key::<Self>(key)?;
                ::core::result::Result::Ok(Self {
                    #(#idents,)*
                    #timestamp_field
                    #created_field
                    #(#features: (#constants.read)(&mut row, #indices)?,)*
                })
            }
        }

        #latest
    }
}

/// A row's timestamps, where it has them.
pub(super) fn times(view: &View<'_>, private: &TokenStream) -> Option<TokenStream> {
    let timestamp = view.timestamp.as_ref()?.ident;
    let created = view.created.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |created| {
            let created = created.ident;
            quote!(CREATED.get(&self.#created))
        },
    );
    Some(quote! {
        fn event_timestamp(&self) -> #private::Timestamp {
            ::core::option::Option::unwrap_or_default(TIMESTAMP.get(&self.#timestamp))
        }

        fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> {
            #created
        }
    })
}

/// A row's values.
pub(super) fn values(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let features = view.features.iter().map(|column| column.ident);
    let constants = (0..view.features.len()).map(field_constant);
    quote! {
        fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> {
            #private::Vec::from([#((#constants.value)(&self.#features)),*])
        }
    }
}
