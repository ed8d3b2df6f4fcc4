//! Materialization of views that share a source, sources without row numbers, and the rows that
//! are kept out.

use featurestore::Dtype;
use featurestore::materialize::{MaterializeError, MaterializeReport, ViewReport};
use featurestore::online::Address;
use featurestore::view::{Check, Number, Source, ViewDefinition};

use crate::definitions::{ColumnSpec, ViewSpec, text};
use crate::support::{Fixture, read, wait};

/// A view over `shared.parquet`.
fn shared(name: &'static str, columns: &[(&'static str, Dtype)]) -> ViewSpec {
    ViewSpec {
        source: Source::Path("shared.parquet"),
        ..ViewSpec::new(name, columns)
    }
}

fn run(fixture: &Fixture, views: &[&'static ViewDefinition]) -> MaterializeReport {
    let run = fixture.store.materialize().views(views.iter().copied());
    wait(run.run()).unwrap()
}

/// A row's address and field, and its bytes.
type Row = (Address, String, Vec<u8>);

/// The bytes of all rows, which say all there is.
fn rows(fixture: &Fixture) -> Vec<Row> {
    let rows = fixture.online.memory.rows().into_iter();
    rows.map(|(address, field, row)| (address, field, row.to_vec()))
        .collect()
}

fn counts(report: &ViewReport) -> [u64; 4] {
    [
        report.read(),
        report.written(),
        report.older(),
        report.rejected(),
    ]
}

const SHARED: &str = "('a', TIMESTAMP '2026-05-01', 1::BIGINT, 0.5::DOUBLE, 'x'), \
     ('a', '2026-05-02', 2, '-0.0', 'y'), ('b', '2026-05-01', NULL, 'nan', NULL), \
     (NULL, '2026-05-01', 3, 1.0, 'z'), ('c', NULL, 4, 2.0, 'z')";

#[test]
fn views_of_one_source_are_read_at_once_and_written_side_by_side() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let views = [
        shared("counts", &[("n", Dtype::I64)]).leak(),
        shared("texts", &[("s", Dtype::String), ("n", Dtype::I64)]).leak(),
        shared("floats", &[("f", Dtype::F64)]).leak(),
    ];
    let report = run(&fixture, &views);
    assert!(report.is_ok(), "{report:?}");
    let names: Vec<&str> = report.views().iter().map(ViewReport::view).collect();
    assert_eq!(names, ["counts", "texts", "floats"]);
    for view in report.views() {
        assert_eq!(counts(view), [4, 2, 0, 2], "{}", view.view());
    }
    assert_eq!(*fixture.online.chunks.lock().unwrap(), [6]);
    let together = rows(&fixture);
    fixture.online.memory.clear_rows();
    for view in views {
        assert!(run(&fixture, &[view]).is_ok());
    }
    assert_eq!(rows(&fixture), together, "also the sign of zero");
}

#[test]
fn checks_that_every_row_satisfies_leave_views_of_one_source_together() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let checks: &[Check] = &[Check::Range {
        min: Some(Number::Int(1)),
        max: None,
        inclusive: false,
    }];
    let mut counted = shared("counts", &[("n", Dtype::I64)]);
    counted.columns[0].checks = checks;
    let views = [
        counted.leak(),
        shared("texts", &[("s", Dtype::String)]).leak(),
    ];
    assert!(run(&fixture, &views).is_ok());
    assert_eq!(
        *fixture.online.chunks.lock().unwrap(),
        [4],
        "one write for both"
    );
    // Where a row breaks one, other rows are valid for that view alone.
    fixture.rows(
        "shared",
        "user_id, event_timestamp, n, f, s",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT, 0.5::DOUBLE, 'x'), ('a', '2026-05-02', 0, 0.5, 'y')",
    );
    fixture.online.memory.clear_rows();
    fixture.online.chunks.lock().unwrap().clear();
    assert!(run(&fixture, &views).is_ok());
    assert_eq!(*fixture.online.chunks.lock().unwrap(), [1, 1]);
    let days: Vec<bool> = rows(&fixture)
        .windows(2)
        .map(|two| two[0].2 == two[1].2)
        .collect();
    assert_eq!(days, [false]);
}

#[test]
fn views_of_one_source_that_settle_differently_are_read_apart() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let slow = ViewSpec {
        settling: 30 * 86_400_000_000 + 1,
        ..shared("slow", &[("n", Dtype::I64)])
    };
    let views = [slow.leak(), shared("quick", &[("n", Dtype::I64)]).leak()];
    let report = run(&fixture, &views);
    let written: Vec<u64> = report.views().iter().map(ViewReport::written).collect();
    assert_eq!(
        written,
        [2, 2],
        "all had settled on 06-01 but the second of a"
    );
    let rows = rows(&fixture);
    assert_ne!(rows[0].1, rows[1].1, "the rows of a are of two days");
}

