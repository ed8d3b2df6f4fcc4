//! The code that a view's struct gets.

use std::collections::HashSet;

use heck::ToShoutySnakeCase;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident};

use crate::args::located_at;
use crate::known::Drift;

use super::Compared;
use super::column::{ColumnArgs, Default, Number};
use super::model::{Column, Source, View};

/// ```text
/// impl WatchActivity { pub const WATCH_COUNT_30D: Column<Self, i64> = Column::new(0); }
/// const _: () = {
///     const FIELD_0: Field<i64> = field::<i64>("watch_count_30d", ..);
///     const _: () = FIELD_0.declared().number().source("watch_activity", ..).done();
///     static COLUMNS: [ColumnDefinition; 1] = [FIELD_0.definition];
///     static DEFINITION: ViewDefinition = ViewDefinition::new(ViewParts { name: "watch_activity", .. });
///     impl FeatureView for WatchActivity { .. }
///     impl Register for WatchActivity { .. }
///     impl JsonSchema for WatchActivity { .. }
///     submit! { <WatchActivity as Register>::ENTRY }
/// };
/// ```
pub(super) fn expand(view: &View<'_>, drift: Drift, compared: &Compared) -> TokenStream {
    let name = &view.input.ident;
    let private = view.private();
    let constants = constants(view, &private);
    let fields = fields(view, &private);
    let places = (0..view.features.len()).map(field_constant);
    let count = view.features.len();
    let parts = parts(view, drift, &private);
    let checks = checks(view, compared, false, &private);
    let feature_view = feature_view(view, &private);
    quote! {
        #constants

        const _: () = {
            #fields
            static COLUMNS: [#private::ColumnDefinition; #count] = [#(#places.definition),*];
            static DEFINITION: #private::ViewDefinition = #private::ViewDefinition::new(#parts);
            #checks

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

/// What stands in for the expansion of a view with mistakes, so that its uses are not errors too,
/// and its fields' types are checked all the same.
pub(super) fn fallback(view: &View<'_>, compared: &Compared) -> TokenStream {
    if !view.input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = view.private();
    let constants = constants(view, &private);
    let fields = fields(view, &private);
    let checks = checks(view, compared, true, &private);
    let dummy = dummy(
        &view.input.ident,
        &key_type(view),
        &join_keys(view, &private),
        &private,
    );
    quote! {
        #constants

        const _: () = {
            #fields
            #checks
            #dummy
        };
    }
}

/// What stands in for the expansion of an item that is no struct with named fields.
pub(super) fn fallback_without_fields(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let root = super::model::root(input);
    let key = quote!(::core::primitive::bool);
    dummy(
        &input.ident,
        &key,
        &TokenStream::new(),
        &quote!(#root::__private),
    )
}

fn dummy(
    name: &Ident,
    key: &TokenStream,
    join_keys: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;
            const JOIN_KEYS: &'static [#private::JoinKey] = &[#join_keys];
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

        #[automatically_derived]
        impl #private::Register for #name {
            const ENTRY: #private::Entry =
                #private::Entry::View(<#name as #private::FeatureView>::definition);
        }

        #[automatically_derived]
        impl #private::JsonSchema for #name {
            fn schema_name() -> #private::Cow<'static, str> { #private::broken() }
            fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema { #private::broken() }
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
    // Two of one name are an error of their own.
    let mut names = HashSet::new();
    let features = view.features.iter().enumerate();
    let features = features.filter(|(_, column)| names.insert(column.name.to_shouty_snake_case()));
    let constants = features.map(|(index, column)| {
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

fn field_constant(index: usize) -> Ident {
    format_ident!("FIELD_{index}")
}

fn key_constant(index: usize) -> Ident {
    format_ident!("KEY_{index}")
}

/// The fields as constants, each made by the one call that needs its type to be what it should.
fn fields(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let constant = |constant: Ident, kind: &str, column: &Column<'_>, value: TokenStream| {
        let ty = column.ty();
        let private = located_at(private, ty.span());
        let kind = Ident::new(kind, ty.span());
        quote_spanned!(ty.span()=> const #constant: #private::#kind<#ty> = #private::#value;)
    };
    let time = |name: &str, make: &str, column: &Column<'_>| {
        let ty = column.ty();
        let make = Ident::new(make, ty.span());
        let column_name = &column.name;
        let value = quote_spanned!(ty.span()=> #make::<#ty>(#column_name));
        constant(format_ident!("{name}"), "Time", column, value)
    };
    // A single join key needs no constant: what a view's key can do is known of every view.
    let keys = view.keys.iter().enumerate().filter(|_| view.keys.len() > 1);
    let keys = keys.map(|(index, column)| {
        let ty = column.ty();
        let value = quote_spanned!(ty.span()=> key_field::<#ty>());
        constant(key_constant(index), "KeyField", column, value)
    });
    let times = view
        .timestamp
        .iter()
        .map(|column| time("TIMESTAMP", "event_time", column));
    let created = view
        .created
        .iter()
        .map(|column| time("CREATED", "created_time", column));
    let features = view.features.iter().enumerate().map(|(index, column)| {
        let value = definition(column, private);
        constant(field_constant(index), "Field", column, value)
    });
    keys.chain(times).chain(created).chain(features).collect()
}

/// `field::<i64>("watch_count_30d", "watch_count_30d", "Titles ..").with_unit("titles")`
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
    quote_spanned! {ty.span()=>
        field::<#ty>(#name, #source, #description) #unit #default #checks #mostly
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

fn parts(view: &View<'_>, drift: Drift, private: &TokenStream) -> TokenStream {
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
    let drift = match drift {
        Drift::Deny => quote!(Deny),
        Drift::Warn => quote!(Warn),
        Drift::Allow => quote!(Allow),
    };
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
            drift: #private::Drift::#drift,
        }
    }
}

fn optional<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// What the compiler must find true of the fields' types, each at its field: a chain of checks per
/// field, since one wrong type is one mistake.
fn checks(view: &View<'_>, compared: &Compared, all: bool, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let check = |declared: TokenStream, rules: &[&str], column: &Column<'_>| {
        let span = column.ty().span();
        let compared = compared.get(&column.name);
        if rules.is_empty() && compared.is_none() && !all {
            return TokenStream::new();
        }
        let rules = rules.iter().map(|rule| Ident::new(rule, span));
        quote_spanned!(span=> const _: () = #declared #(.#rules())* #compared.done();)
    };
    let keys = view.keys.iter().enumerate().map(|(index, column)| {
        let span = column.ty().span();
        let private = located_at(private, span);
        check(
            quote_spanned!(span=> #private::key::<#name>(#index)),
            &["key"],
            column,
        )
    });
    let constant = |mut constant: Ident, column: &Column<'_>| {
        let span = column.ty().span();
        constant.set_span(Span::call_site().located_at(span));
        quote_spanned!(span=> #constant.declared())
    };
    let times = view.timestamp.iter().map(|column| {
        check(
            constant(format_ident!("TIMESTAMP"), column),
            &["timestamp"],
            column,
        )
    });
    let created = view.created.iter().map(|column| {
        check(
            constant(format_ident!("CREATED"), column),
            &["created"],
            column,
        )
    });
    let features = view.features.iter().enumerate().map(|(index, column)| {
        let ColumnArgs {
            range,
            one_of,
            default,
            ..
        } = &column.args;
        let rules: Vec<&str> = [
            range.as_ref().map(|_| "number"),
            one_of.as_ref().map(|_| "text"),
            default.as_ref().map(|_| "defaulted"),
        ]
        .into_iter()
        .flatten()
        .collect();
        check(constant(field_constant(index), column), &rules, column)
    });
    keys.chain(times).chain(created).chain(features).collect()
}

fn join_keys(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let keys = view.keys.iter().enumerate().map(|(index, key)| {
        let (name, source) = (&key.name, key.source_column());
        quote!(#private::join_key::<Self>(#index, #name, #source))
    });
    quote!(#(#keys),*)
}

fn feature_view(view: &View<'_>, private: &TokenStream) -> TokenStream {
    let name = &view.input.ident;
    let key = key_type(view);
    let join_keys = join_keys(view, private);
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
    let created_value = created.map_or_else(
        || quote!(::core::option::Option::None),
        |created| quote!(CREATED.get(&self.#created)),
    );
    let created_field = created.map(|created| quote!(#created: CREATED.read(row.header())?,));
    let features: Vec<_> = view.features.iter().map(|column| column.ident).collect();
    let constants: Vec<_> = (0..features.len()).map(field_constant).collect();
    let places = 0..features.len();
    quote! {
        #[automatically_derived]
        impl #private::FeatureView for #name {
            type Key = #key;

            const JOIN_KEYS: &'static [#private::JoinKey] = &[#join_keys];

            fn definition() -> &'static #private::ViewDefinition {
                &DEFINITION
            }

            fn key(&self) -> ::core::result::Result<Self::Key, #private::RowError> {
                #own_key
            }

            fn event_timestamp(&self) -> #private::Timestamp {
                ::core::option::Option::unwrap_or_default(TIMESTAMP.get(&self.#timestamp))
            }

            fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> {
                #created_value
            }

            fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> {
                #private::Vec::from([#((#constants.value)(&self.#features)),*])
            }

            fn from_row(
                key: &Self::Key,
                mut row: #private::RowReader<'_>,
            ) -> ::core::result::Result<Self, #private::RowError> {
                let #taken = #private::same_key::<Self>(key)?;
                ::core::result::Result::Ok(Self {
                    #(#idents,)*
                    #timestamp: TIMESTAMP.read(row.header())?,
                    #created_field
                    #(#features: (#constants.read)(&mut row, #places)?,)*
                })
            }
        }
    }
}
