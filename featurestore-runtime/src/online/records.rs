//! What a project keeps by name about its views' rows: the records' names, their texts, and how
//! these are read. `docs/online-format.md` has them too.

#[cfg(feature = "duckdb")]
use chrono::SecondsFormat;

#[cfg(any(feature = "redis", feature = "embedded"))]
use super::project_prefix;
use super::{OnlineError, OnlineStore};
use crate::time::{Timestamp, parse_timestamp};

/// What is kept about a view's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Up to which time the source's rows are in the online store: a [`Watermark`].
    Watermark,
    /// When the last run at the view's cadence began that went well: a time.
    Run,
    /// When rows were last pushed, to a minute: a time.
    Push,
    /// Who works on the view: a text that changes with each renewal, see [`lease_text`].
    #[cfg(feature = "duckdb")]
    Lease,
}

impl Record {
    /// Those that say that rows are there, and so go before the rows do.
    pub(crate) const OF_ROWS: [Self; 3] = [Self::Watermark, Self::Run, Self::Push];

    /// The name of the record for the view with this field.
    pub(crate) fn name(self, field: &str) -> String {
        let kind = match self {
            Self::Watermark => "watermark",
            Self::Run => "run",
            Self::Push => "push",
            #[cfg(feature = "duckdb")]
            Self::Lease => "lease",
        };
        format!("{kind}/{field}")
    }
}

/// The records of a project, by the fields of its views.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a> {
    online: &'a dyn OnlineStore,
    project: &'a str,
}

impl<'a> Records<'a> {
    pub(crate) fn new(online: &'a dyn OnlineStore, project: &'a str) -> Self {
        Self { online, project }
    }

    /// A record's text.
    pub(crate) async fn text(
        &self,
        record: Record,
        field: &str,
    ) -> Result<Option<String>, OnlineError> {
        self.online.record(self.project, &record.name(field)).await
    }

    /// The time that a record starts with. A text that does not start with a time says nothing.
    pub(crate) async fn time(
        &self,
        record: Record,
        field: &str,
    ) -> Result<Option<Timestamp>, OnlineError> {
        let text = self.text(record, field).await?;
        Ok(text.as_deref().and_then(time))
    }

    /// Puts `new` in the place of `old`; gives whether it is there now.
    pub(crate) async fn swap(
        &self,
        record: Record,
        field: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Result<bool, OnlineError> {
        let name = record.name(field);
        self.online.swap_record(self.project, &name, old, new).await
    }

    /// Removes a record, whatever it says.
    pub(crate) async fn forget(&self, record: Record, field: &str) -> Result<(), OnlineError> {
        let name = record.name(field);
        while let Some(text) = self.online.record(self.project, &name).await? {
            let swap = self
                .online
                .swap_record(self.project, &name, Some(&text), None);
            swap.await?;
        }
        Ok(())
    }

    /// A view's watermark and its text.
    ///
    /// # Errors
    ///
    /// A text that is no watermark, besides those of the store.
    #[cfg(feature = "duckdb")]
    pub(crate) async fn watermark(
        &self,
        field: &str,
    ) -> Result<Option<(String, Watermark)>, OnlineError> {
        let Some(text) = self.text(Record::Watermark, field).await? else {
            return Ok(None);
        };
        match Watermark::parse(&text) {
            Some(watermark) => Ok(Some((text, watermark))),
            None => Err(OnlineError::Foreign {
                location: self.online.location(),
                reason: format!(
                    "the project's record `{}` is `{text}`, not a time and a fingerprint",
                    Record::Watermark.name(field)
                ),
            }),
        }
    }
}

/// The time that a record's text starts with; nothing where it has none.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    parse_timestamp(text.split(' ').next()?)
}

/// A view's watermark: its rows with `event + settling` up to it are in the online store, as far as
/// the source had them. Its text is `{time} {fingerprint}`, the time in UTC with microseconds, the
/// fingerprint of what the view meant then.
#[cfg(feature = "duckdb")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watermark {
    pub(crate) time: Timestamp,
    pub(crate) fingerprint: u64,
}

#[cfg(feature = "duckdb")]
impl Watermark {
    fn parse(text: &str) -> Option<Self> {
        let (time, fingerprint) = text.split_once(' ')?;
        Some(Self {
            time: parse_timestamp(time)?,
            fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
        })
    }

    pub(crate) fn text(&self) -> String {
        let time = self.time.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{time} {:016x}", self.fingerprint)
    }

    /// The time that is this many microseconds earlier.
    pub(crate) fn before(&self, micros: i64) -> Timestamp {
        let earlier = self.time.timestamp_micros().saturating_sub(micros);
        Timestamp::from_timestamp_micros(earlier).unwrap_or(Timestamp::MIN_UTC)
    }
}

/// The text of a lease: who has it, and how many texts that one has made.
#[cfg(feature = "duckdb")]
pub(crate) fn lease_text(holder: uuid::Uuid, number: u64) -> String {
    format!("{holder}/{number}")
}

/// Where what a project keeps by name stands: `{project}::records`.
#[cfg(any(feature = "redis", feature = "embedded"))]
pub(super) fn records_address(project: &str) -> Vec<u8> {
    let mut address = project_prefix(project);
    address.extend_from_slice(b":records");
    address
}

/// Reads a record's text.
#[cfg(any(feature = "redis", feature = "embedded"))]
pub(super) fn record_text(location: &str, name: &str, text: &[u8]) -> Result<String, OnlineError> {
    let text = std::str::from_utf8(text).map_err(|_| OnlineError::Foreign {
        location: location.to_owned(),
        reason: format!("the project's record `{name}` is not a text"),
    })?;
    Ok(text.to_owned())
}

#[cfg(all(test, feature = "duckdb"))]
mod tests {
    use super::*;

    #[test]
    fn a_watermark_reads_back_from_its_text() {
        for (time, text) in [
            (
                "2026-05-07T22:00:00Z",
                "2026-05-07T22:00:00.000000Z 00000000000000ff",
            ),
            (
                "1969-12-31T23:59:59.999999Z",
                "1969-12-31T23:59:59.999999Z 00000000000000ff",
            ),
        ] {
            let watermark = Watermark {
                time: time.parse().unwrap(),
                fingerprint: 255,
            };
            assert_eq!(watermark.text(), text);
            assert_eq!(Watermark::parse(text), Some(watermark));
        }
        for text in ["", "2026-05-07", "2026-05-07 22:00", "x 00ff"] {
            assert_eq!(Watermark::parse(text), None, "{text}");
        }
    }
}
