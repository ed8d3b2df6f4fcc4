//! What a window view's features are, as constants, and what the compiler must find true of them: it
//! alone knows the events' columns.

use std::collections::BTreeMap;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path};

use super::aggregate::{Aggregate, EventColumn, Function};
use super::args::{Length, WindowArgs};
use super::filter::{Constant, Filter};
use crate::args::located_at;
use crate::view::model::{Column, Role, View};

fn feature_constant(index: usize) -> Ident {
    format_ident!("FEATURE_{index}")
}

/// The events' facts, and each feature whose arguments are well.
///
/// ```text
/// trait NoEventColumns { const AMOUNT: NoColumn = NoColumn::new("amount"); .. }
/// impl<E> NoEventColumns for E {}
/// const EVENTS: EventFacts = <Payment as EventSource>::FACTS;
/// const FILTER_0: Filter = compared(&EVENTS, <Payment>::AMOUNT.index(), Comparison::Greater, Literal::Int(100));
/// const WINDOW_0: Window = window(Some(604800000000), None, 0);
/// const FEATURE_0: WindowFeature = WindowFeature { aggregate: Aggregate::Sum, column: Some(<Payment>::AMOUNT.index()), .. };
/// ```
pub(in crate::view) fn constants(
    view: &View<'_>,
    events: &Path,
    private: &TokenStream,
) -> TokenStream {
    let mut names = BTreeMap::new();
    for column in named(view) {
        names.insert(column.constant.to_string(), column.name.clone());
    }
    let missing = names.iter().map(|(constant, name)| {
        let constant = format_ident!("{constant}");
        quote!(const #constant: #private::NoColumn = #private::NoColumn::new(#name);)
    });
    let at_events = located_at(private, events.span());
    let facts = quote_spanned!(events.span()=>
        const EVENTS: #at_events::EventFacts = <#events as #at_events::EventSource>::FACTS;
    );
    let features = view.features.iter().enumerate();
    let features =
        features.filter_map(|(index, column)| feature(index, &column.args.window, events, private));
    quote! {
        #[allow(dead_code)]
        trait NoEventColumns { #(#missing)* }
        impl<E> NoEventColumns for E {}
        #facts
        #(#features)*
    }
}

/// All columns of the events that the view names, each wherever it does.
fn named(view: &View<'_>) -> Vec<EventColumn> {
    let mut named: Vec<EventColumn> = view.keys.iter().map(key_column).collect();
    for column in &view.features {
        let args = &column.args.window;
        let aggregated = args
            .aggregate
            .iter()
            .flat_map(|aggregate| &aggregate.column);
        named.extend(aggregated.cloned());
        let filtered = args.filter.iter().flat_map(Filter::columns);
        named.extend(filtered.cloned());
    }
    named
}

/// The events' column that a join key is: of its own name, or of the one that `rename` says.
fn key_column(key: &Column<'_>) -> EventColumn {
    match &key.args.rename {
        Some(rename) => EventColumn::named(&rename.value(), rename.span()),
        None => EventColumn::named(&key.name, key.ident.span()),
    }
}

fn feature(
    index: usize,
    args: &WindowArgs,
    events: &Path,
    private: &TokenStream,
) -> Option<TokenStream> {
    let (aggregate, window) = (args.aggregate.as_ref()?, args.window.as_ref()?);
    let function = function(aggregate, args.error, private)?;
    let column = optional(
        aggregate
            .column
            .as_ref()
            .map(|column| place(column, events)),
    );
    let constant = feature_constant(index);
    let filter_constant = format_ident!("FILTER_{index}");
    let filter = args.filter.as_ref().map(|filter| {
        let filter = filter_tokens(filter, events, private);
        quote!(const #filter_constant: #private::Filter = #filter;)
    });
    let filtered = optional(filter.as_ref().map(|_| quote!(&#filter_constant)));
    let window_constant = format_ident!("WINDOW_{index}");
    let micros = |length: &Option<Length>| length.as_ref().and_then(|length| length.micros);
    let resolution = optional(micros(&args.resolution).map(|micros| quote!(#micros)));
    let delay = micros(&args.delay).unwrap_or(0);
    let length = optional(window.micros.map(|micros| quote!(#micros)));
    // At what is the likelier mistake.
    let span = args
        .resolution
        .as_ref()
        .map_or_else(|| window.text.span(), |length| length.text.span());
    let at_window = located_at(private, span);
    let window = quote_spanned!(span=>
        const #window_constant: #at_window::Window = #at_window::window(#length, #resolution, #delay);
    );
    Some(quote! {
        #filter
        #window
        const #constant: #private::WindowFeature = #private::WindowFeature {
            aggregate: #function,
            column: #column,
            filter: #filtered,
            window: #window_constant,
        };
    })
}

fn function(
    aggregate: &Aggregate,
    error: Option<(f64, Span)>,
    private: &TokenStream,
) -> Option<TokenStream> {
    let divisor = |population: bool| {
        if population {
            quote!(#private::Divisor::Population)
        } else {
            quote!(#private::Divisor::Sample)
        }
    };
    let function = match aggregate.function {
        Function::Count => quote!(Count),
        Function::Sum => quote!(Sum),
        Function::Mean => quote!(Mean),
        Function::Variance { population } => {
            let divisor = divisor(population);
            quote!(Variance(#divisor))
        }
        Function::Stddev { population } => {
            let divisor = divisor(population);
            quote!(StandardDeviation(#divisor))
        }
        Function::Min => quote!(Min),
        Function::Max => quote!(Max),
        Function::First => quote!(First),
        Function::Last => quote!(Last),
        Function::FirstOf(count) => quote!(FirstOf(#count)),
        Function::LastOf(count) => quote!(LastOf(#count)),
        Function::Top(count) => quote!(Top(#count)),
        Function::Distinct => {
            let (error, span) = error?;
            let private = located_at(private, span);
            let precision = quote_spanned!(span=> #private::precision(#error));
            quote!(Distinct(#precision))
        }
        Function::Quantile { millionths } => {
            let (error, span) = error?;
            let private = located_at(private, span);
            let bins = quote_spanned!(span=> #private::bins(#error));
            quote!(Quantile { millionths: #millionths, bins: #bins })
        }
    };
    Some(quote!(#private::Aggregate::#function))
}

/// `<Payment>::AMOUNT.index()`, at the word.
fn place(column: &EventColumn, events: &Path) -> TokenStream {
    let constant = &column.constant;
    quote_spanned!(column.span()=> <#events>::#constant.index())
}

fn filter_tokens(filter: &Filter, events: &Path, private: &TokenStream) -> TokenStream {
    let list = |parts: &[Filter]| {
        let parts = parts
            .iter()
            .map(|part| filter_tokens(part, events, private));
        quote!(&[#(#parts),*])
    };
    match filter {
        Filter::All(parts) => {
            let parts = list(parts);
            quote!(#private::Filter::All(#parts))
        }
        Filter::Any(parts) => {
            let parts = list(parts);
            quote!(#private::Filter::Any(#parts))
        }
        Filter::Not(inner) => {
            let inner = filter_tokens(inner, events, private);
            quote!(#private::Filter::Not(&#inner))
        }
        Filter::IsTrue(column) => {
            let place = place(column, events);
            quote!(#private::Filter::IsTrue(#place))
        }
        Filter::IsSome(column) => {
            let place = place(column, events);
            quote!(#private::Filter::IsSome(#place))
        }
        Filter::Compare {
            column,
            comparison,
            constant,
        } => {
            let arguments = comparison_tokens(column, comparison, constant, events, private);
            quote!(#private::compared(&EVENTS, #arguments))
        }
    }
}

fn comparison_tokens(
    column: &EventColumn,
    comparison: &str,
    constant: &Constant,
    events: &Path,
    private: &TokenStream,
) -> TokenStream {
    let place = place(column, events);
    let comparison = format_ident!("{comparison}");
    let literal = literal(constant, private);
    quote!(#place, #private::Comparison::#comparison, #literal)
}

fn literal(constant: &Constant, private: &TokenStream) -> TokenStream {
    let span = constant.span();
    let private = located_at(private, span);
    let whole = |value: i128| Literal::i128_unsuffixed(value);
    match constant {
        Constant::Bool(value, _) => quote!(#private::Literal::Bool(#value)),
        Constant::Int(value, _) => {
            let value = whole(*value);
            quote!(#private::Literal::Int(#value))
        }
        Constant::Number(number, _) => {
            let float = number.float;
            let decimal = optional(number.decimal.map(|(digits, scale)| {
                let digits = whole(digits);
                quote!((#digits, #scale))
            }));
            quote!(#private::Literal::Number { decimal: #decimal, float: #float })
        }
        Constant::Text(text) => quote!(#private::Literal::Text(#text)),
        Constant::Variant(path) => quote_spanned!(span=>
            #private::Literal::variant(&#path, #path.__featurestore_variant())
        ),
        Constant::Named(path) => quote_spanned!(span=> #private::Named(#path).literal()),
    }
}

/// What must be true of the events' columns where they are named, and of the features together.
pub(in crate::view) fn checks(
    view: &View<'_>,
    events: &Path,
    private: &TokenStream,
) -> TokenStream {
    let keys = view.keys.iter().map(|key| {
        let column = key_column(key);
        let constant = &column.constant;
        quote_spanned!(column.span()=> const _: () = <#events>::#constant.is_event_key(&EVENTS);)
    });
    let features = view.features.iter().enumerate();
    let features =
        features.map(|(index, column)| feature_checks(index, &column.args.window, events, private));
    let all: Option<Vec<Ident>> = view
        .features
        .iter()
        .enumerate()
        .map(|(index, column)| is_feature(column).then(|| feature_constant(index)))
        .collect();
    let together = all.map(|all| {
        let private = located_at(private, events.span());
        quote_spanned!(events.span()=> const _: () = #private::assert_states(&EVENTS, &[#(#all),*]);)
    });
    quote! { #(#keys)* #(#features)* #together }
}

fn feature_checks(
    index: usize,
    args: &WindowArgs,
    events: &Path,
    private: &TokenStream,
) -> TokenStream {
    let is_column = |column: &EventColumn| {
        let constant = &column.constant;
        quote_spanned!(column.span()=> const _: () = <#events>::#constant.is_event_column(&EVENTS);)
    };
    let mut checks = TokenStream::new();
    if let Some(column) = args
        .aggregate
        .as_ref()
        .and_then(|aggregate| aggregate.column.as_ref())
    {
        checks.extend(is_column(column));
    }
    if let Some(filter) = &args.filter {
        checks.extend(filter.columns().into_iter().map(is_column));
        filter_checks(filter, events, private, &mut checks);
    }
    if let Some(aggregate) = args.aggregate.as_ref().filter(|_| args.window.is_some())
        && function(aggregate, args.error, private).is_some()
    {
        let private = located_at(private, aggregate.span);
        let feature = Ident::new(
            &feature_constant(index).to_string(),
            Span::call_site().located_at(aggregate.span),
        );
        checks.extend(quote_spanned!(aggregate.span=>
            const _: () = #private::assert_aggregates(&EVENTS, &#feature);
        ));
    }
    checks
}

fn filter_checks(filter: &Filter, events: &Path, private: &TokenStream, checks: &mut TokenStream) {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => {
            for part in parts {
                filter_checks(part, events, private, checks);
            }
        }
        Filter::Not(inner) => filter_checks(inner, events, private, checks),
        Filter::IsTrue(column) => {
            let (private, place) = (located_at(private, column.span()), place(column, events));
            checks.extend(quote_spanned!(column.span()=>
                const _: () = #private::assert_is_bool(&EVENTS, #place);
            ));
        }
        Filter::IsSome(_) => {}
        Filter::Compare {
            column,
            comparison,
            constant,
        } => {
            let arguments = comparison_tokens(column, comparison, constant, events, private);
            let private = located_at(private, constant.span());
            checks.extend(quote_spanned!(constant.span()=>
                const _: () = #private::assert_compares(&EVENTS, #arguments);
            ));
        }
    }
}

/// Whether its arguments are well.
fn is_feature(column: &Column<'_>) -> bool {
    let args = &column.args.window;
    args.window.is_some()
        && args
            .aggregate
            .as_ref()
            .is_some_and(|aggregate| match aggregate.function {
                Function::Distinct | Function::Quantile { .. } => args.error.is_some(),
                _ => true,
            })
}

/// A link of the chain of what must be true of a field: `.aggregated(&EVENTS, &FEATURE_0)`.
pub(in crate::view) fn link(
    events: &Path,
    role: Role,
    column: &Column<'_>,
    span: Span,
) -> TokenStream {
    match role {
        Role::Key(_) => {
            let place = place(&key_column(column), events);
            quote_spanned!(span=> .event_key(&EVENTS, #place))
        }
        Role::Feature(index) if is_feature(column) => {
            let feature = feature_constant(index);
            quote_spanned!(span=> .aggregated(&EVENTS, &#feature))
        }
        _ => TokenStream::new(),
    }
}

/// The name of a join key's column in the source.
pub(in crate::view) fn key_source(key: &Column<'_>, events: &Path) -> TokenStream {
    let place = place(&key_column(key), events);
    quote!(EVENTS.source_column(#place))
}

/// What makes the view a window view.
pub(in crate::view) fn parts(view: &View<'_>, events: &Path, private: &TokenStream) -> TokenStream {
    let keys = view.keys.iter().map(|key| place(&key_column(key), events));
    let features = (0..view.features.len()).map(feature_constant);
    quote! {
        #private::window_features(#private::WindowParts {
            events: <#events as #private::EventSource>::definition,
            keys: &[#(#keys),*],
            features: &[#(#features),*],
        })
    }
}

fn optional(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
