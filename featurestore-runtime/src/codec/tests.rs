//! Properties of the codec: what was written reads back, no bytes make it panic, and rows of
//! other layouts read by the rules of schema evolution.

use featurestore_schema::{Dtype, Layout, LayoutColumn};
use proptest::prelude::*;

use super::{Header, RowError, RowReader, encode_row, transcode};
use crate::time::{Date, Timestamp};
use crate::types::{Uuid, Value, ValueError};

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

fn dtypes() -> impl Strategy<Value = Dtype> {
    prop_oneof![
        4 => items(),
        2 => (items(), any::<bool>())
            .prop_map(|(item, nullable)| Dtype::list_of(featurestore_schema::intern_dtype(item), nullable)),
        1 => (0usize..6).prop_map(Dtype::Array),
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
        prop_assert_eq!(meaning(&value), meaning(&read));
    }
}

/// What a value says, whatever its width: the same number, a day's midnight, a list of them.
fn meaning(value: &Value) -> String {
    match value {
        Value::F32(value) => f64::from(*value).to_string(),
        Value::F64(value) => value.to_string(),
        Value::Date(day) => day.and_hms_opt(0, 0, 0).unwrap().and_utc().to_string(),
        Value::Timestamp(time) => time.to_string(),
        Value::Decimal { .. } => {
            let text = value.text();
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text.into_owned(),
            }
        }
        Value::List(values) => {
            let values = values.iter().map(|value| value.as_ref().map(meaning));
            format!("{:?}", values.collect::<Vec<_>>())
        }
        other => other.text().into_owned(),
    }
}

#[test]
fn a_decimal_widens_to_more_digits() {
    let mantissa = -12_345;
    let (stored, bytes) = one(
        decimal(5, 2),
        false,
        Some(Value::Decimal { mantissa, scale: 2 }),
    );
    let declared = Layout::new(vec![column("c", decimal(8, 4), false)]);
    let row = transcode(&bytes, &stored, &declared, |_| None).unwrap();
    let value = read_all(&row, &declared).unwrap().remove(0).unwrap();
    assert_eq!(value.text(), "-123.4500");
}

#[test]
fn a_list_says_which_of_its_values_is_wrong_when_it_is_written() {
    let null = Value::List(vec![Some(Value::Int(1)), None]);
    let short = Value::List(vec![Some(Value::F32(1.0))]);
    let list = Dtype::list_of(&Dtype::I64, false);
    for (dtype, value, message) in [
        (list, &null, "value 2 of the list: the value is null"),
        (
            Dtype::Array(2),
            &short,
            "the list has 1 values, and the feature has 2",
        ),
        (
            Dtype::list_of(&Dtype::I8, true),
            &Value::List(vec![Some(Value::Int(128))]),
            "value 1 of",
        ),
    ] {
        let layout = Layout::new(vec![column("c", dtype, false)]);
        let header = Header {
            schema_id: layout.id(),
            event_timestamp: Timestamp::UNIX_EPOCH,
            created_timestamp: None,
        };
        let values = [Some(value.borrow(dtype).unwrap())];
        let error = encode_row(&layout, &header, &values, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
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
        (decimal(2, 1), &[1, 200]),
        (
            decimal(38, 0),
            &[17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        (Dtype::Uuid, &[0; 15]),
        (Dtype::Json, &[2, b'{', b'{']),
        (Dtype::Json, &[1, 0xff]),
        (Dtype::Array(2), &[0; 7]),
        (Dtype::Array(usize::MAX), &[0; 7]),
        (Dtype::list_of(&Dtype::Bool, false), &[2, 0, 2]),
        // Lists that claim to be long.
        (
            Dtype::list_of(&Dtype::I64, false),
            &[251, 255, 255, 255, 255, 0],
        ),
        (
            Dtype::list_of(&Dtype::I64, true),
            &[251, 255, 255, 255, 255, 0],
        ),
        (
            Dtype::list_of(&Dtype::I64, true),
            &[255, 255, 255, 255, 255, 255, 255, 255, 255, 0],
        ),
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
