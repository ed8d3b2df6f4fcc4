//! Where a declaration's crate is, its lock, and the switch for drift.

use std::path::{Path, PathBuf};

use featurestore_schema::lock::LOCK_FILE;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;

/// The environment variable that lets a crate with drift compile.
const SWITCH: &str = "FEATURESTORE_DRIFT";

/// The crate's directory, and its lock where there is one.
pub(crate) struct Package {
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

impl Package {
    /// Where the declaration at `span` is.
    pub(crate) fn of(span: Span) -> Option<Self> {
        let file = span
            .unwrap()
            .local_file()
            .and_then(|file| std::path::absolute(file).ok());
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        let (manifest, out) = (variable("CARGO_MANIFEST_DIR"), variable("OUT_DIR"));
        Self::found(file.as_deref(), manifest.as_deref(), out.as_deref())
    }

    /// The crate's directory is the nearest one above the source file that has a `Cargo.toml` or a
    /// lock, and its lock the nearest one up to the workspace's root: in the tests of compile
    /// errors, `CARGO_MANIFEST_DIR` is a generated package somewhere else. Where that has none, or
    /// the file is not known, or was made by a build script, they are looked for from `manifest`.
    fn found(file: Option<&Path>, manifest: Option<&Path>, out: Option<&Path>) -> Option<Self> {
        let written = file.filter(|file| !out.is_some_and(|out| file.starts_with(out)));
        let starts = [written.and_then(Path::parent), manifest];
        let starts = || starts.into_iter().flatten();
        let is_crate = |directory: &&Path| {
            directory.join(LOCK_FILE).is_file() || directory.join("Cargo.toml").is_file()
        };
        let directory = starts()
            .find_map(|start| start.ancestors().find(is_crate))
            .or(manifest)?;
        Some(Self {
            directory: directory.to_path_buf(),
            lock: starts().find_map(lock_above),
        })
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

/// The nearest lock at or above a directory, up to the workspace's root.
fn lock_above(start: &Path) -> Option<(PathBuf, String)> {
    for directory in start.ancestors() {
        let path = directory.join(LOCK_FILE);
        if let Ok(text) = std::fs::read_to_string(&path) {
            return Some((path, text));
        }
        if directory.join("Cargo.lock").is_file() {
            return None;
        }
    }
    None
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
    fn the_lock_is_found_from_the_file_and_else_from_the_package() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        for directory in ["member/src", "other/src", "target/debug/build/member/out"] {
            std::fs::create_dir_all(at(directory)).unwrap();
        }
        for file in [
            "Cargo.toml",
            "Cargo.lock",
            "member/Cargo.toml",
            "other/Cargo.toml",
        ] {
            std::fs::write(at(file), "").unwrap();
        }
        std::fs::write(at("member/featurestore.lock"), "format 1").unwrap();
        let (member, out) = (at("member"), at("target/debug/build/member/out"));
        let found = |file: Option<&str>, manifest: &str| {
            let file = file.map(at);
            let package = Package::found(file.as_deref(), Some(&at(manifest)), Some(&out)).unwrap();
            let lock = package.lock.map(|(path, _)| path);
            (package.directory, lock)
        };
        let of_member = (member.clone(), Some(member.join("featurestore.lock")));
        // As in a file of one's own, so where an editor tells no file, and in code that a build script
        // made, which is included from elsewhere.
        assert_eq!(found(Some("member/src/lib.rs"), "member"), of_member);
        assert_eq!(found(None, "member"), of_member);
        let made = "target/debug/build/member/out/views.rs";
        assert_eq!(found(Some(made), "member"), of_member);
        let shared = found(Some("views.rs"), "member");
        assert_eq!(shared, (at(""), of_member.1.clone()));
        // A lock of another package is none of its own.
        assert_eq!(found(None, "other"), (at("other"), None));
        // The file's comes before the package's.
        assert_eq!(found(Some("member/src/lib.rs"), "other"), of_member);
    }

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
