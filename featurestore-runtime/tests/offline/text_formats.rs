//! CSV and JSON lines: columns are read as what is declared, whatever the first rows look like.

use std::fs;

use featurestore::Dtype;
use featurestore::offline::Spine;
use featurestore::view::Source;

use crate::definitions::{ViewSpec, service, text};
use crate::materialize::{online, run};
use crate::rules::activity;
use crate::support::{Fixture, Table};

const EXTENSIONS: [&str; 2] = ["csv", "json"];

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "spine",
        "user_id, event_timestamp",
        "('a', TIMESTAMP '2026-06-02'), ('b', '2026-06-02')",
    );
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('a', TIMESTAMP '2026-05-01', 1::BIGINT)",
    );
    fixture
}

/// Writes rows of texts, in JSON quoted unless they are numbers or true; an empty one is null.
fn write(fixture: &Fixture, file: &str, header: &str, rows: &[&str]) {
    let mut text = String::new();
    if file.ends_with("csv") {
        text = format!("{header}\n");
        rows.iter().for_each(|row| text += &format!("{row}\n"));
    } else {
        for row in rows {
            let cells = header.split(',').zip(row.split(','));
            let cells = cells.map(|(name, value)| match value {
                "" => format!("\"{name}\":null"),
                number if number.parse::<f64>().is_ok() || number == "true" => {
                    format!("\"{name}\":{number}")
                }
                value => format!("\"{name}\":\"{value}\""),
            });
            text += &format!("{{{}}}\n", cells.collect::<Vec<_>>().join(","));
        }
    }
    fs::write(fixture.path(file), text).unwrap();
}

