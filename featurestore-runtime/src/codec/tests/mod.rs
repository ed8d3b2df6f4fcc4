//! Properties of the codec: what was written reads back, no bytes make it panic, and rows of
//! other layouts read by the rules of schema evolution.

mod evolution;
mod oracle;
mod reading;
mod typed;

use featurestore_schema::{Dtype, Layout, LayoutColumn};
use proptest::prelude::*;

use super::{Header, RowError, RowReader, Transcoding, encode_row, transcode};
use crate::time::{Date, Timestamp};
use crate::types::{Uuid, Value};

const SMALL: Dtype = Dtype::Enum(&["casual", "power user", "ü"]);
const GROWN: Dtype = Dtype::Enum(&["ü", "new", "power user", "casual"]);

/// More variants than one byte counts.
fn large_enum() -> Dtype {
    let variants: Vec<String> = (0..300).map(|index| format!("\"v{index}\"")).collect();
    Dtype::parse(&format!("enum({})", variants.join(", "))).unwrap()
}

/// The dtypes that a list can hold.
fn items() -> impl Strategy<Value = Dtype> {
    prop_oneof![
        Just(Dtype::Bool),
        Just(Dtype::I8),
        Just(Dtype::I16),
        Just(Dtype::I32),
        Just(Dtype::I64),
        Just(Dtype::U8),
        Just(Dtype::U16),
        Just(Dtype::U32),
        Just(Dtype::U64),
        Just(Dtype::F32),
        Just(Dtype::F64),
        Just(Dtype::String),
        Just(Dtype::Bytes),
        Just(Dtype::Timestamp),
        Just(Dtype::Date),
        Just(SMALL),
        Just(large_enum()),
        Just(Dtype::Uuid),
        Just(Dtype::Json),
        Just(decimal(1, 1)),
        Just(decimal(19, 0)),
        Just(decimal(38, 17)),
    ]
}

fn decimal(precision: u8, scale: u8) -> Dtype {
    Dtype::Decimal { precision, scale }
}

pub(crate) fn dtypes() -> impl Strategy<Value = Dtype> {
    prop_oneof![
        4 => items(),
        2 => (items(), any::<bool>())
            .prop_map(|(item, nullable)| Dtype::list_of(featurestore_schema::intern_dtype(item), nullable)),
        1 => (0usize..6).prop_map(Dtype::Array),
    ]
}

fn times() -> impl Strategy<Value = Timestamp> {
    let all = Timestamp::MIN_UTC.timestamp_micros()..=Timestamp::MAX_UTC.timestamp_micros();
    // Of every length, as most are of nine bytes otherwise.
    (all, 0_u32..40)
        .prop_map(|(micros, shift)| Timestamp::from_timestamp_micros(micros >> shift).unwrap())
}

pub(crate) fn values(dtype: Dtype) -> BoxedStrategy<Value> {
    // Numbers of every length, not only long ones.
    let int = |bits: u32| {
        (any::<i64>(), 64 - bits..64).prop_map(|(value, shift)| Value::Int(value >> shift))
    };
    let uint = |bits: u32| {
        (any::<u64>(), 64 - bits..64).prop_map(|(value, shift)| Value::UInt(value >> shift))
    };
    match dtype {
        Dtype::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Dtype::I8 => int(8).boxed(),
        Dtype::I16 => int(16).boxed(),
        Dtype::I32 => int(32).boxed(),
        Dtype::I64 => int(64).boxed(),
        Dtype::U8 => uint(8).boxed(),
        Dtype::U16 => uint(16).boxed(),
        Dtype::U32 => uint(32).boxed(),
        Dtype::U64 => uint(64).boxed(),
        Dtype::F32 => any::<f32>().prop_map(Value::F32).boxed(),
        Dtype::F64 => any::<f64>().prop_map(Value::F64).boxed(),
        Dtype::Bytes => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
        Dtype::Timestamp => times().prop_map(Value::Timestamp).boxed(),
        Dtype::Date => (Date::MIN.to_epoch_days()..=Date::MAX.to_epoch_days())
            .prop_map(|days| Value::Date(Date::from_epoch_days(days).unwrap()))
            .boxed(),
        Dtype::Enum(variants) => (0..variants.len())
            .prop_map(|index| Value::Str(variants[index].to_owned()))
            .boxed(),
        Dtype::Decimal { precision, scale } => {
            let limit = 10_i128.pow(precision.into()) - 1;
            (-limit..=limit, 0u32..128)
                .prop_map(move |(mantissa, shift)| Value::Decimal {
                    mantissa: mantissa >> shift,
                    scale,
                })
                .boxed()
        }
        Dtype::Uuid => any::<u128>()
            .prop_map(|value| Value::Uuid(Uuid::from_u128(value)))
            .boxed(),
        Dtype::Json => (any::<String>(), any::<i64>())
            .prop_map(|(text, number)| {
                Value::Json(serde_json::json!({ "ü": [text, number, null] }).to_string())
            })
            .boxed(),
        Dtype::List { item, nullable } => prop::collection::vec(maybe(*item, nullable), 0..20)
            .prop_map(Value::List)
            .boxed(),
        Dtype::Array(length) => prop::collection::vec(maybe(Dtype::F32, false), length)
            .prop_map(Value::List)
            .boxed(),
        _ => any::<String>().prop_map(Value::Str).boxed(),
    }
}

