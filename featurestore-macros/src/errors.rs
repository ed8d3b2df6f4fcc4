//! Errors are collected, so that one mistake never hides the next.

use std::cell::RefCell;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors of one expansion.
#[derive(Debug, Default)]
pub(crate) struct Errors(RefCell<Vec<syn::Error>>);

impl Errors {
    /// Notes an error at `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Notes an error.
    pub(crate) fn push(&self, error: syn::Error) {
        self.0.borrow_mut().push(error);
    }

    /// Notes the error of a result, under the code where it has none, and gives its value.
    pub(crate) fn take<T>(&self, code: &str, result: syn::Result<T>) -> Option<T> {
        let coded = |error: syn::Error| {
            let message = error.to_string();
            if message.starts_with("FS") {
                error
            } else {
                syn::Error::new(error.span(), format!("{code}: {message}"))
            }
        };
        result.map_err(|error| self.push(coded(error))).ok()
    }

    /// Whether there are none so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Each error's place and message.
    pub(crate) fn into_messages(self) -> Vec<(Span, String)> {
        let errors = self.0.into_inner().into_iter();
        let message = |error: syn::Error| (error.span(), error.to_string());
        errors.map(message).collect()
    }

    /// `compile_error!` for each; nothing where there are none.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.0
            .into_inner()
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
