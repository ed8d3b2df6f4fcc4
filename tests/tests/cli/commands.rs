use super::{fail, json, succeed};

#[test]
fn list_has_a_line_per_feature_and_per_service() {
    let out = succeed(&["list"]);
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        [
            "VIEW", "ENTITY", "FEATURE", "DTYPE", "SOURCE", "CADENCE", "TTL", "OWNER"
        ]
    );
    let count = [
        "watch_activity",
        "user_id",
        "watch_count_30d",
        "i64",
        "data/watch_count_30d.parquet",
        "1h",
        "2d",
        "-",
    ];
    assert!(lines.iter().any(|line| line[..] == count), "{out}");
    assert!(
        out.contains("enum(\"casual\", \"power_user\")?  data/user_segment.parquet"),
        "{out}"
    );
    assert!(
        out.contains("watch_next  user_id           user_segment, watch_count_30d, last_genre"),
        "{out}"
    );
    let json = json(&["list"]);
    assert_eq!(json["views"][3]["name"], "watch_activity");
    assert_eq!(json["views"][3]["features"][0]["dtype"], "i64");
    assert_eq!(json["views"][3]["cadence"], "1h");
    assert_eq!(json["services"][1]["features"][1]["default"], 0);
}

#[test]
fn describe_shows_all_that_is_declared() {
    let out = succeed(&["describe", "watch_activity"]);
    for text in [
        "description  How much a user watches.",
        "join keys    user_id string",
        "settling     5m",
        "tags         watch",
        "watch_count_30d  i64    titles  range 0..  -",
        "Titles the user watched in the last 30 days.",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    let out = succeed(&["describe", "title"]);
    assert!(
        out.contains("f64     -     -       -        stars "),
        "{out}"
    );
    let out = succeed(&["describe", "watch_next"]);
    assert!(out.contains("watch_activity:watch_count_30d  0 "), "{out}");
    let json = json(&["describe", "watch_activity"]);
    assert_eq!(json["features"][0]["unit"], "titles");
    assert_eq!(json["join_keys"][0]["dtype"], "string");
    assert_eq!(
        fail(&["describe", "watch_activty"]),
        "no view or service `watch_activty` (did you mean `watch_activity`?); there is: last_genre, title, user_segment, watch_activity, rank_title, watch_next\n"
    );
    assert!(fail(&["describe", "service:title"]).starts_with("no service `title`"));
}

#[test]
fn schemas_are_json_with_and_without_the_flag() {
    let all = json(&["schema"]);
    assert_eq!(succeed(&["schema"]), succeed(&["--json", "schema"]));
    assert_eq!(json(&["schema", "title"]), all["views"]["title"]);
    assert_eq!(
        json(&["schema", "watch_next"]),
        all["services"]["watch_next"]
    );
    assert_eq!(
        all["services"]["watch_next"]["properties"]["watch_count_30d"]["default"],
        0
    );
}

#[test]
fn get_shows_values_and_why_one_is_missing() {
    let out = succeed(&["get", "watch_next", "--key", "user_id=b13c"]);
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[3],
        ["user_segment", "-", "null", "2026-05-06T00:00:00Z"]
    );
    assert_eq!(
        lines[4],
        ["watch_count_30d", "0", "expired", "2026-05-01T19:00:00Z"]
    );
    assert_eq!(lines[5], ["last_genre", "-", "missing", "-"]);
    let out = succeed(&["get", "watch_activity", "-k", "nobody"]);
    assert!(
        out.contains("missing") && out.contains("user_id=nobody is not in the online store"),
        "{out}"
    );
    let json = json(&["get", "watch_next", "-k", "8a2f", "-f", "last_genre"]);
    assert_eq!(
        json,
        serde_json::json!({
            "user_id": "8a2f",
            "features": { "last_genre": "documentary" },
            "metadata": {
                "last_genre": { "status": "found", "event_timestamp": "2026-05-07T21:40:00.250Z" }
            },
        })
    );
    let both = succeed(&[
        "get",
        "rank_title",
        "-k",
        "title_id=1",
        "-k",
        "user_id=8a2f",
    ]);
    assert!(both.contains("title_id=1 user_id=8a2f"), "{both}");
}

#[test]
fn values_do_not_reach_the_terminal_as_commands() {
    let out = succeed(&["get", "title", "-k", "1"]);
    assert!(
        out.contains("drama\\u{1b}[31m") && !out.contains('\u{1b}'),
        "{out}"
    );
}

#[test]
fn a_wrong_key_or_feature_is_named() {
    for (args, says) in [
        (
            &["get", "rank_title", "-k", "1"][..],
            "`--key 1` names no join key; write --key NAME=VALUE for: title_id i64, user_id string\n",
        ),
        (
            &["get", "rank_title", "-k", "title_id=1"],
            "join key `user_id` is missing; needed are: title_id i64, user_id string\n",
        ),
        (
            &["get", "title", "-k", "one"],
            "join key `title_id`: the value `one` is not of dtype i64\n",
        ),
        (
            &["get", "title", "-k", "1", "-k", "title_id=2"],
            "join key `title_id` is given more than once\n",
        ),
        (
            &["get", "title", "-k", "1", "-f", "ratng"],
            "no feature `ratng` (did you mean `rating`?); there is: rating, votes, thumbnail, released, last_genre\n",
        ),
    ] {
        assert_eq!(fail(args), says);
    }
}

#[test]
fn now_decides_what_has_expired() {
    let status = |now: &str| {
        let json = json(&["get", "watch_activity", "-k", "b13c", "--now", now]);
        json["metadata"]["watch_count_30d"]["status"].clone()
    };
    assert_eq!(status("2026-05-03T19:00:00Z"), "found");
    assert_eq!(status("2026-05-03 19:00:01"), "expired");
}
