//! Bounds of times, as constants of a column's own type.

use featurestore_schema::{SourceDtype, TimeUnit};

use crate::offline::duckdb::session::sql::quote;
use crate::offline::duckdb::source::columns::{SourceColumn, time, unproven};
use crate::pit::TIME_LIMIT;

/// Whether a time is there, and neither infinite nor as good as that, also where the files'
/// statistics say so.
pub(super) fn usable(column: &SourceColumn) -> String {
    let micros = unproven(&time(&quote(&column.name), &column.dtype, false));
    format!("{micros} BETWEEN -{TIME_LIMIT} AND {TIME_LIMIT}")
}

/// A time that is usable, else null.
pub(super) fn usable_time(column: &SourceColumn, nanos: bool) -> String {
    let time = time(&quote(&column.name), &column.dtype, nanos);
    format!("CASE WHEN {} THEN {time} END", usable(column))
}

/// A constant of a time column's own type, so that a filter with it is the scan's: no later than
/// `micros` or, where `up`, no earlier. Nothing where the type ends before it.
pub(super) fn bound(dtype: &SourceDtype, micros: i64, up: bool) -> Option<String> {
    // A coarser type's constant may be rounded either way.
    let beside = |unit: i64| {
        if up {
            micros.saturating_add(unit)
        } else {
            micros.saturating_sub(unit)
        }
    };
    let at = |micros: i64| format!("make_timestamp({})", micros.clamp(-TIME_LIMIT, TIME_LIMIT));
    match dtype {
        SourceDtype::Timestamp {
            unit: TimeUnit::Nanos,
            ..
        } => {
            let nanos = beside(1).checked_mul(1000)?;
            Some(format!("make_timestamp_ns({nanos})"))
        }
        SourceDtype::Timestamp {
            unit: TimeUnit::Seconds,
            ..
        } => Some(format!("CAST({} AS TIMESTAMP_S)", at(beside(1_000_000)))),
        SourceDtype::Timestamp {
            unit: TimeUnit::Millis,
            ..
        } => Some(format!("CAST({} AS TIMESTAMP_MS)", at(beside(1000)))),
        SourceDtype::Timestamp { zoned: true, .. } => {
            Some(format!("CAST({} AS TIMESTAMPTZ)", at(micros)))
        }
        SourceDtype::Timestamp { .. } => Some(at(micros)),
        SourceDtype::Date => Some(format!("CAST({} AS DATE)", at(beside(86_400_000_000)))),
        _ => None,
    }
}
