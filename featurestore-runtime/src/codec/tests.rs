//! Properties of the codec: what was written reads back, no bytes make it panic, and rows of
//! other layouts read by the rules of schema evolution.

use featurestore_schema::{Dtype, Layout, LayoutColumn};
use proptest::prelude::*;

use super::{Header, RowError, RowReader, encode_row, transcode};
use crate::time::{Date, Timestamp};
use crate::types::{Value, ValueError};

const SMALL: Dtype = Dtype::Enum(&["casual", "power user", "ü"]);
const GROWN: Dtype = Dtype::Enum(&["ü", "new", "power user", "casual"]);

/// More variants than one byte counts.
fn large_enum() -> Dtype {
    let variants: Vec<String> = (0..300).map(|index| format!("\"v{index}\"")).collect();
    Dtype::parse(&format!("enum({})", variants.join(", "))).unwrap()
}

fn dtypes() -> impl Strategy<Value = Dtype> {
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
    ]
}

fn times() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN_UTC.timestamp_micros()..=Timestamp::MAX_UTC.timestamp_micros())
        .prop_map(|micros| Timestamp::from_timestamp_micros(micros).unwrap())
}

fn values(dtype: Dtype) -> BoxedStrategy<Value> {
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
        _ => any::<String>().prop_map(Value::Str).boxed(),
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
            .map(|column| {
                let some = values(column.dtype).prop_map(Some);
                if column.nullable {
                    prop_oneof![Just(None), some].boxed()
                } else {
                    some.boxed()
                }
            })
            .collect();
        (Just(layout), Just(event), Just(created), values)
    })
}

