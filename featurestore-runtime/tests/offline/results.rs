//! What a training set is written to: a file, whole or not at all; a stream that stops with its
//! reader.

use std::path::Path;
use std::time::{Duration, Instant};

use featurestore::offline::{OfflineSettings, Spine};
use featurestore::prelude::*;
use featurestore::view::Source;
use parquet::basic::Compression;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::definitions::{ViewSpec, service};
use crate::rules::activity;
use crate::support::{Fixture, spilled, time, wait};
use crate::typed::{WatchNext, fixture as typed_fixture};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    fixture
}

/// The names of the files in a directory.
fn files(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_small_result_has_several_row_groups_and_the_spines_order() {
    let fixture = fixture();
    let rows = "range(100000) AS r(i)";
    let spine = "'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, i AS label";
    fixture.file("spine.parquet", &format!("SELECT {spine} FROM {rows}"));
    let table = fixture.join(service([activity()]));
    let labels: Vec<String> = (0..100_000).map(|label| label.to_string()).collect();
    assert_eq!(table.column("label"), labels.join(" "));
    let file = std::fs::File::open(fixture.path("train.out")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 4);
}

#[test]
fn a_result_is_compressed_with_zstd_and_written_beside_its_name_first() {
    let fixture = fixture();
    std::fs::create_dir(fixture.path("out")).unwrap();
    let join = || {
        fixture
            .store
            .historical_by(service([activity()]), Spine::path("spine.parquet"))
    };
    wait(join().to_parquet("out/train.parquet")).unwrap();
    assert_eq!(files(&fixture.path("out")), ["train.parquet"]);
    let file = std::fs::File::open(fixture.path("out/train.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    for column in reader.metadata().row_group(0).columns() {
        assert!(
            matches!(column.compression(), Compression::ZSTD(_)),
            "{column:?}"
        );
    }
    // Written over in place, the open file would change.
    let old = std::fs::File::open(fixture.path("out/train.parquet")).unwrap();
    let before = old.metadata().unwrap().len();
    fixture.rows(
        "spine",
        "user_id, event_timestamp, label",
        "('a', TIMESTAMP '2026-05-02', 7), ('b', '2026-05-02', 8)",
    );
    wait(join().to_parquet("out/train.parquet")).unwrap();
    assert_eq!(old.metadata().unwrap().len(), before);
    assert_ne!(
        std::fs::metadata(fixture.path("out/train.parquet"))
            .unwrap()
            .len(),
        before
    );
}

/// A spine that takes hours to read.
fn endless() -> Spine {
    Spine::sql(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, hash(i) AS label \
         FROM range(1000000000000) AS r(i) WHERE hash(i) % 1000003 = 0",
    )
}

#[test]
fn a_run_that_is_dropped_leaves_no_file_and_an_older_one_as_it_was() {
    let spill = tempfile::tempdir().unwrap();
    let settings = OfflineSettings::new().memory_limit("60MB").threads(1);
    let fixture = Fixture::with(settings.temp_directory(spill.path()));
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    std::fs::create_dir(fixture.path("out")).unwrap();
    std::fs::write(fixture.path("out/train.parquet"), "old").unwrap();
    let started = Instant::now();
    wait(async {
        let join = fixture
            .store
            .historical_by(service([activity()]), endless());
        let run = join.to_parquet("out/train.parquet");
        let stopped = tokio::time::timeout(Duration::from_millis(400), run).await;
        assert!(stopped.is_err(), "it runs for hours");
    });
    // The runtime waits for its threads when it is dropped.
    assert!(
        started.elapsed() < crate::support::PATIENCE,
        "{:?}",
        started.elapsed()
    );
    assert_eq!(files(&fixture.path("out")), ["train.parquet"]);
    assert_eq!(
        std::fs::read(fixture.path("out/train.parquet")).unwrap(),
        b"old"
    );
    assert_eq!(files(spill.path()), Vec::<String>::new());
}

#[test]
fn a_run_that_is_dropped_while_it_writes_leaves_no_file() {
    let fixture = Fixture::new();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1)",
    );
    fixture.file(
        "spine.parquet",
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, md5(CAST(i AS VARCHAR)) AS label FROM range(600000) AS r(i)",
    );
    std::fs::create_dir(fixture.path("out")).unwrap();
    let seen = wait(async {
        let join = fixture
            .store
            .historical_by(service([activity()]), Spine::path("spine.parquet"));
        let mut run = std::pin::pin!(join.to_parquet("out/train.parquet"));
        loop {
            let moment = tokio::time::sleep(Duration::from_millis(1));
            match futures_util::future::select(run.as_mut(), std::pin::pin!(moment)).await {
                futures_util::future::Either::Left((report, _)) => {
                    panic!("it was written before anybody looked: {report:?}")
                }
                futures_util::future::Either::Right(_) => {}
            }
            let files = files(&fixture.path("out"));
            if !files.is_empty() {
                return files;
            }
        }
    });
    assert!(
        seen[0].ends_with(".unfinished") && seen[0].contains("train.parquet"),
        "{seen:?}"
    );
    assert_eq!(files(&fixture.path("out")), Vec::<String>::new());
}

