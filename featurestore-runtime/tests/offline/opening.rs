//! What a store compares when it opens: the local Parquet files that are there, by their footers.

use featurestore::view::{Drift, Source};
use featurestore::{Dtype, FeatureStore};

use crate::definitions::{Slots, ViewSpec};
use crate::heard::Heard;
use crate::support::{Fixture, wait};

/// Opens a store over the fixture's files with these views: nothing, or the error's text.
fn open(fixture: &Fixture, views: &[ViewSpec]) -> Result<(), String> {
    let slots = Slots::new(views.len());
    let views: Vec<_> = views.iter().cloned().map(ViewSpec::leak).collect();
    let store = FeatureStore::builder("test")
        .registry(slots.registry(&views))
        .online_store(fixture.online.clone())
        .source_prefix("elsewhere", fixture.path("there"))
        .data_root(fixture.path(""))
        .open();
    wait(store).map(drop).map_err(|error| error.to_string())
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
fn a_file_that_fits_opens_and_one_that_does_not_is_refused_with_the_compilers_words() {
    let fixture = Fixture::new();
    fixture.file("a.parquet", INTEGERS);
    assert_eq!(open(&fixture, &[view("a.parquet")]), Ok(()));
    fixture.file("a.parquet", FLOATS);
    assert_eq!(
        open(&fixture, &[view("a.parquet")]),
        Err(format!(
            "{SENTENCE} a.parquet has `n` as f64; declare it as f64, or mend the source and accept its schema with the command `lock`"
        ))
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
    let message = open(&fixture, &[view("a.parquet"), other]).unwrap_err();
    let starts = [
        "FS0060: `user_id` of view `activity` is declared as string, but a.parquet has `user_id` as i32",
        "FS0060: `event_timestamp` of view `activity` is declared as timestamp, but a.parquet",
        "FS0061: no column `n` in a.parquet",
        "FS0061: no column `written` in b.parquet",
        "FS0060: `n` of view `other`",
    ];
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), starts.len(), "{message}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{message}");
    }
}

#[test]
fn what_the_view_was_compiled_with_decides_what_is_done() {
    let fixture = Fixture::new();
    fixture.file("a.parquet", FLOATS);
    for (drift, opens) in [
        (Drift::Deny, false),
        (Drift::Warn, true),
        (Drift::Allow, true),
    ] {
        let view = ViewSpec {
            drift,
            ..view("a.parquet")
        };
        assert_eq!(open(&fixture, &[view]).is_ok(), opens, "{drift:?}");
    }
}

#[test]
fn a_store_whose_views_were_compiled_to_warn_warns_with_the_compilers_words_and_opens() {
    let fixture = Fixture::new();
    fixture.file("a.parquet", FLOATS);
    let warnings = |name, drift| {
        let view = ViewSpec {
            name,
            drift,
            ..view("a.parquet")
        };
        let heard = Heard::of(name);
        assert_eq!(open(&fixture, &[view]), Ok(()));
        heard.take()
    };
    let said = warnings("watched", Drift::Warn);
    assert_eq!(said.len(), 1, "{said:?}");
    let sentence = "FS0060: `n` of view `watched` is declared as i64, but a.parquet has `n` as f64";
    assert!(
        said[0].starts_with("WARN ") && said[0].contains(sentence),
        "{said:?}"
    );
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
        assert_eq!(open(&fixture, &[view(source)]), Ok(()), "{source}");
    }
    let sql = ViewSpec {
        source: Source::Sql("SELECT nonsense"),
        ..view("")
    };
    assert_eq!(open(&fixture, &[sql]), Ok(()));
}

#[test]
fn a_file_that_is_being_written_is_left_to_whoever_reads_its_rows() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("a.parquet"), b"PAR1 and not yet more").unwrap();
    assert_eq!(open(&fixture, &[view("a.parquet")]), Ok(()));
}

#[test]
fn sources_are_found_as_reading_finds_them_and_all_files_of_one_agree() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("there")).unwrap();
    fixture.file("there/a.parquet", FLOATS);
    let message = open(&fixture, &[view("elsewhere/a.parquet")]).unwrap_err();
    assert!(
        message.starts_with(&format!("{SENTENCE} elsewhere/a.parquet")),
        "{message}"
    );
    fixture.file("there/b.parquet", INTEGERS);
    let message = open(&fixture, &[view("elsewhere/*.parquet")]).unwrap_err();
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
