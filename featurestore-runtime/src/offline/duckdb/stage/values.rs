//! Rows of a spine that come from memory or from the sources themselves, put into a table.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit as ArrowUnit};
use arrow::record_batch::RecordBatch;
use duckdb::types::{TimeUnit, Value as Bound};
use featurestore_schema::{Dtype, SourceDtype, alike, listing};

use crate::key::KeyPart;
use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::sql_type;
use crate::offline::duckdb::source::literal::bound;
use crate::offline::duckdb::source::names::pairs;
use crate::offline::duckdb::source::view_relation;
use crate::offline::duckdb::stage::staged::StagedCells;
use crate::offline::duckdb::tables::{KEY, SINCE, SPINE_ROWS, STEP};
use crate::offline::spine::{RequestRow, Spine, Steps};
use crate::pit::Rule;
use crate::service::ServiceDefinition;
use crate::time::Timestamp;
use crate::types::Value;
use crate::view::{Paths, ViewDefinition};

impl Spine {
    pub(crate) fn stage_values(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        parts: &[KeyPart],
        rows: &[(Vec<Value>, Timestamp)],
    ) -> Result<(), OfflineError> {
        let wanted = service.join_keys();
        let matches = parts.len() == wanted.len()
            && parts.iter().zip(&wanted).all(|(part, (name, dtype))| {
                dtype.accepts(&SourceDtype::of(part.dtype()))
                    && part.name().is_none_or(|own| own == *name)
            });
        if !matches {
            let text = |name: Option<&str>, dtype: Dtype| match name {
                Some(name) => format!("`{name}` ({dtype})"),
                None => dtype.to_string(),
            };
            let given: Vec<String> = parts
                .iter()
                .map(|part| text(part.name(), part.dtype()))
                .collect();
            let wanted: Vec<String> = wanted
                .iter()
                .map(|(name, dtype)| text(Some(name), *dtype))
                .collect();
            return Err(OfflineError::SpineKey {
                service: service.name(),
                given: given.join(", "),
                wanted: wanted.join(", "),
            });
        }
        let failure = |error| failed("taking the spine's rows", error);
        let mut columns: Vec<String> = parts
            .iter()
            .zip(&wanted)
            .map(|(part, (name, _))| format!("{} {}", quote(name), sql_type(part.dtype())))
            .collect();
        columns.push(format!("{} TIMESTAMPTZ", quote(self.timestamp_column())));
        let text = format!("CREATE TABLE {SPINE_ROWS} ({})", columns.join(", "));
        session
            .execute(&text, &Params::default())
            .map_err(failure)?;
        let mut table = session.connection().appender(SPINE_ROWS).map_err(failure)?;
        for (key, time) in rows {
            let time = Bound::Timestamp(TimeUnit::Microsecond, time.timestamp_micros());
            let cells = key.iter().map(bound).chain([time]);
            table
                .append_row(duckdb::appender_params_from_iter(cells))
                .map_err(failure)?;
        }
        table.flush().map_err(failure)?;
        Ok(())
    }