#[test]
fn a_failed_run_leaves_an_older_file_and_no_other() {
    let fixture = fixture();
    std::fs::create_dir(fixture.path("out")).unwrap();
    std::fs::write(fixture.path("out/train.parquet"), "old").unwrap();
    // It fails once the rows are put together.
    let spine = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, 1 AS label";
    let view = ViewSpec {
        source: Source::Sql(
            "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             CASE WHEN i = 9999 THEN error('this row is broken') ELSE 1::BIGINT END AS n FROM range(10000) AS r(i)",
        ),
        ..activity()
    };
    let join = fixture
        .store
        .historical_by(service([view]), Spine::sql(spine));
    let error = wait(join.to_parquet("out/train.parquet"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("view `activity` can't read") && error.contains("this row is broken"),
        "{error}"
    );
    assert_eq!(files(&fixture.path("out")), ["train.parquet"]);
    assert_eq!(
        std::fs::read(fixture.path("out/train.parquet")).unwrap(),
        b"old"
    );
}

#[test]
fn typed_rows_stream_in_the_spines_order_page_by_page() {
    let fixture = typed_fixture();
    let spine = Spine::sql(
        "SELECT CAST(1 + i % 3 AS BIGINT) AS user_id, \
         TIMESTAMP '2026-05-01 10:30:00' + to_microseconds(i) AS event_timestamp FROM range(300000) AS r(i)",
    );
    let first = time("2026-05-01T10:30:00Z").timestamp_micros();
    wait(async {
        let mut rows = fixture
            .store
            .historical::<WatchNext>(spine)
            .rows()
            .await
            .unwrap();
        assert_eq!(rows.report().rows(), 300_000);
        let mut place = 0;
        while let Some(row) = rows.next().await {
            let row = row.unwrap();
            assert_eq!(row.key, Some(1 + place % 3));
            assert_eq!(row.timestamp.timestamp_micros(), first + place);
            assert_eq!(
                row.features.count,
                [7, 8, 0][usize::try_from(place % 3).unwrap()]
            );
            place += 1;
        }
        assert_eq!(place, 300_000);
        assert!(rows.next().await.is_none());
    });
}

#[test]
fn batches_stream_in_the_spines_order_page_by_page() {
    use featurestore::arrow::array::AsArray;
    use featurestore::arrow::datatypes::Int64Type;
    let fixture = fixture();
    let spine = Spine::sql(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, i AS label FROM range(300000) AS r(i)",
    );
    wait(async {
        let join = fixture.store.historical_by(service([activity()]), spine);
        let mut batches = join.batches().await.unwrap();
        let (mut rows, mut count) = (0, 0);
        while let Some(batch) = batches.next().await {
            let batch = batch.unwrap();
            let labels = batch.column(2).as_primitive::<Int64Type>();
            for label in labels.values() {
                assert_eq!(*label, rows);
                rows += 1;
            }
            count += 1;
        }
        assert_eq!(rows, 300_000);
        assert!(count >= 3, "{count} batches");
    });
}

#[test]
fn a_stream_that_is_dropped_half_way_stops_its_work_and_removes_what_it_spilled() {
    let spill = tempfile::tempdir().unwrap();
    let settings = OfflineSettings::new().memory_limit("60MB").threads(1);
    let settings = settings.temp_directory(spill.path());
    let fixture = typed_fixture();
    let store = fixture.open(settings);
    let spine = Spine::sql(
        "SELECT CAST(1 + i % 3 AS BIGINT) AS user_id, TIMESTAMP '2026-05-01 10:30:00' AS event_timestamp, \
         md5(CAST(i AS VARCHAR)) AS label FROM range(2000000) AS r(i)",
    );
    wait(async {
        let mut batches = store
            .historical::<WatchNext>(spine)
            .batches()
            .await
            .unwrap();
        batches.next().await.unwrap().unwrap();
        let spilled = spilled(spill.path());
        assert!(!spilled.is_empty(), "what is larger than memory spills");
        drop(batches);
        let started = Instant::now();
        while !files(spill.path()).is_empty() {
            assert!(
                started.elapsed() < crate::support::PATIENCE,
                "the work goes on"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

/// What JSON holds is seen only when it is read as a type.
#[feature_view(entity = "user_id", source = "shapes.parquet")]
#[derive(Debug)]
struct Shapes {
    user_id: i64,
    event_timestamp: Timestamp,
    shape: Json<Vec<i64>>,
}

#[feature_service]
#[derive(Debug)]
struct Shaped {
    #[from(Shapes)]
    #[allow(dead_code)] // read by the service alone
    shape: Option<Json<Vec<i64>>>,
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_in_its_place() {
    let fixture = typed_fixture();
    fixture.rows(
        "shapes",
        "user_id, event_timestamp, shape",
        "(1::BIGINT, DATE '2026-05-01', '[1]'), (2, DATE '2026-05-01', '{}')",
    );
    let at = time("2026-05-01T00:00:00Z");
    let spine = Spine::rows([(1_i64, at), (2, at), (1, at)]);
    wait(async {
        let mut rows = fixture
            .store
            .historical::<Shaped>(spine)
            .rows()
            .await
            .unwrap();
        assert!(rows.next().await.unwrap().is_ok());
        let error = rows.next().await.unwrap().unwrap_err().to_string();
        assert!(
            error.contains("row 2 of the spine") && error.contains("shape"),
            "{error}"
        );
        assert!(rows.next().await.unwrap().is_ok());
        assert!(rows.next().await.is_none());
    });
}
