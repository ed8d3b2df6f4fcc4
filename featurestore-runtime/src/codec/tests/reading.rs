//! What was written reads back, and what was not is damaged.

use super::*;
use crate::types::ValueError;

proptest! {
    #![proptest_config(featurestore_properties::cases(2000))]

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
        let header = encode(&row)[..11].to_vec();
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
            Header::new(7, event_timestamp, created_timestamp).write(&mut out);
            out
        };
        let stored = [a, b].map(|stamp| bytes(stamp)[4..].to_vec());
        // Behind the version and the schema id the bytes alone compare as (event, created) do.
        prop_assert_eq!(stored[0].cmp(&stored[1]), a.cmp(&b));
    }
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
        let header = Header::new(layout.id(), Timestamp::UNIX_EPOCH, None);
        let values = [Some(value.borrow(dtype).unwrap())];
        let error = encode_row(&layout, &header, &values, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn a_row_of_another_layout_or_version_is_never_guessed_at() {
    let (layout, mut bytes) = one(Dtype::I64, false, Some(Value::Int(1)));
    let other = Layout::new(vec![column("d", Dtype::I64, false)]);
    let error = RowReader::new(&bytes, &other).unwrap_err();
    let schema_id = layout.id();
    assert_eq!(error, RowError::UnknownLayout { schema_id });
    bytes[0] = 0x20;
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
        bytes[..4].copy_from_slice(&(1 << 28 | layout.id()).to_be_bytes());
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
        let header = Header::new(layout.id(), Timestamp::UNIX_EPOCH, None);
        header.write(&mut row);
        row.extend_from_slice(bytes);
        let read = read_all(&row, &layout);
        assert!(is_damaged(&read), "{dtype} {bytes:?}: {read:?}");
    }
}
