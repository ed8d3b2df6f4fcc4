//! Joins, snapshots and materialization against plain loops, over what files do to values: texts with
//! zeros and marks in them, floats bit by bit, and ties between the rows of eleven files whose order
//! is that of their paths' bytes, beside each other or in `key=value` folders.

use std::collections::BTreeMap;
use std::fs;

use featurestore::arrow::array::{Array, AsArray};
use featurestore::arrow::datatypes::{Float64Type, Int64Type};
use featurestore::arrow::record_batch::RecordBatch;
use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;
use featurestore::{Dtype, FeatureStore, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::definitions::{ViewSpec, service};
use crate::materialize::online;
use crate::support::{Fixture, wait, with_connection};
use crate::written::{Written, texts, write};

const KEYS: [&str; 9] = [
    "a",
    "a\0",
    "a\0b",
    "\0",
    "A",
    "é",
    "e\u{301}",
    "\u{10ffff}",
    " a ",
];

/// Zeros, NaNs, infinities, subnormal numbers, and an ordinary one.
const VALUES: [u64; 10] = [
    0,
    0x8000_0000_0000_0000,
    0x7ff8_0000_0000_0000,
    0xfff8_0000_0000_00ff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    1,
    0x8000_0000_0000_0001,
    0x000f_ffff_ffff_ffff,
    0x3ff8_0000_0000_0000,
];

/// Names of folders and of files, whose bytes have another order than they have as numbers or texts.
const PLACES: [&str; 11] = [
    "0",
    "1",
    "10",
    "2",
    "9",
    "-1",
    "A",
    "a",
    "%C3%A9",
    "Z%20z",
    "__HIVE_DEFAULT_PARTITION__",
];

/// Midnight of 2026-05-01.
const START: i64 = 1_777_593_600_000_000;
const STEP: i64 = 1_000_000;
const FIELDS: &str = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true)); \
                      required double value; required int64 n;";

#[derive(Debug, Clone, Copy)]
struct Row {
    key: usize,
    at: i64,
    value: u64,
    n: i64,
}

#[derive(Debug)]
struct World {
    /// The rows of each file, by its path.
    files: BTreeMap<String, Vec<Row>>,
    in_folders: bool,
    spine: Vec<(usize, i64)>,
}

impl World {
    fn new(seed: u64, in_folders: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut n = 0;
        let mut files = BTreeMap::new();
        for place in PLACES {
            let rows = (0..random.usize(1..12)).map(|_| {
                n += 1;
                Row {
                    key: random.usize(..KEYS.len()),
                    // Few times, so that most are ties.
                    at: START + random.i64(0..4) * STEP,
                    value: VALUES[random.usize(..VALUES.len())],
                    n,
                }
            });
            let path = if in_folders {
                format!("rows/day={place}/part.parquet")
            } else {
                // What begins with a mark is no file to read.
                format!("rows/f{place}.parquet")
            };
            files.insert(path, rows.collect());
        }
        let spine = (0..random.usize(1..40)).map(|_| {
            let at = START + random.i64(-1..5) * STEP + random.i64(-1..2);
            (random.usize(..KEYS.len()), at)
        });
        let spine = spine.collect();
        Self {
            files,
            in_folders,
            spine,
        }
    }

    fn write(&self, fixture: &Fixture) {
        let _ = fs::remove_dir_all(fixture.path("rows"));
        for (path, rows) in &self.files {
            let path = fixture.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let columns = [
                texts(rows.iter().map(|row| KEYS[row.key])),
                Written::I64(rows.iter().map(|row| row.at).collect()),
                Written::F64(rows.iter().map(|row| row.value).collect()),
                Written::I64(rows.iter().map(|row| row.n).collect()),
            ];
            write(&path, FIELDS, &columns);
        }
        let columns = [
            texts(self.spine.iter().map(|(key, _)| KEYS[*key])),
            Written::I64(self.spine.iter().map(|(_, at)| *at).collect()),
        ];
        let fields = "required binary user_id (STRING); required int64 event_timestamp (TIMESTAMP(MICROS,true));";
        write(&fixture.path("spine.parquet"), fields, &columns);
    }

    /// The row that counts: of the latest time, of the last file, the last one there.
    fn latest(&self, key: usize, at: i64) -> Option<(&str, Row)> {
        // A map of texts goes by their bytes, as files do.
        let rows = self.files.iter();
        let rows = rows.flat_map(|(path, rows)| rows.iter().map(move |row| (path.as_str(), *row)));
        let known = rows.filter(|(_, row)| row.key == key && row.at <= at);
        known.max_by_key(|(_, row)| row.at)
    }

    fn view(&self) -> ViewSpec {
        let mut columns = vec![("value", Dtype::F64), ("n", Dtype::I64)];
        if self.in_folders {
            columns.push(("day", Dtype::String));
        }
        let source = if self.in_folders {
            "rows"
        } else {
            "rows/*.parquet"
        };
        ViewSpec {
            source: Source::Path(source),
            ..ViewSpec::new("activity", &columns)
        }
    }

