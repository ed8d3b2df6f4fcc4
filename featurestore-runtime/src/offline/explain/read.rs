//! Making an explanation: the rows of the key, and by which rule each lost.

use std::time::Duration;

use arrow::record_batch::RecordBatch;
use featurestore_schema::{Dtype, listing};

use super::query::{BEFORE_FEATURES, KeyRows, Side};
use super::{Explain, ExplainedFeature, Explanation, LostRow, Place, Reason, SourceRow};
use super::{OfflineError, ViewExplanation};
use crate::codec::write_value;
use crate::error::Error;
use crate::lookup::Status;
use crate::offline::{CellError, Cells, OfflineSettings, Session, TIME_LIMIT, run, view_relation};
use crate::service::{ServiceDefinition, ServiceFeature};
use crate::time::{Timestamp, format_timestamp};
use crate::types::{JsonRef, Value};
use crate::view::ViewDefinition;

const MICRO: i128 = 1_000;
const SECOND: i128 = 1_000_000_000;

/// A row with its times in nanoseconds since 1970, as they are compared.
struct Exact {
    event: i128,
    created: Option<i128>,
    place: Place,
    values: Vec<Option<Value>>,
}

pub(super) async fn explain(asked: Explain) -> Result<Explanation, Error> {
    let join_keys = asked.service.join_keys();
    check_key(&asked.key, &join_keys)?;
    check_time(asked.at)?;
    run(OfflineSettings::default(), move |session| {
        let mut views = Vec::with_capacity(asked.service.views().len());
        for (place, view) in asked.service.views().enumerate() {
            views.push(asked.view(session, place, view)?);
        }
        let names = join_keys.into_iter().map(|(name, _)| name);
        Ok(Explanation {
            service: asked.service.name(),
            keys: names.zip(asked.key).collect(),
            at: asked.at,
            views,
        })
    })
    .await
}

impl Explain {
    fn view(
        &self,
        session: &Session,
        place: usize,
        view: &'static ViewDefinition,
    ) -> Result<ViewExplanation, Error> {
        let source = view_relation(session, view, self.store.paths())?;
        let used = used_features(self.service, place);
        let columns: Vec<usize> = used.iter().map(|feature| feature.column()).collect();
        let key = key_of(view, &self.service.join_keys(), &self.key)?;
        let now = nanos(self.at);
        let settling = i128::from(view.settling_micros().min(TIME_LIMIT)) * MICRO;
        let oldest = view.ttl_micros();
        let oldest = oldest.map(|ttl| now - i128::from(ttl.min(2 * TIME_LIMIT)) * MICRO);
        let rows = KeyRows {
            view,
            source: &source,
            key: &key,
            known: now - settling,
            columns: &columns,
        };
        let mut explained = ViewExplanation::of(view, source.relation.text.clone());
        let (count, without_time, event_times) = summary(session, &rows, false)?;
        explained.rows = count;
        explained.without_time = without_time;
        explained.event_times = event_times;
        if count == 0 {
            (_, _, explained.source_times) = summary(session, &rows, true)?;
        }
        let mut known = read(
            session,
            &rows,
            Side::Known,
            self.candidates.saturating_add(1),
        )?;
        let later = read(session, &rows, Side::Later, self.candidates)?;
        let live = |row: &Exact| oldest.is_none_or(|oldest| row.event >= oldest);
        let winner = known.first().is_some_and(live).then(|| known.remove(0));
        explained.status = match (&winner, known.first()) {
            (Some(_), _) => Status::Found,
            (None, Some(_)) => Status::Expired,
            (None, None) => Status::Missing,
        };
        // Without a winner there is one row more than was asked for.
        known.truncate(usize::try_from(self.candidates).unwrap_or(usize::MAX));
        for row in later.into_iter().rev() {
            let by = row.event - now;
            let known_from = instant(row.event.saturating_add(settling));
            let reason = if by > 0 {
                Reason::After { by: span(by) }
            } else {
                Reason::NotSettled { known_from }
            };
            explained.lost.push(row.lost(now, reason));
        }
        for row in known {
            let reason = match (oldest, &winner) {
                (Some(oldest), _) if row.event < oldest => {
                    let by = span(oldest - row.event);
                    Reason::Expired { by }
                }
                (_, Some(winner)) => row.loses_to(winner),
                // The first row would have won.
                (_, None) => continue,
            };
            explained.lost.push(row.lost(now, reason));
        }
        explained.winner = winner.map(|row| row.shown(now));
        explained.features = used
            .iter()
            .enumerate()
            .map(|(index, feature)| explained.feature(view, feature, index))
            .collect();
        Ok(explained)
    }
}