fn encode((layout, event_timestamp, created_timestamp, values): &Row) -> Vec<u8> {
    let header = Header {
        schema_id: layout.id(),
        event_timestamp: *event_timestamp,
        created_timestamp: *created_timestamp,
    };
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
        .collect::<Result<_, _>>()?;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_row_of_any_layout_reads_back(row in rows()) {
        let bytes = encode(&row);
        let (layout, event, created, values) = &row;
        let mut reader = RowReader::new(&bytes, layout).unwrap();
        prop_assert_eq!(reader.header().stamp(), (*event, *created));
        prop_assert_eq!(&read_all(&bytes, layout).unwrap(), values);
        // Also from the last column to the first.
        for (index, column) in layout.columns().iter().enumerate().rev() {
            let value = reader.value(index).unwrap().map(|value| value.to_owned(column.dtype));
            prop_assert_eq!(&value, &values[index]);
        }
        let value = reader.value(layout.columns().len());
        prop_assert!(is_damaged(&value), "{:?}", value);
    }

    #[test]
    fn a_row_that_was_cut_or_has_bytes_to_spare_is_damaged(row in rows(), spare: u8) {
        let mut bytes = encode(&row);
        for end in 0..bytes.len() {
            let read = read_all(&bytes[..end], &row.0);
            prop_assert!(is_damaged(&read), "{:?} at {}", read, end);
        }
        bytes.push(spare);
        let read = read_all(&bytes, &row.0);
        prop_assert!(is_damaged(&read), "{:?}", read);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        row in rows(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        tail in any::<Vec<u8>>(),
    ) {
        let layout = &row.0;
        let header = encode(&row)[..13].to_vec();
        read_anyhow(&tail, layout);
        read_anyhow(&[&header[..], &tail[..]].concat(), layout);
        let mut bytes = encode(&row);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
            read_anyhow(&bytes, layout);
        }
    }

    #[test]
    fn a_header_orders_as_its_times_do(a in (times(), prop::option::of(times())), b in (times(), prop::option::of(times()))) {
        let bytes = |(event_timestamp, created_timestamp)| {
            let mut out = Vec::new();
            Header { schema_id: 7, event_timestamp, created_timestamp }.write(&mut out);
            out
        };
        let stored = [a, b].map(|stamp| bytes(stamp)[5..].to_vec());
        // Behind the version and the schema id the bytes alone compare as (event, created) do.
        prop_assert_eq!(stored[0].cmp(&stored[1]), a.cmp(&b));
    }

    #[test]
    fn columns_may_be_added_removed_and_reordered(
        row in rows(),
        keep in prop::collection::vec(any::<bool>(), 20),
        order in any::<prop::sample::Index>(),
        default in any::<i64>(),
    ) {
        let (layout, event, created, values) = &row;
        let mut columns: Vec<(LayoutColumn, Option<Value>)> = layout
            .columns()
            .iter()
            .cloned()
            .zip(values.iter().cloned())
            .zip(keep)
            .filter_map(|(column, keep)| keep.then_some(column))
            .collect();
        columns.push((column("added_null", Dtype::String, true), None));
        columns.push((column("added_default", Dtype::I64, false), Some(Value::Int(default))));
        columns.push((column("added_both", Dtype::I64, true), Some(Value::Int(default))));
        let turn = order.index(columns.len());
        columns.rotate_left(turn);
        let (columns, expected): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let declared = Layout::new(columns);
        let bytes = transcode(&encode(&row), layout, &declared, |index| {
            let name = &declared.columns()[index].name;
            matches!(name.as_str(), "added_default" | "added_both").then_some(Value::Int(default))
        })
        .unwrap();
        prop_assert_eq!(read_all(&bytes, &declared).unwrap(), expected);
        let reader = RowReader::new(&bytes, &declared).unwrap();
        prop_assert_eq!(reader.header().stamp(), (*event, *created));
    }

    #[test]
    fn a_widened_column_keeps_its_value(
        (from, value) in dtypes().prop_flat_map(|dtype| (Just(dtype), values(dtype))),
        to in dtypes(),
        nullable: bool,
    ) {
        let stored = Layout::new(vec![column("c", from, false)]);
        let declared = Layout::new(vec![column("c", to, nullable)]);
        let time = Timestamp::UNIX_EPOCH;
        let bytes = encode(&(stored.clone(), time, None, vec![Some(value.clone())]));
        let read = transcode(&bytes, &stored, &declared, |_| None);
        if !to.widens(from) {
            prop_assert!(matches!(read, Err(RowError::Incompatible { .. })), "{} as {}", from, to);
            return Ok(());
        }
        let bytes = read.unwrap();
        let read = read_all(&bytes, &declared).unwrap().remove(0).unwrap();
        // The same number, whatever its width; a day is its midnight.
        let number = |value: &Value| match value {
            Value::Int(value) => Some(value.to_string()),
            Value::UInt(value) => Some(value.to_string()),
            Value::F32(value) => Some(f64::from(*value).to_string()),
            Value::F64(value) => Some(value.to_string()),
            Value::Date(day) => Some(day.and_hms_opt(0, 0, 0).unwrap().and_utc().to_string()),
            Value::Timestamp(time) => Some(time.to_string()),
            _ => None,
        };
        match number(&value) {
            Some(number_before) => prop_assert_eq!(Some(number_before), number(&read)),
            None => prop_assert_eq!(value, read),
        }
    }
}

fn one(dtype: Dtype, nullable: bool, value: Option<Value>) -> (Layout, Vec<u8>) {
    let layout = Layout::new(vec![column("c", dtype, nullable)]);
    let bytes = encode(&(layout.clone(), Timestamp::UNIX_EPOCH, None, vec![value]));
    (layout, bytes)
}

#[test]
fn an_enum_may_grow_and_reorder_and_become_text() {
    let (stored, bytes) = one(SMALL, false, Some(Value::Str("power user".to_owned())));
    for dtype in [GROWN, Dtype::String] {
        let declared = Layout::new(vec![column("c", dtype, false)]);
        let row = transcode(&bytes, &stored, &declared, |_| None).unwrap();
        assert_eq!(
            read_all(&row, &declared).unwrap(),
            [Some(Value::Str("power user".to_owned()))]
        );
    }
}

#[test]
fn narrowing_is_refused_and_says_both_dtypes() {
    for (from, to) in [
        (Dtype::I64, Dtype::I32),
        (Dtype::F64, Dtype::F32),
        (Dtype::I64, Dtype::F64),
        (Dtype::String, SMALL),
        (GROWN, SMALL),
    ] {
        let value = match from {
            Dtype::F64 => Value::F64(1.0),
            Dtype::I64 => Value::Int(1),
            _ => Value::Str("ü".to_owned()),
        };
        let (stored, bytes) = one(from, false, Some(value));
        let declared = Layout::new(vec![column("c", to, false)]);
        let message = transcode(&bytes, &stored, &declared, |_| None)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(&from.to_string()) && message.contains(&to.to_string()),
            "{message}"
        );
    }
}

