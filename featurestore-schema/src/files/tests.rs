//! What a source's files are, and what their paths say.

use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder of empty files.
fn folder(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

fn listed(folder: &TempDir, declared: &str) -> Result<SourceFiles, FilesError> {
    SourceFiles::list(&SourcePath::declared(folder.path(), declared), None)
}

/// The files that a declared path names, below the folder.
fn names(folder: &TempDir, declared: &str) -> Vec<String> {
    let files = listed(folder, declared).unwrap();
    let below = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().to_owned();
    let names = files.paths().iter().map(below);
    names.map(|name| name.display().to_string()).collect()
}

fn keys(folder: &TempDir, declared: &str, columns: &[&str]) -> Result<Vec<String>, FilesError> {
    let keys = listed(folder, declared)?.keys(columns.iter().copied())?;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let keys = keys.iter().map(|key| {
        let values: Vec<String> = key.values.iter().map(text).collect();
        format!("{} {} [{}]", key.name, key.dtype, values.join("|"))
    });
    Ok(keys.collect())
}

#[test]
fn what_is_being_written_and_what_writers_keep_is_left_out() {
    let folder = folder(&[
        "a/1.parquet",
        "a/_temporary/0/2.parquet",
        "a/.staging/3.parquet",
        "a/_4.parquet",
        "a/.5.parquet",
        "a/_SUCCESS",
        "a/x/.6.parquet.crc",
        "a/_key=1/7.parquet",
        "b_/8.parquet",
        "_named/9.parquet",
    ]);
    for (declared, expected) in [
        ("a", &["a/1.parquet", "a/_key=1/7.parquet"][..]),
        ("a/*", &["a/1.parquet"]),
        ("a/**/*.parquet", &["a/1.parquet", "a/_key=1/7.parquet"]),
        ("a/*/*.parquet", &["a/_key=1/7.parquet"]),
        ("a/_*.parquet", &["a/_4.parquet"]),
        ("a/_temporary/0", &["a/_temporary/0/2.parquet"]),
        ("a/_4.parquet", &["a/_4.parquet"]),
        ("_named/*.parquet", &["_named/9.parquet"]),
        ("**/8.parquet", &["b_/8.parquet"]),
        ("nothing/*", &[]),
        ("nothing", &[]),
    ] {
        assert_eq!(names(&folder, declared), expected, "{declared}");
    }
}

#[test]
fn files_are_in_the_order_of_their_paths_bytes() {
    let files = (0..12).map(|file| format!("a/{file}.parquet"));
    let more = ["a/a/1.parquet", "a/a-b/1.parquet", "a/B.parquet"].map(str::to_owned);
    let files: Vec<String> = files.chain(more).collect();
    let names_of: Vec<&str> = files.iter().map(String::as_str).collect();
    let folder = folder(&names_of);
    let mut expected = files;
    expected.sort();
    assert_eq!(names(&folder, "a"), expected);
    assert_eq!(names(&folder, "a/**/*.parquet"), expected);
    assert_eq!(names(&folder, "**"), expected);
}

#[test]
fn only_the_declared_text_is_a_pattern_and_only_where_no_file_has_that_name() {
    let root = folder(&[
        "r[1]/d/a.parquet",
        "r1/d/b.parquet",
        "r1/d/x*y.parquet",
        "r1/d/xzy.parquet",
    ]);
    let below = |directory: &str, declared: &str| {
        let source = SourcePath::declared(root.path().join(directory), declared);
        let files = SourceFiles::list(&source, None).unwrap();
        let names = files.paths().iter().map(|path| path.file_name().unwrap());
        names
            .map(|name| name.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(below("r[1]", "d/*.parquet"), ["a.parquet"]);
    assert_eq!(below("r[1]", "d"), ["a.parquet"]);
    assert_eq!(below("r?", "d/*.parquet"), [""; 0]);
    assert_eq!(below("r1", "d/x*y.parquet"), ["x*y.parquet"]);
    assert_eq!(below("", "r[1]/d/a.parquet"), ["a.parquet"]);
    assert_eq!(
        below("", "r[1]/d/*.parquet"),
        ["b.parquet", "x*y.parquet", "xzy.parquet"]
    );
    let literal = SourcePath::literal(&root.path().join("r1/d/x?y.parquet"));
    assert!(
        SourceFiles::list(&literal, None)
            .unwrap()
            .paths()
            .is_empty()
    );
}

#[test]
fn keys_are_of_the_folders_that_are_declared_or_below_and_never_of_those_above() {
    let folder = folder(&["n=5/data/day=2026-05-01/a.parquet"]);
    let above = SourcePath::declared(folder.path().join("n=5"), "data");
    let files = SourceFiles::list(&above, None).unwrap();
    let names = files.keys(std::iter::empty()).unwrap();
    let names: Vec<&str> = names.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["day"]);
    let file = folder.path().join("n=5/data/day=2026-05-01/a.parquet");
    let files = SourceFiles::list(&SourcePath::literal(&file), None).unwrap();
    assert_eq!(files.keys(std::iter::empty()).unwrap(), []);
    let declared = keys(&folder, "n=5/data", &[]).unwrap();
    assert_eq!(declared, ["n i64 [5]", "day date [2026-05-01]"]);
    // The directory of a prefix is above, the prefix itself is declared.
    let moved = SourcePath::below(folder.path().join("n=5/data"), "m=1", "*/*.parquet");
    let files = SourceFiles::list(&moved, None).unwrap();
    let names = files.keys(std::iter::empty()).unwrap();
    let names: Vec<&str> = names.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["m", "day"]);
}

#[test]
fn a_key_has_the_type_that_loses_nothing_of_any_value() {
    const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
    for (values, expected) in [
        (&["1", "2"][..], "i64 [1|2]"),
        (
            &["-1", "0", "9223372036854775807"],
            "i64 [-1|0|9223372036854775807]",
        ),
        (&["9223372036854775808"], "string [9223372036854775808]"),
        (&["01", "02"], "string [01|02]"),
        (&["1", "+2"], "string [+2|1]"),
        (&["-0"], "string [-0]"),
        (&["1", NULL], "i64 [1|-]"),
        (&[NULL], "string [-]"),
        (&["2026-05-01", NULL], "date [2026-05-01|-]"),
        (&["2026-02-30"], "string [2026-02-30]"),
        (&["2026-5-1"], "string [2026-5-1]"),
        (&["2026-05-01", "1"], "string [1|2026-05-01]"),
        (&["2026-05-01 10%3A00%3A00"], "string [2026-05-01 10:00:00]"),
        (&["a%2Fb%20c", "100%", "%zz"], "string [%zz|100%|a/b c]"),
        (&["%E2%82%AC"], "string [€]"),
        (&["%31"], "i64 [1]"),
        (&["NULL"], "string [NULL]"),
        (&[""], "string []"),
        (&["a=b"], "string [a=b]"),
        (&["1.5"], "string [1.5]"),
    ] {
        let files: Vec<String> = values
            .iter()
            .map(|value| format!("a/k={value}/f.parquet"))
            .collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let found = keys(&folder(&files), "a", &[]).unwrap();
        assert_eq!(found, [format!("k {expected}")], "{values:?}");
    }
}

#[test]
fn a_column_of_the_files_counts_before_a_key_of_their_path() {
    let folder = folder(&["a/Country=de/d=1/a.parquet"]);
    assert_eq!(keys(&folder, "a", &["country"]).unwrap(), ["d i64 [1]"]);
    assert_eq!(
        keys(&folder, "a", &[]).unwrap(),
        ["Country string [de]", "d i64 [1]"]
    );
}

#[test]
fn keys_that_not_all_files_have_or_one_has_twice_are_named() {
    for (files, parts) in [
        (
            &["a/k=1/x.parquet", "a/y.parquet"][..],
            &["`k=`", "k=1/x.parquet", "a/y.parquet"][..],
        ),
        (
            &["a/a.parquet", "a/k=1/x.parquet"],
            &["`k=`", "k=1/x.parquet", "a/a.parquet"],
        ),
        (&["a/K=1/x.parquet", "a/k=2/x.parquet"], &["`k=`"]),
        (
            &["a/k=1/K=2/x.parquet"],
            &["`K` twice", "k=1/K=2/x.parquet"],
        ),
    ] {
        let folder = folder(files);
        let message = keys(&folder, "a", &[]).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{message}\nlacks {part}");
        }
        assert_eq!(keys(&folder, "a", &["k"]).unwrap(), [""; 0], "{files:?}");
    }
}

