//! `#[column(..)]` on a view's field.

use syn::{Expr, Field, LitStr};

use super::windows::args::WindowArgs;
use crate::args::Args;
use crate::errors::Errors;
use crate::names;
use crate::number::{Number, number};
use crate::values::ValueArgs;

#[derive(Default)]
pub(super) struct ColumnArgs {
    pub(super) rename: Option<LitStr>,
    pub(super) values: ValueArgs,
    pub(super) mostly: Option<f64>,
    pub(super) window: WindowArgs,
    /// Where `rename` is written, for the checks.
    pub(super) rename_name: Option<syn::Ident>,
    /// The arguments that only features have, for the checks.
    pub(super) of_features: Vec<syn::Ident>,
}

impl ColumnArgs {
    pub(super) fn of(field: &Field, errors: &Errors) -> Self {
        let args = Args::of(&field.attrs, names::COLUMN, names::COLUMN_ARGS, errors);
        let of_features = names::COLUMN_ARGS
            .iter()
            .filter(|name| ![names::RENAME, names::DESCRIPTION].contains(name))
            .filter_map(|name| args.find(name).map(|arg| arg.name.clone()));
        Self {
            rename: args.text(names::RENAME),
            values: ValueArgs::of(&args, errors),
            mostly: args
                .find(names::MOSTLY)
                .and_then(|arg| share(&arg.value, errors)),
            window: WindowArgs::of(&args, errors),
            rename_name: args.find(names::RENAME).map(|arg| arg.name.clone()),
            of_features: of_features.collect(),
        }
    }
}

fn share(value: &Expr, errors: &Errors) -> Option<f64> {
    const EXPECTED: &str = "`mostly` is a share from 0 to 1, as in `mostly = 0.99`";
    let share = number(value, EXPECTED).map(Number::to_f64);
    let share = share.and_then(|share| {
        let is_share = (0.0..=1.0).contains(&share);
        let error = || syn::Error::new_spanned(value, EXPECTED);
        is_share.then_some(share).ok_or_else(error)
    });
    errors.take("FS0025", share)
}
