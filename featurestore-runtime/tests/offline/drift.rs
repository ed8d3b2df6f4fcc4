//! Sources that changed since the program was compiled: opening a store looks at none, and what
//! reads one compares the footers of its local Parquet files with its view first.

use featurestore::materialize::ViewReport;
use featurestore::view::{Drift, Source, ViewDefinition};
use featurestore::{Dtype, FeatureStore};

use crate::definitions::{Slots, ViewSpec};
use crate::heard::Heard;
use crate::support::{Fixture, wait};

/// A store over the fixture's files with these views.
fn open(
    fixture: &Fixture,
    views: &[ViewSpec],
) -> Result<(FeatureStore, Vec<&'static ViewDefinition>), String> {
    let slots = Slots::new(views.len());
    let views: Vec<_> = views.iter().cloned().map(ViewSpec::leak).collect();
    let store = FeatureStore::builder("test")
        .registry(slots.registry(&views))
        .online_store(fixture.online.clone())
        .source_prefix("elsewhere", fixture.path("there"))
        .data_root(fixture.path(""))
        .open();
    let store = wait(store).map_err(|error| error.to_string())?;
    Ok((store, views))
}

/// How the views' sources differ, as the store tells it; and what a run of each view fails with is
/// the same.
fn drift(fixture: &Fixture, views: &[ViewSpec]) -> Vec<String> {
    let (store, views) = open(fixture, views).unwrap();
    let mut messages = Vec::new();
    for view in views {
        let drift = wait(store.drift(view)).unwrap();
        let report = wait(store.materialize().views([view]).run()).unwrap();
        let error = report.views()[0].error().map(ToString::to_string);
        if view.drift() == Drift::Deny {
            let expected = (!drift.is_empty()).then(|| drift.join("\n"));
            assert_eq!(error, expected);
        }
        messages.extend(drift);
    }
    messages
}

fn view(source: &'static str) -> ViewSpec {
    ViewSpec {
        source: Source::Path(source),
        ..ViewSpec::new("activity", &[("n", Dtype::I64)])
    }
}

const FLOATS: &str =
    "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1.7::DOUBLE AS n";
const INTEGERS: &str =
    "SELECT 'a' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1::INTEGER AS n";
const SENTENCE: &str = "FS0060: `n` of view `activity` is declared as i64, but";

#[test]
fn a_file_that_fits_is_read_and_one_that_does_not_is_refused_with_the_compilers_words() {
    let fixture = Fixture::new();
    fixture.file("a.parquet", INTEGERS);
    assert_eq!(drift(&fixture, &[view("a.parquet")]), [""; 0]);
    fixture.file("a.parquet", FLOATS);
    assert_eq!(
        drift(&fixture, &[view("a.parquet")]),
        [format!(
            "{SENTENCE} a.parquet has `n` as f64; declare it as f64, or mend the source and accept its schema with the command `lock`"
        )]
    );
}

#[test]
fn every_difference_of_every_view_is_reported_at_once() {
    let fixture = Fixture::new();
    fixture.file(
        "a.parquet",
        "SELECT 1::INTEGER AS user_id, 'x' AS event_timestamp, 1.7::DOUBLE AS m",
    );
    fixture.file("b.parquet", FLOATS);
    let other = ViewSpec {
        name: "other",
        created: Some("written"),
        ..view("b.parquet")
    };
    let lines = drift(&fixture, &[view("a.parquet"), other]);
    let starts = [
        "FS0060: `user_id` of view `activity` is declared as string, but a.parquet has `user_id` as i32",
        "FS0060: `event_timestamp` of view `activity` is declared as timestamp, but a.parquet",
        "FS0061: no column `n` in a.parquet",
        "FS0061: no column `written` in b.parquet",
        "FS0060: `n` of view `other`",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{lines:?}");
    }
}