fn view(file: &str, columns: &[(&'static str, Dtype)]) -> ViewSpec {
    ViewSpec {
        source: Source::Path(text(file)),
        ..ViewSpec::new("activity", columns)
    }
}

/// The training set over a file with values of a column `v` for users a and b.
fn values(extension: &str, values: [&str; 2], dtype: Dtype) -> Result<String, String> {
    let fixture = fixture();
    let file = format!("rows.{extension}");
    let rows = [
        format!("a,2026-05-01 00:00:00,{}", values[0]),
        format!("b,2026-05-01T00:00:00.5Z,{}", values[1]),
    ];
    write(
        &fixture,
        &file,
        "user_id,event_timestamp,v",
        &[&rows[0], &rows[1]],
    );
    let service = service([view(&file, &[("v", dtype)])]);
    match fixture.report(service, Spine::path("spine.parquet")) {
        Ok(report) => Ok(crate::support::read(report.path().unwrap()).column("v")),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn a_column_is_read_as_its_declared_dtype() {
    let decimal = Dtype::Decimal {
        precision: 9,
        scale: 2,
    };
    for extension in EXTENSIONS {
        for (cells, dtype, expected) in [
            (["-1", "2"], Dtype::I64, "-1 2"),
            (
                ["18446744073709551615", "2"],
                Dtype::U64,
                "18446744073709551615 2",
            ),
            (["1", "2"], Dtype::I32, "1 2"),
            (["1", "2"], Dtype::F64, "1.0 2.0"),
            (["1", "2.5"], Dtype::F64, "1.0 2.5"),
            (["1.50", "-2"], decimal, "1.50 -2.00"),
            (["", "2"], Dtype::I64, "- 2"),
            (["x", ""], Dtype::String, "x -"),
            (["", ""], Dtype::Date, "- -"),
            (["2026-05-01", ""], Dtype::Date, "2026-05-01 -"),
            (
                ["2026-05-01 10:00:00", "2026-05-01T10:00:00.5+02:00"],
                Dtype::Timestamp,
                "2026-05-01T10:00:00+00 2026-05-01T08:00:00.5+00",
            ),
            (
                [
                    "2026-05-01 10:00:00.123456000",
                    "1969-12-31T23:59:59.9999990Z",
                ],
                Dtype::Timestamp,
                "2026-05-01T10:00:00.123456+00 1969-12-31T23:59:59.999999+00",
            ),
        ] {
            let found = values(extension, cells, dtype);
            assert_eq!(found.as_deref(), Ok(expected), "{extension} {cells:?}");
        }
    }
    assert_eq!(
        values("csv", ["007", "1e3"], Dtype::String).as_deref(),
        Ok("007 1e3")
    );
    assert_eq!(
        values("csv", ["true", "FALSE"], Dtype::Bool).as_deref(),
        Ok("true false")
    );
}

#[test]
fn a_value_that_is_none_of_its_dtype_is_named_rather_than_rounded_or_guessed() {
    for extension in EXTENSIONS {
        for (cells, dtype) in [
            (["1", "1.5"], Dtype::I64),
            (["1", "300"], Dtype::U8),
            (["1", "many"], Dtype::I64),
            (
                ["1", "1.255"],
                Dtype::Decimal {
                    precision: 9,
                    scale: 2,
                },
            ),
            (["2026-05-01", "01/02/2026"], Dtype::Date),
            (["2026-05-01", "01-02-2026"], Dtype::Date),
            (["2026-05-01", "2026-02-30"], Dtype::Date),
            (["2026-05-01", "01/02/2026 10:00"], Dtype::Timestamp),
            (
                ["2026-05-01", "2026-05-01 10:00:00.1234567"],
                Dtype::Timestamp,
            ),
            (
                ["2026-05-01", "1969-12-31T23:59:59.999999001+02:00"],
                Dtype::Timestamp,
            ),
            (["true", "yes"], Dtype::Bool),
        ] {
            let error = values(extension, cells, dtype).unwrap_err();
            for part in ["column `v` has", cells[1], "which is no", extension] {
                assert!(
                    error.contains(part),
                    "{extension} {cells:?}: {error}\nlacks {part}"
                );
            }
        }
    }
    // JSON tells a number from a text.
    assert!(values("json", ["1", "2"], Dtype::String).is_err());
}

#[test]
fn times_of_rows_and_of_spines_that_are_finer_than_a_microsecond_are_named() {
    const FINE: &str = "2026-05-01 10:00:00.000000999";
    for extension in EXTENSIONS {
        let fixture = fixture();
        let file = format!("rows.{extension}");
        let row = format!("a,{FINE},1");
        write(&fixture, &file, "user_id,event_timestamp,n", &[&row]);
        let columns = [("n", Dtype::I64)];
        let of_source = fixture.error(
            service([view(&file, &columns)]),
            Spine::path("spine.parquet"),
        );
        let of_spine = fixture.error(service([activity()]), Spine::path(&file));
        for error in [of_source, of_spine] {
            for part in ["column `event_timestamp` ", FINE, "six digits", extension] {
                assert!(error.contains(part), "{extension}: {error}\nlacks {part}");
            }
        }
    }
}

#[test]
fn a_file_without_rows_has_what_is_declared() {
    for extension in EXTENSIONS {
        let fixture = fixture();
        let file = format!("none.{extension}");
        write(&fixture, &file, "user_id,event_timestamp,n,d", &[]);
        let view = view(&file, &[("n", Dtype::I64), ("d", Dtype::Date)]);
        let table = fixture.join(service([view.clone()]));
        assert_eq!(
            [table.column("n"), table.column("d")],
            ["- -", "- -"],
            "{extension}"
        );
        let view = view.leak();
        assert!(run(&fixture, &[view]).is_ok());
        assert_eq!(online(&fixture, view), [""; 0]);
    }
}

#[test]
fn views_that_declare_a_column_as_different_dtypes_each_read_their_own() {
    for extension in EXTENSIONS {
        let fixture = fixture();
        let file = format!("rows.{extension}");
        let rows = ["a,2026-05-01 00:00:00,1,5", "b,2026-05-01 00:00:00,2,6"];
        write(&fixture, &file, "user_id,event_timestamp,v,w", &rows);
        let named = |name, columns: &[(&'static str, Dtype)]| ViewSpec {
            name,
            ..view(&file, columns)
        };
        let views = [
            named("whole", &[("v", Dtype::I64)]),
            named("other", &[("w", Dtype::I32)]),
            named("broken", &[("v", Dtype::F64)]),
        ];
        let leaked = views.clone().map(ViewSpec::leak);
        let report = run(&fixture, &leaked);
        assert!(report.is_ok(), "{extension}");
        assert_eq!(online(&fixture, leaked[0]).len(), 2);
        assert!(
            online(&fixture, leaked[2])[0].ends_with(" 1.0"),
            "{extension}"
        );
    }
}

fn joined(fixture: &Fixture, spine: &str) -> Table {
    fixture.join_on(service([activity()]), Spine::path(spine))
}

#[test]
fn a_spine_of_text_comes_back_as_it_was() {
    for extension in EXTENSIONS {
        let fixture = fixture();
        let file = format!("labels.{extension}");
        let header = "user_id,event_timestamp,day,odd";
        let rows = [
            "a,2026-05-02 00:00:00,2026-05-01,01/02/2026",
            "b,2026-05-02 00:00:00.5,2026-05-02,03/04/2026",
        ];
        write(&fixture, &file, header, &rows);
        let table = joined(&fixture, &file);
        assert_eq!(table.column("n"), "1 -", "{extension}");
        assert_eq!(table.column("odd"), "01/02/2026 03/04/2026", "{extension}");
        assert_eq!(table.column("day"), "2026-05-01 2026-05-02", "{extension}");
    }
    let fixture = fixture();
    fixture.rows(
        "activity",
        "user_id, event_timestamp, n",
        "('007', TIMESTAMP '2026-05-01', 1::BIGINT)",
    );
    write(
        &fixture,
        "labels.csv",
        "user_id,event_timestamp",
        &["007,2026-05-02", "7,2026-05-02"],
    );
    let table = joined(&fixture, "labels.csv");
    assert_eq!(table.column("user_id"), "007 7");
    assert_eq!(table.column("n"), "1 -");
}
