//! The code that an event source's struct gets.

use proc_macro2::TokenStream;
use quote::quote;

use super::args::EventArgs;
use crate::known::Drift;
use crate::view::compare::Compared;
use crate::view::expand::{
    cadence, constants, drift_tokens, optional, parts, source, times, values,
};
use crate::view::fields::{checks, field_constant, fields};
use crate::view::model::{Column, View};

/// ```text
/// impl Payment { pub const AMOUNT: Column<Self, Decimal<12, 2>> = column(1); }
/// const _: () = {
///     const FIELD_0: Field<Uuid> = field::<Uuid>("payment_id", ..);
///     static COLUMNS: [ColumnDefinition; 2] = [FIELD_0.definition, ..];
///     static ROWS: ViewDefinition = view_definition(ViewParts { name: "payment", .. });
///     static DEFINITION: EventSourceDefinition = event_source_definition(EventSourceParts { rows: &ROWS, .. });
///     impl EventSource for Payment { .. }
///     impl Register for Payment { .. }
///     impl JsonSchema for Payment { .. }
///     submit! { <Payment as Register>::ENTRY }
/// };
/// ```
pub(in crate::view) fn expand(
    view: &View<'_>,
    args: &EventArgs,
    drift: Drift,
    compared: &Compared,
    warnings: &TokenStream,
) -> TokenStream {
    let name = &view.input.ident;
    let private = &view.private;
    let constants = constants(view, private);
    let fields = fields(view, private);
    let columns = (0..view.features.len()).map(field_constant);
    let count = view.features.len();
    let parts = parts(view, drift, private);
    let checks = checks(view, compared, private);
    let facts = facts(view, args, drift, private);
    let (times, values) = (times(view, private), values(view, private));
    let EventArgs { lateness, push, .. } = args;
    let places = |is: &dyn Fn(&str) -> bool| {
        let features = view.features.iter().enumerate();
        let places = features.filter(|(_, column)| is(&column.name));
        places.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    // In the order that `id` names them.
    let id = args.id.iter().flatten();
    let id = id.flat_map(|id| places(&|name| name == id.value()));
    let deleted = optional(places(&|name| args.is_deleted(name)).first());
    let retention = optional(args.retention);
    let field_name = |column: &Column<'_>| column.name.clone();
    let timestamp = view.timestamp.as_ref().map(field_name);
    let created = optional(view.created.as_ref().map(field_name));
    quote! {
        #constants

        const _: () = {
            #fields
            static COLUMNS: [#private::ColumnDefinition; #count] = [#(#columns.definition),*];
            static ROWS: #private::ViewDefinition = #private::view_definition(#parts);
            static DEFINITION: #private::EventSourceDefinition =
                #private::event_source_definition(#private::EventSourceParts {
                    rows: &ROWS,
                    timestamp: #timestamp,
                    created: #created,
                    id: &[#(#id),*],
                    deleted: #deleted,
                    lateness: #lateness,
                    push: #push,
                    retention: #retention,
                });
            #checks
            #warnings

            #[automatically_derived]
            impl #private::EventSource for #name {
                #facts

                fn definition() -> &'static #private::EventSourceDefinition {
                    &DEFINITION
                }

                #times
                #values
            }

            #[automatically_derived]
            impl #private::Register for #name {
                const ENTRY: #private::Entry =
                    #private::Entry::EventSource(<#name as #private::EventSource>::definition);
            }

            #[automatically_derived]
            impl #private::JsonSchema for #name {
                fn schema_name() -> #private::Cow<'static, str> {
                    #private::Cow::Borrowed(ROWS.name())
                }

                fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema {
                    #private::event_schema(&DEFINITION)
                }
            }

            #private::inventory::submit! { <#name as #private::Register>::ENTRY }
        };
    }
}

/// What stands in for it where the declaration has mistakes: what windows are of is known all the same.
pub(in crate::view) fn fallback(
    view: &View<'_>,
    args: &EventArgs,
    compared: &Compared,
) -> TokenStream {
    let name = &view.input.ident;
    let private = &view.private;
    let constants = constants(view, private);
    let fields = fields(view, private);
    let checks = checks(view, compared, private);
    let facts = facts(view, args, Drift::Deny, private);
    let dummy = dummy(name, &facts, private);
    quote! {
        #constants

        const _: () = {
            #fields
            #checks
            #dummy
        };
    }
}

/// The same of an item that is no struct with named fields.
pub(in crate::view) fn dummy(
    name: &syn::Ident,
    facts: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #private::EventSource for #name {
            #facts
            fn definition() -> &'static #private::EventSourceDefinition { #private::broken() }
            fn event_timestamp(&self) -> #private::Timestamp { #private::broken() }
            fn created_timestamp(&self) -> ::core::option::Option<#private::Timestamp> { #private::broken() }
            fn values(&self) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> { #private::broken() }
        }

        #[automatically_derived]
        impl #private::Register for #name {
            const ENTRY: #private::Entry =
                #private::Entry::EventSource(<#name as #private::EventSource>::definition);
        }

        #[automatically_derived]
        impl #private::JsonSchema for #name {
            fn schema_name() -> #private::Cow<'static, str> { #private::broken() }
            fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema { #private::broken() }
        }
    }
}

fn facts(view: &View<'_>, args: &EventArgs, drift: Drift, private: &TokenStream) -> TokenStream {
    let name = &view.name;
    let source = source(view, private).unwrap_or_else(|| quote!(#private::Source::Table("")));
    let timestamp = view
        .timestamp
        .as_ref()
        .map(Column::source_column)
        .unwrap_or_default();
    let created = optional(view.created.as_ref().map(Column::source_column));
    let cadence = cadence(view, private);
    let settling = view.settling.unwrap_or(0);
    let lateness = args.lateness;
    let retention = optional(args.retention);
    let drift = drift_tokens(drift, private);
    let columns = (0..view.features.len()).map(field_constant);
    quote! {
        const FACTS: #private::EventFacts = #private::EventFacts {
            name: #name,
            source: #source,
            timestamp: #timestamp,
            created: #created,
            cadence: #cadence,
            settling: #settling,
            lateness: #lateness,
            retention: #retention,
            drift: #drift,
            columns: &[#(#columns.event_column()),*],
        };
    }
}
