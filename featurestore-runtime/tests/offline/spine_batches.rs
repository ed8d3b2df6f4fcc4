//! Arrow's record batches as the spine: every type that a label may have, and what is refused.

use std::sync::Arc;

use featurestore::arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array,
    DictionaryArray, FixedSizeBinaryArray, FixedSizeListArray, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, LargeBinaryArray, LargeListArray,
    LargeStringArray, ListArray, NullArray, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use featurestore::arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Schema};
use featurestore::arrow::record_batch::RecordBatch;
use featurestore::offline::Spine;
use featurestore::{Dtype, view::Source};

use crate::definitions::{ViewSpec, service};
use crate::rules::activity;
use crate::support::{Fixture, types};

const AT: i64 = 1_777_680_000;

/// A batch of one row per key of `users`, at 2026-05-02, with these other columns.
fn batch(users: &[&str], columns: Vec<(Field, ArrayRef)>) -> RecordBatch {
    let keys: ArrayRef = Arc::new(StringArray::from(users.to_vec()));
    let times = TimestampMicrosecondArray::from(vec![AT * 1_000_000; users.len()]);
    let times: ArrayRef = Arc::new(times);
    let own = [("user_id", keys), ("event_timestamp", times)];
    let own = own.map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = own.into_iter().chain(columns).unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1), ('b', '2026-05-01', 2)",
    );
    fixture
}

