//! Floats come back bit by bit, in features and in the spine's own columns: zeros keep their sign, and
//! NaNs what they carry.

use featurestore::Dtype;
use featurestore::offline::Spine;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

use crate::definitions::{ViewSpec, service};
use crate::support::Fixture;
use crate::written::{Written, write};

const F64: [u64; 8] = [
    0x8000_0000_0000_0000,
    0,
    0x7ff8_0000_0000_0000,
    0xfff8_0000_0000_0001,
    0x7ff8_0000_0000_00ff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    1,
];
const F32: [u32; 8] = [
    0,
    0x8000_0000,
    0xffc0_0001,
    0x7fc0_0000,
    0x7fc0_00ff,
    0x7f80_0000,
    0xff80_0000,
    1,
];
const FIELDS: &str =
    "required int64 user_id; required int64 event_timestamp (TIMESTAMP(MICROS,true));";

/// Forty rows, so that a column has a dictionary.
const ROWS: usize = 40;

fn numbers() -> Written {
    Written::I64((0..40).collect())
}

fn singles() -> Vec<u32> {
    F32.iter().copied().cycle().take(ROWS).collect()
}

fn doubles() -> Vec<u64> {
    F64.iter().copied().cycle().take(ROWS).collect()
}

fn at(day: i64) -> Written {
    Written::I64(vec![(20_574 + day) * 86_400_000_000; ROWS])
}

/// The bits of two columns of the result, of which lists have one value.
fn bits(fixture: &Fixture, [single, double]: [&str; 2]) -> (Vec<u32>, Vec<u64>) {
    let file = std::fs::File::open(fixture.path("train.out")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let names: Vec<&str> = schema
        .root_schema()
        .get_fields()
        .iter()
        .map(|it| it.name())
        .collect();
    let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| {
        use parquet::record::ListAccessor;
        let (single, double) = (place(single), place(double));
        let f32s = row
            .get_float(single)
            .or_else(|_| row.get_list(single).and_then(|list| list.get_float(0)));
        let f64s = row
            .get_double(double)
            .or_else(|_| row.get_list(double).and_then(|list| list.get_double(0)));
        (f32s.unwrap().to_bits(), f64s.unwrap().to_bits())
    })
    .unzip()
}

fn view() -> ViewSpec {
    ViewSpec {
        keys: vec![("user_id", Dtype::I64)],
        ..ViewSpec::new(
            "activity",
            &[("single", Dtype::F32), ("double", Dtype::F64)],
        )
    }
}

/// A source with floats, and a spine with or without.
fn fixture(labels: bool) -> Fixture {
    let fixture = Fixture::new();
    let floats = "required float single; required double double;";
    let columns = [
        numbers(),
        at(0),
        Written::F32(singles()),
        Written::F64(doubles()),
    ];
    write(
        &fixture.path("activity.parquet"),
        &format!("{FIELDS} {floats}"),
        &columns,
    );
    let (floats, mut columns) = (
        "required float label32; required double label64;",
        vec![numbers(), at(1)],
    );
    if labels {
        columns.extend([Written::F32(singles()), Written::F64(doubles())]);
    }
    let floats = if labels { floats } else { "" };
    write(
        &fixture.path("spine.parquet"),
        &format!("{FIELDS} {floats}"),
        &columns,
    );
    fixture
}

#[test]
fn features_and_labels_keep_their_bits() {
    for labels in [true, false] {
        let fixture = fixture(labels);
        fixture.join(service([view()]));
        assert_eq!(bits(&fixture, ["single", "double"]), (singles(), doubles()));
        if labels {
            assert_eq!(
                bits(&fixture, ["label32", "label64"]),
                (singles(), doubles())
            );
        }
    }
}

#[test]
fn labels_of_a_wide_spine_and_in_lists_keep_their_bits() {
    let fixture = fixture(true);
    let wide: Vec<String> = (0..20)
        .map(|index| format!("{index} AS more_{index}"))
        .collect();
    let from = fixture.path("spine.parquet");
    let query = format!(
        "SELECT *, {} FROM read_parquet('{}')",
        wide.join(", "),
        from.display()
    );
    crate::support::run_sql(&format!(
        "COPY ({query}) TO '{}' (FORMAT parquet, DICTIONARY_SIZE_LIMIT 0)",
        fixture.path("wide.parquet").display()
    ));
    fixture.join_on(service([view()]), Spine::path("wide.parquet"));
    assert_eq!(
        bits(&fixture, ["label32", "label64"]),
        (singles(), doubles())
    );
    let lists = format!(
        "SELECT user_id, event_timestamp, [label32] AS label32, [label64] AS label64 FROM read_parquet('{}')",
        from.display()
    );
    crate::support::run_sql(&format!(
        "COPY ({lists}) TO '{}' (FORMAT parquet, DICTIONARY_SIZE_LIMIT 0)",
        fixture.path("lists.parquet").display()
    ));
    fixture.join_on(service([view()]), Spine::path("lists.parquet"));
    assert_eq!(
        bits(&fixture, ["label32", "label64"]),
        (singles(), doubles())
    );
}

#[test]
fn floats_that_no_dictionary_mixes_up_have_one() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, single, double",
        "(1, TIMESTAMP '2026-05-01', 0.5::FLOAT, 0.0::DOUBLE)",
    );
    fixture.file("spine.parquet", "SELECT 1 AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 'nan'::DOUBLE AS label FROM range(100)");
    fixture.join(service([view()]));
    let file = std::fs::File::open(fixture.path("train.out")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let columns = reader.metadata().row_group(0).columns();
    assert!(
        columns
            .iter()
            .all(|column| column.dictionary_page_offset().is_some())
    );
}
