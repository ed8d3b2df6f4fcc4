//! Spines of numbers and times in Parquet files, which are read where they are.

use featurestore::Dtype;
use featurestore::offline::{OfflineSettings, Search, Spine};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::definitions::{ViewSpec, service};
use crate::heard::Heard;
use crate::rules::{HOUR, activity};
use crate::support::{Fixture, read, wait};

fn view(key: &'static str) -> ViewSpec {
    ViewSpec {
        keys: vec![(key, Dtype::I64)],
        ttl: Some(HOUR),
        ..activity()
    }
}

/// Rows of two entities; of the first, two at one time, and one that has expired for most.
fn source(fixture: &Fixture, key: &str) {
    fixture.rows(
        "activity",
        &format!("{key}, event_timestamp, n"),
        "(1, TIMESTAMP '2026-05-01 10:00:00', 1), (1, '2026-05-01 11:00:00', 2), \
         (1, '2026-05-01 11:00:00', 3), (2, '2026-05-01 11:00:00', NULL), (3, '2026-05-01 08:00:00', 4)",
    );
}

#[test]
fn a_spine_of_numbers_is_read_in_place_and_gets_what_any_other_gets() {
    let fixture = Fixture::new();
    let heard = Heard::of("reader_number");
    source(&fixture, "reader_number");
    std::fs::create_dir(fixture.path("it's")).unwrap();
    let rows = [
        "(1, TIMESTAMP '2026-05-01 11:30:00', 0), (NULL, '2026-05-01 11:30:00', 1), \
         (3, '2026-05-01 10:00:00', 2), (1, '2026-05-01 10:59:59.999999', 3)",
        "(1, TIMESTAMP '2026-05-01 11:30:00', 4), (2, '2026-05-01 12:00:00', 5), \
         (4, '2026-05-01 12:00:00', 6), (1, '2026-05-01 12:00:00.000001', 7), (1, '2026-05-01 12:00:00', 8)",
    ];
    for (more, table) in [
        ("", false),
        (
            " REPLACE (event_timestamp::TIMESTAMP_NS AS event_timestamp)",
            false,
        ),
        (", 'a' AS letter", true),
    ] {
        for (part, rows) in rows.iter().enumerate() {
            let columns = "reader_number, event_timestamp, label";
            let query = format!("SELECT *{more} FROM (VALUES {rows}) AS rows({columns})");
            fixture.file("part.parquet", &query);
            let spine = fixture.path(&format!("it's/spine-{part}.parquet"));
            std::fs::rename(fixture.path("part.parquet"), spine).unwrap();
        }
        for search in [Search::Auto, Search::Sorted, Search::Pairs] {
            heard.take();
            let store = fixture.open(OfflineSettings::new().search(search));
            let spine = Spine::glob("it's/spine-*.parquet");
            let join = store.historical_by(service([view("reader_number")]), spine);
            let report = wait(join.to_parquet("train.out")).unwrap();
            let result = read(report.path().unwrap());
            assert_eq!(result.column("n"), "3 - - 1 3 - - - 3", "{more} {search:?}");
            assert_eq!(result.column("label"), "0 1 2 3 4 5 6 7 8");
            assert_eq!(result.column("reader_number"), "1 - 3 1 1 2 4 1 1");
            let n = &report.features()[0];
            assert_eq!(
                [n.found(), n.null(), n.expired(), n.missing()],
                [4, 1, 2, 2]
            );
            assert_eq!(n.largest_age().map(|age| age.as_secs()), Some(3600));
            let queries = heard.take();
            let made = |query: &String| query.contains("CREATE TABLE spine_columns");
            assert_eq!(queries.iter().any(made), table, "{queries:?}");
        }
    }
}

#[test]
fn a_row_without_a_time_is_refused_before_anything_is_searched() {
    let fixture = Fixture::new();
    source(&fixture, "user_id");
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "(1, TIMESTAMP '2026-05-01 11:30:00'), (1, NULL), (1, 'infinity')",
    );
    let error = fixture.error(service([view("user_id")]), Spine::parquet("spine.parquet"));
    for part in ["2 rows", "row 2", "event_timestamp", "spine.parquet"] {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_damaged_label_of_a_spine_that_is_read_in_place_is_the_spines_failure() {
    let fixture = Fixture::new();
    source(&fixture, "user_id");
    let spine = "SELECT i % 50 AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, hash(i) AS label \
                 FROM range(10000) AS r(i)";
    fixture.file("spine.parquet", spine);
    let path = fixture.path("spine.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(0).column(2).byte_range();
    let [start, length] = [start, length].map(|place| usize::try_from(place).unwrap());
    bytes[start..start + length].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let error = fixture.error(service([view("user_id")]), Spine::parquet("spine.parquet"));
    let named = format!("the spine of `service` can't read {}", path.display());
    assert!(error.contains(&named), "{error}");
}