#[test]
fn other_views_are_read_and_rows_that_are_online_are_served_while_one_source_has_drifted() {
    let fixture = Fixture::new();
    fixture
        .file("a.parquet", INTEGERS)
        .file("b.parquet", INTEGERS);
    let other = ViewSpec {
        name: "other",
        ..view("b.parquet")
    };
    let views = [view("a.parquet"), other];
    let (store, _) = open(&fixture, &views).unwrap();
    wait(store.materialize().run()).unwrap();
    let rows = fixture.online.memory.rows();
    assert_eq!(rows.len(), 2);

    fixture.file("a.parquet", FLOATS);
    let (store, _) = open(&fixture, &views).unwrap();
    let report = wait(store.materialize().run()).unwrap();
    let failed: Vec<&str> = report.failed().map(ViewReport::view).collect();
    assert_eq!(failed, ["activity"]);
    assert_eq!(fixture.online.memory.rows(), rows);
}

#[test]
fn what_was_compiled_to_warn_warns_where_it_is_read_with_the_compilers_words() {
    let fixture = Fixture::new();
    fixture.file("a.parquet", FLOATS);
    let warnings = |name, drift| {
        let view = ViewSpec {
            name,
            drift,
            ..view("a.parquet")
        };
        let (store, views) = open(&fixture, &[view]).unwrap();
        let heard = Heard::of(name);
        wait(store.materialize().views(views).run()).unwrap();
        let mut said = heard.take();
        said.retain(|line| line.starts_with("WARN ") && line.contains("FS0060"));
        said
    };
    let said = warnings("watched", Drift::Warn);
    let sentence = "FS0060: `n` of view `watched` is declared as i64, but a.parquet has `n` as f64";
    assert!(said.len() == 1 && said[0].contains(sentence), "{said:?}");
    assert_eq!(warnings("allowed", Drift::Allow), Vec::<String>::new());
}

#[test]
fn what_is_not_there_or_no_local_parquet_is_not_compared() {
    let fixture = Fixture::new();
    fixture.file("a.csv", FLOATS);
    for source in [
        "gone.parquet",
        "gone/*.parquet",
        "a.csv",
        "s3://bucket/a.parquet",
    ] {
        let (store, views) = open(&fixture, &[view(source)]).unwrap();
        assert_eq!(wait(store.drift(views[0])).unwrap(), [""; 0], "{source}");
    }
    let sql = ViewSpec {
        source: Source::Sql("SELECT nonsense"),
        ..view("")
    };
    let (store, views) = open(&fixture, &[sql]).unwrap();
    assert_eq!(wait(store.drift(views[0])).unwrap(), [""; 0]);
}

#[test]
fn a_file_that_is_being_written_is_left_to_whoever_reads_its_rows() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("a.parquet"), b"PAR1 and not yet more").unwrap();
    let (store, views) = open(&fixture, &[view("a.parquet")]).unwrap();
    assert_eq!(wait(store.drift(views[0])).unwrap(), [""; 0]);
}

#[test]
fn sources_are_found_as_reading_finds_them_and_all_files_of_one_agree() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("there")).unwrap();
    fixture.file("there/a.parquet", FLOATS);
    let message = drift(&fixture, &[view("elsewhere/a.parquet")]).concat();
    assert!(
        message.starts_with(&format!("{SENTENCE} elsewhere/a.parquet")),
        "{message}"
    );
    fixture.file("there/b.parquet", INTEGERS);
    let message = drift(&fixture, &[view("elsewhere/*.parquet")]).concat();
    assert!(
        message.starts_with("FS0065: view `activity`: ")
            && message.contains("`n` is f64 in the first and i32 in the second"),
        "{message}"
    );
}

#[test]
fn two_views_with_one_name_are_refused() {
    let message = open(&Fixture::new(), &[view("a.parquet"), view("b.parquet")]).unwrap_err();
    assert_eq!(
        message,
        "FS0081: two views are named `activity`: tests::activity and tests::activity; give one of them another `name = \"..\"`"
    );
}
