//! Keys of bytes and of texts are found whatever a file has to find them by: bloom filters,
//! dictionaries, statistics.

use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;
use featurestore::{Dtype, Status, Value};

use parquet::file::properties::EnabledStatistics;

use crate::definitions::{ViewSpec, service};
use crate::materialize::{counts, only, run};
use crate::support::{Fixture, read, run_sql, time, wait};
use crate::written::{Written, write_as};

/// Bytes that print as themselves, and others.
fn keys() -> Vec<Vec<u8>> {
    let keys: [&[u8]; 6] = [b"\xff", b"a", b"\0", b"a\0", "ä".as_bytes(), &[0xff; 70]];
    keys.map(<[u8]>::to_vec).to_vec()
}

fn view(dtype: Dtype) -> ViewSpec {
    ViewSpec {
        source: Source::Path("activity.parquet"),
        keys: vec![("device", dtype)],
        ..ViewSpec::new("activity", &[("n", Dtype::I64)])
    }
}

/// Each key alone finds its last row, in every way of searching, and `explain` does.
fn all_are_found(fixture: &Fixture, dtype: Dtype, keys: &[Vec<u8>], file: &str) {
    let searches = [Search::Sorted, Search::Pairs];
    let stores = searches.map(|search| fixture.open(OfflineSettings::new().search(search)));
    for (place, key) in keys.iter().enumerate() {
        let (annotation, value) = match dtype {
            Dtype::Bytes => ("", Value::Bytes(key.clone())),
            _ => (
                " (STRING)",
                Value::Str(String::from_utf8(key.clone()).unwrap()),
            ),
        };
        let fields = format!(
            "required binary device{annotation}; required int64 event_timestamp (TIMESTAMP(MICROS,true));"
        );
        let columns = [
            Written::Bytes(vec![key.clone()]),
            Written::I64(vec![1_780_000_000_000_000]),
        ];
        write_as(&fixture.path("spine.parquet"), &fields, &columns, |it| it);
        let expected = (place + 10 * keys.len()).to_string();
        for (store, search) in stores.iter().zip(searches) {
            let join = store.historical_by(service([view(dtype)]), Spine::path("spine.parquet"));
            let report = wait(join.to_parquet("train.out")).unwrap();
            let found = read(report.path().unwrap()).column("n");
            assert_eq!(found, expected, "{key:?} in {file}, {search:?}");
        }
        let explained = wait(async {
            let at = time("2026-06-01T00:00:00Z");
            let asked = fixture
                .store
                .explain_by(service([view(dtype)]), vec![value], at);
            asked.await.unwrap()
        });
        let explained = &explained.views()[0];
        assert_eq!(explained.status(), Status::Found, "{key:?} in {file}");
        assert_eq!(
            explained.winner().unwrap().values(),
            [Some(Value::Int(expected.parse().unwrap()))]
        );
    }
}

/// Eleven rows for each key, the last one at last.
fn rows(keys: &[Vec<u8>]) -> [Written; 3] {
    let count = 11 * keys.len();
    let numbers = (0..count).map(|place| i64::try_from(place).unwrap());
    [
        Written::Bytes(keys.iter().cycle().take(count).cloned().collect()),
        Written::I64(numbers.clone().map(|n| 1_770_000_000_000_000 + n).collect()),
        Written::I64(numbers.collect()),
    ]
}

#[test]
fn bytes_are_found_with_every_filter_that_a_file_may_have() {
    let fixture = Fixture::new();
    let keys = keys();
    let fields = "required binary device; required int64 event_timestamp (TIMESTAMP(MICROS,true)); required int64 n;";
    for bloom in [true, false] {
        for dictionary in [true, false] {
            write_as(
                &fixture.path("activity.parquet"),
                fields,
                &rows(&keys),
                |properties| {
                    let properties = properties.set_bloom_filter_enabled(bloom);
                    properties.set_dictionary_enabled(dictionary)
                },
            );
            let file = format!("bloom {bloom}, dictionary {dictionary}");
            all_are_found(&fixture, Dtype::Bytes, &keys, &file);
        }
    }
    let path = fixture.path("activity.parquet");
    let again = fixture.path("written_by_duckdb.parquet");
    run_sql(&format!(
        "COPY (FROM '{}') TO '{}' (FORMAT parquet)",
        path.display(),
        again.display()
    ));
    std::fs::rename(again, path).unwrap();
    all_are_found(&fixture, Dtype::Bytes, &keys, "DuckDB's file");
}

#[test]
fn texts_are_found_with_every_filter_that_a_file_may_have() {
    let fixture = Fixture::new();
    let keys: Vec<Vec<u8>> = ["ä", "a", " ", "a\0", "\u{10ffff}", "zz"]
        .map(|key| key.as_bytes().to_vec())
        .to_vec();
    let fields = "required binary device (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true)); required int64 n;";
    for bloom in [true, false] {
        write_as(
            &fixture.path("activity.parquet"),
            fields,
            &rows(&keys),
            |properties| properties.set_bloom_filter_enabled(bloom),
        );
        all_are_found(&fixture, Dtype::String, &keys, &format!("bloom {bloom}"));
    }
}

#[test]
fn an_empty_key_names_no_entity_whatever_the_statistics_say() {
    let fixture = Fixture::new();
    for dtype in [Dtype::String, Dtype::Bytes] {
        let annotation = if dtype == Dtype::String {
            " (STRING)"
        } else {
            ""
        };
        let fields = |more: &str| {
            format!(
                "required binary device{annotation}; required int64 event_timestamp (TIMESTAMP(MICROS,true));{more}"
            )
        };
        let keys = || Written::Bytes(vec![Vec::new(), b"a".to_vec()]);
        let at = |micros: i64| Written::I64(vec![micros; 2]);
        let spine = [keys(), at(1_780_000_000_000_000)];
        write_as(&fixture.path("spine.parquet"), &fields(""), &spine, |it| it);
        for statistics in [EnabledStatistics::None, EnabledStatistics::Chunk] {
            let rows = [keys(), at(1_770_000_000_000_000), Written::I64(vec![1, 2])];
            let path = fixture.path("activity.parquet");
            write_as(&path, &fields(" required int64 n;"), &rows, |properties| {
                properties.set_statistics_enabled(statistics)
            });
            for search in [Search::Auto, Search::Sorted, Search::Pairs] {
                let store = fixture.open(OfflineSettings::new().search(search));
                let join =
                    store.historical_by(service([view(dtype)]), Spine::path("spine.parquet"));
                let report = wait(join.to_parquet("train.out")).unwrap();
                let found = read(report.path().unwrap()).column("n");
                assert_eq!(found, "- 2", "{dtype}, {statistics:?}, {search:?}");
            }
            let view = view(dtype).leak();
            let report = run(&fixture, &[view]);
            assert_eq!(
                counts(only(&report)),
                [2, 1, 0, 1],
                "{dtype}, {statistics:?}"
            );
        }
    }
}