#[test]
fn a_view_that_does_not_fit_the_source_does_not_stop_its_neighbours() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let views = [
        shared("absent", &[("m", Dtype::I64)]).leak(),
        shared("narrow", &[("n", Dtype::I32)]).leak(),
        shared("right", &[("n", Dtype::I64)]).leak(),
    ];
    let report = run(&fixture, &views);
    let failed: Vec<&str> = report.failed().map(ViewReport::view).collect();
    assert_eq!(failed, ["absent", "narrow"]);
    assert_eq!(counts(&report.views()[2]), [4, 2, 0, 2]);
}

#[test]
fn a_view_whose_values_can_not_be_read_does_not_stop_its_neighbours() {
    let fixture = Fixture::new();
    let columns = "s, user_id, event_timestamp, n FROM (VALUES";
    let query = format!("SELECT {columns} {SHARED}) AS rows(user_id, event_timestamp, n, f, s)");
    fixture.file("shared.parquet", &query);
    // The first column's page.
    let mut bytes = std::fs::read(fixture.path("shared.parquet")).unwrap();
    for byte in &mut bytes[4..20] {
        *byte ^= 0xA5;
    }
    std::fs::write(fixture.path("shared.parquet"), bytes).unwrap();
    let views = [
        shared("right", &[("n", Dtype::I64)]).leak(),
        shared("wrong", &[("s", Dtype::String)]).leak(),
    ];
    let report = run(&fixture, &views);
    assert_eq!(counts(&report.views()[0]), [4, 2, 0, 2], "{report:?}");
    let error = report.views()[1].error().unwrap();
    assert!(matches!(error, MaterializeError::Offline(_)), "{error}");
    assert!(
        error.to_string().starts_with("reading view `wrong` from "),
        "{error}"
    );
    assert!(report.views()[0].watermark().is_some() && report.views()[1].watermark().is_none());
}

#[test]
fn too_few_valid_rows_fail_one_view_and_not_its_neighbours() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let strict = ColumnSpec {
        nullable: false,
        mostly: Some(0.9),
        ..ColumnSpec::nullable("n", "n", Dtype::I64)
    };
    let strict = ViewSpec {
        columns: vec![strict],
        ..shared("strict", &[])
    };
    let views = [strict.leak(), shared("right", &[("n", Dtype::I64)]).leak()];
    let report = run(&fixture, &views);
    let error = report.views()[0].error().unwrap().to_string();
    assert!(error.contains("1 of 2 rows have a valid `n`"), "{error}");
    assert_eq!(report.views()[0].written(), 0);
    assert_eq!(counts(&report.views()[1]), [4, 2, 0, 2]);
}

#[test]
fn the_last_of_equal_rows_counts_in_sources_without_row_numbers() {
    let fixture = Fixture::new();
    let query = "SELECT 'u' || (i % 5000) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, i AS n \
                 FROM range(20000) AS r(i)";
    for name in ["ties.parquet", "ties.csv", "ties.json"] {
        fixture.file(name, query);
    }
    let sources = [
        Source::Path("ties.parquet"),
        Source::Path("ties.csv"),
        Source::Path("ties.json"),
        Source::Sql(text(query)),
    ];
    let mut expected = None;
    for source in sources {
        let view = ViewSpec {
            source,
            ..ViewSpec::new("ties", &[("n", Dtype::I64)])
        };
        let report = run(&fixture, &[view.leak()]);
        assert_eq!(counts(&report.views()[0]), [5000, 5000, 0, 0], "{report:?}");
        let rows = rows(&fixture);
        assert_eq!(
            *expected.get_or_insert_with(|| rows.clone()),
            rows,
            "{source}"
        );
        fixture.online.memory.clear_rows();
    }
}

const PERCENT: &[Check] = &[Check::Range {
    min: Some(Number::Int(0)),
    max: Some(Number::Int(100)),
    inclusive: true,
}];

fn checked() -> ViewSpec {
    let percent = ColumnSpec {
        checks: PERCENT,
        ..ColumnSpec::nullable("percent", "f", Dtype::F64)
    };
    ViewSpec {
        columns: vec![
            percent,
            ColumnSpec::nullable("kind", "s", Dtype::Enum(&["x", "y"])),
        ],
        ..shared("checked", &[])
    }
}

