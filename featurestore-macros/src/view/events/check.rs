//! What an event source's declarations may not contradict.

use syn::LitStr;

use super::args::EventArgs;
use crate::errors::Errors;
use crate::view::model::{View, no_field};

pub(in crate::view) fn check(view: &View<'_>, args: &EventArgs, errors: &Errors) {
    has_an_id(view, args, errors);
    if let Some(deleted) = &args.deleted {
        is_a_column(view, "FS0084", "deleted", deleted, errors);
    }
}

/// Two events of one time are told apart by it, and a retry from another event.
fn has_an_id(view: &View<'_>, args: &EventArgs, errors: &Errors) {
    let Some(id) = args.id.as_ref().filter(|id| !id.is_empty()) else {
        if args.id.is_some() || !args.id_given {
            let message = "FS0083: no id; add `id = \"..\"` with the field that tells an event from others of its time, or a list of such fields";
            errors.at(&view.input.ident, message);
        }
        return;
    };
    for (index, name) in id.iter().enumerate() {
        if id[..index]
            .iter()
            .any(|other| other.value() == name.value())
        {
            let message = format!("FS0083: `{}` stands twice in `id`; keep one", name.value());
            errors.at(name, message);
        }
        is_a_column(view, "FS0083", "id", name, errors);
    }
}

fn is_a_column(view: &View<'_>, code: &str, argument: &str, name: &LitStr, errors: &Errors) {
    let value = name.value();
    let times = view.timestamp.iter().chain(&view.created);
    if times.clone().any(|column| column.name == value) {
        let message = format!(
            "{code}: `{argument}` names `{value}`, which is a timestamp; give each a field"
        );
        errors.at(name, message);
    } else if !view.features.iter().any(|column| column.name == value) {
        errors.at(name, no_field(view, code, argument, &value));
    }
}
