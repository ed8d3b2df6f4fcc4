//! What the offline store may use: settings take effect, and wrong ones are errors that name them.

use featurestore::offline::{OfflineSettings, Spine};
use featurestore::view::Source;
use featurestore::{Clock, Dtype, FeatureStore};

use crate::definitions::{ViewSpec, service, text};
use crate::rules::activity;
use crate::support::{Fixture, read, spilled, time, wait};

const SPINE: &str = "SELECT 'a' AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp";

/// What a run with these settings has as its own.
fn setting(settings: OfflineSettings, name: &str) -> String {
    let sql = format!(
        "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, current_setting('{name}')::VARCHAR AS value"
    );
    let view = ViewSpec {
        source: Source::Sql(text(sql)),
        ..ViewSpec::new("settings", &[("value", Dtype::String)])
    };
    Fixture::with(settings)
        .join_on(service([view]), Spine::sql(SPINE))
        .column("value")
}

#[test]
fn settings_take_effect() {
    let set = OfflineSettings::new;
    assert_eq!(
        setting(set().memory_limit("123MiB"), "memory_limit"),
        "123.0TMiB"
    );
    assert_eq!(setting(set().threads(3), "threads"), "3");
    let spill = tempfile::tempdir().unwrap();
    let directory = setting(set().temp_directory(spill.path()), "temp_directory");
    let own = format!(
        "{}/featurestore-{}-",
        spill.path().display(),
        std::process::id()
    );
    assert!(
        directory.starts_with(&own),
        "{directory} is not below {own}"
    );
}

#[test]
fn nothing_is_downloaded_and_times_are_utc_whatever_the_machine_says() {
    for (name, value) in [
        ("autoinstall_known_extensions", "false"),
        ("autoload_known_extensions", "false"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(setting(OfflineSettings::new(), name), value, "{name}");
    }
}

fn refused(settings: OfflineSettings, parts: &[&str]) {
    let fixture = Fixture::with(settings);
    let error = fixture.error(service([activity()]), Spine::sql(SPINE));
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_memory_limit_that_is_none_is_named() {
    for limit in ["lots", "12 parsecs", ""] {
        refused(
            OfflineSettings::new().memory_limit(limit),
            &[
                &format!("`memory_limit` of the offline store is `{limit}`, which is no size"),
                "it is set by --memory-limit, FEATURESTORE_MEMORY_LIMIT, or `OfflineSettings::memory_limit`",
            ],
        );
    }
}

#[test]
fn no_threads_are_refused_when_the_store_opens() {
    let store = FeatureStore::builder("test")
        .registry(featurestore::registry![])
        .offline(OfflineSettings::new().threads(0))
        .clock(Clock::fixed(time("2026-06-01T00:00:00Z")))
        .open();
    let error = wait(store).unwrap_err().to_string();
    assert!(
        error.contains("0 threads") && error.contains("set at least 1"),
        "{error}"
    );
}

/// A fixture with more rows than 70 MB hold, whose runs may spill to `directory`.
fn large(directory: &std::path::Path) -> Fixture {
    let settings = OfflineSettings::new().memory_limit("70MB").threads(1);
    let fixture = Fixture::with(settings.temp_directory(directory));
    fixture.file(
        "activity.parquet",
        "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, i AS n FROM range(1000000) AS r(i)",
    );
    fixture.file(
        "spine.parquet",
        "SELECT 'u' || i AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, i AS label FROM range(1000000) AS r(i)",
    );
    fixture
}

#[test]
fn what_is_larger_than_memory_spills_and_what_was_spilled_is_removed() {
    let spill = tempfile::tempdir().unwrap();
    let fixture = large(spill.path());
    let seen = std::thread::scope(|scope| {
        let (done, stop) = std::sync::mpsc::channel::<()>();
        let path = spill.path();
        let watch = scope.spawn(move || {
            let mut seen = false;
            while stop.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                seen |= !spilled(path).is_empty();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            seen
        });
        let report = fixture.report(service([activity()]), Spine::path("spine.parquet"));
        drop(done);
        let report = report.unwrap();
        assert_eq!(
            (report.rows(), report.features()[0].found()),
            (1_000_000, 1_000_000)
        );
        let table = read(report.path().unwrap());
        assert!(table.rows.iter().all(|row| row[2] == row[3]));
        watch.join().unwrap()
    });
    assert!(seen, "nothing was spilled");
    assert_eq!(std::fs::read_dir(spill.path()).unwrap().count(), 0);
}

#[test]
fn a_place_to_spill_to_that_is_none_is_named_and_one_that_is_not_there_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    for place in [file.clone(), file.join("below")] {
        let named = format!(
            "`temp_directory` of the offline store is `{}`",
            place.display()
        );
        refused(
            OfflineSettings::new().temp_directory(&place),
            &[
                &named,
                "directory",
                "--temp-directory, FEATURESTORE_TEMP_DIRECTORY",
            ],
        );
    }
    let fixture = large(&directory.path().join("not/yet"));
    let report = fixture.report(service([activity()]), Spine::path("spine.parquet"));
    assert_eq!(report.unwrap().rows(), 1_000_000);
}

#[test]
fn too_little_memory_says_what_to_set_and_leaves_nothing() {
    let spill = tempfile::tempdir().unwrap();
    let fixture = large(spill.path());
    let little = OfflineSettings::new().memory_limit("10MB").threads(1);
    let store = fixture.open(little.temp_directory(spill.path()));
    let join = store.historical_by(service([activity()]), Spine::path("spine.parquet"));
    let error = wait(join.to_parquet("train.out")).unwrap_err().to_string();
    for part in [
        "Out of Memory Error",
        "; raise `memory_limit` (--memory-limit, FEATURESTORE_MEMORY_LIMIT) or lower",
    ] {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
    assert!(!error.contains("SET "), "{error}");
    assert!(!fixture.path("train.out").exists());
    assert_eq!(std::fs::read_dir(spill.path()).unwrap().count(), 0);
    let left = std::fs::read_dir(fixture.path("")).unwrap().count();
    assert_eq!(left, 2, "the two files that were read");
}
