//! What a view's declarations may not contradict, a function per rule.

use std::collections::HashMap;

use featurestore_schema::nearest;

use super::model::View;
use crate::errors::Errors;

pub(super) fn check(view: &View<'_>, errors: &Errors) {
    not_generic(view, errors);
    has_keys(view, errors);
    keys_are_fields(view, errors);
    has_a_timestamp(view, errors);
    created_is_a_field(view, errors);
    has_features(view, errors);
    source_columns_differ(view, errors);
    only_features_have_checks(view, errors);
    mostly_needs_a_check(view, errors);
    version_counts_from_one(view, errors);
    name_is_plain(view, errors);
}

/// A view is one table; a type parameter would make many of one declaration.
fn not_generic(view: &View<'_>, errors: &Errors) {
    if !view.input.generics.params.is_empty() {
        errors.at(
            &view.input.generics,
            "a feature view can't be generic; declare a struct per view",
        );
    }
}

fn has_keys(view: &View<'_>, errors: &Errors) {
    match &view.entity {
        None => errors.at(
            &view.input.ident,
            "no entity; add `entity = \"..\"` with the name of the join key's field",
        ),
        Some(names) if names.is_empty() => {
            errors.at(
                &view.input.ident,
                "`entity` is empty; name the join key's field",
            );
        }
        Some(names) => {
            for (index, name) in names.iter().enumerate() {
                if names[..index]
                    .iter()
                    .any(|other| other.value() == name.value())
                {
                    errors.at(name, format!("`{}` stands twice in `entity`", name.value()));
                }
            }
        }
    }
}

fn keys_are_fields(view: &View<'_>, errors: &Errors) {
    for name in view.entity.iter().flatten() {
        if !view.keys.iter().any(|key| key.name == name.value()) {
            errors.at(name, no_field(view, "entity", &name.value()));
        }
    }
}

fn has_a_timestamp(view: &View<'_>, errors: &Errors) {
    if view.timestamp.is_some() {
        return;
    }
    match &view.named_timestamp {
        Some(name) => errors.at(name, no_field(view, "timestamp", &name.value())),
        None => errors.at(
            &view.input.ident,
            "no event timestamp; add a field `event_timestamp: Timestamp`, or name one with `timestamp = \"..\"`",
        ),
    }
}

fn created_is_a_field(view: &View<'_>, errors: &Errors) {
    if let (Some(name), None) = (&view.named_created, &view.created) {
        errors.at(name, no_field(view, "created", &name.value()));
    }
}

fn has_features(view: &View<'_>, errors: &Errors) {
    if view.features.is_empty() && view.timestamp.is_some() {
        errors.at(
            &view.input.ident,
            "no features; every field besides the join keys and the timestamps is one",
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
                "`{other}` and `{}` are both the source's column `{source}`; a column is read once",
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
                    "`{name}` is for features, and `{}` is a join key or a timestamp",
                    column.name
                ),
            );
        }
    }
}

fn mostly_needs_a_check(view: &View<'_>, errors: &Errors) {
    for column in &view.features {
        let args = &column.args;
        if args.mostly.is_some() && args.range.is_none() && args.one_of.is_none() {
            let name = args
                .of_features
                .iter()
                .find(|name| *name == crate::names::MOSTLY);
            errors.at(
                name,
                "`mostly` softens a check, and there is none; add `range` or `one_of`",
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
        errors.at(version, "`version` counts from 1");
    }
}

/// The name is a field of online hashes and a part of `view:feature` and of lock files.
fn name_is_plain(view: &View<'_>, errors: &Errors) {
    let plain = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    if view.name.is_empty() || !view.name.chars().all(plain) {
        errors.at(
            &view.input.ident,
            format!(
                "`{}` can't name a view; use letters, digits, `_`, `-` and `.`",
                view.name
            ),
        );
    }
}

fn no_field(view: &View<'_>, argument: &str, name: &str) -> String {
    let fields: Vec<&str> = view.columns().map(|column| column.name.as_str()).collect();
    let hint = nearest(name, fields.iter().copied());
    let hint = hint
        .map(|hint| format!(" (did you mean `{hint}`?)"))
        .unwrap_or_default();
    format!(
        "`{argument}` names `{name}`, and there is no such field{hint}; the fields are {}",
        fields.join(", ")
    )
}
