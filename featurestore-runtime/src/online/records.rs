//! What a project keeps by name about its views' rows: the records' names, their texts, and how
//! these are read. `docs/online-format.md` has them too.

#[cfg(any(feature = "duckdb", feature = "test-util"))]
use chrono::SecondsFormat;

#[cfg(any(feature = "redis", feature = "embedded"))]
use super::project_prefix;
use super::{OnlineError, OnlineStore};
#[cfg(feature = "duckdb")]
use crate::time::format_timestamp;
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
    /// What a run finds or leaves before it writes, and finds again at its end where nothing was lost
    /// in between: any text.
    Mark,
    /// The layouts that runs had for its rows, in the order in which they were first met: their schema ids in hex.
    #[cfg_attr(not(feature = "duckdb"), allow(dead_code))] // only runs look at it
    Layouts,
    /// What the last run took and rejected: an [`Outcome`].
    Outcome,
    /// That a window view was loaded: a [`Load`].
    Window,
    /// Who works on the view: a text that changes with each renewal, see [`lease_text`].
    #[cfg(feature = "duckdb")]
    Lease,
}

impl Record {
    /// Those that say that rows are there, and so go before the rows do.
    pub(crate) const OF_ROWS: [Self; 7] = [
        Self::Watermark,
        Self::Run,
        Self::Push,
        Self::Mark,
        Self::Layouts,
        Self::Outcome,
        Self::Window,
    ];

    /// The name of the record for the view with this field.
    pub(crate) fn name(self, field: &str) -> String {
        let kind = match self {
            Self::Watermark => "watermark",
            Self::Run => "run",
            Self::Push => "push",
            Self::Mark => "mark",
            Self::Layouts => "layouts",
            Self::Outcome => "outcome",
            Self::Window => "window",
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

    /// Puts a text into a record, whatever it says.
    #[cfg(any(feature = "duckdb", feature = "test-util"))]
    pub(crate) async fn put(
        &self,
        record: Record,
        field: &str,
        new: &str,
    ) -> Result<(), OnlineError> {
        loop {
            let old = self.text(record, field).await?;
            if self.swap(record, field, old.as_deref(), Some(new)).await? {
                return Ok(());
            }
        }
    }

    /// What the last run of a view took and rejected. A text that is none says nothing.
    pub(crate) async fn outcome(&self, field: &str) -> Result<Option<Outcome>, OnlineError> {
        let text = self.text(Record::Outcome, field).await?;
        Ok(text.as_deref().and_then(Outcome::parse))
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

/// That a window view was loaded: an entity without a state has no events. Its text is
/// `{state id} {time} {mark}`, the id in 7 hex digits, the time up to which events were loaded, in UTC with
/// microseconds, and the mark any text that differs where the view was loaded anew after its states were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Load {
    /// Of which declaration the states are.
    pub(crate) state_id: u32,
    /// Up to when events were loaded: of no earlier time is anything known.
    pub(crate) until: Timestamp,
    pub(crate) mark: String,
}

impl Load {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once(' ')?;
        let (until, mark) = rest.split_once(' ')?;
        Some(Self {
            state_id: u32::from_str_radix(id, 16).ok()?,
            until: parse_timestamp(until)?,
            mark: mark.to_owned(),
        })
    }

    /// Whether both are of states that were made by one declaration and not lost between.
    pub(crate) fn is_of_states_of(&self, other: &Self) -> bool {
        (self.state_id, &self.mark) == (other.state_id, &other.mark)
    }

    #[cfg(any(feature = "duckdb", feature = "test-util"))]
    pub(crate) fn text(&self) -> String {
        let until = self.until.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{:07x} {until} {}", self.state_id, self.mark)
    }
}

/// What the last run of a view took and rejected. Its text is `{time} {read} {rejected}`, the time up
/// to which rows counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) until: Timestamp,
    pub(crate) read: u64,
    pub(crate) rejected: u64,
}

impl Outcome {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        Some(Self {
            until: parse_timestamp(parts.next()?)?,
            read: parts.next()?.parse().ok()?,
            rejected: parts.next()?.parse().ok()?,
        })
    }

    #[cfg(feature = "duckdb")]
    pub(crate) fn text(&self) -> String {
        let until = format_timestamp(self.until);
        format!("{until} {} {}", self.read, self.rejected)
    }
}