    /// What a row gives: the bits of its value, its number and what its folder says.
    fn cells(&self, (path, row): (&str, Row)) -> Cells {
        let day = path
            .split("day=")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let day = day.filter(|_| self.in_folders).and_then(|day| match day {
            "__HIVE_DEFAULT_PARTITION__" => None,
            "%C3%A9" => Some("é".to_owned()),
            "Z%20z" => Some("Z z".to_owned()),
            plain => Some(plain.to_owned()),
        });
        (Some(row.value), Some(row.n), day)
    }
}

type Cells = (Option<u64>, Option<i64>, Option<String>);

fn cells(batches: &[RecordBatch], in_folders: bool) -> Vec<Cells> {
    let mut cells = Vec::new();
    for batch in batches {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        let values = column("value").as_primitive::<Float64Type>();
        let numbers = column("n").as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let day = in_folders.then(|| column("day").as_string::<i32>());
            let day = day.filter(|day| day.is_valid(row));
            cells.push((
                values.is_valid(row).then(|| values.value(row).to_bits()),
                numbers.is_valid(row).then(|| numbers.value(row)),
                day.map(|day| day.value(row).to_owned()),
            ));
        }
    }
    cells
}

fn parquet(path: &std::path::Path) -> Vec<RecordBatch> {
    with_connection(|connection| {
        let sql = format!("FROM read_parquet('{}')", path.display());
        let mut statement = connection.prepare(&sql).unwrap();
        statement.query_arrow([]).unwrap().collect()
    })
}

fn check(world: &World, fixture: &Fixture, stores: &[(Search, FeatureStore)]) -> TestCaseResult {
    world.write(fixture);
    let joined = world.spine.iter().map(|(key, at)| {
        let latest = world.latest(*key, *at);
        latest.map_or_else(Cells::default, |row| world.cells(row))
    });
    let joined: Vec<Cells> = joined.collect();
    let end = START + 2 * STEP;
    let mut known: Vec<usize> = (0..KEYS.len())
        .filter(|key| world.latest(*key, end).is_some())
        .collect();
    known.sort_by_key(|key| KEYS[*key]);
    let of_snapshot: Vec<Cells> = known
        .iter()
        .map(|key| world.cells(world.latest(*key, end).unwrap()))
        .collect();
    for (search, store) in stores {
        let join = || store.historical_by(service([world.view()]), Spine::path("spine.parquet"));
        let batches = wait(async { join().batches().await.unwrap().collect().await.unwrap() });
        prop_assert_eq!(
            &cells(&batches, world.in_folders),
            &joined,
            "batches, {:?}",
            search
        );
        let report = wait(join().to_parquet("train.out")).unwrap();
        let file = parquet(report.path().unwrap());
        prop_assert_eq!(
            &cells(&file, world.in_folders),
            &joined,
            "file, {:?}",
            search
        );
        let at = Timestamp::from_timestamp_micros(end).unwrap();
        let snapshot = store.snapshot_by(service([world.view()]), at);
        let report = wait(snapshot.to_parquet("snapshot.out")).unwrap();
        prop_assert_eq!(report.rows(), known.len() as u64, "snapshot, {:?}", search);
        let file = parquet(report.path().unwrap());
        prop_assert_eq!(
            &cells(&file, world.in_folders),
            &of_snapshot,
            "snapshot, {:?}",
            search
        );
    }
    let view = world.view().leak();
    fixture.online.memory.clear_rows();
    // Each case declares the view anew.
    let materialized = fixture.store.materialize().views([view]).take_over().run();
    let report = wait(materialized).unwrap();
    prop_assert!(report.is_ok(), "{:?}", report.views()[0].error());
    let found = online(fixture, view).into_iter().map(|row| {
        let (key, rest) = row
            .strip_prefix("test:user_id:")
            .unwrap()
            .rsplit_once(" 05-01 ")
            .unwrap();
        let n: i64 = rest.split(' ').nth(2).unwrap().parse().unwrap();
        (key.to_owned(), n)
    });
    let found: Vec<i64> = found.map(|(_, n)| n).collect();
    let mut expected: Vec<i64> = (0..KEYS.len())
        .filter_map(|key| Some(world.latest(key, i64::MAX)?.1.n))
        .collect();
    let mut sorted = found.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    prop_assert_eq!(sorted, expected, "online");
    Ok(())
}

#[test]
fn texts_floats_and_ties_over_files_and_folders_are_what_plain_loops_say() {
    let fixture = Fixture::new();
    let stores = [Search::Auto, Search::Sorted, Search::Pairs]
        .map(|search| (search, fixture.open(OfflineSettings::new().search(search))));
    let worlds = (any::<u64>(), any::<bool>());
    let outcome = featurestore_properties::runner(12).run(&worlds, |(seed, in_folders)| {
        check(&World::new(seed, in_folders), &fixture, &stores)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
