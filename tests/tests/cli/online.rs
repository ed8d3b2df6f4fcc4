//! `online`: statistics, deletion, comparison with the sources.

use std::process::Stdio;

use featurestore::online::{EmbeddedStore, Merge, OnlineStore, RowWrite};
use serde_json::{Value as Json, json};

use super::offline::Files;
use super::{Ran, fail, run, succeed, watch};

const VIEWS: [&str; 3] = ["user_segment", "watch_activity", "last_genre"];

fn materialized() -> Files {
    let files = Files::new();
    let args = [&["materialize"][..], &VIEWS].concat();
    succeed(&files.args(&args));
    files
}

fn parsed(out: &str) -> Json {
    serde_json::from_str(out).unwrap()
}

#[test]
fn stats_count_what_the_online_store_holds() {
    let out = succeed(&["online", "stats", "--json"]);
    let json = parsed(&out);
    assert_eq!(json["entities"], 4);
    let field = |name: &str| {
        let fields = json["views"].as_array().unwrap();
        fields
            .iter()
            .find(|field| field["field"] == name)
            .unwrap()
            .clone()
    };
    let mut segment = field("user_segment");
    assert!(segment["bytes"].as_u64().unwrap() > 20);
    segment["bytes"] = json!(0);
    let expected = json!({
        "field": "user_segment", "view": "user_segment", "rows": 2, "bytes": 0, "damaged": 0,
        "oldest": "2026-05-06T00:00:00Z", "newest": "2026-05-07T00:00:00Z",
    });
    assert_eq!(segment, expected);
    assert_eq!(field("title")["rows"], 2);
    let empty = Files::new();
    let json = parsed(&succeed(&empty.args(&["online", "stats", "--json"])));
    assert_eq!(
        (&json["entities"], &json["views"][0]["newest"]),
        (&json!(0), &Json::Null)
    );
}

#[test]
fn a_deletion_is_asked_about_or_said_yes_to() {
    let files = materialized();
    let count = || {
        let json = parsed(&succeed(&files.args(&["online", "stats", "--json"])));
        let rows = json["views"].as_array().unwrap().iter();
        let rows: Vec<u64> = rows.map(|view| view["rows"].as_u64().unwrap()).collect();
        (json["entities"].as_u64().unwrap(), rows)
    };
    let before = count();
    assert_eq!(before.0, 2);
    let args = files.args(&["online", "delete", "last_genre"]);
    let ran: Ran = watch(&args).stdin(Stdio::null()).output().unwrap().into();
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.contains("this is no terminal; write --yes"),
        "{}",
        ran.err
    );
    assert_eq!(count(), before);
    let usage = run(&files.args(&["online", "delete", "--yes"]));
    assert_eq!(usage.code, Some(2));

    let args = ["online", "delete", "last_genre", "--yes"];
    let out = succeed(&files.args(&args));
    assert!(
        out.starts_with("2 rows of `last_genre` deleted, of project `watch` in "),
        "{out}"
    );
    assert_eq!(count(), (2, vec![0, 0, 2, 2]));
    // What said up to when it was materialized is gone as well, so it comes back.
    succeed(&files.args(&["materialize", "last_genre"]));
    assert_eq!(count(), before);
    let out = succeed(&files.args(&["online", "delete", "--project", "--yes", "--json"]));
    assert_eq!(parsed(&out), json!({ "project": "watch", "entities": 2 }));
    assert_eq!(count().0, 0);
    succeed(&files.args(&["materialize", "last_genre", "user_segment"]));
    let several = ["online", "delete", "last_genre", "user_segment", "--yes"];
    let out = succeed(&files.args(&[&several[..], &["--json"]].concat()));
    let gone = |field: &str| json!({ "field": field, "rows": 2 });
    assert_eq!(
        parsed(&out)["views"],
        json!([gone("last_genre"), gone("user_segment")])
    );
    assert_eq!(count().0, 0);
    let message = fail(&files.args(&["online", "delete", "last_gerne", "--yes"]));
    assert!(message.contains("did you mean `last_genre`?"), "{message}");
}

#[test]
fn verify_finds_what_differs_from_the_sources() {
    let files = materialized();
    let args = [&["online", "verify"][..], &VIEWS, &["--json"]].concat();
    let args = files.args(&args);
    let json = parsed(&succeed(&args));
    assert_eq!(json["differences"], json!([]));
    assert_eq!(json["views"][0]["entities"], 2);
    assert_eq!(json["views"][0]["newer_online"], 0);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let path = files.online.strip_prefix("embedded:").unwrap();
        let store = EmbeddedStore::new(path);
        let page = store.scan("watch", None).await.unwrap();
        let entity = page
            .entities
            .iter()
            .find(|entity| entity.address.to_string().ends_with("8a2f"));
        let entity = entity.unwrap();
        let row = |field: &str| {
            let row = entity.rows.iter().find(|(known, _)| known == field);
            row.unwrap().1.to_vec()
        };
        // The count is the row's last byte, as the format says; its time stays.
        let mut count = row("watch_activity");
        *count.last_mut().unwrap() += 2;
        let write = |field: &'static str, row: Vec<u8>| {
            RowWrite::new(entity.address.clone(), field, row, Merge::NewerWins)
        };
        let written = store
            .write(&[write("watch_activity", count)])
            .await
            .unwrap();
        assert_eq!(written, [featurestore::online::Written::Stored]);
        assert_eq!(store.delete_view("watch", "last_genre").await.unwrap(), 2);
    });
    let ran = run(&args);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err
            .starts_with("error: 3 values differ from what materialization would write; ")
    );
    let json = parsed(&ran.out);
    let mut found: Vec<String> = json["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let text = |name: &str| found[name].as_str().unwrap_or("-").to_owned();
            ["view", "key", "column", "online", "offline"]
                .map(text)
                .join(" ")
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "last_genre 8a2f * - a row of 2026-05-07T21:40:00Z",
            "last_genre b13c * - a row of 2026-05-07T18:30:00Z",
            "watch_activity 8a2f watch_count_30d 48 47",
        ]
    );
}

#[test]
fn an_address_with_a_password_can_stand_in_a_file() {
    let files = materialized();
    let address = files.path("address");
    std::fs::write(&address, format!("{}\n", files.online)).unwrap();
    let given = format!("@{address}");
    let stats = ["online", "stats", "--json", "--online", &given];
    let output = watch(&stats).output().unwrap();
    let ran = Ran::from(output);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let json = parsed(&ran.out);
    assert!(json["entities"].as_u64().unwrap() > 0, "{json}");
    let output = watch(&stats[..3])
        .env("FEATURESTORE_ONLINE", &given)
        .output();
    assert_eq!(parsed(&Ran::from(output.unwrap()).out), json);
    std::fs::write(&address, "\n").unwrap();
    for (given, words) in [
        (given.as_str(), "write the address into it"),
        ("@/nowhere/at/all", "a file with the address in it"),
    ] {
        let ran = Ran::from(watch(&[&stats[..4], &[given]].concat()).output().unwrap());
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}