impl ViewExplanation {
    fn feature(
        &self,
        view: &'static ViewDefinition,
        feature: &ServiceFeature,
        index: usize,
    ) -> ExplainedFeature {
        let taken = self.winner.as_ref().and_then(|row| row.values.get(index));
        let value = taken.cloned().flatten();
        let status = match (self.status, &value) {
            (Status::Found, None) => Status::Null,
            (status, _) => status,
        };
        let default = if value.is_none() {
            feature.default()
        } else {
            None
        };
        let column = view.columns().get(feature.column());
        ExplainedFeature {
            name: feature.name(),
            column: column.map_or("", |column| column.source_column()),
            status,
            from_default: default.is_some(),
            value: value.or(default),
        }
    }
}

impl Exact {
    fn loses_to(&self, winner: &Self) -> Reason {
        if self.event < winner.event {
            let by = span(winner.event - self.event);
            return Reason::Older { by };
        }
        match (self.created, winner.created) {
            (Some(own), Some(other)) if own < other => {
                let by = Some(span(other - own));
                Reason::CreatedEarlier { by }
            }
            (None, Some(_)) => Reason::CreatedEarlier { by: None },
            _ => Reason::EarlierInSource,
        }
    }

    fn lost(self, now: i128, reason: Reason) -> LostRow {
        let row = self.shown(now);
        LostRow { row, reason }
    }

    fn shown(self, now: i128) -> SourceRow {
        SourceRow {
            event_timestamp: instant(self.event),
            created_timestamp: self.created.map(instant),
            age: (self.event <= now).then(|| span(now - self.event)),
            place: self.place,
            values: self.values,
        }
    }
}

fn check_key(key: &[Value], wanted: &[(&'static str, Dtype)]) -> Result<(), Error> {
    for (index, (name, dtype)) in wanted.iter().enumerate() {
        let value = key.get(index).ok_or_else(|| Error::MissingKey {
            key: (*name).to_owned(),
            wanted: listing(wanted.iter().map(|(name, _)| *name)),
        })?;
        // A value that can be written as the dtype is one.
        value
            .borrow(*dtype)
            .and_then(|value| write_value(*dtype, value, &mut Vec::new()))
            .map_err(|error| Error::Key {
                key: (*name).to_owned(),
                error,
            })?;
    }
    Ok(())
}

fn check_time(at: Timestamp) -> Result<(), Error> {
    if (-TIME_LIMIT..=TIME_LIMIT).contains(&at.timestamp_micros()) {
        return Ok(());
    }
    let at = format_timestamp(at);
    Err(Error::Setting {
        setting: "the time to explain",
        reason: format!(
            "{at} is more than 126,000 years from 1970, which no join compares; give an earlier one"
        ),
    })
}

/// The values of a view's join keys, in its order.
fn key_of<'a>(
    view: &ViewDefinition,
    names: &[(&'static str, Dtype)],
    key: &'a [Value],
) -> Result<Vec<&'a Value>, Error> {
    let value = |name: &str| {
        let place = names.iter().position(|(other, _)| *other == name);
        place.and_then(|place| key.get(place))
    };
    let values = view.join_keys().iter().map(|own| {
        value(own.name()).ok_or_else(|| Error::MissingKey {
            key: own.name().to_owned(),
            wanted: listing(names.iter().map(|(name, _)| *name)),
        })
    });
    values.collect()
}

/// The service's features of its view at `place`.
fn used_features(service: &ServiceDefinition, place: usize) -> Vec<&'static ServiceFeature> {
    let features = service.features().iter();
    features.filter(|feature| feature.view() == place).collect()
}

type Summary = (u64, u64, Option<(Timestamp, Timestamp)>);

fn summary(session: &Session, rows: &KeyRows<'_>, whole: bool) -> Result<Summary, Error> {
    let (sql, params) = rows.summary(whole);
    let batches = session.batches(&sql, &params);
    let batches = batches.map_err(|error| rows.failure(&error))?;
    let mut numbers = [None; 4];
    if let Some(batch) = batches.first().filter(|batch| batch.num_rows() > 0) {
        for (number, column) in numbers.iter_mut().zip(batch.columns()) {
            let cells =
                Cells::new(column, Dtype::I64).map_err(|error| rows.cell("a count", &error))?;
            *number = integer(&cells, 0).map_err(|error| rows.cell("a count", &error))?;
        }
    }
    let [count, unusable, first, last] = numbers;
    let counted = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let micros = |number: i64| instant(i128::from(number) * MICRO);
    let times = first
        .zip(last)
        .map(|(first, last)| (micros(first), micros(last)));
    Ok((counted(count), counted(unusable), times))
}

fn read(session: &Session, rows: &KeyRows<'_>, side: Side, most: u64) -> Result<Vec<Exact>, Error> {
    let (sql, params) = rows.nearest(side, most);
    let batches = session.batches(&sql, &params);
    let batches = batches.map_err(|error| rows.failure(&error))?;
    let mut read = Vec::new();
    for batch in &batches {
        rows.take(batch, &mut read)?;
    }
    Ok(read)
}

impl KeyRows<'_> {
    fn take(&self, batch: &RecordBatch, read: &mut Vec<Exact>) -> Result<(), Error> {
        let before = [
            Dtype::I64,
            Dtype::I64,
            Dtype::I64,
            Dtype::I64,
            Dtype::String,
            Dtype::I64,
        ];
        let columns = self
            .columns
            .iter()
            .map(|index| &self.view.columns()[*index]);
        let dtypes: Vec<(&str, Dtype)> = before
            .into_iter()
            .map(|dtype| ("a row's times and place", dtype))
            .chain(columns.map(|column| (column.source_column(), lenient(column.dtype()))))
            .collect();
        let cells = batch.columns().iter().zip(&dtypes);
        let cells: Vec<Cells<'_>> = cells
            .map(|(array, (name, dtype))| {
                Cells::new(array, *dtype).map_err(|error| self.cell(name, &error))
            })
            .collect::<Result<_, _>>()?;
        let Some((before, features)) = cells.split_at_checked(BEFORE_FEATURES) else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            let number = |index: usize| {
                let number = integer(&before[index], row);
                number.map_err(|error| self.cell(dtypes[index].0, &error))
            };
            let exact = |micros: i64, beyond: Option<i64>| {
                i128::from(micros) * MICRO + i128::from(beyond.unwrap_or_default())
            };
            let file = before[4]
                .get(row)
                .map_err(|error| self.cell("the file's name", &error))?;
            let mut values = Vec::with_capacity(features.len());
            for (index, cells) in features.iter().enumerate() {
                let (name, read_as) = dtypes[BEFORE_FEATURES + index];
                let value = cells.get(row).map_err(|error| self.cell(name, &error))?;
                let declared = self.view.columns()[self.columns[index]].dtype();
                values.push(value.map(|value| declared_value(value.to_owned(read_as), declared)));
            }
            let beyond_created = number(3)?;
            read.push(Exact {
                event: exact(number(0)?.unwrap_or_default(), number(1)?),
                created: number(2)?.map(|micros| exact(micros, beyond_created)),
                place: Place {
                    file: file.map(|file| file.text(Dtype::String).into_owned()),
                    row: number(5)?
                        .and_then(|row| u64::try_from(row).ok())
                        .unwrap_or_default(),
                },
                values,
            });
        }
        Ok(())
    }

    fn cell(&self, column: &str, error: &CellError) -> OfflineError {
        OfflineError::Query {
            doing: format!("explaining view `{}`: reading `{column}`", self.view.name()),
            reason: error.to_string(),
        }
    }
}

