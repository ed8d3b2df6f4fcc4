//! Which files a source has, and what their paths mean: decided here, not by `DuckDB`.

use std::fs;

use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::view::Source;
use featurestore::{Dtype, Value};

use crate::definitions::{ViewSpec, service, text};
use crate::rules::activity;
use crate::support::{Fixture, Table, read, time, wait};

fn view(source: &str, columns: &[(&'static str, Dtype)]) -> ViewSpec {
    ViewSpec {
        source: Source::Path(text(source)),
        ..ViewSpec::new("activity", columns)
    }
}

/// Writes a file with its folders: a row of each user, at noon of the first of May, with `values`.
fn write(fixture: &Fixture, file: &str, users: &str, values: &str) {
    let path = fixture.path(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let query = format!(
        "SELECT user_id, TIMESTAMP '2026-05-01 12:00:00' AS event_timestamp{values} \
         FROM (VALUES {users}) AS r(user_id)"
    );
    // `COPY` takes no name with a key's letters for what it is.
    let plain = format!("plain.{}", path.extension().unwrap().to_str().unwrap());
    fixture.file(&plain, &query);
    fs::rename(fixture.path(&plain), path).unwrap();
}

fn spine(fixture: &Fixture) {
    write(fixture, "spine.parquet", "('a'), ('b'), ('c')", "");
}

/// The result below a data root.
fn joined(fixture: &Fixture, root: &str, view: &ViewSpec, spine: &Spine) -> Table {
    let store = fixture.open_below(root, OfflineSettings::new());
    let join = store.historical_by(service([view.clone()]), spine.clone());
    let out = fixture.path("out.parquet");
    let report = wait(join.to_parquet(out)).unwrap_or_else(|error| panic!("{error}"));
    read(report.path().unwrap())
}

fn refused(fixture: &Fixture, view: ViewSpec, spine: Spine, parts: &[&str]) {
    let error = fixture.error(service([view]), spine);
    for part in parts {
        assert!(error.contains(part), "{error}\nlacks {part}");
    }
}

#[test]
fn a_key_in_a_folder_above_a_source_or_a_spine_is_none() {
    let fixture = Fixture::new();
    spine(&fixture);
    for extension in ["parquet", "csv", "json"] {
        write(
            &fixture,
            &format!("n=5/data/a.{extension}"),
            "('a')",
            ", 2 AS n",
        );
        let source = format!("data/*.{extension}");
        let view = view(&source, &[("n", Dtype::I64)]);
        let spine = Spine::path(fixture.path("spine.parquet"));
        let table = joined(&fixture, "n=5", &view, &spine);
        assert_eq!(table.column("n"), "2 - -", "{extension}");
        for (folder, users, label) in [("label=1", "('a')", "0"), ("user_id=b", "('a')", "0")] {
            let path = format!("{folder}/spine.{extension}");
            write(&fixture, &path, users, ", 0 AS label");
            let table = joined(&fixture, "n=5", &view, &Spine::path(fixture.path(&path)));
            assert_eq!(table.names, ["user_id", "event_timestamp", "label", "n"]);
            assert_eq!(table.column("user_id"), "a", "{path}");
            assert_eq!(table.column("label"), label, "{path}");
            assert_eq!(table.column("n"), "2", "{path}");
        }
    }
}

#[test]
fn a_column_of_the_files_counts_before_a_key_of_their_path() {
    let fixture = Fixture::new();
    spine(&fixture);
    write(
        &fixture,
        "c/Country=de/a.parquet",
        "('a')",
        ", 'DE-BY' AS country",
    );
    for (user, store) in [("a", "101"), ("b", "102")] {
        let file = format!("s/store={store}/0.parquet");
        write(
            &fixture,
            &file,
            &format!("('{user}')"),
            &format!(", '{store}' AS store"),
        );
        let file = format!("i/store={store}/0.parquet");
        write(
            &fixture,
            &file,
            &format!("('{user}')"),
            &format!(", {store}::INTEGER AS store"),
        );
    }
    for (source, column, dtype, expected) in [
        ("c", "country", Dtype::String, "DE-BY - -"),
        ("s", "store", Dtype::String, "101 102 -"),
        ("i", "store", Dtype::I32, "101 102 -"),
    ] {
        let table = fixture.join(service([view(source, &[(column, dtype)])]));
        assert_eq!(table.column(column), expected, "{source}");
    }
}

#[test]
fn a_key_has_one_type_and_its_null_and_its_escapes_are_read() {
    const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
    // A table's texts have `T` for a space.
    let fixture = Fixture::new();
    spine(&fixture);
    for (index, (values, dtype, expected)) in [
        (["1", NULL], Dtype::I64, "1 - -"),
        (["01", "02"], Dtype::String, "01 02 -"),
        (["+1", "-1"], Dtype::String, "+1 -1 -"),
        (["2026-05-01", NULL], Dtype::Date, "2026-05-01 - -"),
        (["a%2Fb", "c%20d"], Dtype::String, "a/b cTd -"),
        (["x'y\"z", "[*]"], Dtype::String, "x'y\"z [*] -"),
        (
            ["2026-05-01 10%3A00%3A00", "x"],
            Dtype::String,
            "2026-05-01T10:00:00 x -",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        for extension in ["parquet", "csv"] {
            for (user, value) in ["a", "b"].iter().zip(values) {
                let file = format!("{extension}-{index}/k={value}/f.{extension}");
                write(&fixture, &file, &format!("('{user}')"), ", 7 AS n");
            }
            let source = format!("{extension}-{index}/*/*.{extension}");
            let columns = [("k", dtype), ("n", Dtype::I64)];
            for search in [Search::Sorted, Search::Pairs] {
                let store = fixture.open(OfflineSettings::new().search(search));
                let service = service([view(&source, &columns)]);
                let join = store.historical_by(service, Spine::path("spine.parquet"));
                let report = wait(join.to_parquet("train.out")).unwrap();
                let table = read(report.path().unwrap());
                assert_eq!(table.column("k"), expected, "{source} {search:?}");
                assert_eq!(table.column("n"), "7 7 -", "{source} {search:?}");
            }
        }
    }
    fs::remove_file(fixture.path("train.out")).unwrap();
    let zeros = view("parquet-1", &[("k", Dtype::I64)]);
    refused(
        &fixture,
        zeros,
        Spine::path("spine.parquet"),
        &["FS0060", "`k` as string"],
    );
}

#[test]
fn a_spine_in_a_folder_with_keys_has_them_and_its_rows_in_the_order_of_the_paths() {
    let fixture = Fixture::new();
    write(&fixture, "activity.parquet", "('a'), ('b')", ", 1 AS n");
    for (part, users) in [("10", "('b')"), ("9", "('a'), ('c')")] {
        write(
            &fixture,
            &format!("labels/label={part}/s.parquet"),
            users,
            "",
        );
    }
    let activity = || service([ViewSpec::new("activity", &[("n", Dtype::I64)])]);
    let table = fixture.join_on(activity(), Spine::path("labels"));
    assert_eq!(table.column("user_id"), "b a c");
    assert_eq!(table.column("label"), "10 9 9");
    assert_eq!(table.column("n"), "1 1 -");
    let below = fixture.join_on(activity(), Spine::path("labels/label=9"));
    assert_eq!(below.column("label"), "9 9");
}

#[test]
fn files_that_are_being_written_are_not_read() {
    let fixture = Fixture::new();
    spine(&fixture);
    write(&fixture, "a/part-0.snappy.parquet", "('a')", ", 10 AS n");
    let attempt = "a/_temporary/0/_temporary/attempt_1/part-0.snappy.parquet";
    write(&fixture, attempt, "('a')", ", -999 AS n");
    write(&fixture, "a/.part-1.parquet", "('a')", ", -999 AS n");
    for source in ["a", "a/*.parquet", "a/**/*.parquet"] {
        let view = view(source, &[("n", Dtype::I64)]);
        assert_eq!(
            fixture.join(service([view])).column("n"),
            "10 - -",
            "{source}"
        );
    }
}

#[test]
fn a_table_with_a_log_of_its_own_is_refused_as_a_source_and_as_a_spine() {
    let fixture = Fixture::new();
    spine(&fixture);
    write(&fixture, "t/part-0.parquet", "('a')", ", 10 AS n");
    write(&fixture, "activity.parquet", "('a')", ", 1 AS n");
    fs::create_dir(fixture.path("t/_delta_log")).unwrap();
    for source in ["t", "t/*.parquet", "t/part-0.parquet"] {
        let view = view(source, &[("n", Dtype::I64)]);
        let parts = ["view `activity`", "a Delta table", "_delta_log"];
        refused(&fixture, view, Spine::path("spine.parquet"), &parts);
    }
    refused(
        &fixture,
        activity(),
        Spine::path("t"),
        &["the spine", "a Delta table"],
    );
}

#[test]
fn the_data_root_and_the_path_of_a_spine_are_no_patterns() {
    let fixture = Fixture::new();
    for (folder, n) in [
        ("r[1]", 1),
        ("r1", 2),
        ("a*b", 3),
        ("axb", 4),
        ("q?", 5),
        ("qq", 6),
    ] {
        let values = format!(", {n} AS n");
        write(
            &fixture,
            &format!("{folder}/data/x.parquet"),
            "('a')",
            &values,
        );
        write(
            &fixture,
            &format!("{folder}/spine.parquet"),
            "('a')",
            &format!(", {n} AS m"),
        );
        write(&fixture, &format!("{folder}/x.csv"), "('a')", &values);
    }
    for (folder, n) in [("r[1]", "1"), ("a*b", "3"), ("q?", "5")] {
        for source in ["data/x.parquet", "data/*.parquet", "data", "x.csv"] {
            let view = view(source, &[("n", Dtype::I64)]);
            let table = joined(&fixture, folder, &view, &Spine::path("spine.parquet"));
            assert_eq!(table.column("n"), n, "{folder} {source}");
            assert_eq!(table.column("m"), n, "{folder} {source}");
        }
    }
    let view = view("r1/data", &[("n", Dtype::I64)]);
    let parts = ["r?/spine.parquet, and there is no such file"];
    refused(&fixture, view, Spine::path("r?/spine.parquet"), &parts);
}

#[test]
fn among_equals_the_last_row_of_the_last_path_wins_in_every_search() {
    let fixture = Fixture::new();
    spine(&fixture);
    // By bytes `parts-b/` stands before `parts/`, and `10` before `9`.
    for (n, file) in (0..11)
        .map(|file| (file, format!("parts/{file}.parquet")))
        .chain([(11, "parts-b/0.parquet".to_owned())])
    {
        write(&fixture, &file, "('a'), ('b')", &format!(", {n} AS n"));
    }
    let view = view("parts*/*.parquet", &[("n", Dtype::I64)]);
    for search in [Search::Auto, Search::Sorted, Search::Pairs] {
        let store = fixture.open(OfflineSettings::new().search(search));
        let join = store.historical_by(service([view.clone()]), Spine::path("spine.parquet"));
        let report = wait(join.to_parquet("train.out")).unwrap();
        assert_eq!(
            read(report.path().unwrap()).column("n"),
            "9 9 -",
            "{search:?}"
        );
    }
    let (key, at) = (
        vec![Value::Str("a".to_owned())],
        time("2026-06-01T00:00:00Z"),
    );
    let explain = fixture.store.explain_by(service([view]), key, at);
    let explained = wait(async { explain.await }).unwrap();
    let place = explained.views()[0].winner().unwrap().place().clone();
    assert!(
        place.file().unwrap().ends_with("parts/9.parquet"),
        "{place}"
    );
}

#[test]
fn columns_with_the_names_of_duckdbs_own_go_with_keys_or_are_refused() {
    let fixture = Fixture::new();
    spine(&fixture);
    let names = ", 'mine' AS filename, 3 AS file_row_number";
    write(&fixture, "a/k=1/a.parquet", "('a')", names);
    let columns = [("k", Dtype::I64), ("filename", Dtype::String)];
    let table = fixture.join(service([view("a", &columns)]));
    assert_eq!(table.column("k"), "1 - -");
    assert_eq!(table.column("filename"), "mine - -");
    write(&fixture, "b/k=1/a.parquet", "('a')", ", 3 AS file_index");
    fs::remove_file(fixture.path("train.out")).unwrap();
    let of_key = view("b", &[("k", Dtype::I64)]);
    refused(
        &fixture,
        of_key,
        Spine::path("spine.parquet"),
        &["`file_index`", "rename"],
    );
}

#[cfg(unix)]
#[test]
fn an_output_whose_name_is_no_text_is_written_as_it_is_named_or_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let fixture = Fixture::new();
    spine(&fixture);
    write(&fixture, "activity.parquet", "('a')", ", 1 AS n");
    let name = OsStr::from_bytes(b"train-\xff.parquet");
    let written = |path: std::path::PathBuf| {
        let service = service([activity()]);
        let join = fixture
            .store
            .historical_by(service, Spine::path("spine.parquet"));
        wait(join.to_parquet(path))
    };
    let path = fixture.path("").join(name);
    written(path.clone()).unwrap();
    assert!(path.is_file());
    let folder = fixture.path("").join(OsStr::from_bytes(b"folder-\xff"));
    fs::create_dir(&folder).unwrap();
    let error = written(folder.join("train.parquet"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("not UTF-8"), "{error}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}