#[test]
fn a_folder_with_a_log_of_its_own_is_refused_however_its_files_are_named() {
    for (log, kind) in [
        ("_delta_log/00000000000000000000.json", "a Delta table"),
        (".hoodie/hoodie.properties", "a Hudi table"),
        ("metadata/v1.metadata.json", "an Iceberg table"),
        ("metadata/version-hint.text", "an Iceberg table"),
        ("_spark_metadata/0", "the output of a Spark stream"),
    ] {
        let log = format!("t/{log}");
        let folder = folder(&[&log, "t/data/day=1/a.parquet"]);
        for declared in [
            "t",
            "t/data",
            "t/**/*.parquet",
            "t/*/*/*.parquet",
            "t/data/*/*.parquet",
            "t/data/day=1/a.parquet",
            "**/a.parquet",
        ] {
            let message = listed(&folder, declared).unwrap_err().to_string();
            let parts = [kind, "/t is ", "export the table"];
            for part in parts {
                assert!(
                    message.contains(part),
                    "{declared}: {message}\nlacks {part}"
                );
            }
        }
    }
    let plain = folder(&["t/metadata/readme.json", "t/a.parquet"]);
    assert_eq!(names(&plain, "t"), ["t/a.parquet"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_one_that_leads_nowhere_or_back_is_named() {
    use std::os::unix::fs::symlink;

    let folder = folder(&["a/1.parquet", "other/2.parquet", "file.parquet"]);
    let at = |path: &str| folder.path().join(path);
    symlink(at("other"), at("a/linked")).unwrap();
    symlink(at("file.parquet"), at("a/3.parquet")).unwrap();
    symlink(at("gone"), at("a/README")).unwrap();
    let all = ["a/1.parquet", "a/3.parquet", "a/linked/2.parquet"];
    assert_eq!(names(&folder, "a"), all);
    assert_eq!(names(&folder, "a/**/*.parquet"), all);
    assert_eq!(names(&folder, "a/*/*.parquet"), all[2..]);
    symlink(at("a/1.parquet"), at("a/4.parquet")).unwrap();
    let message = listed(&folder, "a").unwrap_err().to_string();
    assert!(message.contains("a/1.parquet and ") && message.contains("a/4.parquet are one file"));
    fs::remove_file(at("a/4.parquet")).unwrap();
    symlink(at("a"), at("a/back")).unwrap();
    for declared in ["a", "a/**/*.parquet", "a/*/*.parquet"] {
        let message = listed(&folder, declared).unwrap_err().to_string();
        assert!(
            message.contains("a/back is a link to a folder"),
            "{message}"
        );
    }
    assert_eq!(names(&folder, "a/*.parquet"), all[..2]);
    fs::remove_file(at("a/back")).unwrap();
    symlink(at("gone"), at("a/5.parquet")).unwrap();
    let message = listed(&folder, "a").unwrap_err().to_string();
    assert!(message.contains("a/5.parquet can't be read"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = folder(&["a/1.parquet"]);
    fs::write(
        folder
            .path()
            .join("a")
            .join(OsStr::from_bytes(b"\xff.parquet")),
        "",
    )
    .unwrap();
    let message = listed(&folder, "a").unwrap_err().to_string();
    assert!(message.contains("is not UTF-8"), "{message}");
}

#[test]
fn files_of_other_formats_are_no_part_of_what_names_none() {
    let folder = folder(&[
        "a/1.parquet",
        "a/2.PQ",
        "a/3",
        "a/4.csv",
        "a/5.txt",
        "a/f.parquet/6.parquet",
    ]);
    for (declared, expected) in [
        ("a", &["a/1.parquet", "a/2.PQ", "a/f.parquet/6.parquet"][..]),
        (
            "a/*",
            &["a/1.parquet", "a/2.PQ", "a/3", "a/f.parquet/6.parquet"],
        ),
        ("a/*.parquet", &["a/1.parquet", "a/f.parquet/6.parquet"]),
        ("a/*.csv", &["a/4.csv"]),
        ("a/*.txt", &["a/5.txt"]),
        ("a/3", &["a/3"]),
    ] {
        assert_eq!(names(&folder, declared), expected, "{declared}");
    }
}

#[test]
fn a_snapshot_tells_of_every_change_of_the_files_and_of_no_other() {
    let at = |folder: &TempDir, path: &str| folder.path().join(path);
    type Change = fn(&Path);
    let changes: [(&str, Change); 6] = [
        ("replaced by an equal one", |folder| {
            fs::write(folder.join("next"), "12345").unwrap();
            let old = fs::metadata(folder.join("a/1.parquet"))
                .unwrap()
                .modified()
                .unwrap();
            let next = fs::File::options()
                .write(true)
                .open(folder.join("next"))
                .unwrap();
            next.set_modified(old).unwrap();
            fs::rename(folder.join("next"), folder.join("a/1.parquet")).unwrap();
        }),
        ("written with its size and time", |folder| {
            let file = folder.join("a/1.parquet");
            let old = fs::metadata(&file).unwrap().modified().unwrap();
            fs::write(&file, "54321").unwrap();
            let file = fs::File::options().write(true).open(file).unwrap();
            file.set_modified(old).unwrap();
        }),
        ("longer", |folder| {
            fs::write(folder.join("a/1.parquet"), "123456").unwrap();
        }),
        ("gone", |folder| {
            fs::remove_file(folder.join("a/1.parquet")).unwrap();
        }),
        ("first", |folder| {
            fs::write(folder.join("a/0.parquet"), "").unwrap();
        }),
        ("table", |folder| {
            fs::create_dir(folder.join("a/_delta_log")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let folder = folder(&["a/2.parquet", "other"]);
        fs::write(at(&folder, "a/1.parquet"), "12345").unwrap();
        let snapshot = listed(&folder, "a/*.parquet").unwrap().snapshot().unwrap();
        fs::write(at(&folder, "other"), "1").unwrap();
        fs::write(at(&folder, "a/_SUCCESS"), "").unwrap();
        assert_eq!(snapshot.changed(), None, "{what}");
        change(folder.path());
        assert!(snapshot.changed().is_some(), "{what}");
    }
}
