//! From a record batch of the latest rows to online rows: what each must satisfy, and its bytes.

use arrow::record_batch::RecordBatch;
use arrow::util::display::array_value_to_string;
use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json};

use super::group::Columns;
use super::{MaterializeError, Rejection};
use crate::codec::{Header, encode_row};
use crate::offline::{BoxError, CellError, Cells, OfflineError, instant, value_or_fault};
use crate::online::Address;
use crate::pit::{Condition, Rejected};
use crate::time::Horizon;
use crate::types::ValueRef;
use crate::view::{JoinKey, ViewDefinition};

/// A record batch of the latest rows of a group of views, its columns by what they are.
pub(super) struct Batch<'a> {
    views: &'a [&'static ViewDefinition],
    columns: &'a Columns,
    batch: &'a RecordBatch,
    pub(super) rows: usize,
    keys: Vec<Cells<'a>>,
    event: Cells<'a>,
    created: Cells<'a>,
    values: Vec<Cells<'a>>,
    /// Whether a row is valid, and whether it is its entity's latest, by the engine's word.
    judged: Option<[Cells<'a>; 2]>,
}

impl<'a> Batch<'a> {
    /// The batch, whose columns are those of `views`, which have them at `columns`' indices.
    pub(super) fn new(
        views: &'a [&'static ViewDefinition],
        columns: &'a Columns,
        batch: &'a RecordBatch,
        is_judged: bool,
    ) -> Result<Self, MaterializeError> {
        let view = views[0];
        let mut arrays = batch.columns().iter();
        let mut cells = |column: &str, dtype| {
            let array = arrays.next();
            let array = array.ok_or_else(|| unreadable(view, column, CellError::Absent))?;
            Cells::new(array, dtype).map_err(|error| unreadable(view, column, error))
        };
        let keys = view.join_keys().iter();
        let keys = keys
            .map(|key| cells(key.source_column(), key.dtype()))
            .collect::<Result<_, _>>()?;
        let event = cells(view.timestamp_column(), Dtype::I64)?;
        let created = cells(view.created_column().unwrap_or("created time"), Dtype::I64)?;
        let values = columns.all.iter();
        let values = values.map(|column| cells(column.name, column.dtype));
        let values = values.collect::<Result<_, _>>()?;
        let judged = if is_judged {
            let valid = cells("whether a row is valid", Dtype::Bool)?;
            Some([valid, cells("whether a row is the latest", Dtype::Bool)?])
        } else {
            None
        };
        Ok(Self {
            views,
            columns,
            batch,
            rows: batch.num_rows(),
            keys,
            event,
            created,
            values,
            judged,
        })
    }

    /// Whether a row is its entity's latest. One that is not is the latest of those that are valid.
    pub(super) fn is_newest(&self, row: usize) -> bool {
        let newest = self.judged.as_ref().map(|[_, newest]| newest.get(row));
        newest.is_none_or(|newest| matches!(newest, Ok(Some(ValueRef::Bool(true)))))
    }

    /// Whether engine and evaluator say the same of a view's row.
    pub(super) fn agrees(
        &self,
        (view, row): (usize, usize),
        is_valid: bool,
    ) -> Result<(), MaterializeError> {
        let Some([valid, _]) = &self.judged else {
            return Ok(());
        };
        match valid.get(row) {
            Ok(Some(ValueRef::Bool(valid))) if valid == is_valid => Ok(()),
            _ => Err(OfflineError::internal(format!(
                "engine and evaluator differ on whether the row of {} of view `{}` is valid",
                self.key(row),
                self.views[view].name()
            ))
            .into()),
        }
    }

    /// What keeps a row of every view out: a key that is none.
    pub(super) fn key_violation(&self, row: usize) -> Result<Option<Rejected>, MaterializeError> {
        for (cells, key) in self.keys.iter().zip(self.views[0].join_keys()) {
            if let Err(rejected) = self.checked(&Condition::of_key(key), cells, (0, row))? {
                return Ok(Some(rejected));
            }
        }
        Ok(None)
    }

    /// Reads a view's values of a row, up to the first that keeps it out.
    pub(super) fn values<'b>(
        &'b self,
        view: usize,
        row: usize,
        values: &mut Vec<Option<ValueRef<'b>>>,
    ) -> Result<Option<Rejected>, MaterializeError> {
        values.clear();
        for index in 0..self.columns.of_views[view].len() {
            match self.value(view, index, row)? {
                Ok(value) => values.push(value),
                Err(violation) => return Ok(Some(violation)),
            }
        }
        Ok(None)
    }

    /// The value of a view's column in a row, or what is wrong with it.
    pub(super) fn value(
        &self,
        view: usize,
        index: usize,
        row: usize,
    ) -> Result<Result<Option<ValueRef<'_>>, Rejected>, MaterializeError> {
        let condition = Condition::of_column(&self.views[view].columns()[index]);
        let cells = &self.values[self.columns.of_views[view][index]];
        self.checked(&condition, cells, (view, row))
    }

    fn checked<'b>(
        &self,
        condition: &Condition,
        cells: &'b Cells<'_>,
        (view, row): (usize, usize),
    ) -> Result<Result<Option<ValueRef<'b>>, Rejected>, MaterializeError> {
        let value = value_or_fault(cells.get(row));
        let value =
            value.map_err(|error| unreadable(self.views[view], condition.column(), error))?;
        Ok(condition.check(value))
    }

    /// The entity's key, for people.
    pub(super) fn key(&self, row: usize) -> String {
        let dtypes = self.views[0].join_keys().iter().map(JoinKey::dtype);
        let texts: Vec<String> = self
            .keys
            .iter()
            .zip(dtypes)
            .map(|(cells, dtype)| match cells.get(row) {
                Ok(Some(value)) => value.text(dtype).into_owned(),
                Ok(None) => "null".to_owned(),
                Err(error) => error.to_string(),
            })
            .collect();
        texts.join(", ")
    }

    /// The address of a row without a violation of its key.
    pub(super) fn address(&self, project: &str, row: usize) -> Result<Address, MaterializeError> {
        let mut keys: Vec<ValueRef<'_>> = Vec::with_capacity(self.keys.len());
        for cells in &self.keys {
            keys.extend(cells.get(row).map_err(|error| self.failure(row, error))?);
        }
        Ok(Address::new(project, &self.views[0].key_values(&keys)?))
    }

    /// Writes the online row of a view's values behind `bytes`.
    pub(super) fn encode(
        &self,
        view: usize,
        row: usize,
        values: &[Option<ValueRef<'_>>],
        bytes: &mut Vec<u8>,
    ) -> Result<(), MaterializeError> {
        let layout = self.views[view].layout();
        let header = Header::new(
            layout.id(),
            instant(&self.event, row)
                .map_err(|error| self.failure(row, error))?
                .ok_or_else(|| self.failure(row, "its event timestamp is null"))?,
            instant(&self.created, row).map_err(|error| self.failure(row, error))?,
        );
        encode_row(layout, &header, values, bytes).map_err(|error| self.failure(row, error))
    }

    /// The field of a view's rows.
    pub(super) fn field(&self, view: usize) -> &'static str {
        self.views[view].field()
    }

    /// The event time of a row, in microseconds.
    pub(super) fn event(&self, row: usize) -> Option<i64> {
        match self.event.get(row) {
            Ok(Some(ValueRef::Int(micros))) => Some(micros),
            _ => None,
        }
    }

    /// What is wrong with the event time of a row of the future.
    pub(super) fn ahead(&self, row: usize, horizon: Horizon) -> Result<String, MaterializeError> {
        let time = instant(&self.event, row).map_err(|error| self.failure(row, error))?;
        Rejection::ahead(time, horizon).ok_or_else(|| {
            OfflineError::internal(format!(
                "the engine takes the row of {} of view `{}` for one of the future, the clock does not",
                self.key(row),
                self.views[0].name()
            ))
            .into()
        })
    }

    /// The first join key that is null in a row, else the event timestamp, which then is.
    pub(super) fn stray_column(&self, row: usize) -> &'static str {
        let view = self.views[0];
        let mut keys = self.keys.iter().zip(view.join_keys());
        let null = keys.find(|(cells, _)| matches!(cells.get(row), Ok(None)));
        match null.filter(|_| self.event(row).is_some()) {
            Some((_, key)) => key.source_column(),
            None => view.timestamp_column(),
        }
    }

    /// Whether a join key is null in a row.
    pub(super) fn has_null_key(&self, row: usize) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|cells| matches!(cells.get(row), Ok(None)))
    }

    /// What a view reads of a row, as JSON: source columns and their values. What has no JSON
    /// form, or is no value of its dtype, is a text.
    pub(super) fn json(&self, view: usize, row: usize) -> Json {
        let view_keys = self.views[view].join_keys().iter();
        let mut object = Map::new();
        for (index, key) in view_keys.enumerate() {
            let value = self.cell_json(&self.keys[index], key.dtype(), index, row);
            object.insert(key.source_column().to_owned(), value);
        }
        let times = [
            (Some(self.views[view].timestamp_column()), &self.event),
            (self.views[view].created_column(), &self.created),
        ];
        for (name, cells) in times {
            let time = match instant(cells, row) {
                Ok(time) => time.map(crate::time::format_timestamp).into(),
                Err(error) => error.to_string().into(),
            };
            object.extend(name.map(|name| (name.to_owned(), time)));
        }
        for index in &self.columns.of_views[view] {
            let column = &self.columns.all[*index];
            let array = self.keys.len() + 2 + index;
            let value = self.cell_json(&self.values[*index], column.dtype, array, row);
            object.insert(column.name.to_owned(), value);
        }
        Json::Object(object)
    }

    fn cell_json(&self, cells: &Cells<'_>, dtype: Dtype, array: usize, row: usize) -> Json {
        match cells.get(row) {
            Ok(None) => Json::Null,
            Ok(Some(value)) => match value.to_json(dtype) {
                Json::Null => value.text(dtype).into(),
                json => json,
            },
            Err(error) => array_value_to_string(self.batch.column(array), row)
                .unwrap_or_else(|_| error.to_string())
                .into(),
        }
    }

    fn failure(&self, row: usize, error: impl Into<BoxError>) -> MaterializeError {
        unreadable(self.views[0], &self.key(row), error)
    }
}

impl Rejection {
    pub(super) fn new(rejected: &Rejected, key: String) -> Self {
        Self {
            key,
            column: rejected.column,
            reason: rejected.violation.to_string(),
        }
    }
}

fn unreadable(view: &ViewDefinition, column: &str, error: impl Into<BoxError>) -> MaterializeError {
    let error = error.into();
    OfflineError::Query {
        doing: format!("reading `{column}` of view `{}`", view.name()),
        reason: error.to_string(),
        source: Some(error),
    }
    .into()
}
