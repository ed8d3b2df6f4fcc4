//! The code of the fields that a request gives, and of those that are computed.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use super::model::{Computed, Place, Request, Service};
use super::words::may_mention;
use crate::args::located_at;
use crate::names;
use crate::values::ValueArgs;

pub(super) fn request_constant(index: usize) -> Ident {
    format_ident!("REQUEST_{index}")
}

pub(super) fn computed_constant(index: usize) -> Ident {
    format_ident!("COMPUTED_{index}")
}

/// What a field's value is called while the struct is made.
pub(super) fn local(place: usize) -> Ident {
    format_ident!("field_{place}")
}

/// `PaymentCheckRequest`, where the request gives something.
pub(super) fn request_name(service: &Service<'_>) -> Option<Ident> {
    let name = &service.input.ident;
    (!service.requests.is_empty()).then(|| format_ident!("{name}Request", span = name.span()))
}

/// The type of what a request gives beside the key.
pub(super) fn request_type(service: &Service<'_>) -> TokenStream {
    request_name(service).map_or_else(|| quote!(()), ToTokens::into_token_stream)
}

/// ```text
/// /// What a request gives [`PaymentCheck`] beside the key.
/// #[derive(Debug, Clone)]
/// pub struct PaymentCheckRequest {
///     /// The payment that is asked about.
///     pub amount: f64,
/// }
/// ```
pub(super) fn request_struct(service: &Service<'_>) -> Option<TokenStream> {
    let name = request_name(service)?;
    let visibility = &service.input.vis;
    let docs = format!(
        "What a request gives [`{}`] beside the key.",
        service.input.ident
    );
    let fields = service.requests.iter().map(|request| {
        let Request { ident, field, .. } = request;
        let (docs, ty) = (request.description(), &field.ty);
        quote!(#[doc = #docs] pub #ident: #ty)
    });
    Some(quote! {
        #[doc = #docs]
        #[derive(Debug, Clone)]
        #visibility struct #name { #(#fields),* }
    })
}

/// How the struct gives its values.
pub(super) fn request_impl(service: &Service<'_>, private: &TokenStream) -> Option<TokenStream> {
    let name = request_name(service)?;
    let idents = service.requests.iter().map(|request| request.ident);
    let constants = (0..service.requests.len()).map(request_constant);
    Some(quote! {
        #[automatically_derived]
        impl #private::ServiceRequest for #name {
            fn values(
                &self,
            ) -> #private::Vec<::core::option::Option<#private::ValueRef<'_>>> {
                #private::Vec::from([#((#constants.value)(&self.#idents)),*])
            }
        }
    })
}

/// A service without request fields is asked by key alone.
pub(super) fn served_by_key(service: &Service<'_>, private: &TokenStream) -> Option<TokenStream> {
    let name = &service.input.ident;
    service.requests.is_empty().then(|| {
        quote! {
            #[automatically_derived]
            impl #private::ServedByKey for #name {}
        }
    })
}

/// The fields as constants, each made by the one call that needs its type to be a feature's, and what the
/// compiler must find true of them.
pub(super) fn fields(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let requests = service.requests.iter().enumerate().map(|(index, request)| {
        let constant = request_constant(index);
        let description = request.description();
        let Request {
            field, name, args, ..
        } = request;
        let made = constant_of(&constant, &field.ty, (name, &description), args, private);
        let key = not_a_key(service, request, private);
        quote!(#made #key)
    });
    let answered = service.computed.iter().enumerate();
    let answered = answered.filter(|(_, computed)| !computed.private);
    let computed = answered.map(|(index, computed)| {
        let constant = computed_constant(index);
        let description = computed.description();
        let Computed {
            field,
            name,
            compute,
            ..
        } = computed;
        let args = ValueArgs {
            unit: compute.unit.clone(),
            ..ValueArgs::default()
        };
        constant_of(&constant, &field.ty, (name, &description), &args, private)
    });
    requests.chain(computed).collect()
}

/// `const REQUEST_0: Field<f64> = field::<f64>("amount", ..).with_unit("USD");`, and its checks.
fn constant_of(
    constant: &Ident,
    ty: &syn::Type,
    (name, description): (&str, &str),
    args: &ValueArgs,
    private: &TokenStream,
) -> TokenStream {
    let value = args.field(ty, (name, name, description), private);
    let private = located_at(private, ty.span());
    let rules = args.rules().map(|rule| Ident::new(rule, ty.span()));
    let declared = Ident::new(
        &constant.to_string(),
        Span::call_site().located_at(ty.span()),
    );
    quote_spanned! {ty.span()=>
        const #constant: #private::Field<#ty> = #private::#value;
        const _: () = #declared.declared().feature() #(.#rules())* .done();
    }
}

/// A request gives the join keys anyway.
fn not_a_key(
    service: &Service<'_>,
    request: &Request<'_>,
    private: &TokenStream,
) -> Option<TokenStream> {
    let (own, first) = (&service.input.ident, service.views.first()?);
    let Request { ident, name, .. } = request;
    let private = located_at(private, ident.span());
    Some(quote_spanned! {ident.span()=>
        const _: () = #private::assert_no_key(
            #private::key_parts::<#own>(),
            <#first as #private::FeatureView>::JOIN_KEYS,
            #name,
        );
    })
}

