//! The macros of featurestore. Use them through the crate `featurestore`, which re-exports them.

mod args;
mod docs;
mod enums;
mod errors;
#[cfg(test)]
mod expansion_tests;
mod front;
mod keys;
mod known;
mod names;
mod number;
mod serde;
mod service;
mod values;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Declares a feature view; described where `featurestore` exports it.
#[proc_macro_attribute]
pub fn feature_view(args: TokenStream, item: TokenStream) -> TokenStream {
    front::attach(&front::VIEW, args.into(), item.into()).into()
}

/// Declares an event source; described where `featurestore` exports it.
#[proc_macro_attribute]
pub fn event_source(args: TokenStream, item: TokenStream) -> TokenStream {
    front::attach(&front::EVENT_SOURCE, args.into(), item.into()).into()
}

/// Declares a feature service; described where `featurestore` exports it.
#[proc_macro_attribute]
pub fn feature_service(args: TokenStream, item: TokenStream) -> TokenStream {
    front::attach(&front::SERVICE, args.into(), item.into()).into()
}

/// What `#[feature_view]` adds to its struct; not for use by hand.
#[doc(hidden)]
#[proc_macro_derive(FeatureViewImpl, attributes(__feature_view, column, serde))]
pub fn feature_view_impl(input: TokenStream) -> TokenStream {
    view::derive(&parse_macro_input!(input as DeriveInput), view::VIEW).into()
}

/// What `#[event_source]` adds to its struct; not for use by hand.
#[doc(hidden)]
#[proc_macro_derive(EventSourceImpl, attributes(__event_source, column, serde))]
pub fn event_source_impl(input: TokenStream) -> TokenStream {
    view::derive(
        &parse_macro_input!(input as DeriveInput),
        view::EVENT_SOURCE,
    )
    .into()
}

/// What `#[feature_service]` adds to its struct; not for use by hand.
#[doc(hidden)]
#[proc_macro_derive(
    FeatureServiceImpl,
    attributes(__feature_service, from, request, compute, private)
)]
pub fn feature_service_impl(input: TokenStream) -> TokenStream {
    service::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// No derive: says that it is the attribute `#[feature_view(..)]`.
#[doc(hidden)]
#[proc_macro_derive(FeatureView, attributes(column, serde))]
pub fn no_view_derive(input: TokenStream) -> TokenStream {
    view::misplaced(&parse_macro_input!(input as DeriveInput), view::VIEW).into()
}

/// No derive: says that it is the attribute `#[event_source(..)]`.
#[doc(hidden)]
#[proc_macro_derive(EventSource, attributes(column, serde))]
pub fn no_event_source_derive(input: TokenStream) -> TokenStream {
    view::misplaced(
        &parse_macro_input!(input as DeriveInput),
        view::EVENT_SOURCE,
    )
    .into()
}

/// No derive: says that it is the attribute `#[feature_service(..)]`.
#[doc(hidden)]
#[proc_macro_derive(FeatureService, attributes(from, request, compute, private))]
pub fn no_service_derive(input: TokenStream) -> TokenStream {
    service::misplaced(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a type a join key.
///
/// On a newtype (`struct UserId(String);`) it works wherever the inner type does, as a join key
/// and as a feature, and is made with `UserId::from("8a2f")`. On a struct with named fields it
/// names the join keys of several entities, for a service over all of them
/// (`#[feature_service(key = FlightKey)]`); each field is named as the views name the join key.
///
/// `#[featurestore(crate = some::path)]` says where featurestore is, if not at `::featurestore`.
#[proc_macro_derive(EntityKey, attributes(featurestore))]
pub fn entity_key(input: TokenStream) -> TokenStream {
    keys::derive_entity_key(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a newtype (`struct Celsius(f64);`) a feature wherever its inner type is one.
///
/// `#[featurestore(crate = some::path)]` says where featurestore is, if not at `::featurestore`.
#[proc_macro_derive(FeatureType, attributes(featurestore))]
pub fn feature_type(input: TokenStream) -> TokenStream {
    keys::derive_feature_type(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum without fields a feature: text in the source, one or two bytes online, an `enum`
/// in JSON Schema.
///
/// A variant's text is its name in snake case (`PowerUser` is `power_user`), or what
/// `#[variant(rename = "..")]` says. `#[featurestore(crate = some::path)]` says where featurestore is,
/// if not at `::featurestore`.
#[proc_macro_derive(FeatureEnum, attributes(featurestore, variant, serde))]
pub fn feature_enum(input: TokenStream) -> TokenStream {
    enums::derive(&parse_macro_input!(input as DeriveInput)).into()
}