fn refused(fixture: &Fixture, batches: Vec<RecordBatch>, parts: &[&str]) {
    let error = fixture.error(service([activity()]), Spine::batches(batches));
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn every_type_of_a_label_comes_back_as_it_was() {
    let uuid = 0x1234_5678_9abc_def0_1234_5678_9abc_def0_u128.to_be_bytes();
    let uuids = FixedSizeBinaryArray::try_from_iter([uuid, uuid].into_iter()).unwrap();
    let dictionary: DictionaryArray<Int8Type> = [Some("casual"), None].into_iter().collect();
    let lists = || vec![Some(vec![Some(1), None]), None];
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(lists());
    let large = LargeListArray::from_iter_primitive::<Int32Type, _, _>(lists());
    let fixed = vec![Some(vec![Some(1), Some(2)]), None];
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(fixed, 2);
    let decimal = Decimal128Array::from(vec![Some(12_345), None]);
    let decimal = decimal.with_precision_and_scale(18, 2).unwrap();
    let texts = || [Some("x y"), None];
    let bytes = || vec![Some(&b"\x00\xff"[..]), None];
    let columns: Vec<(ArrayRef, &str, &str)> = vec![
        (
            Arc::new(BooleanArray::from(vec![Some(true), None])),
            "true",
            "BOOLEAN",
        ),
        (
            Arc::new(Int8Array::from(vec![Some(-8), None])),
            "-8",
            "TINYINT",
        ),
        (
            Arc::new(Int16Array::from(vec![Some(-16), None])),
            "-16",
            "SMALLINT",
        ),
        (
            Arc::new(Int32Array::from(vec![Some(-32), None])),
            "-32",
            "INTEGER",
        ),
        (
            Arc::new(Int64Array::from(vec![Some(i64::MIN), None])),
            "-9223372036854775808",
            "BIGINT",
        ),
        (
            Arc::new(UInt8Array::from(vec![Some(8), None])),
            "8",
            "UTINYINT",
        ),
        (
            Arc::new(UInt16Array::from(vec![Some(16), None])),
            "16",
            "USMALLINT",
        ),
        (
            Arc::new(UInt32Array::from(vec![Some(32), None])),
            "32",
            "UINTEGER",
        ),
        (
            Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])),
            "18446744073709551615",
            "UBIGINT",
        ),
        (
            Arc::new(Float32Array::from(vec![Some(0.5), None])),
            "0.5",
            "FLOAT",
        ),
        (
            Arc::new(Float64Array::from(vec![Some(-0.25), None])),
            "-0.25",
            "DOUBLE",
        ),
        (Arc::new(StringArray::from_iter(texts())), "xTy", "VARCHAR"),
        (
            Arc::new(LargeStringArray::from_iter(texts())),
            "xTy",
            "VARCHAR",
        ),
        (
            Arc::new(StringViewArray::from_iter(texts())),
            "xTy",
            "VARCHAR",
        ),
        (
            Arc::new(BinaryArray::from_opt_vec(bytes())),
            "\\x00\\xFF",
            "BLOB",
        ),
        (
            Arc::new(LargeBinaryArray::from_opt_vec(bytes())),
            "\\x00\\xFF",
            "BLOB",
        ),
        (
            Arc::new(BinaryViewArray::from_iter(bytes())),
            "\\x00\\xFF",
            "BLOB",
        ),
        (
            Arc::new(Date32Array::from(vec![Some(-1), None])),
            "1969-12-31",
            "DATE",
        ),
        (Arc::new(decimal), "123.45", "DECIMAL(18,2)"),
        (Arc::new(dictionary), "casual", "VARCHAR"),
        (Arc::new(list), "[1,TNULL]", "INTEGER[]"),
        (Arc::new(large), "[1,TNULL]", "INTEGER[]"),
        // A Parquet file knows no lists of one length.
        (Arc::new(fixed), "[1,T2]", "INTEGER[]"),
        (
            Arc::new(TimestampSecondArray::from(vec![Some(AT), None])),
            "2026-05-02T00:00:00",
            "TIMESTAMP",
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![Some(AT * 1000), None])),
            "2026-05-02T00:00:00",
            "TIMESTAMP",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(AT * 1_000_000),
                None,
            ])),
            "2026-05-02T00:00:00",
            "TIMESTAMP",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![
                Some(AT * 1_000_000_000 + 1),
                None,
            ])),
            "2026-05-02T00:00:00.000000001",
            "TIMESTAMP_NS",
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![Some(AT), None]).with_timezone("UTC")),
            "2026-05-02T00:00:00+00",
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(AT * 1000), None])
                    .with_timezone("+02:00"),
            ),
            "2026-05-02T00:00:00+00",
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(AT * 1_000_000), None])
                    .with_timezone("Europe/Berlin"),
            ),
            "2026-05-02T00:00:00+00",
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            Arc::new(
                TimestampNanosecondArray::from(vec![Some(AT * 1_000_000_000 + 1), None])
                    .with_timezone("UTC"),
            ),
            "2026-05-02T00:00:00.000000001",
            "TIMESTAMP_NS",
        ),
    ];
    let fixture = fixture();
    let uuid = Field::new("uuid", DataType::FixedSizeBinary(16), true);
    let uuid =
        uuid.with_metadata([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())].into());
    let bytes = Field::new("bytes", DataType::FixedSizeBinary(16), true);
    let mut labels: Vec<(Field, ArrayRef)> =
        vec![(uuid, Arc::new(uuids.clone())), (bytes, Arc::new(uuids))];
    labels.extend(columns.iter().enumerate().map(|(index, (array, ..))| {
        let field = Field::new(format!("l{index}"), array.data_type().clone(), true);
        (field, Arc::clone(array))
    }));
    let table = fixture.join_on(
        service([activity()]),
        Spine::batches([batch(&["a", "b"], labels)]),
    );
    let types = types(&fixture.path("train.out"));
    assert_eq!(table.column("n"), "1 2");
    assert_eq!(
        (table.rows[0][2].as_str(), types[2].as_str()),
        ("12345678-9abc-def0-1234-56789abcdef0", "UUID")
    );
    assert_eq!(types[3], "BLOB");
    for (index, (array, value, dtype)) in columns.iter().enumerate() {
        let place = 4 + index;
        let found =
            [&table.rows[0][place], &table.rows[1][place], &types[place]].map(String::as_str);
        assert_eq!(found, [*value, "-", *dtype], "{}", array.data_type());
    }
}

#[test]
fn batches_come_back_one_after_the_other() {
    let label = |values: &[i64]| {
        let array: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
        vec![(Field::new("label", DataType::Int64, true), array)]
    };
    let batches = [
        batch(&["b", "a"], label(&[1, 2])),
        batch(&[], label(&[])),
        batch(&["a", "c", "b"], label(&[3, 4, 5])),
    ];
    let table = fixture().join_on(service([activity()]), Spine::batches(batches));
    assert_eq!(table.column("label"), "1 2 3 4 5");
    assert_eq!(table.column("n"), "2 1 1 - 2");
}

