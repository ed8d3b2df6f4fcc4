//! Sources and spines that are replaced while they are read: what comes of it is of one state of the
//! files, or it is an error.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use featurestore::Dtype;
use featurestore::materialize::MaterializeError;
use featurestore::offline::{OfflineError, OfflineSettings, Search, Spine};
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service, text};
use crate::materialize::online;
use crate::support::{Fixture, read, time, wait};

const USERS: usize = 5_000;
const VERSIONS: usize = 4;

/// Version `n` of an export, of two rows per user in an order of its own: the latest has `n`.
fn export(n: usize) -> String {
    format!(
        "SELECT 'u' || (i % {USERS}) AS user_id, CAST(if(i < {USERS}, -1 - {n}, {n}) AS BIGINT) AS n, \
         TIMESTAMP '2026-05-01' + INTERVAL (i // {USERS}) HOUR AS event_timestamp \
         FROM range({USERS} * 2) AS r(i) ORDER BY hash(i + {n})"
    )
}

/// A view of what is in `data`, by the path itself and by a query.
fn views() -> [ViewSpec; 2] {
    let sources = [
        Source::Path(text("data/*.parquet")),
        Source::Sql(text("SELECT * FROM 'data/*.parquet' WHERE n >= -100")),
    ];
    sources.map(|source| ViewSpec {
        source,
        ..ViewSpec::new("activity", &[("n", Dtype::I64)])
    })
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    for n in 0..VERSIONS {
        fixture.file(&format!("version-{n}.parquet"), &export(n));
    }
    let spine = format!(
        "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp FROM range({USERS}) AS r(i)"
    );
    fixture.file("spine.parquet", &spine);
    fs::create_dir(fixture.path("data")).unwrap();
    replace(&fixture.path(""), 0, "data/5.parquet");
    fixture
}

/// Puts a version of the export in the place of a file, at once.
fn replace(root: &Path, version: usize, file: &str) {
    let next = root.join("next");
    fs::copy(root.join(format!("version-{version}.parquet")), &next).unwrap();
    fs::rename(next, root.join(file)).unwrap();
}

/// All users have the value of one version.
fn is_of_one_version<'a>(values: impl Iterator<Item = &'a str>, of: &str) {
    let values: Vec<&str> = values.collect();
    assert_eq!(values.len(), USERS, "{of}");
    let other = values.iter().find(|value| **value != values[0]);
    assert_eq!(other, None, "{of}: beside {}", values[0]);
    assert!(!values[0].starts_with('-'), "{of}: an old row");
}

fn says_that_it_changed(error: &OfflineError, of: &str) {
    assert!(
        matches!(error, OfflineError::Changed { .. }),
        "{of}: {error}"
    );
    let message = error.to_string();
    assert!(
        message.contains("changed while it was read"),
        "{of}: {message}"
    );
    assert!(!message.contains("hrift"), "{of}: {message}");
}

#[test]
fn a_file_that_is_replaced_added_or_removed_during_a_join_fails_it_and_leaves_no_result() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("the source", |root| {
            replace(root, 1, "data/5.parquet");
        }),
        ("a first file", |root| {
            replace(root, 1, "data/0.parquet");
        }),
        ("the spine", |root| {
            fs::copy(root.join("spine.parquet"), root.join("next")).unwrap();
            fs::rename(root.join("next"), root.join("spine.parquet")).unwrap();
        }),
        ("no source", |root| {
            fs::remove_file(root.join("data/5.parquet")).unwrap();
        }),
    ];
    let kinds = views().into_iter().enumerate();
    let kinds = kinds.flat_map(|kind| changes.map(|change| (kind.clone(), change)));
    for ((query, view), (what, change)) in kinds {
        for stage in ["joining", "writing"] {
            let what = format!("{what} while {stage}, query {query}");
            let fixture = fixture();
            let root = fixture.path("");
            let join = fixture
                .store
                .historical_by(service([view.clone()]), Spine::path("spine.parquet"));
            let join = join.on_progress(move |progress| {
                if progress.what().starts_with(stage) {
                    change(&root);
                }
            });
            let result = wait(join.to_parquet("train.out"));
            says_that_it_changed(&result.unwrap_err(), &what);
            assert!(!fixture.path("train.out").exists(), "{what}");
        }
    }
}

/// Replaces files until it is told to stop.
fn replacing(fixture: &Fixture, seed: u64) -> (Arc<AtomicBool>, std::thread::JoinHandle<()>) {
    let (root, stop) = (fixture.path(""), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let replaces = std::thread::spawn(move || {
        let mut random = fastrand::Rng::with_seed(seed);
        while !stopped.load(Ordering::Relaxed) {
            replace(&root, random.usize(..VERSIONS), "data/5.parquet");
            std::thread::sleep(Duration::from_millis(random.u64(..150)));
        }
    });
    (stop, replaces)
}

#[test]
fn whatever_is_replaced_while_it_is_read_gives_one_state_of_it_or_an_error() {
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let fixture = fixture();
    let (stop, replaces) = replacing(&fixture, seed);
    let views = views().map(|view| (view.clone(), view.leak()));
    for round in 0..12 {
        let (view, leaked) = &views[round % 2];
        let search = [Search::Auto, Search::Sorted, Search::Pairs][round / 2 % 3];
        let store = fixture.open(OfflineSettings::new().search(search));
        let of = format!("materialization {round} of seed {seed}");
        let watermark = || {
            fixture
                .online
                .memory
                .records("test")
                .remove("watermark/activity")
        };
        let before = watermark();
        let report = wait(store.materialize().views([*leaked]).run()).unwrap();
        match report.views()[0].error() {
            None => {
                let rows = online(&fixture, leaked);
                is_of_one_version(rows.iter().filter_map(|row| row.rsplit(' ').next()), &of);
            }
            Some(MaterializeError::Offline(error)) => {
                says_that_it_changed(error, &of);
                assert_eq!(watermark(), before, "{of}");
            }
            Some(error) => panic!("{of}: {error}"),
        }
        for (name, join) in [
            (
                "historical",
                store.historical_by(service([view.clone()]), Spine::path("spine.parquet")),
            ),
            (
                "snapshot",
                store.snapshot_by(service([view.clone()]), time("2026-05-02T00:00:00Z")),
            ),
        ] {
            let of = format!("{name} {round} of seed {seed}");
            match wait(join.to_parquet("train.out")) {
                Ok(report) => {
                    let table = read(report.path().unwrap());
                    is_of_one_version(table.column("n").split(' '), &of);
                }
                Err(error) => says_that_it_changed(&error, &of),
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    replaces.join().unwrap();
}
