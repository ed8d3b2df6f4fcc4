//! Damaged, drifted and unwritable files: every message names the file and the way out, and
//! nothing half-written is left.

use featurestore::Dtype;
use featurestore::offline::Spine;
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service};
use crate::rules::activity;
use crate::support::{Fixture, wait};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.file(
        "activity.parquet",
        "SELECT 'u' || (i % 50) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
         CAST(i AS BIGINT) AS n FROM range(10000) AS r(i)",
    );
    let spine = "SELECT 'u' || (i % 50) AS user_id, TIMESTAMP '2026-05-02' AS event_timestamp, i AS label \
                 FROM range(10000) AS r(i)";
    fixture.file("spine.parquet", spine);
    fixture
}

/// The run fails with an error that has these parts, an older result stays, and there is no other
/// file than before.
fn fails(fixture: &Fixture, view: ViewSpec, spine: &str, parts: &[&str]) -> String {
    let out = fixture.path("train.parquet");
    std::fs::write(&out, "old").unwrap();
    let count = || std::fs::read_dir(fixture.path("")).unwrap().count();
    let before = count();
    let join = fixture
        .store
        .historical_by(service([view]), Spine::glob(spine));
    let error = wait(join.to_parquet("train.parquet"))
        .unwrap_err()
        .to_string();
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
    assert_eq!(std::fs::read(&out).unwrap(), b"old");
    assert_eq!(count(), before);
    error
}

