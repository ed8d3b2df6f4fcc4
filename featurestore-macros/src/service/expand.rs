//! The code that a service's struct gets.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Ident, Lit};

use crate::args::{located_at, spanned_at};

use super::inputs;
use super::model::{Feature, Place, Service};

/// ```text
/// const _: () = {
///     trait NoColumns { const USER_SEGMENT: NoColumn = NoColumn::new("user_segment"); .. }
///     impl<V> NoColumns for V {}
///     const _: () = <UserSegment>::USER_SEGMENT.is_column_of(<UserSegment as FeatureView>::NAMES);
///     fn default_1() -> i64 { default::<i64>(0) }
///     const FIELD_1: ReadFieldOr<i64> = <WatchActivity>::WATCH_COUNT_30D.read().field_or::<i64>(default_1);
///     fn value_1() -> Value { FIELD_1.default() }
///     const REQUEST_0: Field<f64> = field::<f64>("amount", ..);
///     fn compute_0(as_of: Timestamp, above_0: &Option<Segment>, ..) -> bool { .. }
///     static FIELDS: [FieldParts; 3] = [service_column("user_segment", ..), ..];
///     static DEFINITION: ServiceDefinition = service_definition(ServiceParts { .. });
///     impl DeclaredService for WatchNext { .. }
///     impl Register for WatchNext { .. }
///     impl JsonSchema for WatchNext { .. }
///     submit! { <WatchNext as Register>::ENTRY }
/// };
/// ```
pub(super) fn expand(service: &Service<'_>) -> TokenStream {
    let name = &service.input.ident;
    let private = &service.private;
    let fields = service.features.iter().enumerate();
    let fields = fields.map(|(index, feature)| {
        let read = read_field(service, index, feature, private);
        let constant = constant(index);
        let default = default_value(index, feature, private);
        quote!(const #constant: #read; #default)
    });
    let definitions: Vec<TokenStream> = service
        .order
        .iter()
        .filter_map(|place| definition(service, *place, private))
        .collect();
    let defaults = defaults(service, private);
    let count = definitions.len();
    let parts = parts(service, private);
    let asserts = asserts(service, private);
    let columns = columns(service, private);
    let key = key_source(service, private);
    let from_rows = from_rows(service, private);
    let values = service.order.iter().filter_map(|place| match *place {
        Place::Feature(index) => {
            let (constant, feature) = (constant(index), &service.features[index]);
            let ident = feature.ident;
            (!feature.private).then(|| quote!(#constant.value(&self.#ident)))
        }
        Place::Computed(index) => {
            let computed = &service.computed[index];
            let (constant, ident) = (inputs::computed_constant(index), computed.ident);
            (!computed.private).then(|| quote!(#constant.answer(&self.#ident)))
        }
        Place::Request(_) => None,
    });
    let request_struct = inputs::request_struct(service);
    let request_impl = inputs::request_impl(service, private);
    let request = inputs::request_type(service);
    let served_by_key = inputs::served_by_key(service, private);
    let input_fields = inputs::fields(service, private);
    let functions = inputs::functions(service, private);
    quote! {
        #request_struct

        const _: () = {
            #columns
            #defaults
            #(#fields)*
            #input_fields
            #functions
            static FIELDS: [#private::FieldParts; #count] = [#(#definitions),*];
            static DEFINITION: #private::ServiceDefinition = #private::service_definition(#parts);
            #asserts

            #[automatically_derived]
            impl #private::DeclaredService for #name {
                type KeySource = #key;
                type Request = #request;

                fn definition() -> &'static #private::ServiceDefinition {
                    &DEFINITION
                }

                fn from_rows(
                    rows: &mut #private::ServiceRows<'_>,
                ) -> ::core::result::Result<Self, #private::RowError> {
                    #from_rows
                }

                fn values(&self) -> #private::Vec<#private::FieldValue<'_>> {
                    #private::Vec::from([#(#values),*])
                }
            }

            #request_impl
            #served_by_key

            #[automatically_derived]
            impl #private::Register for #name {
                const ENTRY: #private::Entry =
                    #private::Entry::Service(<#name as #private::FeatureService>::definition);
            }

            #[automatically_derived]
            impl #private::JsonSchema for #name {
                fn schema_name() -> #private::Cow<'static, str> {
                    #private::Cow::Borrowed(DEFINITION.name())
                }

                fn json_schema(_: &mut #private::SchemaGenerator) -> #private::Schema {
                    #private::service_schema(&DEFINITION)
                }
            }

            #private::inventory::submit! { <#name as #private::Register>::ENTRY }
        };
    }
}