#[test]
fn rows_that_are_kept_out_are_quarantined_with_the_reason_and_all_values() {
    let fixture = Fixture::new();
    let rows =
        format!("{SHARED}, ('d', '2026-05-03', 5, 100.5, 'x'), ('e', '2026-05-03', 5, 1.5, 'w')");
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", &rows);
    let path = fixture.path("rejected.parquet");
    std::fs::write(&path, "what is there is replaced").unwrap();
    let views = [
        checked().leak(),
        shared("right", &[("n", Dtype::I64)]).leak(),
    ];
    let materialize = fixture.store.materialize().views(views).quarantine(&path);
    let report = wait(materialize.run()).unwrap();
    let rejected: Vec<u64> = report.views().iter().map(ViewReport::rejected).collect();
    assert_eq!(rejected, [5, 2]);
    let table = read(&path);
    assert_eq!(
        table.names,
        ["view", "key", "event_timestamp", "column", "reason", "row"]
    );
    let mut rows: Vec<String> = table.rows.iter().map(|row| row.join(" | ")).collect();
    rows.sort();
    let expected = [
        r#"checked | b | 2026-05-01T00:00:00+00 | f | theTvalueTNaNTviolatesTrangeT0..=100 | {"event_timestamp":"2026-05-01T00:00:00Z","f":"NaN","s":null,"user_id":"b"}"#,
        r#"checked | c | - | event_timestamp | itTisTnull | {"event_timestamp":null,"f":2.0,"s":"z","user_id":"c"}"#,
        r#"checked | d | 2026-05-03T00:00:00+00 | f | theTvalueT100.5TviolatesTrangeT0..=100 | {"event_timestamp":"2026-05-03T00:00:00Z","f":100.5,"s":"x","user_id":"d"}"#,
        r#"checked | e | 2026-05-03T00:00:00+00 | s | `w`TisTnoneTofTtheTvariantsTx,Ty | {"event_timestamp":"2026-05-03T00:00:00Z","f":1.5,"s":"w","user_id":"e"}"#,
        r#"checked | null | 2026-05-01T00:00:00+00 | user_id | itTisTnull | {"event_timestamp":"2026-05-01T00:00:00Z","f":1.0,"s":"z","user_id":null}"#,
        r#"right | c | - | event_timestamp | itTisTnull | {"event_timestamp":null,"n":4,"user_id":"c"}"#,
        r#"right | null | 2026-05-01T00:00:00+00 | user_id | itTisTnull | {"event_timestamp":"2026-05-01T00:00:00Z","n":3,"user_id":null}"#,
    ];
    assert_eq!(rows, expected);
    assert_eq!(files(&fixture), ["rejected.parquet", "shared.parquet"]);
}

#[test]
fn a_quarantine_without_rows_has_its_columns() {
    let fixture = Fixture::new();
    fixture.rows(
        "shared",
        "user_id, event_timestamp, n, f, s",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT, 1.0::DOUBLE, 'x')",
    );
    let path = fixture.path("rejected.parquet");
    let materialize = fixture.store.materialize().views([checked().leak()]);
    assert!(wait(materialize.quarantine(&path).run()).unwrap().is_ok());
    let table = read(&path);
    assert_eq!((table.names.len(), table.rows.len()), (6, 0));
}

#[test]
fn a_quarantine_that_can_not_be_written_leaves_no_file_and_moves_no_watermark() {
    let fixture = Fixture::new();
    fixture.rows("shared", "user_id, event_timestamp, n, f, s", SHARED);
    let run = |path: &str| {
        let materialize = fixture.store.materialize().views([checked().leak()]);
        let path = fixture.path(path);
        wait(materialize.quarantine(path).run())
            .unwrap_err()
            .to_string()
    };
    let error = run("nowhere/rejected.parquet");
    assert!(error.contains("there is no directory"), "{error}");
    assert!(
        rows(&fixture).is_empty(),
        "that is known before anything is read"
    );
    // A directory is where the file is to be, from the moment on that rows are written.
    let path = fixture.path("rejected.parquet");
    let blocked = path.clone();
    let materialize = fixture.store.materialize().views([checked().leak()]);
    let materialize = materialize.quarantine(&path).on_progress(move |_| {
        let _ = std::fs::create_dir(&blocked);
    });
    let error = wait(materialize.run()).unwrap_err().to_string();
    assert!(
        error.starts_with("can't write ") && error.contains("rejected.parquet"),
        "{error}"
    );
    assert!(
        !rows(&fixture).is_empty()
            && !fixture
                .online
                .memory
                .records("test")
                .keys()
                .any(|name| name.starts_with("watermark/"))
    );
    assert_eq!(files(&fixture), ["rejected.parquet", "shared.parquet"]);
    assert!(path.is_dir(), "nothing has replaced it");
}

/// The names of all files beside the sources.
fn files(fixture: &Fixture) -> Vec<String> {
    let entries = std::fs::read_dir(fixture.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}