#[test]
fn batches_that_differ_or_none_at_all_are_refused() {
    let label =
        |array: ArrayRef| vec![(Field::new("label", array.data_type().clone(), true), array)];
    let long = batch(&["a"], label(Arc::new(Int64Array::from(vec![1]))));
    let short = batch(&["a"], label(Arc::new(Int32Array::from(vec![1]))));
    refused(
        &fixture(),
        vec![long.clone(), long, short],
        &[
            "the spine of `service` can't read the spine's batches: batch 3 has other columns than the first",
            "label Int32",
            "label Int64",
        ],
    );
    refused(
        &fixture(),
        vec![],
        &["the spine's batches: there are none; for an empty spine give one without rows"],
    );
}

#[test]
fn a_column_that_no_table_can_hold_is_named() {
    let column: ArrayRef = Arc::new(NullArray::new(1));
    let field = Field::new("nothing", DataType::Null, true);
    refused(
        &fixture(),
        vec![batch(&["a"], vec![(field, column)])],
        &["column `nothing` is of Arrow type Null, which can't be joined; cast it or leave it out"],
    );
}

#[test]
fn keys_of_dictionaries_and_zoned_nanoseconds_join_without_a_leak() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP_NS '2026-05-02 00:00:00.000000001', 1), ('b', TIMESTAMP_NS '2026-05-02 00:00:00', 2)",
    );
    let keys: DictionaryArray<Int8Type> = ["a", "a", "b"].into_iter().collect();
    let nanos = AT * 1_000_000_000;
    let times =
        TimestampNanosecondArray::from(vec![nanos, nanos + 1, nanos]).with_timezone("+02:00");
    let columns: [(&str, ArrayRef); 2] = [
        ("user_id", Arc::new(keys)),
        ("event_timestamp", Arc::new(times)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let table = fixture.join_on(service([activity()]), Spine::batches([batch]));
    assert_eq!(table.column("n"), "- 1 2");
}

#[test]
fn lists_of_dictionaries_and_of_zoned_nanoseconds_come_back_as_lists_of_their_values() {
    let values: DictionaryArray<Int32Type> = ["x", "y", "x"].into_iter().collect();
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    let offsets = featurestore::arrow::buffer::OffsetBuffer::from_lengths([3]);
    let list = ListArray::new(field, offsets, Arc::new(values), None);
    let field = Field::new("tags", list.data_type().clone(), true);
    let fixture = fixture();
    let at = TimestampNanosecondArray::from(vec![AT * 1_000_000_000 + 1]).with_timezone("+02:00");
    let field_of = Arc::new(Field::new("item", at.data_type().clone(), true));
    let offsets = featurestore::arrow::buffer::OffsetBuffer::from_lengths([1]);
    let times = ListArray::new(field_of, offsets, Arc::new(at), None);
    let time_field = Field::new("times", times.data_type().clone(), true);
    let columns: Vec<(Field, ArrayRef)> =
        vec![(field, Arc::new(list)), (time_field, Arc::new(times))];
    let spine = Spine::batches([batch(&["a"], columns)]);
    let table = fixture.join_on(service([activity()]), spine);
    assert_eq!(table.column("tags"), "[x,Ty,Tx]");
    assert_eq!(table.column("times"), "['2026-05-02T00:00:00.000000001']");
    assert_eq!(types(&fixture.path("train.out"))[3], "TIMESTAMP_NS[]");
}

#[test]
fn uuids_of_batches_are_keys() {
    let uuid = 0x1234_5678_9abc_def0_1234_5678_9abc_def0_u128.to_be_bytes();
    let fixture = Fixture::new();
    let source = "SELECT UUID '12345678-9abc-def0-1234-56789abcdef0' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1 AS n";
    fixture.file("devices.parquet", source);
    let keys: ArrayRef =
        Arc::new(FixedSizeBinaryArray::try_from_iter([uuid, [0; 16]].into_iter()).unwrap());
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![AT * 1_000_000; 2]));
    let key = Field::new("user_id", DataType::FixedSizeBinary(16), true);
    let key =
        key.with_metadata([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())].into());
    let time = Field::new("event_timestamp", times.data_type().clone(), true);
    let batch =
        RecordBatch::try_new(Arc::new(Schema::new(vec![key, time])), vec![keys, times]).unwrap();
    let view = ViewSpec {
        source: Source::Path("devices.parquet"),
        keys: vec![("user_id", Dtype::Uuid)],
        ..activity()
    };
    assert_eq!(
        fixture
            .join_on(service([view]), Spine::batches([batch]))
            .column("n"),
        "1 -"
    );
}