#[test]
fn a_file_cut_off_anywhere_is_named() {
    let fixture = fixture();
    for (name, reader) in [
        ("activity.parquet", "view `activity`"),
        ("spine.parquet", "the spine of `service`"),
    ] {
        let path = fixture.path(name);
        let whole = std::fs::read(&path).unwrap();
        for length in [
            0,
            3,
            4,
            12,
            whole.len() / 2,
            whole.len() - 9,
            whole.len() - 1,
        ] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let named = format!("{reader} can't read {}", path.display());
            fails(&fixture, activity(), "spine.parquet", &[&named]);
        }
        std::fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_footer_of_nonsense_is_named() {
    let fixture = fixture();
    let path = fixture.path("activity.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len() - 8;
    for byte in &mut bytes[end - 200..end] {
        *byte ^= 0xA5;
    }
    std::fs::write(&path, &bytes).unwrap();
    let named = format!("view `activity` can't read {}", path.display());
    fails(&fixture, activity(), "spine.parquet", &[&named]);
    // A footer that claims to be larger than the file.
    bytes[end..end + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    fails(&fixture, activity(), "spine.parquet", &[&named]);
}

#[test]
fn damaged_pages_of_a_source_or_spine_are_named_with_their_file() {
    for (name, reader) in [
        ("activity.parquet", "view `activity`"),
        ("spine.parquet", "the spine of `service`"),
    ] {
        let fixture = fixture();
        let path = fixture.path(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let end = bytes.len();
        for byte in &mut bytes[4..end / 2] {
            *byte ^= 0xA5;
        }
        std::fs::write(&path, bytes).unwrap();
        let named = path.display().to_string();
        fails(&fixture, activity(), "spine.parquet", &[reader, &named]);
    }
}

#[test]
fn a_damaged_label_of_the_spine_is_found_before_a_result_is_there() {
    let fixture = fixture();
    let path = fixture.path("spine.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    let label = {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        reader.metadata().row_group(2).column(2).byte_range()
    };
    let [start, length] = [label.0, label.1].map(|place| usize::try_from(place).unwrap());
    bytes[start..start + length].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let error = fails(&fixture, activity(), "spine.parquet", &[]);
    assert!(error.contains("spine.parquet"), "{error}");
}

#[test]
fn files_of_a_glob_whose_types_differ_are_refused_with_both() {
    let fixture = fixture();
    for (part, dtype) in [("1", "BIGINT"), ("2", "DOUBLE")] {
        let query = format!(
            "SELECT 'u1' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1::{dtype} AS n"
        );
        fixture.file(&format!("part-{part}.parquet"), &query);
    }
    let view = ViewSpec {
        source: Source::Glob("part-*.parquet"),
        ..activity()
    };
    let parts = [
        "FS0065: view `activity`",
        "part-1.parquet",
        "part-2.parquet",
        "`n`",
        "i64",
        "f64",
    ];
    fails(&fixture, view.clone(), "spine.parquet", &parts);
    fixture.file(
        "part-2.parquet",
        "SELECT 'u1' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp",
    );
    fails(
        &fixture,
        view,
        "spine.parquet",
        &["FS0065: view `activity`", "part-2.parquet", "`n`"],
    );
    for (part, dtype) in [("1", "BIGINT"), ("2", "DOUBLE")] {
        let query = format!(
            "SELECT 'u1' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1::{dtype} AS label"
        );
        fixture.file(&format!("labels-{part}.parquet"), &query);
    }
    let parts = [
        "the spine of `service` can't read",
        "labels-2.parquet",
        "`label`",
    ];
    fails(&fixture, activity(), "labels-*.parquet", &parts);
}

#[test]
fn a_column_that_drifted_since_it_was_declared_is_refused_with_the_compilers_words() {
    let fixture = fixture();
    let drifted = |columns: &str| {
        let query = format!("SELECT {columns}");
        fixture.file("activity.parquet", &query);
        fails(&fixture, activity(), "spine.parquet", &["activity.parquet"])
    };
    let error =
        drifted("'u' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1.5::DOUBLE AS n");
    assert!(
        error.starts_with("FS0060: `n` of view `activity` is declared as i64, but"),
        "{error}"
    );
    let error = drifted("1 AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1 AS n");
    assert!(
        error.contains("`user_id` of view `activity` is declared as string"),
        "{error}"
    );
    let error = drifted("'u' AS user_id, '2026-05-01' AS event_timestamp, 1 AS n");
    assert!(
        error.contains("`event_timestamp` of view `activity` is declared as timestamp"),
        "{error}"
    );
    let error = drifted("'u' AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, 1 AS m");
    assert!(
        error.starts_with("FS0061: no column `n` in activity.parquet; it has ")
            && error.ends_with("; view `activity` needs it"),
        "{error}"
    );
}

#[test]
fn a_csv_source_with_one_bad_value_is_named_with_its_column() {
    let fixture = fixture();
    let mut rows = "user_id,event_timestamp,n\n".to_owned();
    rows.push_str(&"u1,2026-05-01 00:00:00,1\n".repeat(30_000));
    rows.push_str("u1,2026-05-01 00:00:00,many\n");
    std::fs::write(fixture.path("activity.csv"), rows).unwrap();
    let view = ViewSpec {
        source: Source::Path("activity.csv"),
        ..activity()
    };
    fails(
        &fixture,
        view,
        "spine.parquet",
        &[
            "view `activity` can't read",
            "activity.csv",
            "column `n` has `many`, which is no i64",
        ],
    );
}

#[test]
fn a_directory_in_the_place_of_a_file_is_named() {
    let fixture = fixture();
    std::fs::create_dir(fixture.path("activity.csv")).unwrap();
    let view = ViewSpec {
        source: Source::Path("activity.csv"),
        ..activity()
    };
    fails(
        &fixture,
        view,
        "spine.parquet",
        &[
            "view `activity` reads",
            "activity.csv, and that is a directory",
            "`DIR/*.csv`",
        ],
    );
    std::fs::create_dir(fixture.path("part-1.parquet")).unwrap();
    let view = ViewSpec {
        source: Source::Glob("part-*.parquet"),
        ..activity()
    };
    fails(
        &fixture,
        view,
        "spine.parquet",
        &["view `activity`", "part-*.parquet"],
    );
}

#[test]
fn times_beyond_the_calendar_are_refused_in_a_spine_and_not_used_of_a_source() {
    let fixture = fixture();
    let far = ["infinity", "-infinity", "290000-01-01", "290000-01-01 (BC)"];
    for bad in far {
        let rows = format!("('u1', TIMESTAMP '2026-05-02'), ('u1', '{bad}')");
        fixture.rows("far", "user_id, event_timestamp", &rows);
        let parts = [
            "1 rows of",
            "far.parquet have no usable time in `event_timestamp`",
            "row 2; leave them out or mend them",
        ];
        fails(&fixture, activity(), "far.parquet", &parts);
    }
    let rows: Vec<String> = far
        .iter()
        .map(|bad| format!("('u1', '{bad}'::TIMESTAMP, 7)"))
        .collect();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        &format!(
            "{}, ('u1', TIMESTAMP '0002-01-01 (BC)', 8)",
            rows.join(", ")
        ),
    );
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('u1', TIMESTAMP '2026-05-02'), ('u1', TIMESTAMP '0003-01-01 (BC)')",
    );
    assert_eq!(fixture.join(service([activity()])).column("n"), "8 -");
    // Typed rows and reports can say such times as well.
    let report = wait(
        fixture
            .store
            .historical_by(service([activity()]), Spine::path("spine.parquet"))
            .report(),
    )
    .unwrap();
    assert_eq!(
        report.features()[0].oldest().unwrap().to_string(),
        "-0001-01-01 00:00:00 UTC"
    );
}

#[test]
fn a_result_below_a_file_says_so() {
    let fixture = fixture();
    let join = fixture
        .store
        .historical_by(service([activity()]), Spine::path("spine.parquet"));
    let error = wait(join.to_parquet("spine.parquet/train.parquet"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("can't write") && error.contains("there is no directory"),
        "{error}"
    );
    let text = ViewSpec::new("activity", &[("n", Dtype::I64)]);
    let join = fixture
        .store
        .historical_by(service([text]), Spine::path("spine.parquet"));
    let error = wait(join.to_parquet("..")).unwrap_err().to_string();
    assert!(error.contains("can't write"), "{error}");
}

#[test]
fn what_the_system_says_can_be_asked_for() {
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-05-02')",
    );
    let kind = |error: &dyn std::error::Error| {
        let mut error = error.source();
        while let Some(cause) = error {
            if let Some(io) = cause.downcast_ref::<std::io::Error>() {
                return Some(io.kind());
            }
            error = cause.source();
        }
        None
    };
    // A file is no folder.
    let inside = ViewSpec {
        source: Source::Path("spine.parquet/activity.parquet"),
        ..activity()
    };
    let spine = || Spine::parquet("spine.parquet");
    let error = fixture.report(service([inside]), spine()).unwrap_err();
    assert_eq!(
        kind(&error),
        Some(std::io::ErrorKind::NotADirectory),
        "{error}"
    );
    let settings = featurestore::offline::OfflineSettings::new();
    let settings = settings.temp_directory(fixture.path("spine.parquet"));
    let store = fixture.open(settings);
    let join = store.historical_by(service([activity()]), spine());
    let error = wait(join.report()).unwrap_err();
    assert_eq!(
        kind(&error),
        Some(std::io::ErrorKind::AlreadyExists),
        "{error}"
    );
}
