//! Texts in files that have only the `min` and `max` of old writers, which compare bytes as signed
//! ones (parquet-format, `Statistics`): what is outside of them by the order of texts is found.

use std::fs;
use std::path::Path;

use featurestore::Status;
use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::{Check, Source};
use featurestore::{Dtype, Value};
use parquet::data_type::ByteArray;
use parquet::file::metadata::{ParquetMetaDataReader, ParquetMetaDataWriter};
use parquet::file::statistics::{Statistics, ValueStatistics};

use crate::definitions::{ViewSpec, service};
use crate::materialize::{online, run};
use crate::support::{Fixture, read, time, wait};
use crate::written::{Written, texts, write_as};

/// Files by the least and the greatest text of signed bytes: `é` begins with 0xc3, which is
/// below all of ASCII.
const GROUPS: [[&str; 3]; 3] = [["é", "b", "z"], ["ü", "m", "a"], ["ÿ", "é1", "a1"]];
/// All of them, so that no row is rejected.
const CHECKS: &[Check] = &[Check::OneOf(&[
    "é", "b", "z", "ü", "m", "a", "ÿ", "é1", "a1",
])];
const FIELDS: &str = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true)); required binary label (STRING); required int64 n;";

/// Gives a file's texts the statistics of an old writer.
fn as_of_old(path: &Path, users: [&str; 3]) {
    let bytes = fs::read(path).unwrap();
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&fs::File::open(path).unwrap())
        .unwrap();
    #[expect(clippy::cast_possible_wrap, reason = "as old writers did")]
    let signed = |text: &&str| text.bytes().map(|byte| byte as i8).collect::<Vec<i8>>();
    let groups = metadata.row_groups().iter().map(|group| {
        let bound = |text: &str| Some(ByteArray::from(text));
        let [least, most] = [
            users.iter().min_by_key(|text| signed(text)),
            users.iter().max_by_key(|text| signed(text)),
        ];
        let statistics = ValueStatistics::new(
            bound(least.unwrap()),
            bound(most.unwrap()),
            None,
            Some(0),
            true,
        );
        let columns = group.columns().iter().enumerate().map(|(index, column)| {
            let column = column.clone().into_builder();
            let column = match index {
                0 | 2 => column.set_statistics(Statistics::ByteArray(statistics.clone())),
                _ => column,
            };
            column.build().unwrap()
        });
        let columns = columns.collect();
        let group = group.clone().into_builder().set_column_metadata(columns);
        group.build().unwrap()
    });
    let changed = metadata
        .clone()
        .into_builder()
        .set_row_groups(groups.collect())
        .build();
    let (rest, end) = bytes.split_at(bytes.len() - 8);
    let footer = u32::from_le_bytes(end[..4].try_into().unwrap()) as usize;
    let mut written = rest[..rest.len() - footer].to_vec();
    ParquetMetaDataWriter::new(&mut written, &changed)
        .finish()
        .unwrap();
    fs::write(path, written).unwrap();
}

fn old_files(fixture: &Fixture) {
    for (file, users) in GROUPS.into_iter().enumerate() {
        let first = i64::try_from(3 * file).unwrap();
        let columns = [
            texts(users),
            Written::I64(vec![1_777_600_000_000_000; 3]),
            texts(users),
            Written::I64((first..first + 3).collect()),
        ];
        let path = fixture.path(&format!("activity-{file}.parquet"));
        write_as(&path, FIELDS, &columns, |properties| {
            properties.set_dictionary_enabled(false)
        });
        as_of_old(&path, users);
    }
}

#[test]
fn texts_outside_of_signed_statistics_are_found_in_every_way_of_searching() {
    let fixture = Fixture::new();
    old_files(&fixture);
    let view = || {
        let columns = [("n", Dtype::I64), ("label", Dtype::String)];
        let mut view = ViewSpec::new("activity", &columns);
        view.source = Source::Path("activity-*.parquet");
        view.columns[1].checks = CHECKS;
        view
    };
    for (n, user) in GROUPS.concat().into_iter().enumerate() {
        // Alone, so that the search has bounds.
        fixture.rows(
            "spine",
            "user_id, event_timestamp",
            &format!("('{user}', TIMESTAMP '2026-06-01')"),
        );
        for search in [Search::Auto, Search::Sorted, Search::Pairs] {
            let store = fixture.open(OfflineSettings::new().search(search));
            let join = store.historical_by(service([view()]), Spine::path("spine.parquet"));
            let report = wait(join.to_parquet("train.out")).unwrap();
            let table = read(report.path().unwrap());
            let found = [table.column("n"), table.column("label")];
            assert_eq!(
                found,
                [n.to_string(), user.to_owned()],
                "{user}, {search:?}"
            );
        }
        let explained = wait(async {
            let (key, at) = (
                vec![Value::Str(user.to_owned())],
                time("2026-06-01T00:00:00Z"),
            );
            let asked = fixture.store.explain_by(service([view()]), key, at);
            asked.await.unwrap()
        });
        assert_eq!(explained.views()[0].status(), Status::Found, "{user}");
    }
    let view = view().leak();
    assert!(run(&fixture, &[view]).is_ok());
    assert_eq!(online(&fixture, view).len(), GROUPS.concat().len());
}
