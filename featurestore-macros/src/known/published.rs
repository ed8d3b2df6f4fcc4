//! A view as it was published, from the lock.

use featurestore_schema::Dtype;
use featurestore_schema::lock::{ViewRecord, section};
use proc_macro2::Span;

use super::Package;
use crate::errors::Errors;

/// What was published of a view, and who reads it.
pub(crate) struct Published {
    record: ViewRecord,
    /// Services and the column of the view that they read.
    used: Vec<(String, String)>,
}

impl Published {
    /// Looks up a view by its name in the lock; nothing where it was not published.
    pub(crate) fn of(package: &Package, view: &str, span: Span, errors: &Errors) -> Option<Self> {
        let (_, lock) = package.lock.as_ref()?;
        let lines = section(lock, "view", view)?;
        let mut record = ViewRecord::default();
        for line in lines.lines() {
            if let Err(reason) = record.add(line) {
                let message = format!(
                    "FS0066: featurestore.lock, view `{view}`, `{line}`: {reason}; write the file anew with `lock`"
                );
                errors.push(syn::Error::new(span, message));
                return None;
            }
        }
        Some(Self {
            record,
            used: used(lock, view),
        })
    }

    /// The columns that a service reads and the view no longer has.
    pub(crate) fn gone<'a>(
        &'a self,
        declared: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        let used = self
            .used
            .iter()
            .map(|(service, column)| (service.as_str(), column.as_str()));
        used.filter(move |(_, column)| {
            self.record.columns.contains_key(*column) && !declared(column)
        })
    }

    /// The published dtype of a column that a service reads, and that service.
    pub(crate) fn used(&self, column: &str) -> Option<(Dtype, &str)> {
        let (service, _) = self.used.iter().find(|(_, used)| used == column)?;
        Some((self.record.columns.get(column)?.dtype, service))
    }
}

/// The services that read a view, each with a column that it reads.
fn used(lock: &str, view: &str) -> Vec<(String, String)> {
    let mut used = Vec::new();
    let mut service = None;
    for line in lock.lines() {
        if line.starts_with('[') {
            service = line
                .strip_prefix("[service ")
                .and_then(|name| name.strip_suffix(']'));
        } else if let Some(service) = service {
            let mut words = line.split(' ');
            if let (Some(_), Some(of), Some(column)) = (words.next(), words.next(), words.next())
                && of == view
            {
                used.push((service.to_owned(), column.to_owned()));
            }
        }
    }
    used
}
