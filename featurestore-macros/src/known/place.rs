//! Where a declaration's crate is, its lock, and the switch for drift.

use std::path::{Path, PathBuf};

use featurestore_schema::lock::LOCK_FILE;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;

/// The environment variable that lets a crate with drift compile.
const SWITCH: &str = "FEATURESTORE_DRIFT";

/// The crate's directory, and its lock where there is one.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) lock: Option<(PathBuf, String)>,
}

/// What is done about drift.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drift {
    /// It is an error.
    Deny,
    /// The compiler warns; the store says it when it opens, and works on.
    Warn,
    /// Nothing.
    Allow,
}

impl Place {
    /// The crate's directory is the nearest one above the source file that has a `Cargo.toml` or a
    /// lock, and its lock the nearest one up to the workspace's root: in the tests of compile
    /// errors, `CARGO_MANIFEST_DIR` is a generated package somewhere else.
    pub(crate) fn of(span: Span) -> Option<Self> {
        let file = span
            .unwrap()
            .local_file()
            .and_then(|file| std::path::absolute(file).ok());
        let above: Vec<&Path> = file
            .as_deref()
            .into_iter()
            .flat_map(Path::ancestors)
            .skip(1)
            .collect();
        let is_crate = |directory: &Path| {
            directory.join(LOCK_FILE).is_file() || directory.join("Cargo.toml").is_file()
        };
        let manifest = || std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let found = above.iter().find(|directory| is_crate(directory));
        let directory = found
            .map(|directory| directory.to_path_buf())
            .or_else(manifest)?;
        let root = above
            .iter()
            .position(|directory| directory.join("Cargo.lock").is_file());
        let lock = above
            .iter()
            .take(root.map_or(above.len(), |root| root + 1))
            .find_map(|directory| {
                let path = directory.join(LOCK_FILE);
                std::fs::read_to_string(&path).ok().map(|text| (path, text))
            });
        Some(Self { directory, lock })
    }

    /// Makes the compiler run this expansion again when the lock or the switch changes.
    pub(crate) fn tracked(&self) -> TokenStream {
        let lock = self.lock.as_ref().map(|(path, _)| {
            let path = path.to_string_lossy();
            quote!(
                const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
            )
        });
        quote! {
            #lock
            const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#SWITCH);
        }
    }
}

impl Drift {
    /// What the environment says.
    pub(crate) fn switched(span: Span, errors: &Errors) -> Self {
        let value = std::env::var(SWITCH).unwrap_or_default();
        Self::parse(&value, span, errors)
    }

    fn parse(value: &str, span: Span, errors: &Errors) -> Self {
        match value {
            "" | "deny" => Self::Deny,
            "warn" => Self::Warn,
            "allow" => Self::Allow,
            other => {
                let message = format!(
                    "FS0067: `{SWITCH}` is `{other}`; it is deny (the default), warn or allow"
                );
                errors.push(syn::Error::new(span, message));
                Self::Deny
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_has_three_values_and_any_other_is_an_error_that_denies() {
        let errors = Errors::default();
        for (value, drift) in [
            ("", Drift::Deny),
            ("deny", Drift::Deny),
            ("warn", Drift::Warn),
            ("allow", Drift::Allow),
        ] {
            assert!(Drift::parse(value, Span::call_site(), &errors) == drift);
        }
        assert!(errors.is_empty());
        assert!(Drift::parse("off", Span::call_site(), &errors) == Drift::Deny);
        let message = errors.into_compile_errors().to_string();
        assert!(
            message.contains("FS0067: `FEATURESTORE_DRIFT` is `off`"),
            "{message}"
        );
    }
}
