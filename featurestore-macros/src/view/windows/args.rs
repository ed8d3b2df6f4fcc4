//! What `#[column(..)]` says of a feature of windows.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Ident, LitStr};

use super::aggregate::Aggregate;
use super::filter::Filter;
use crate::args::Args;
use crate::errors::Errors;
use crate::names;
use crate::number::number;

/// The window of the whole past.
const LIFETIME: &str = "lifetime";

#[derive(Default)]
pub(in crate::view) struct WindowArgs {
    pub(super) aggregate: Option<Aggregate>,
    pub(super) window: Option<Length>,
    pub(super) resolution: Option<Length>,
    pub(super) delay: Option<Length>,
    pub(super) filter: Option<Filter>,
    pub(super) error: Option<(f64, Span)>,
    /// All of them that are written, be it wrongly.
    pub(super) given: Vec<Ident>,
}

/// A length of time, as it is written.
pub(super) struct Length {
    /// In microseconds; nothing for the whole past.
    pub(super) micros: Option<i64>,
    pub(super) text: LitStr,
}

impl WindowArgs {
    pub(in crate::view) fn of(args: &Args<'_>, errors: &Errors) -> Self {
        let given = names::WINDOW_ARGS.iter();
        let given = given.filter_map(|name| args.find(name).map(|arg| arg.name.clone()));
        let length = |name: &str| {
            let micros = args.duration(name)?;
            let text = args.text(name)?;
            Some(Length {
                micros: Some(micros),
                text,
            })
        };
        let lifetime = args.find(names::WINDOW).and_then(|arg| {
            let text = crate::args::as_text(&arg.value)?;
            (text.value() == LIFETIME).then_some(Length { micros: None, text })
        });
        Self {
            aggregate: args
                .find(names::AGG)
                .and_then(|arg| Aggregate::of(&arg.value, errors)),
            window: lifetime.or_else(|| length(names::WINDOW)),
            resolution: length(names::RESOLUTION),
            delay: length(names::DELAY),
            filter: args
                .find(names::FILTER)
                .and_then(|arg| Filter::of(&arg.value, errors)),
            error: args.find(names::ERROR).and_then(|arg| {
                let expected = "`error` is a part of the value, as in `error = 0.02`";
                let error = errors.take("FS0093", number(&arg.value, expected))?;
                Some((error.to_f64(), arg.value.span()))
            }),
            given: given.collect(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }
}