/// `KeyOf<WatchActivity, <WatchActivity as FeatureView>::Key>`, or the type that `key = ..` names.
pub(super) fn key_source(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    match (&service.key, service.views.first()) {
        (Some(key), _) => quote!(#key),
        (None, Some(view)) => {
            // Wholly at the view, so that what is no view is one error with those of its other uses.
            let private = spanned_at(private, view.span());
            quote_spanned!(view.span()=>
                #private::KeyOf<#view, <#view as #private::FeatureView>::Key>
            )
        }
        (None, None) => quote!(::core::primitive::bool),
    }
}

fn constant(index: usize) -> Ident {
    format_ident!("FIELD_{index}")
}

/// The columns that the fields name. A view's constants are its own, and its own come before a
/// trait's: so the trait's are what a name means that the view has not, and the compiler's words for
/// that are ours.
pub(super) fn columns(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let mut names = HashSet::new();
    let features = service.features.iter();
    let named = features.filter(|feature| names.insert(feature.constant.to_string()));
    let missing = named.map(|feature| {
        let Feature {
            constant, column, ..
        } = feature;
        quote!(const #constant: #private::NoColumn = #private::NoColumn::new(#column);)
    });
    let checks = service.features.iter().map(|feature| {
        let (constant, view) = (&feature.constant, &service.views[feature.view]);
        let at_view = located_at(private, view.span());
        let names = quote_spanned!(view.span()=> <#view as #at_view::FeatureView>::NAMES);
        quote_spanned!(constant.span()=> const _: () = <#view>::#constant.is_column_of(#names);)
    });
    quote! {
        #[allow(dead_code)]
        trait NoColumns { #(#missing)* }
        impl<V> NoColumns for V {}
        #(#checks)*
    }
}

/// The defaults as functions, of the fields' types; a text becomes what the type makes of it.
pub(super) fn defaults(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let defaults = service.features.iter().enumerate();
    let defaults = defaults.filter_map(|(index, feature)| {
        let default = feature.default.as_ref()?;
        let typed = format_ident!("default_{index}");
        let ty = &feature.field.ty;
        let value = match default {
            Expr::Lit(ExprLit {
                lit: Lit::Str(_), ..
            }) => {
                let private = located_at(private, default.span());
                quote_spanned!(default.span()=> #private::FromText::from_text(#default))
            }
            other => {
                let private = located_at(private, default.span());
                quote_spanned!(default.span()=> #private::Given(#other).as_default::<#ty>())
            }
        };
        Some(quote! {
            fn #typed() -> #ty {
                #value
            }
        })
    });
    defaults.collect()
}

fn default_value(
    index: usize,
    feature: &Feature<'_>,
    private: &TokenStream,
) -> Option<TokenStream> {
    feature.default.as_ref()?;
    let (value, constant) = (format_ident!("value_{index}"), constant(index));
    Some(quote! {
        fn #value() -> #private::Value {
            #constant.default()
        }
    })
}

/// `ReadField<Option<Segment>> = <UserSegment>::USER_SEGMENT.read().field::<Option<Segment>>()`, at the
/// field's type, where the compiler says what does not fit.
pub(super) fn read_field(
    service: &Service<'_>,
    index: usize,
    feature: &Feature<'_>,
    private: &TokenStream,
) -> TokenStream {
    let Feature {
        view: view_index,
        constant,
        field,
        ..
    } = feature;
    let view = &service.views[*view_index];
    let ty = &field.ty;
    let private = located_at(private, ty.span());
    if feature.default.is_some() {
        let typed = format_ident!("default_{index}");
        quote_spanned! {ty.span()=>
            #private::ReadFieldOr<#ty> = <#view>::#constant.read().field_or::<#ty>(#typed)
        }
    } else {
        quote_spanned!(ty.span()=> #private::ReadField<#ty> = <#view>::#constant.read().field::<#ty>())
    }
}

/// What the struct is made of: its fields in declared order, so that each can be computed of those above.
fn from_rows(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let places = service.order.iter().enumerate();
    let values = places.map(|(place, kind)| {
        let value = match *kind {
            Place::Feature(index) => {
                let (constant, view) = (constant(index), service.features[index].view);
                quote!(#constant.read(rows, #index, #view)?)
            }
            Place::Request(index) => {
                let constant = inputs::request_constant(index);
                quote!(#constant.request(rows, #index)?)
            }
            Place::Computed(index) => inputs::call(service, place, index, private),
        };
        let local = inputs::local(place);
        quote!(let #local = #value;)
    });
    let as_of = (!service.computed.is_empty()).then(|| quote!(let as_of = rows.as_of();));
    let idents = service.fields().map(|(ident, _)| ident);
    let locals = (0..service.order.len()).map(inputs::local);
    quote! {
        #as_of
        #(#values)*
        ::core::result::Result::Ok(Self { #(#idents: #locals,)* })
    }
}

/// What is known of a field when running; nothing of one that is computed and private.
fn definition(service: &Service<'_>, place: Place, private: &TokenStream) -> Option<TokenStream> {
    let index = match place {
        Place::Feature(index) => index,
        Place::Request(index) => {
            let constant = inputs::request_constant(index);
            return Some(quote!(#private::FieldParts::Request(&#constant.definition)));
        }
        Place::Computed(index) => {
            let constant = inputs::computed_constant(index);
            let is_private = service.computed[index].private;
            return (!is_private)
                .then(|| quote!(#private::FieldParts::Computed(&#constant.definition)));
        }
    };
    let feature = &service.features[index];
    let Feature {
        name,
        view,
        private: is_private,
        ..
    } = feature;
    let description = feature.description();
    let constant = constant(index);
    let default = if feature.default.is_some() {
        let value = format_ident!("value_{index}");
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    };
    Some(quote! {
        #private::service_column(#name, #description, #view, #constant.column, #default, #is_private)
    })
}

fn parts(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let service_name = &service.input.ident;
    let Service {
        name,
        description,
        tags,
        views,
        ..
    } = service;
    let owner = service.owner.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |owner| quote!(::core::option::Option::Some(#owner)),
    );
    let type_name = service_name.to_string();
    let evaluate = if service.requests.is_empty() && service.computed.is_empty() {
        quote!(::core::option::Option::None)
    } else {
        quote!(::core::option::Option::Some(#private::evaluate::<#service_name>))
    };
    quote! {
        #private::ServiceParts {
            type_name: #type_name,
            module: ::core::module_path!(),
            name: #name,
            description: #description,
            owner: #owner,
            tags: &[#(#tags),*],
            key: #private::key_parts::<#service_name>(),
            views: &[#(<#views as #private::FeatureView>::definition),*],
            fields: &FIELDS,
            evaluate: #evaluate,
        }
    }
}

/// The service's key must give every view what it is joined by.
pub(super) fn asserts(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let name = &service.input.ident;
    let Some(first) = service.views.first() else {
        return TokenStream::new();
    };
    let asserts = service.views.iter().map(|view| {
        let private = located_at(private, view.span());
        quote_spanned! {view.span()=>
            const _: () = #private::assert_joined(
                #private::key_parts::<#name>(),
                <#first as #private::FeatureView>::JOIN_KEYS,
                <#view as #private::FeatureView>::JOIN_KEYS,
            );
        }
    });
    quote! { #(#asserts)* }
}