/// The dtype that a feature is read as: what a check or an enum refuses is to be seen here, so
/// enums and JSON are texts, and lists have nulls and any length.
fn lenient(dtype: Dtype) -> Dtype {
    const TEXT: &Dtype = &Dtype::String;
    match dtype {
        Dtype::Enum(_) | Dtype::Json => Dtype::String,
        Dtype::List { item, .. } => Dtype::List {
            item: match item {
                Dtype::Enum(_) | Dtype::Json => TEXT,
                item => item,
            },
            nullable: true,
        },
        Dtype::Array(_) => Dtype::List {
            item: &Dtype::F32,
            nullable: true,
        },
        dtype => dtype,
    }
}

/// A value that was read leniently, as one of its declared dtype where it can be one.
fn declared_value(value: Value, dtype: Dtype) -> Value {
    match (dtype, value) {
        (Dtype::Json, Value::Str(text)) if JsonRef::new(&text).is_ok() => Value::Json(text),
        (_, value) => value,
    }
}

fn integer(cells: &Cells<'_>, row: usize) -> Result<Option<i64>, CellError> {
    Ok(match cells.get(row)? {
        Some(crate::types::ValueRef::Int(number)) => Some(number),
        _ => None,
    })
}

/// Nanoseconds since 1970, exact.
fn nanos(time: Timestamp) -> i128 {
    i128::from(time.timestamp()) * SECOND + i128::from(time.timestamp_subsec_nanos())
}

/// The instant so many nanoseconds after 1970; the calendar's last or first one where it ends.
fn instant(nanos: i128) -> Timestamp {
    let beyond = if nanos < 0 {
        Timestamp::MIN_UTC
    } else {
        Timestamp::MAX_UTC
    };
    i64::try_from(nanos.div_euclid(SECOND))
        .ok()
        .zip(u32::try_from(nanos.rem_euclid(SECOND)).ok())
        .and_then(|(seconds, nanos)| Timestamp::from_timestamp(seconds, nanos))
        .unwrap_or(beyond)
}

/// Nanoseconds as a span; none where they are negative.
fn span(nanos: i128) -> Duration {
    let seconds = u64::try_from(nanos / SECOND).unwrap_or_default();
    let rest = u32::try_from(nanos % SECOND).unwrap_or_default();
    Duration::new(seconds, rest)
}
