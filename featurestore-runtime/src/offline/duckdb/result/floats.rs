//! Floats that are equal and differ in their bits: zeros in the sign, NaNs in the payload. Of those
//! the dictionaries that `DuckDB` writes into Parquet have one for all.

use featurestore_schema::SourceDtype;

use crate::offline::duckdb::plan::{FoundTable, Plan, PlannedFeature};
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::tables::{COLUMN, COMPUTED, FEATURE, SPINE_KEYS, by_key, found};
use crate::types::{Dtype, Value};

/// What a column has of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Floats {
    None,
    /// Its values are floats.
    Plain,
    /// They may have floats in them, which are not looked at.
    Nested,
}

impl Plan {
    /// Whether the result may have floats that a dictionary would mix up.
    pub(crate) fn has_mixable_floats(&self, session: &Session) -> Result<bool, duckdb::Error> {
        let mut columns = Vec::new();
        for (index, column) in self.spine.columns.iter().enumerate() {
            match floats(&column.dtype) {
                Floats::None => {}
                Floats::Nested => return Ok(true),
                Floats::Plain if self.has_narrow_spine() => {
                    let rows = |_: &mut Params| SPINE_KEYS.to_owned();
                    if mixable(session, &format!("{COLUMN}{index}"), rows)? {
                        return Ok(true);
                    }
                }
                Floats::Plain => {
                    let rows = |params: &mut Params| self.spine.scan.from(params);
                    if mixable(session, &quote(&column.name), rows)? {
                        return Ok(true);
                    }
                }
            }
        }
        for planned in &self.features {
            match self.floats_of(planned) {
                Floats::None => {}
                Floats::Nested => return Ok(true),
                Floats::Plain => {
                    let group = self.views[planned.view].group;
                    let column = (group, planned.column);
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
            }
        }
        for (group, column) in columns {
            let table = match self.groups[group].found {
                FoundTable::ByKey => by_key(group),
                FoundTable::ByPlace | FoundTable::WithSpine => found(group),
            };
            if mixable(session, &format!("{FEATURE}{column}"), |_| table)? {
                return Ok(true);
            }
        }
        for (index, (_, feature)) in self.computed().enumerate() {
            match floats(&SourceDtype::of(feature.column().dtype())) {
                Floats::None => {}
                Floats::Nested => return Ok(true),
                Floats::Plain if self.is_computed => {
                    if mixable(session, &format!("{FEATURE}{index}"), |_| {
                        COMPUTED.to_owned()
                    })? {
                        return Ok(true);
                    }
                }
                Floats::Plain => {}
            }
        }
        Ok(false)
    }

    fn floats_of(&self, planned: &PlannedFeature) -> Floats {
        let is_odd = |value: Value| match value {
            Value::F32(value) => value.is_nan() || (value == 0.0 && value.is_sign_negative()),
            Value::F64(value) => value.is_nan() || (value == 0.0 && value.is_sign_negative()),
            _ => false,
        };
        let group = &self.groups[self.views[planned.view].group];
        match planned.dtype {
            Dtype::F32 | Dtype::F64 if planned.feature.default().is_some_and(is_odd) => {
                Floats::Nested
            }
            Dtype::F32 | Dtype::F64 => floats(&group.columns[planned.column].dtype),
            Dtype::Array(_) => Floats::Nested,
            Dtype::List {
                item: Dtype::F32 | Dtype::F64,
                ..
            } => Floats::Nested,
            _ => Floats::None,
        }
    }
}

fn floats(dtype: &SourceDtype) -> Floats {
    match dtype {
        SourceDtype::F32 | SourceDtype::F64 => Floats::Plain,
        SourceDtype::List(item) if floats(item) == Floats::None => Floats::None,
        SourceDtype::List(_) => Floats::Nested,
        SourceDtype::Other(text) if text.contains("float") || text.contains("double") => {
            Floats::Nested
        }
        _ => Floats::None,
    }
}

/// Whether a column has a zero below zero, or two NaNs that differ.
fn mixable(
    session: &Session,
    column: &str,
    rows: impl FnOnce(&mut Params) -> String,
) -> Result<bool, duckdb::Error> {
    let mut params = Params::default();
    let rows = rows(&mut params);
    let sql = format!(
        "SELECT CAST((SELECT count(*) FROM (SELECT 1 FROM {rows} WHERE {column} = 0 AND signbit({column}) LIMIT 1)) \
         + (SELECT count(*) FROM (SELECT min(nan) AS least, max(nan) AS most FROM \
         (SELECT CAST({column} AS BIT) AS nan FROM {rows} WHERE isnan({column}))) WHERE least <> most) AS UBIGINT)"
    );
    Ok(session.count(&sql, &params)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use featurestore_schema::intern_source;

    #[test]
    fn floats_are_seen_wherever_they_are() {
        let list = |item| SourceDtype::List(intern_source(item));
        for (dtype, expected) in [
            (SourceDtype::F32, Floats::Plain),
            (SourceDtype::I64, Floats::None),
            (list(SourceDtype::String), Floats::None),
            (list(list(SourceDtype::F64)), Floats::Nested),
            (SourceDtype::Other("struct(a double)"), Floats::Nested),
            (SourceDtype::Other("map(varchar, float)"), Floats::Nested),
            (SourceDtype::Other("struct(a bigint)"), Floats::None),
        ] {
            assert_eq!(floats(&dtype), expected, "{dtype}");
        }
    }
}
