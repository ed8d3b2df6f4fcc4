//! What a view's declarations may not contradict, a function per rule.

use std::collections::HashMap;

use heck::ToShoutySnakeCase;
use syn::LitStr;

use super::model::{DEFAULT_TIMESTAMP, Kind, View, no_field};
use super::{events, windows};
use crate::errors::Errors;
use crate::names;

pub(super) fn check(view: &View<'_>, errors: &Errors) {
    not_generic(view, errors);
    match &view.kind {
        Kind::Events(args) => {
            events::check::check(view, args, errors);
            windows::check::has_no_windows(view, errors);
            has_a_timestamp(view, errors);
        }
        Kind::Windows(_) => {
            has_keys(view, errors);
            keys_are_fields(view, errors);
            has_features(view, errors);
            windows::check::check(view, errors);
        }
        Kind::Latest => {
            has_keys(view, errors);
            keys_are_fields(view, errors);
            has_a_timestamp(view, errors);
            has_features(view, errors);
            windows::check::has_no_windows(view, errors);
        }
    }
    created_is_a_field(view, errors);
    if !matches!(view.kind, Kind::Windows(_)) {
        source_columns_differ(view, errors);
    }
    only_features_have_checks(view, errors);
    mostly_needs_a_check(view, errors);
    version_counts_from_one(view, errors);
    name_is_plain(view, errors);
    one_timestamp(view, errors);
    names_are_free(view, errors);
    constants_differ(view, errors);
}

/// A view is one table; a type parameter would make many of one declaration.
fn not_generic(view: &View<'_>, errors: &Errors) {
    if !view.input.generics.params.is_empty() {
        let message = match view.kind {
            Kind::Events(_) => {
                "FS0003: an event source can't be generic; declare a struct per event source"
            }
            _ => "FS0003: a feature view can't be generic; declare a struct per view",
        };
        errors.at(&view.input.generics, message);
    }
}

fn has_keys(view: &View<'_>, errors: &Errors) {
    match &view.entity {
        None if view.entity_given => {}
        None => errors.at(
            &view.input.ident,
            "FS0004: no entity; add `entity = \"..\"` with the name of the join key's field",
        ),
        Some(names) if names.is_empty() => {
            errors.at(
                &view.input.ident,
                "FS0006: `entity` is empty; name the join key's field",
            );
        }
        Some(names) => {
            for (index, name) in names.iter().enumerate() {
                if names[..index]
                    .iter()
                    .any(|other| other.value() == name.value())
                {
                    errors.at(
                        name,
                        format!(
                            "FS0006: `{}` stands twice in `entity`; keep one",
                            name.value()
                        ),
                    );
                }
            }
        }
    }
}

fn keys_are_fields(view: &View<'_>, errors: &Errors) {
    for name in view.entity.iter().flatten() {
        if !view.keys.iter().any(|key| key.name == name.value()) {
            errors.at(name, no_field(view, "FS0005", "entity", &name.value()));
        }
    }
}

fn has_a_timestamp(view: &View<'_>, errors: &Errors) {
    let name = view.timestamp_name();
    if view.timestamp.is_some() || view.keys.iter().any(|key| key.name == name) {
        return;
    }
    match &view.named_timestamp {
        Some(name) => errors.at(name, no_field(view, "FS0008", "timestamp", &name.value())),
        None => errors.at(
            &view.input.ident,
            "FS0007: no event timestamp; add a field `event_timestamp: Timestamp`, or name one with `timestamp = \"..\"`",
        ),
    }
}

fn created_is_a_field(view: &View<'_>, errors: &Errors) {
    if let (Some(name), None) = (&view.named_created, &view.created)
        && !view.columns().any(|column| column.name == name.value())
    {
        errors.at(name, no_field(view, "FS0010", "created", &name.value()));
    }
}

fn has_features(view: &View<'_>, errors: &Errors) {
    let has_rest = view.timestamp.is_some() || matches!(view.kind, Kind::Windows(_));
    if view.features.is_empty() && has_rest && !view.keys.is_empty() {
        errors.at(
            &view.input.ident,
            "FS0011: no features; every field besides the join keys and the timestamps is one",
        );
    }
}

fn source_columns_differ(view: &View<'_>, errors: &Errors) {
    let mut known: HashMap<String, String> = HashMap::new();
    for column in view.columns() {
        if let Some(other) =
            known.insert(column.source_column().to_lowercase(), column.name.clone())
        {
            let source = column.source_column();
            let message = format!(
                "FS0028: `{other}` and `{}` are both the source's column `{source}`; a column is read once",
                column.name
            );
            match &column.args.rename {
                Some(rename) => errors.at(rename, message),
                None => errors.at(column.ident, message),
            }
        }
    }
}

