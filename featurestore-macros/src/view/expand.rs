//! The code that a view's struct gets.

use heck::ToShoutySnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Type};

use crate::args::located_at;

use super::column::{ColumnArgs, Default, Number};
use super::model::{Column, Source, View};

/// ```text
/// impl WatchActivity { pub const WATCH_COUNT_30D: Column<Self, i64> = Column::new(0); }
/// const _: () = {
///     static COLUMNS: [ColumnDefinition; 1] = [column::<i64>("watch_count_30d", ..)];
///     static DEFINITION: ViewDefinition = ViewDefinition::new(ViewParts { name: "watch_activity", .. });
///     impl FeatureView for WatchActivity { .. }
///     impl Register for WatchActivity { .. }
///     impl JsonSchema for WatchActivity { .. }
///     submit! { <WatchActivity as Register>::ENTRY }
/// };
/// ```
pub(super) fn expand(view: &View<'_>) -> TokenStream {
    let name = &view.input.ident;
    let root = &view.root;
    let private = quote!(#root::__private);
    let constants = constants(view, &private);
    let columns = view
        .features
        .iter()
        .map(|column| definition(column, &private));
    let count = view.features.len();
    let parts = parts(view, &private);
    let asserts = asserts(view, &private);
    let feature_view = feature_view(view, &private);
    quote! {
        #constants

        const _: () = {
            static COLUMNS: [#private::ColumnDefinition; #count] = [#(#columns),*];
            static DEFINITION: #private::ViewDefinition = #private::ViewDefinition::new(#parts);
            #asserts

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

/// What stands in for the expansion of a view with mistakes, so that its uses are not errors too.
pub(super) fn fallback(view: &View<'_>) -> TokenStream {
    if !view.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let name = &view.input.ident;
    let root = &view.root;
    let private = quote!(#root::__private);
    let constants = constants(view, &private);
    let key = key_type(view);
    quote! {
        #constants

        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;
            const JOIN_KEYS: &'static [#private::JoinKey] = &[];
            fn definition() -> &'static #private::ViewDefinition { #private::broken() }
            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> { #private::broken() }
            fn event_timestamp(&self) -> #private::Timestamp { #private::broken() }
            fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> { #private::broken() }
            fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> { #private::broken() }
            fn from_row(
                _: &Self::Key,
                _: #private::RowReader<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> { #private::broken() }
        }
    }
}

fn key_type(view: &View<'_>) -> TokenStream {
    let types: Vec<_> = view.keys.iter().map(Column::ty).collect();
    match &types[..] {
        [] => quote!(::core::primitive::bool),
        [single] => quote!(#single),
        several => quote!((#(#several),*)),
    }
}

/// The features as typed constants.
fn constants(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let visibility = &view.input.vis;
    let constants = view.features.iter().enumerate().map(|(index, column)| {
        let constant = format_ident!("{}", column.name.to_shouty_snake_case(), span = column.ident.span());
        let ty = column.ty();
        let description = column.description();
        let docs = if description.is_empty() { format!("The feature `{}`.", column.name) } else { description };
        quote! {
            #[doc = #docs]
            #visibility const #constant: #private::Column<Self, #ty> = #private::Column::new(#index);
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

/// `column::<i64>("watch_count_30d", "watch_count_30d", "Titles ..").with_unit("titles")`
fn definition(column: &Column<'_>, private: &TokenStream) -> TokenStream {
    let ty = column.ty();
    let name = &column.name;
    let source = column.source_column();
    let description = column.description();
    let ColumnArgs {
        default,
        range,
        one_of,
        unit,
        mostly,
        ..
    } = &column.args;
    let unit = unit.as_ref().map(|unit| quote!(.with_unit(#unit)));
    let default = default.as_ref().map(|default| {
        let default = default_tokens(default, private);
        quote!(.with_default(#default))
    });
    let range = range.as_ref().map(|range| {
        let (min, max) = (bound(range.min, private), bound(range.max, private));
        let inclusive = range.inclusive;
        quote!(#private::Check::Range { min: #min, max: #max, inclusive: #inclusive })
    });
    let one_of = one_of
        .as_ref()
        .map(|texts| quote!(#private::Check::OneOf(&[#(#texts),*])));
    let checks: Vec<_> = range.into_iter().chain(one_of).collect();
    let checks = (!checks.is_empty()).then(|| quote!(.with_checks(&[#(#checks),*])));
    let mostly = mostly.as_ref().map(|mostly| quote!(.with_mostly(#mostly)));
    let private = located_at(private, ty.span());
    quote_spanned! {ty.span()=>
        #private::column::<#ty>(#name, #source, #description) #unit #default #checks #mostly
    }
}

fn default_tokens(default: &Default, private: &TokenStream) -> TokenStream {
    match default {
        Default::Bool(value) => quote!(#private::Default::Bool(#value)),
        Default::Text(text) => quote!(#private::Default::Text(#text)),
        Default::Number(value) => {
            let number = number(*value, private);
            quote!(#private::Default::Number(#number))
        }
    }
}

fn bound(bound: Option<Number>, private: &TokenStream) -> TokenStream {
    match bound {
        Some(bound) => {
            let number = number(bound, private);
            quote!(::core::option::Option::Some(#number))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn number(number: Number, private: &TokenStream) -> TokenStream {
    match number {
        Number::Int(value) => {
            let value = proc_macro2::Literal::i128_unsuffixed(value);
            quote!(#private::Number::Int(#value))
        }
        Number::Float(value) => quote!(#private::Number::Float(#value)),
    }
}

fn parts(view: &View<'_>, private: &TokenStream) -> TokenStream {
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
    let source = view.source.as_ref().map(|source| match source {
        Source::Path(text) => quote!(#private::Source::Path(#text)),
        Source::Table(text) => quote!(#private::Source::Table(#text)),
        Source::Sql(text) => quote!(#private::Source::Sql(#text)),
    });
    let timestamp = view.timestamp.as_ref().map(Column::source_column);
    let created = optional(view.created.as_ref().map(Column::source_column));
    let ttl = optional(view.ttl);
    let cadence = optional(view.cadence);
    let settling = view.settling.unwrap_or(0);
    let projection = view.projection();
    quote! {
        #private::ViewParts {
            type_name: #type_name,
            module: ::core::module_path!(),
            name: #name,
            version: #version,
            description: #description,
            owner: #owner,
            tags: &[#(#tags),*],
            entity: <#struct_name as #private::FeatureView>::JOIN_KEYS,
            entity_order: &[#(#order),*],
            source: #source,
            timestamp: #timestamp,
            created: #created,
            ttl: #ttl,
            cadence: #cadence,
            settling: #settling,
            columns: &COLUMNS,
            projection: #projection,
        }
    }
}

fn optional<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// What the compiler must find true of the fields' types, each at its field.
fn asserts(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let assert = |name: &'static str| move |column: &Column<'_>| assert(name, column.ty(), private);
    let keys = view.keys.iter().map(assert("assert_key"));
    let timestamp = view.timestamp.iter().map(assert("assert_timestamp"));
    let created = view.created.iter().map(assert("assert_created"));
    let bounded = view
        .features
        .iter()
        .filter(|column| column.args.range.is_some());
    let listed = view
        .features
        .iter()
        .filter(|column| column.args.one_of.is_some());
    let bounded = bounded.map(assert("assert_number"));
    let listed = listed.map(assert("assert_text"));
    keys.chain(timestamp)
        .chain(created)
        .chain(bounded)
        .chain(listed)
        .collect()
}

fn assert(name: &str, ty: &Type, private: &TokenStream) -> TokenStream {
    let private = located_at(private, ty.span());
    let assert = Ident::new(name, ty.span());
    quote_spanned! {ty.span()=> const _: () = #private::#assert::<#ty>(); }
}

fn feature_view(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let key = key_type(view);
    let join_keys = view.keys.iter().map(|key| {
        let (ty, name, source) = (key.ty(), &key.name, key.source_column());
        let private = located_at(private, ty.span());
        quote_spanned! {ty.span()=> #private::join_key::<#ty>(#name, #source) }
    });
    let key_idents: Vec<_> = view.keys.iter().map(|key| key.ident).collect();
    let key_index = 0..view.keys.len();
    let rekey = match &key_idents[..] {
        [single] => quote!(#private::same(&self.#single)),
        several => {
            quote!(::core::result::Result::Ok((#(#private::same(&self.#several)?),*)))
        }
    };
    let timestamp = view.timestamp.as_ref().map(|column| column.ident);
    let created = view.created.as_ref().map(|column| column.ident);
    let created_value = created.map_or_else(
        || quote!(::core::option::Option::None),
        |created| quote!(#private::created(&self.#created)),
    );
    let created_field = created.map(|created| {
        let name = LitStr::new(&created.to_string(), created.span());
        quote!(#created: #private::created_from(row.header(), #name)?,)
    });
    let values = view.features.iter().map(|column| {
        let (ident, ty) = (column.ident, column.ty());
        let private = located_at(private, ty.span());
        quote_spanned!(ty.span()=> #private::value(&self.#ident))
    });
    let features = view.features.iter().enumerate().map(|(index, column)| {
        let (ident, ty) = (column.ident, column.ty());
        quote_spanned!(ty.span()=> #ident: row.column(#index)?)
    });
    quote! {
        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;

            const JOIN_KEYS: &'static [#private::JoinKey] = &[#(#join_keys),*];

            fn definition() -> &'static #private::ViewDefinition {
                &DEFINITION
            }

            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> {
                #rekey
            }

            fn event_timestamp(&self) -> #private::Timestamp {
                #private::timestamp(&self.#timestamp)
            }

            fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> {
                #created_value
            }

            fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> {
                #private::Vec::from([#(#values),*])
            }

            fn from_row(
                key: &Self::Key,
                mut row: #private::RowReader<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> {
                let parts = #private::EntityKey::to_parts(key);
                ::core::result::Result::Ok(Self {
                    #(#key_idents: #private::key_part(&parts, #key_index)?,)*
                    #timestamp: #private::event_timestamp(row.header())?,
                    #created_field
                    #(#features,)*
                })
            }
        }
    }
}
