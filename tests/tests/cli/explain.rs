//! `explain`, on the example's data and on a source of two join keys.

use std::path::Path;

use serde_json::json;

use super::{fail, json, run, succeed};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/watch-next");

fn args<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["explain"][..], args, &["--data-root", ROOT]].concat()
}

#[test]
fn each_value_has_its_row_and_each_row_that_lost_its_reason() {
    let out = succeed(&args(&[
        "watch_next",
        "--at",
        "2026-05-07 20:00",
        "--key",
        "8a2f",
    ]));
    let lines: Vec<String> = out
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "watch_next of user_id=8a2f at 2026-05-07T20:00:00Z",
        "user_segment: found, 20h old",
        "rows of this key: 2, of 2026-05-01T00:00:00Z to 2026-05-07T00:00:00Z; shown: 2",
        "user_segment power_user found 2026-05-07T00:00:00Z",
        "2026-05-07T00:00:00Z 3 user_segment=power_user taken",
        "2026-05-01T00:00:00Z 1 user_segment=casual older: the winner is 6d newer",
        "watch_activity: expired",
        "watch_count_30d 0 (default) expired -",
        "2026-05-07T21:00:00Z 3 watch_count_30d=47 after the row's time by 1h",
        "2026-05-05T11:00:00Z 1 watch_count_30d=22 expired: 9h older than its TTL allows",
    ] {
        assert!(
            lines.iter().any(|other| other == line),
            "{out}\nlacks {line}"
        );
    }
    let path = format!("row 3 of {ROOT}/data/user_segment.parquet");
    assert!(lines.contains(&path), "{out}");
    let wide = |line: &&str| line.chars().count() > 100 && !line.contains(ROOT);
    assert_eq!(out.lines().find(wide), None);
}

#[test]
fn a_row_of_a_folder_is_shown_with_its_file() {
    let root = tempfile::tempdir().unwrap();
    let (from, to) = (Path::new(ROOT).join("data"), root.path().join("data"));
    let folder = to.join("user_segment.parquet");
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir(&from).unwrap() {
        let name = file.unwrap().file_name();
        let copy = match name == "user_segment.parquet" {
            true => folder.join("day.parquet"),
            false => to.join(&name),
        };
        std::fs::copy(from.join(&name), copy).unwrap();
    }
    let root = root.path().to_str().unwrap();
    let (at, key) = ("2026-05-07 20:00", "8a2f");
    let asked = ["explain", "watch_next", "--at", at, "-k", key];
    let out = succeed(&[&asked[..], &["--data-root", root]].concat());
    assert!(out.contains("day.parquet 3"), "{out}");
    // A source that is one file names it.
    assert!(!out.contains("watch_count_30d.parquet 3"), "{out}");
}

#[test]
fn a_key_that_no_source_has_is_said_to_be_none_of_theirs() {
    let out = succeed(&args(&[
        "watch_next",
        "--at",
        "2026-05-07",
        "--key",
        "user_id=nobody",
    ]));
    assert!(
        out.contains("last_genre: missing\nno row with this key in "),
        "{out}"
    );
    let times = "its rows are of 2026-05-05T10:12:00Z to 2026-05-07T21:40:00Z";
    assert!(out.contains(times), "{out}");
}