/// A key's or a timestamp's values are never checked against bounds, so bounds there would lie.
fn only_features_have_checks(view: &View<'_>, errors: &Errors) {
    for column in view.keys.iter().chain(&view.timestamp).chain(&view.created) {
        for name in &column.args.of_features {
            errors.at(
                name,
                format!(
                    "FS0027: `{name}` is for features, and `{}` is a join key or a timestamp",
                    column.name
                ),
            );
        }
    }
}

fn mostly_needs_a_check(view: &View<'_>, errors: &Errors) {
    for column in &view.features {
        let args = &column.args;
        if args.mostly.is_some() && args.values.range.is_none() && args.values.one_of.is_none() {
            let name = args.of_features.iter().find(|name| *name == names::MOSTLY);
            errors.at(
                name,
                "FS0026: `mostly` softens a check, and there is none; add `range` or `one_of`",
            );
        }
    }
}

fn version_counts_from_one(view: &View<'_>, errors: &Errors) {
    if let Some(version) = &view.version
        && version
            .base10_parse::<u32>()
            .ok()
            .is_none_or(|version| version == 0)
    {
        errors.at(version, "FS0021: `version` counts from 1");
    }
}

/// The name is a field of online hashes and a part of `view:feature` and of lock files.
fn name_is_plain(view: &View<'_>, errors: &Errors) {
    if !names::is_plain(&view.name) {
        let span = view.named.as_ref();
        let span = span.map_or_else(|| view.input.ident.span(), LitStr::span);
        let what = match view.kind {
            Kind::Events(_) => "n event source",
            _ => " view",
        };
        errors.push(syn::Error::new(span, names::not_plain(&view.name, what)));
    }
}

/// Which instant a row belongs to must not be in doubt.
fn one_timestamp(view: &View<'_>, errors: &Errors) {
    let in_entity = |name: &LitStr| {
        view.entity
            .iter()
            .flatten()
            .any(|key| key.value() == name.value())
    };
    if let Some(named) = &view.named_timestamp {
        let second = view.features.iter().filter(|_| view.timestamp.is_some());
        for field in second.filter(|field| field.name == DEFAULT_TIMESTAMP) {
            errors.at(
                field.ident,
                format!(
                    "FS0009: two event timestamps: `timestamp` names `{}`, and there is `{DEFAULT_TIMESTAMP}`; rename this field, or remove `timestamp`",
                    named.value()
                ),
            );
        }
        if in_entity(named) {
            let message = format!(
                "FS0009: `{}` is a join key and the event timestamp; give each a field",
                named.value()
            );
            errors.at(named, message);
        }
    }
    if let Some(created) = &view.named_created {
        if *created.value() == *view.timestamp_name() {
            let message = format!(
                "FS0009: `{}` is the event timestamp and the created timestamp; give each a field, or remove `created`",
                created.value()
            );
            errors.at(created, message);
        } else if in_entity(created) {
            let message = format!(
                "FS0009: `{}` is a join key and the created timestamp; give each a field",
                created.value()
            );
            errors.at(created, message);
        }
    }
}

/// `__` is for what the macros write, and a request names these beside the join keys.
fn names_are_free(view: &View<'_>, errors: &Errors) {
    for column in view.columns() {
        let is_key = view.keys.iter().any(|key| key.name == column.name);
        let why = if column.name.starts_with("__") {
            "names that start with `__` are featurestore's own"
        } else if is_key && names::PLAIN_REQUEST.contains(&column.name.as_str()) {
            "requests have an option of this name beside the join keys"
        } else {
            continue;
        };
        let message = format!(
            "FS0029: `{}` is reserved: {why}; give the field another name, and `#[column(rename = \"..\")]` where the source has this one",
            column.name
        );
        errors.at(column.ident, message);
    }
}

/// Two features must not become one constant of the struct.
fn constants_differ(view: &View<'_>, errors: &Errors) {
    let mut known: HashMap<String, &str> = HashMap::new();
    for column in &view.features {
        if let Some(other) = known.insert(column.name.to_shouty_snake_case(), &column.name) {
            let message = format!(
                "FS0028: `{other}` and `{}` are both `{}` in code; rename one of the fields",
                column.name,
                column.name.to_shouty_snake_case()
            );
            errors.at(column.ident, message);
        }
    }
}