/// A value, or none where there may be none.
fn maybe(dtype: Dtype, nullable: bool) -> BoxedStrategy<Option<Value>> {
    let some = values(dtype).prop_map(Some);
    if nullable {
        prop_oneof![Just(None), some].boxed()
    } else {
        some.boxed()
    }
}

fn layouts() -> impl Strategy<Value = Layout> {
    prop::collection::vec((dtypes(), any::<bool>()), 0..20).prop_map(|columns| {
        let columns = columns.into_iter().enumerate();
        Layout::new(
            columns
                .map(|(index, (dtype, nullable))| column(&format!("c{index}"), dtype, nullable))
                .collect(),
        )
    })
}

fn column(name: &str, dtype: Dtype, nullable: bool) -> LayoutColumn {
    LayoutColumn {
        name: name.to_owned(),
        dtype,
        nullable,
    }
}

type Row = (Layout, Timestamp, Option<Timestamp>, Vec<Option<Value>>);

fn rows() -> impl Strategy<Value = Row> {
    (layouts(), times(), prop::option::of(times())).prop_flat_map(|(layout, event, created)| {
        let values: Vec<_> = layout
            .columns()
            .iter()
            .map(|column| maybe(column.dtype, column.nullable))
            .collect();
        (Just(layout), Just(event), Just(created), values)
    })
}

fn encode((layout, event_timestamp, created_timestamp, values): &Row) -> Vec<u8> {
    let header = Header::new(layout.id(), *event_timestamp, *created_timestamp);
    let values: Vec<_> = layout
        .columns()
        .iter()
        .zip(values)
        .map(|(column, value)| {
            value
                .as_ref()
                .map(|value| value.borrow(column.dtype).unwrap())
        })
        .collect();
    let mut bytes = Vec::new();
    encode_row(layout, &header, &values, &mut bytes).unwrap();
    bytes
}

fn read_all(bytes: &[u8], layout: &Layout) -> Result<Vec<Option<Value>>, RowError> {
    let mut reader = RowReader::new(bytes, layout)?;
    let columns = layout.columns().iter().enumerate();
    let values = columns
        .map(|(index, column)| {
            let value = reader.value(index)?;
            Ok(value.map(|value| value.to_owned(column.dtype)))
        })
        .collect::<Result<_, RowError>>()?;
    reader.finish()?;
    Ok(values)
}

fn is_damaged<T>(read: &Result<T, RowError>) -> bool {
    matches!(read, Err(RowError::Damaged { .. }))
}

/// Reads everything that can be read, in any order; what comes out does not matter.
fn read_anyhow(bytes: &[u8], layout: &Layout) {
    if let Ok(mut reader) = RowReader::new(bytes, layout) {
        for index in (0..layout.columns().len() + 1).rev() {
            let _ = reader.value(index);
        }
        let _ = reader.finish();
    }
    let declared = Layout::new(layout.columns().iter().rev().cloned().collect());
    let _ = transcode(bytes, layout, &declared, |_| None);
}

fn one(dtype: Dtype, nullable: bool, value: Option<Value>) -> (Layout, Vec<u8>) {
    let layout = Layout::new(vec![column("c", dtype, nullable)]);
    let bytes = encode(&(layout.clone(), Timestamp::UNIX_EPOCH, None, vec![value]));
    (layout, bytes)
}