#[test]
fn json_has_all_that_the_page_on_explain_says() {
    let at = "2026-05-07T21:03:00Z";
    let json = json(&args(&["watch_next", "--at", at, "-k", "8a2f"]));
    assert_eq!(
        (&json["service"], &json["at"]),
        (&json!("watch_next"), &json!(at))
    );
    assert_eq!(json["key"], json!({ "user_id": "8a2f" }));
    let source = format!("{ROOT}/data/watch_count_30d.parquet");
    let row = |event: &str, row: u64, age: f64, count: u64| {
        json!({
            "event_timestamp": event,
            "created_timestamp": null,
            "age_seconds": age,
            "file": source,
            "row": row,
            "values": { "watch_count_30d": count },
        })
    };
    let lost = |row: serde_json::Value, more: serde_json::Value| {
        let mut row = row;
        for (name, value) in more.as_object().unwrap() {
            row[name] = value.clone();
        }
        row
    };
    let view = json!({
        "view": "watch_activity",
        "source": source,
        "status": "expired",
        "features": [{
            "name": "watch_count_30d",
            "column": "watch_count_30d",
            "value": 0,
            "status": "expired",
            "default": true,
        }],
        "winner": null,
        "lost": [
            lost(row("2026-05-07T21:00:00Z", 3, 180.0, 47), json!({
                "reason": "not_settled",
                "why": "not settled: known from 2026-05-07T21:05:00Z",
                "by_seconds": null,
                "known_from": "2026-05-07T21:05:00Z",
            })),
            lost(row("2026-05-05T11:00:00Z", 1, 208_980.0, 22), json!({
                "reason": "expired",
                "why": "expired: 10h 3m older than its TTL allows",
                "by_seconds": 36_180.0,
            })),
        ],
        "rows": 2,
        "without_time": 0,
        "event_times": ["2026-05-05T11:00:00Z", "2026-05-07T21:00:00Z"],
        "source_times": null,
        "windows": [],
    });
    assert_eq!(json["views"][1], view);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/explain.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut names: Vec<&String> = view.as_object().unwrap().keys().collect();
    names.extend(view["features"][0].as_object().unwrap().keys());
    names.extend(view["lost"][0].as_object().unwrap().keys());
    for name in names {
        assert!(
            page.contains(&format!("| `{name}` |")),
            "{name} is not documented"
        );
    }
}

#[test]
fn every_join_key_of_a_composite_one_is_asked_for_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().display().to_string();
    std::fs::create_dir(directory.path().join("data")).unwrap();
    let connection = duckdb::Connection::open_in_memory().unwrap();
    connection
        .execute_batch(&format!(
            "COPY (SELECT 7::BIGINT AS title_id, TIMESTAMP '2026-05-01' AS event_timestamp, \
             4.5::DOUBLE AS stars, 1::UBIGINT AS votes, 'x'::BLOB AS thumbnail, \
             DATE '2026-05-01' AS released, 'drama' AS last_genre) \
             TO '{root}/data/title.parquet' (FORMAT parquet)"
        ))
        .unwrap();
    let counts = format!("{ROOT}/data/watch_count_30d.parquet");
    std::fs::copy(
        counts,
        directory.path().join("data/watch_count_30d.parquet"),
    )
    .unwrap();
    let explain = |keys: &[&'static str]| {
        let mut args = vec!["explain", "rank_title", "--at", "2026-05-05 12:00"];
        args.extend(keys.iter().flat_map(|key| ["--key", key]));
        [&args[..], &["--data-root"]].concat()
    };
    let args = [&explain(&["title_id=7", "user_id=8a2f"])[..], &[&root]].concat();
    let json = json(&args);
    assert_eq!(json["key"], json!({ "user_id": "8a2f", "title_id": 7 }));
    let value = |view: usize| json["views"][view]["features"][0]["value"].clone();
    assert_eq!((value(0), value(1)), (json!(4.5), json!(22)));
    assert_eq!(json["views"][0]["features"][0]["column"], "stars");
    let error = fail(&[&explain(&["title_id=7"])[..], &[&root]].concat());
    assert!(
        error.starts_with("join key `user_id` is missing; needed are: "),
        "{error}"
    );
    let error = fail(&[&explain(&["title_id=seven", "user_id=8a2f"])[..], &[&root]].concat());
    assert!(error.starts_with("join key `title_id`: "), "{error}");
}

#[test]
fn an_unknown_service_a_wrong_time_and_a_missing_source_are_named() {
    let error = fail(&args(&["watch_nxt", "--at", "2026-05-07", "-k", "8a2f"]));
    assert!(
        error.contains("there is: rank_title, watch_next"),
        "{error}"
    );
    let error = fail(&args(&[
        "rank_title",
        "--at",
        "2026-05-07",
        "-k",
        "user_id=a",
        "-k",
        "title_id=1",
    ]));
    assert!(
        error.starts_with("view `title` reads ") && error.contains("--data-root"),
        "{error}"
    );
    let error = fail(&args(&[
        "watch_next",
        "--at",
        "+200000-01-01T00:00:00Z",
        "-k",
        "a",
    ]));
    assert!(error.contains("126,000 years"), "{error}");
    let ran = run(&args(&["watch_next", "--at", "yesterday", "-k", "8a2f"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("--at") && ran.err.contains("not a time; write "),
        "{}",
        ran.err
    );
}
