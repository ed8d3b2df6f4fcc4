//! What a window view's declarations may not contradict, a function per rule.

use super::aggregate::Function;
use crate::errors::Errors;
use crate::names;
use crate::view::model::{Column, DEFAULT_TIMESTAMP, View};

pub(in crate::view) fn check(view: &View<'_>, errors: &Errors) {
    has_no_source_of_its_own(view, errors);
    for column in &view.features {
        has_an_aggregate_and_a_window(column, errors);
        has_no_rows(column, errors);
        only_estimates_have_errors(column, errors);
    }
}

/// Of views with rows of their own, and of event sources: what only features of windows have.
pub(in crate::view) fn has_no_windows(view: &View<'_>, errors: &Errors) {
    for column in &view.features {
        for name in &column.args.window.given {
            let message = format!(
                "FS0085: `{name}` is for features of windows; they are in a view with `events = ..`, the event source that they are of"
            );
            errors.at(name, message);
        }
    }
}

/// Where the events come from is said once, of the event source.
fn has_no_source_of_its_own(view: &View<'_>, errors: &Errors) {
    for name in &view.of_events {
        let why = if name == names::TTL {
            "values of windows are of the time of the read, and don't expire"
        } else {
            "a window view has it of its event source"
        };
        errors.at(
            name,
            format!("FS0085: `{name}` is not expected beside `events`: {why}; remove it"),
        );
    }
}

fn has_an_aggregate_and_a_window(column: &Column<'_>, errors: &Errors) {
    let args = &column.args.window;
    let name = &column.name;
    if args.given.is_empty() && name == DEFAULT_TIMESTAMP {
        let message = format!(
            "FS0085: a window view has no event timestamp, since its values are of the time of the read; remove `{name}`"
        );
        errors.at(column.ident, message);
    } else if !args.has(names::AGG) {
        let message = format!(
            "FS0086: `{name}` is no aggregate of the events; add `agg = count()` or another one, and `window = \"1h\"`, or name it in `entity`"
        );
        errors.at(column.ident, message);
    } else if !args.has(names::WINDOW) {
        let message = format!(
            "FS0086: `{name}` has no window; add `window = \"7d\"`, or `window = \"lifetime\"` for all events"
        );
        errors.at(column.ident, message);
    }
}

/// What rows of a source have: their columns are the events'.
fn has_no_rows(column: &Column<'_>, errors: &Errors) {
    let of_rows = column.args.of_features.iter();
    let of_rows = of_rows.filter(|name| names::ROW_ARGS.iter().any(|of_rows| name == of_rows));
    for name in of_rows.chain(&column.args.rename_name) {
        let message = format!(
            "FS0085: `{name}` is for columns of a source, and `{}` is an aggregate; put it on the event's field",
            column.name
        );
        errors.at(name, message);
    }
}

/// What is exact has no error, and what may be an estimate says which.
fn only_estimates_have_errors(column: &Column<'_>, errors: &Errors) {
    let args = &column.args.window;
    let Some(aggregate) = &args.aggregate else {
        return;
    };
    let name = match aggregate.function {
        Function::Distinct => Some("distinct"),
        Function::Quantile { .. } => Some("quantile"),
        _ => None,
    };
    match (name, args.has(names::ERROR)) {
        (Some(name), false) => {
            let message = format!(
                "FS0093: `{name}` may be an estimate, and says how far it is off: add `error = 0.02`"
            );
            errors.push(syn::Error::new(aggregate.span, message));
        }
        (None, true) => {
            let error = args.given.iter().find(|given| *given == names::ERROR);
            let message = "FS0093: `error` is for `distinct` and `quantile`, and this aggregate is exact; remove it";
            errors.at(error, message);
        }
        _ => {}
    }
}
