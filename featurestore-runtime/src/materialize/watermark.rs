//! What a view is materialized up to, kept beside its rows: `{time} {fingerprint}`, the time in
//! UTC with microseconds, the fingerprint of what the view meant then.

use chrono::SecondsFormat;

use super::window::Window;
use crate::error::Error;
use crate::online::OnlineError;
use crate::store::FeatureStore;
use crate::time::{Timestamp, parse_timestamp};
use crate::upkeep::watermark_name;
use crate::view::ViewDefinition;

/// A view's watermark: its rows with `event + settling` up to it are in the online store, as far as
/// the source had them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Watermark {
    pub(super) time: Timestamp,
    pub(super) fingerprint: u64,
}

impl Watermark {
    fn parse(text: &str) -> Option<Self> {
        let (time, fingerprint) = text.split_once(' ')?;
        Some(Self {
            time: parse_timestamp(time)?,
            fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
        })
    }

    fn text(&self) -> String {
        let time = self.time.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{time} {:016x}", self.fingerprint)
    }

    /// The time that is this many microseconds earlier.
    pub(super) fn before(&self, micros: i64) -> Timestamp {
        let earlier = self.time.timestamp_micros().saturating_sub(micros);
        Timestamp::from_timestamp_micros(earlier).unwrap_or(Timestamp::MIN_UTC)
    }
}

/// A view's watermark.
pub(super) async fn read(
    store: &FeatureStore,
    view: &ViewDefinition,
) -> Result<Option<Watermark>, Error> {
    let found = stored(store, view).await?;
    Ok(found.map(|(_, watermark)| watermark))
}

async fn stored(
    store: &FeatureStore,
    view: &ViewDefinition,
) -> Result<Option<(String, Watermark)>, Error> {
    let name = watermark_name(view);
    let Some(text) = store.online().record(store.project(), &name).await? else {
        return Ok(None);
    };
    match Watermark::parse(&text) {
        Some(watermark) => Ok(Some((text, watermark))),
        None => Err(OnlineError::Foreign {
            location: store.online().location(),
            reason: format!(
                "the project's record `{name}` is `{text}`, not a time and a fingerprint"
            ),
        }
        .into()),
    }
}

/// Moves a view's watermark to the end of what was written, unless that leaves a gap or moves it
/// back. Gives the watermark that is there then.
pub(super) async fn advance(
    store: &FeatureStore,
    view: &ViewDefinition,
    window: &Window,
) -> Result<Option<Timestamp>, Error> {
    let own = Watermark {
        time: window.until,
        fingerprint: fingerprint(view),
    };
    let (name, new) = (watermark_name(view), own.text());
    loop {
        let old = stored(store, view).await?;
        let known = old.as_ref().map(|(_, watermark)| *watermark);
        let reaches = match (window.from, known) {
            (None, _) => true,
            (Some(_), None) => false,
            // Rows that had not settled at the watermark are not there yet.
            (Some(from), Some(known)) => {
                known.fingerprint == own.fingerprint && from <= known.before(view.settling_micros())
            }
        };
        let ahead = known.is_some_and(|known| known == own || known.time > own.time);
        if !reaches || ahead {
            return Ok(known.map(|known| known.time));
        }
        let old = old.as_ref().map(|(text, _)| text.as_str());
        let swapped = store
            .online()
            .swap_record(store.project(), &name, old, Some(&new));
        if swapped.await? {
            return Ok(Some(own.time));
        }
    }
}

/// A number that differs where rows that were written would be written differently now: the layout,
/// the source and the columns read from it, times, settling delay and checks.
pub(super) fn fingerprint(view: &ViewDefinition) -> u64 {
    let keys: Vec<String> = view
        .join_keys()
        .iter()
        .map(|key| format!("{} {}", key.name(), key.dtype()))
        .collect();
    let checks: Vec<String> = view
        .columns()
        .iter()
        .flat_map(|column| column.checks().iter())
        .map(ToString::to_string)
        .collect();
    let text = format!(
        "{}\n{}\n{}\n{}\n{:?}\n{}\n{}\n{}",
        keys.join("\n"),
        view.layout(),
        view.source(),
        view.projection(),
        view.created_column(),
        view.timestamp_column(),
        view.settling_micros(),
        checks.join("\n"),
    );
    // FNV-1a, which is the same in every build.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
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