/// A view's watermark: its rows with `event + settling` up to it are in the online store, as far as
/// the source had them. Its text is `{time} {fingerprint}`, the time in UTC with microseconds, the
/// fingerprint of what the view meant then; where rows that came late were last looked for at an earlier
/// end, that follows.
#[cfg(feature = "duckdb")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watermark {
    pub(crate) time: Timestamp,
    pub(crate) fingerprint: u64,
    /// The end of the last run that took late rows: an interval takes none.
    pub(crate) late: Timestamp,
}

#[cfg(feature = "duckdb")]
impl Watermark {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let time = parse_timestamp(parts.next()?)?;
        let watermark = Self {
            time,
            fingerprint: u64::from_str_radix(parts.next()?, 16).ok()?,
            late: parts.next().map_or(Some(time), parse_timestamp)?,
        };
        parts.next().is_none().then_some(watermark)
    }

    pub(crate) fn text(&self) -> String {
        let micros = |time: Timestamp| time.to_rfc3339_opts(SecondsFormat::Micros, true);
        let text = format!("{} {:016x}", micros(self.time), self.fingerprint);
        if self.late == self.time {
            return text;
        }
        format!("{text} {}", micros(self.late))
    }
}

/// The time that is this many microseconds earlier.
#[cfg(feature = "duckdb")]
pub(crate) fn before(time: Timestamp, micros: i64) -> Timestamp {
    let earlier = time.timestamp_micros().saturating_sub(micros);
    Timestamp::from_timestamp_micros(earlier).unwrap_or(Timestamp::MIN_UTC)
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
    use proptest::prelude::*;

    use super::*;

    /// Bytes near what a record has, and any.
    fn record() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[-+]?[0-9]{0,12}[-0-9TZ:. +]{0,30}( [0-9a-fg+-]{0,20})?".prop_map(String::into_bytes),
            (0..43_usize, any::<u8>()).prop_map(|(index, byte)| {
                let mut text = b"2026-05-07T22:00:00.000000Z 00000000000000ff".to_vec();
                text[index] = byte;
                text
            }),
        ]
    }

    proptest! {
        #![proptest_config(featurestore_properties::cases(4000))]

        #[test]
        fn no_bytes_of_a_record_end_a_reader(bytes in record()) {
            let Ok(text) = record_text("here", "name", &bytes) else {
                prop_assert!(std::str::from_utf8(&bytes).is_err());
                return Ok(());
            };
            let _ = time(&text);
            if let Some(watermark) = Watermark::parse(&text) {
                let again = Watermark::parse(&watermark.text()).map(|again| again.text());
                prop_assert!(again.is_none_or(|again| again == watermark.text()), "{text}");
                for micros in [i64::MIN, -1, 0, 1, i64::MAX] {
                    let _ = before(watermark.late, micros);
                }
            }
        }
    }

    #[test]
    fn a_watermark_reads_back_from_its_text() {
        for (time, late, text) in [
            (
                "2026-05-07T22:00:00Z",
                "2026-05-07T22:00:00Z",
                "2026-05-07T22:00:00.000000Z 00000000000000ff",
            ),
            (
                "1969-12-31T23:59:59.999999Z",
                "1969-12-31T23:00:00Z",
                "1969-12-31T23:59:59.999999Z 00000000000000ff 1969-12-31T23:00:00.000000Z",
            ),
        ] {
            let watermark = Watermark {
                time: time.parse().unwrap(),
                fingerprint: 255,
                late: late.parse().unwrap(),
            };
            assert_eq!(watermark.text(), text);
            assert_eq!(Watermark::parse(text), Some(watermark));
        }
        for text in [
            "",
            "2026-05-07",
            "2026-05-07 22:00",
            "x 00ff",
            "2026-05-07T22:00:00Z 00ff x",
            "2026-05-07T22:00:00Z 00ff 2026-05-07T22:00:00Z 1",
        ] {
            assert_eq!(Watermark::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_outcome_reads_back_from_its_text() {
        let outcome = Outcome {
            until: "2026-05-07T22:00:00Z".parse().unwrap(),
            read: 12,
            rejected: 3,
        };
        assert_eq!(outcome.text(), "2026-05-07T22:00:00Z 12 3");
        assert_eq!(Outcome::parse(&outcome.text()), Some(outcome));
        assert_eq!(Outcome::parse("2026-05-07T22:00:00Z 12"), None);
    }
}
