//! Only what a join needs is read: files whose other parts are damaged still answer.

use std::path::Path;

use featurestore::Dtype;
use featurestore::offline::{OfflineSettings, Search, Spine};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::definitions::{ViewSpec, service};
use crate::rules::HOUR;
use crate::support::{Fixture, read, wait};

/// Five row groups, a day and a hundred users in each: u0.. on May 1, u100.. on May 2.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.file(
        "days.parquet",
        "SELECT printf('u%03d', i % 100 + 100 * (i // 2048)) AS user_id, i % 100 + 100 * (i // 2048) AS number, \
         TIMESTAMP '2026-05-01' + INTERVAL 1 DAY * (i // 2048) + INTERVAL 1 SECOND * (i % 2048) AS event_timestamp, \
         CAST(i AS BIGINT) AS n, md5(CAST(i AS VARCHAR)) AS unused FROM range(10240) AS r(i)",
    );
    fixture
}

/// Destroys the pages of a column in some row groups.
fn damage(path: &Path, column: &str, groups: impl Fn(usize) -> bool) {
    let file = std::fs::File::open(path).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let metadata = reader.metadata();
    assert_eq!(metadata.num_row_groups(), 5);
    for (place, group) in metadata.row_groups().iter().enumerate() {
        for chunk in group.columns() {
            if chunk.column_path().string() == column && groups(place) {
                let (start, length) = chunk.byte_range();
                let start = usize::try_from(start).unwrap();
                let length = usize::try_from(length).unwrap();
                bytes[start..start + length].fill(0xA5);
            }
        }
    }
    std::fs::write(path, bytes).unwrap();
}

/// The features of each search, or the error of the first.
fn join(fixture: &Fixture, view: &ViewSpec, spine: &str) -> Result<Vec<String>, String> {
    fixture.rows("spine", "user_id, number, event_timestamp", spine);
    [Search::Sorted, Search::Pairs]
        .map(|search| {
            let store = fixture.open(OfflineSettings::new().search(search));
            let join = store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
            let report = wait(join.to_parquet("train.out")).map_err(|error| error.to_string())?;
            Ok(read(report.path().unwrap()).column("n"))
        })
        .into_iter()
        .collect()
}

fn view() -> ViewSpec {
    ViewSpec::new("days", &[("n", Dtype::I64)])
}

const MIDDLE: &str =
    "('u250', 250, TIMESTAMP '2026-05-03 12:00:00'), ('u299', 299, '2026-05-03 12:00:00')";

#[test]
fn columns_that_no_feature_needs_are_not_read() {
    let fixture = fixture();
    damage(&fixture.path("days.parquet"), "unused", |_| true);
    damage(&fixture.path("days.parquet"), "number", |_| true);
    assert_eq!(join(&fixture, &view(), MIDDLE).unwrap(), ["6050 6099"; 2]);
    let unused = ViewSpec::new("days", &[("unused", Dtype::String)]);
    assert!(
        join(&fixture, &unused, MIDDLE).is_err(),
        "the damage is real"
    );
}

#[test]
fn row_groups_later_than_the_spine_are_not_read() {
    let fixture = fixture();
    for column in ["user_id", "n"] {
        damage(&fixture.path("days.parquet"), column, |group| group > 2);
    }
    // All users, so that only the time tells the row groups apart.
    let spine = "('u000', 0, TIMESTAMP '2026-05-03 12:00:00'), ('u250', 250, '2026-05-03 12:00:00'), ('u999', 999, '2026-05-03 12:00:00')";
    assert_eq!(join(&fixture, &view(), spine).unwrap(), ["2000 6050 -"; 2]);
    let later = spine.replace("-03 12", "-04 12");
    assert!(
        join(&fixture, &view(), &later).is_err(),
        "the damage is real"
    );
}

#[test]
fn row_groups_earlier_than_every_ttl_are_not_read_for_features() {
    let fixture = fixture();
    damage(&fixture.path("days.parquet"), "n", |group| group < 2);
    let spine = "('u150', 150, TIMESTAMP '2026-05-03 12:00:00'), ('u250', 250, '2026-05-03 12:00:00'), ('u999', 999, '2026-05-03 12:00:00')";
    let fresh = ViewSpec {
        ttl: Some(24 * HOUR),
        ..view()
    };
    assert_eq!(join(&fixture, &fresh, spine).unwrap(), ["- 6050 -"; 2]);
    let stale = ViewSpec {
        ttl: Some(48 * HOUR),
        ..view()
    };
    assert!(join(&fixture, &stale, spine).is_err(), "the damage is real");
}

#[test]
fn row_groups_of_other_keys_are_not_read() {
    for key in [("user_id", Dtype::String), ("number", Dtype::I64)] {
        let fixture = fixture();
        let view = ViewSpec {
            keys: vec![key],
            ..view()
        };
        // The key itself is read first, wherever its bounds are not.
        for column in ["n", "event_timestamp"] {
            damage(&fixture.path("days.parquet"), column, |group| group != 2);
        }
        let late = MIDDLE.replace("2026-05-03", "2026-05-31");
        assert_eq!(
            join(&fixture, &view, &late).unwrap(),
            ["6050 6099"; 2],
            "{key:?}"
        );
        let wider = late.replace("'u250', 250", "'u150', 150");
        assert!(join(&fixture, &view, &wider).is_err(), "the damage is real");
    }
}
