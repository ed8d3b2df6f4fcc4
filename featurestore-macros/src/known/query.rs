//! A view's query in a file of its own.

use std::path::PathBuf;

use syn::LitStr;

use super::Package;
use crate::errors::Errors;

/// A query from a file, as if its text stood in place of the file's name.
pub(crate) struct QueryFile {
    pub(crate) text: LitStr,
    pub(crate) path: PathBuf,
}

impl QueryFile {
    /// Reads the file, which is below the crate's directory. Its text has the line breaks of Rust's own
    /// texts, so that a checkout with others has the same entry in the lock.
    pub(crate) fn read(name: &LitStr, package: Option<&Package>, errors: &Errors) -> Option<Self> {
        let directory = package
            .map(|package| package.directory.clone())
            .unwrap_or_default();
        let path = directory.join(name.value());
        let text = std::fs::read_to_string(&path).map_err(|error| {
            let message = format!(
                "FS0075: the query's file `{}` can't be read ({error}); its path starts at the crate's directory",
                name.value()
            );
            errors.at(name, message);
        });
        let text = text.ok()?.replace("\r\n", "\n");
        let text = LitStr::new(text.trim_end(), name.span());
        Some(Self { text, path })
    }
}