    /// Puts entities and what their requests give into a table.
    pub(crate) fn stage_requests(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        asked: &'static ServiceDefinition,
        rows: &[RequestRow],
    ) -> Result<(), OfflineError> {
        let keys = asked.join_keys().into_iter();
        let request = asked.request().iter();
        let request = request.map(|field| (field.name(), field.dtype()));
        let time = (self.timestamp_column(), Dtype::Timestamp);
        let columns: Vec<(&str, Dtype)> = keys.chain(request).chain([time]).collect();
        let mut cells: Vec<StagedCells> = columns
            .iter()
            .map(|(_, dtype)| StagedCells::new(*dtype))
            .collect();
        for row in rows {
            let time = Some(Value::Timestamp(row.time));
            let values = row.key.iter().cloned().map(Some);
            let values = values.chain(row.request.iter().cloned()).chain([time]);
            for (cells, value) in cells.iter_mut().zip(values) {
                cells.push(value)?;
            }
        }
        let no_batch = |error: arrow::error::ArrowError| {
            OfflineError::internal(format!("the rows of a spine are in no batch: {error}"))
        };
        let arrays = cells.iter_mut().map(StagedCells::take);
        let arrays: Vec<ArrayRef> = arrays.collect::<Result<_, _>>().map_err(no_batch)?;
        let fields = columns.iter().zip(&arrays);
        let fields =
            fields.map(|((name, _), array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batch = RecordBatch::try_new(schema, arrays).map_err(no_batch)?;
        stage_batches(session, service, &[batch])
    }

    /// Puts the entities of the views that have all of the service's join keys into a table, at each of
    /// the times: those with a row whose features were known by then, expired ones too.
    pub(crate) fn stage_known(
        &self,
        session: &Session,
        service: &ServiceDefinition,
        paths: &Paths,
        steps: Steps,
        known_at: Option<Timestamp>,
    ) -> Result<(), OfflineError> {
        let (first, step, count) = steps.micros().map_err(|error| OfflineError::NoTimes {
            service: service.name(),
            reason: error.to_string(),
        })?;
        let last = first + (count - 1) * step;
        let wanted = service.join_keys();
        let has_all = |view: &&'static ViewDefinition| view.join_keys().len() == wanted.len();
        let mut params = Params::default();
        let mut queries = Vec::new();
        for view in service.views().filter(has_all) {
            queries.push(known(
                session,
                view,
                &wanted,
                paths,
                (last, known_at),
                &mut params,
            )?);
        }
        if queries.is_empty() {
            return Err(OfflineError::NoEntities {
                service: service.name(),
                keys: listing(wanted.iter().map(|(name, _)| *name)),
            });
        }
        let keys: Vec<String> = (0..wanted.len())
            .map(|index| format!("{KEY}{index}"))
            .collect();
        let named = keys.iter().zip(&wanted);
        let named = named.map(|(key, (name, _))| format!("{key} AS {}", quote(name)));
        let (named, keys) = (named.collect::<Vec<_>>().join(", "), keys.join(", "));
        let sql = format!(
            "CREATE TABLE {SPINE_ROWS} AS SELECT {named}, CAST(make_timestamp({STEP}) AS TIMESTAMPTZ) AS {} \
             FROM (SELECT {keys}, min({SINCE}) AS {SINCE} FROM ({}) GROUP BY {keys}), \
             (SELECT {first} + range * {step} AS {STEP} FROM range({count})) \
             WHERE {SINCE} <= {STEP} ORDER BY {STEP}, {keys}",
            quote(self.timestamp_column()),
            queries.join(" UNION ALL ")
        );
        session.execute(&sql, &params).map_err(|error| {
            let doing = format!("looking for the entities of service `{}`", service.name());
            failed(doing, error)
        })?;
        Ok(())
    }
}

/// A query for the keys of a view's rows that were known by the `last` time, in microseconds, and since
/// when they were.
fn known(
    session: &Session,
    view: &'static ViewDefinition,
    wanted: &[(&'static str, Dtype)],
    paths: &Paths,
    (last, known_at): (i64, Option<Timestamp>),
    params: &mut Params,
) -> Result<String, OfflineError> {
    let source = view_relation(session, view, paths)?;
    let rule = Rule::of(view).known_at(known_at);
    let rule = RuleSql::new(session, rule, &source, false, None)?;
    let mut columns = Vec::with_capacity(wanted.len());
    for (index, (name, _)) in wanted.iter().enumerate() {
        let keys = view.join_keys().iter().zip(rule.keys());
        let mut keys = keys.filter(|(key, _)| key.name() == *name);
        let Some((_, (_, value))) = keys.next() else {
            return Err(OfflineError::missing_key(
                name,
                wanted.iter().map(|(name, _)| *name),
            ));
        };
        columns.push(format!("{value} AS {KEY}{index}"));
    }
    columns.push(format!("{} AS {SINCE}", rule.settled_from()));
    let mut filter = rule.has_keys();
    filter.push(rule.has_settled(last));
    filter.push(rule.is_usable());
    filter.extend(rule.is_written());
    let from = source.relation.scan.from(params);
    filter.extend(rule.is_valid(params));
    Ok(format!(
        "SELECT {} FROM {from} WHERE {}",
        columns.join(", "),
        filter.join(" AND ")
    ))
}

/// Puts record batches into a table, their columns as they are.
pub(crate) fn stage_batches(
    session: &Session,
    service: &ServiceDefinition,
    batches: &[RecordBatch],
) -> Result<(), OfflineError> {
    let what = || format!("the spine of `{}`", service.name());
    let text = || "the spine's batches".to_owned();
    let refused = |reason: String| OfflineError::refused(what(), text(), reason);
    let schema = match batches.first() {
        Some(batch) => batch.schema(),
        None => {
            return Err(refused(
                "there are none; for an empty spine give one without rows, which has the columns"
                    .to_owned(),
            ));
        }
    };
    let names = schema.fields().iter().map(|field| field.name().clone());
    if let Some((first, second)) = pairs(&names.collect::<Vec<_>>()).first() {
        let alike = alike(first, second);
        return Err(refused(format!(
            "there are {alike}, and they are taken for one; rename one of them"
        )));
    }
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let dtype = arrow_type(field).ok_or_else(|| {
            refused(format!(
                "column `{}` is of Arrow type {}, which can't be joined; cast it or leave it out",
                field.name(),
                field.data_type()
            ))
        })?;
        columns.push(format!("{} {dtype}", quote(field.name())));
    }
    let failure = |error| failed("taking the spine's batches", error);
    let sql = format!("CREATE TABLE {SPINE_ROWS} ({})", columns.join(", "));
    session.execute(&sql, &Params::default()).map_err(failure)?;
    let mut table = session.connection().appender(SPINE_ROWS).map_err(failure)?;
    for (index, batch) in batches.iter().enumerate() {
        if batch.schema().fields() != schema.fields() {
            return Err(refused(format!(
                "batch {} has other columns than the first: {} instead of {}",
                index + 1,
                fields(&batch.schema()),
                fields(&schema)
            )));
        }
        let plain =
            plain_batch(batch).map_err(|error| OfflineError::unreadable(what(), text(), error))?;
        table.append_record_batch(plain).map_err(failure)?;
    }
    table.flush().map_err(failure)
}

fn fields(schema: &Schema) -> String {
    let fields = schema.fields().iter();
    let fields: Vec<String> = fields
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    fields.join(", ")
}

/// A batch without dictionaries, which tables don't take, and with zoned nanoseconds as naive ones
/// of the same instants: `DuckDB` would round them to microseconds.
fn plain_batch(batch: &RecordBatch) -> Result<RecordBatch, arrow::error::ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let plain = plain_type(column.data_type());
        let plain = if plain == *column.data_type() {
            Arc::clone(column)
        } else {
            arrow::compute::cast(column, &plain)?
        };
        let dtype = plain.data_type().clone();
        fields.push(Field::new(field.name(), dtype, true).with_metadata(field.metadata().clone()));
        columns.push(plain);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn plain_type(dtype: &DataType) -> DataType {
    let plain_item = |item: &Arc<Field>| {
        let plain = plain_type(item.data_type());
        Arc::new(item.as_ref().clone().with_data_type(plain))
    };
    match dtype {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::Timestamp(ArrowUnit::Nanosecond, Some(_)) => {
            DataType::Timestamp(ArrowUnit::Nanosecond, None)
        }
        DataType::List(item) => DataType::List(plain_item(item)),
        DataType::LargeList(item) => DataType::LargeList(plain_item(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(plain_item(item), *length),
        other => other.clone(),
    }
}

/// The SQL type of an Arrow column.
fn arrow_type(field: &Field) -> Option<Cow<'static, str>> {
    let dtype = match field.data_type() {
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "UTINYINT",
        DataType::UInt16 => "USMALLINT",
        DataType::UInt32 => "UINTEGER",
        DataType::UInt64 => "UBIGINT",
        DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR",
        DataType::FixedSizeBinary(16) if field.extension_type_name() == Some("arrow.uuid") => {
            "UUID"
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "BLOB",
        DataType::Date32 => "DATE",
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => "TIMESTAMP_NS",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMPTZ",
        DataType::Timestamp(ArrowUnit::Microsecond, None) => "TIMESTAMP",
        DataType::Timestamp(ArrowUnit::Millisecond, None) => "TIMESTAMP_MS",
        DataType::Timestamp(ArrowUnit::Second, None) => "TIMESTAMP_S",
        DataType::Decimal128(precision, scale) => {
            return Some(Cow::Owned(format!("DECIMAL({precision}, {scale})")));
        }
        DataType::List(item) | DataType::LargeList(item) => {
            return Some(Cow::Owned(format!("{}[]", arrow_type(item)?)));
        }
        DataType::FixedSizeList(item, length) => {
            return Some(Cow::Owned(format!("{}[{length}]", arrow_type(item)?)));
        }
        DataType::Dictionary(_, value) => {
            return arrow_type(&Field::new(field.name(), value.as_ref().clone(), true));
        }
        _ => return None,
    };
    Some(Cow::Borrowed(dtype))
}