#[test]
fn a_null_where_there_may_be_none_is_an_error() {
    let null = |error| matches!(error, RowError::Value { column, error: ValueError::Null } if column == "c");
    let (stored, bytes) = one(Dtype::I64, true, None);
    let declared = Layout::new(vec![column("c", Dtype::I64, false)]);
    assert!(null(
        transcode(&bytes, &stored, &declared, |_| None).unwrap_err()
    ));
    let empty = Layout::new(Vec::new());
    let bytes = encode(&(empty.clone(), Timestamp::UNIX_EPOCH, None, Vec::new()));
    assert!(null(
        transcode(&bytes, &empty, &declared, |_| None).unwrap_err()
    ));
}

#[test]
fn a_row_of_another_layout_or_version_is_never_guessed_at() {
    let (layout, mut bytes) = one(Dtype::I64, false, Some(Value::Int(1)));
    let other = Layout::new(vec![column("d", Dtype::I64, false)]);
    let error = RowReader::new(&bytes, &other).unwrap_err();
    let schema_id = layout.id();
    assert_eq!(error, RowError::UnknownLayout { schema_id });
    bytes[0] = 2;
    let error = RowReader::new(&bytes, &layout).unwrap_err();
    assert_eq!(error, RowError::Version { found: 2 });
}

#[test]
fn a_number_beyond_its_dtype_is_refused_by_the_writer_and_the_reader() {
    for (narrow, wide, value) in [
        (Dtype::I8, Dtype::I64, Value::Int(128)),
        (Dtype::I16, Dtype::I64, Value::Int(-32_769)),
        (Dtype::I32, Dtype::I64, Value::Int(1 << 31)),
        (Dtype::U8, Dtype::U64, Value::UInt(256)),
        (Dtype::U16, Dtype::U64, Value::UInt(65_536)),
        (Dtype::U32, Dtype::U64, Value::UInt(1 << 32)),
    ] {
        let (_, mut bytes) = one(wide, false, Some(value.clone()));
        let layout = Layout::new(vec![column("c", narrow, false)]);
        bytes[1..5].copy_from_slice(&layout.id().to_le_bytes());
        assert!(is_damaged(&read_all(&bytes, &layout)), "{narrow}");
        let header = *RowReader::new(&bytes, &layout).unwrap().header();
        let values = [Some(value.borrow(narrow).unwrap())];
        let written = encode_row(&layout, &header, &values, &mut Vec::new());
        assert!(matches!(written, Err(ValueError::Dtype { .. })), "{narrow}");
    }
}

#[test]
fn bytes_that_are_no_value_of_their_dtype_are_damaged() {
    for (dtype, bytes) in [
        (Dtype::Bool, &[2][..]),
        (SMALL, &[3]),
        (large_enum(), &[44, 1]),
        (Dtype::String, &[2, b'a', 0xff]),
        (
            Dtype::String,
            &[255, 255, 255, 255, 255, 255, 255, 255, 255],
        ),
        (Dtype::Bytes, &[2, 0]),
        (Dtype::Timestamp, &[255, 255, 255, 255, 255, 255, 255, 127]),
        (Dtype::Date, &[251, 255, 255, 255, 255]),
        (Dtype::Date, &[255, 0, 0, 0, 0, 0, 0, 0, 255]),
    ] {
        let layout = Layout::new(vec![column("c", dtype, false)]);
        let mut row = Vec::new();
        let header = Header {
            schema_id: layout.id(),
            event_timestamp: Timestamp::UNIX_EPOCH,
            created_timestamp: None,
        };
        header.write(&mut row);
        row.extend_from_slice(bytes);
        let read = read_all(&row, &layout);
        assert!(is_damaged(&read), "{dtype} {bytes:?}: {read:?}");
    }
}
