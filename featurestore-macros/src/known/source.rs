//! The columns of a view's source.

use featurestore_schema::FileFormat;
use featurestore_schema::lock::{SourceColumn, SourceRecord, section};
use proc_macro2::Span;
use syn::LitStr;

use super::Package;
use crate::errors::Errors;

/// A source's columns, and where they are known from.
pub(crate) struct Known {
    pub(crate) record: SourceRecord,
    /// How messages name it: the file, or the lock's section of it.
    pub(crate) name: String,
}

/// Looks up the columns of a source, which messages name as `shown`: of its local files where `path` names some that are there,
/// else as the lock has them. An error where neither knows it.
pub(crate) fn look(
    package: &Package,
    (source, shown): (&LitStr, &str),
    is_path: bool,
    errors: &Errors,
) -> Option<Known> {
    let text = source.value();
    if is_path {
        match live(package, &text) {
            Ok(Some(record)) => return Some(Known { record, name: text }),
            Ok(None) => {}
            Err(message) => {
                errors.at(source, message);
                return None;
            }
        }
    }
    let locked = package
        .lock
        .as_ref()
        .and_then(|(_, lock)| section(lock, "source", &text));
    if let Some(lines) = locked {
        let columns = lines.lines().filter_map(SourceColumn::parse).collect();
        let name = format!("featurestore.lock for {shown}");
        return Some(Known {
            record: SourceRecord {
                columns,
                ..SourceRecord::default()
            },
            name,
        });
    }
    errors.at(source, missing(package, shown, is_path));
    None
}

fn missing(package: &Package, text: &str, is_path: bool) -> String {
    let lock = match &package.lock {
        Some(_) => "featurestore.lock has no section of it",
        None => "there is no featurestore.lock",
    };
    let way_out = "record its columns with the command `lock` where it is at hand (FEATURESTORE_DRIFT=allow lets this crate compile once)";
    if is_path && FileFormat::of(text.as_ref()) == FileFormat::Parquet {
        format!(
            "FS0062: no file `{text}` in the crate's directory, and {lock}; put the file there, or {way_out}"
        )
    } else {
        format!("FS0062: the columns of `{text}` are not known: {lock}; {way_out}")
    }
}

#[cfg(feature = "parquet")]
fn live(package: &Package, text: &str) -> Result<Option<SourceRecord>, String> {
    use featurestore_schema::SourcePath;
    use featurestore_schema::files::FilesError;
    use featurestore_schema::footer::{FooterError, read_source};

    read_source(&SourcePath::declared(&package.directory, text)).map_err(|error| {
        let code = match error {
            FooterError::Files(FilesError::Table { .. }) => "FS0069",
            FooterError::Files(FilesError::Keys { .. }) => "FS0065",
            FooterError::Encrypted { .. } => "FS0064",
            FooterError::Disagree { .. } => "FS0065",
            _ => "FS0063",
        };
        // The path as it was declared, not this machine's.
        let root = format!(
            "{}{}",
            package.directory.display(),
            std::path::MAIN_SEPARATOR
        );
        format!("{code}: {}", error.to_string().replace(&root, ""))
    })
}

#[cfg(not(feature = "parquet"))]
fn live(package: &Package, _: &str) -> Result<Option<SourceRecord>, String> {
    let _ = &package.directory;
    Ok(None)
}

impl Known {
    /// The source's column of a name; an error at `span` that lists what there is where there is
    /// none, or names two that are taken for one; it tells of the source's column that serde calls
    /// it, where there is one.
    pub(crate) fn column(
        &self,
        name: &str,
        span: Span,
        serde: Option<&LitStr>,
        errors: &Errors,
    ) -> Option<SourceColumn> {
        let found = self.record.find(name, &self.name).map_err(|message| {
            let serde = serde.map(|serde| {
                let name = serde.value();
                format!(
                    "; `#[serde(rename = ..)]` is for serde alone, so add `#[column(rename = {name:?})]`"
                )
            });
            let message = format!("{message}{}", serde.unwrap_or_default());
            errors.push(syn::Error::new(span, message));
        });
        found.ok()
    }
}