/// Each expression as a function of the fields above it, which are there by name: what is `Copy` by
/// value, anything else by reference.
///
/// ```text
/// fn compute_0(as_of: Timestamp, above_0: &Option<f64>, above_1: &f64) -> Option<f64> {
///     let mean_30d = Argument(above_0).give();
///     let amount = Argument(above_1).give();
///     mean_30d.map(|mean| amount / mean)
/// }
/// ```
pub(super) fn functions(service: &Service<'_>, private: &TokenStream) -> TokenStream {
    let fields: Vec<_> = service.fields().collect();
    let functions = service.order.iter().enumerate().map(|(place, kind)| {
        let Place::Computed(index) = *kind else {
            return TokenStream::new();
        };
        let Computed { field, compute, .. } = &service.computed[index];
        let expression = &compute.expression;
        let function = format_ident!("compute_{index}");
        let above: Vec<Ident> = (0..place)
            .map(|index| format_ident!("above_{index}"))
            .collect();
        let (names, types): (Vec<_>, Vec<_>) = fields[..place].iter().copied().unzip();
        let ty = &field.ty;
        // The names of what is there beside the fields are looked for where the expression is written.
        let tokens = expression.to_token_stream();
        let at = |name: &str| {
            let span = may_mention(&tokens, name);
            Ident::new(name, span.unwrap_or_else(Span::call_site))
        };
        let as_of = at(names::AS_OF);
        let key = is_of_key(&tokens).then(|| {
            let (key, own) = (at(names::KEY), &service.input.ident);
            quote!(#key: &<#own as #private::FeatureService>::Key,)
        });
        quote! {
            #[allow(
                unused_variables,
                clippy::borrowed_box,
                clippy::missing_const_for_fn,
                clippy::ptr_arg,
                clippy::ref_option,
                clippy::too_many_arguments,
                clippy::trivially_copy_pass_by_ref
            )]
            fn #function(
                #as_of: #private::Timestamp,
                #key
                #(#above: &#types),*
            ) -> #ty {
                #[allow(unused_imports)]
                use #private::ByReference as _;
                #(let #names = #private::Argument(#above).give();)*
                #expression
            }
        }
    });
    functions.collect()
}

/// `computed("payment_check", "times_the_mean", || compute_0(as_of, &field_0, &field_1))?`
pub(super) fn call(
    service: &Service<'_>,
    place: usize,
    index: usize,
    private: &TokenStream,
) -> TokenStream {
    let Computed { name, compute, .. } = &service.computed[index];
    let function = format_ident!("compute_{index}");
    let above = (0..place).map(local);
    let service_name = &service.name;
    let (take_key, key) = if is_of_key(&compute.expression.to_token_stream()) {
        let take = quote! {
            let key = #private::computed_of_key::<Self>(rows, #name)?;
        };
        (Some(take), Some(quote!(&key,)))
    } else {
        (None, None)
    };
    let call = quote! {
        #private::computed(#service_name, #name, || #function(as_of, #key #(&#above),*))?
    };
    match take_key {
        Some(take) => quote!({ #take #call }),
        None => call,
    }
}

fn is_of_key(expression: &TokenStream) -> bool {
    may_mention(expression, names::KEY).is_some()
}
