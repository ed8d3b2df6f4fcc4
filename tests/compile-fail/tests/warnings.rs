//! What the compiler says under `FEATURESTORE_DRIFT=warn`, in a crate of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const DECLARATIONS: &str = r#"
use featurestore::prelude::*;

#[feature_view(entity = ["user_id", "device"], source = "elsewhere/watch.parquet")]
#[derive(Debug, Clone)]
pub struct Watch {
    pub user_id: String,
    pub device: String,
    pub event_timestamp: Timestamp,
    pub count: i32,
    pub spent: f64,
    pub genre: Option<String>,
}

#[feature_view(entity = "user_id", source = "elsewhere/unknown.parquet")]
#[derive(Debug, Clone)]
pub struct Unknown {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    pub count: i64,
}

#[feature_service]
#[derive(Debug, Clone)]
pub struct Next {
    #[from(Watch)]
    pub count: Option<i32>,
}
"#;

const LOCK: &str = "\
format 1

[service next]
spent watch spent

[source elsewhere/watch.parquet]
count i64?
device i64?
event_timestamp timestamp(us)?
spent f32?
user_id string?

[view watch]
column spent string?
";

/// The warnings and errors that have a code of ours, each with its place, sorted.
fn said(output: &Output, level: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let mut lines = text.lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next() {
        let message = line.strip_prefix(level);
        let Some((message, start)) = message.and_then(|line| Some((line, line.find("FS00")?)))
        else {
            continue;
        };
        let place = lines.next().unwrap_or_default().trim();
        said.push(format!("{place} {}", &message[start..]));
    }
    said.sort();
    said
}

#[test]
fn drift_is_a_warning_at_its_field_where_the_switch_says_so() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("warned");
    fs::create_dir_all(directory.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"warned\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nfeaturestore = {{ path = {:?}, default-features = false }}\n\n[workspace]\n",
        format!("{WORKSPACE}/featurestore-runtime"),
    );
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    fs::copy(
        format!("{WORKSPACE}/Cargo.lock"),
        directory.join("Cargo.lock"),
    )
    .unwrap();
    fs::write(directory.join("src/lib.rs"), DECLARATIONS).unwrap();
    fs::write(directory.join("featurestore.lock"), LOCK).unwrap();
    let check = |drift: &str| {
        Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--offline"])
            .current_dir(&directory)
            .env("CARGO_TARGET_DIR", directory.join("target"))
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("RUSTFLAGS")
            .env("FEATURESTORE_DRIFT", drift)
            .output()
            .unwrap()
    };

    let way_out = "or mend the source and accept its schema with the command `lock`";
    let source = "featurestore.lock for elsewhere/watch.parquet";
    let expected = [
        format!(
            "--> src/lib.rs:10:16 FS0060: `count` of view `watch` is declared as another dtype, but {source} has `count` as i64; declare it as i64, {way_out}"
        ),
        "--> src/lib.rs:11:16 FS0070: `spent` of view `watch` was published as string and is now declared as another dtype, which breaks service `next`; give the view a new `version`, or widen the dtype losslessly".to_owned(),
        format!(
            "--> src/lib.rs:12:9 FS0061: no column `genre` in {source}; it has count, device, event_timestamp, spent, user_id"
        ),
        "--> src/lib.rs:15:45 FS0062: no file `elsewhere/unknown.parquet` in the crate's directory, and featurestore.lock has no section of it; put the file there, or record its columns with the command `lock` where it is at hand (FEATURESTORE_DRIFT=allow lets this crate compile once)".to_owned(),
        format!(
            "--> src/lib.rs:8:17 FS0060: `device` of view `watch` is declared as another dtype, but {source} has `device` as i64; declare it as i64, {way_out}"
        ),
    ];
    let warned = check("warn");
    assert_eq!(said(&warned, "warning"), expected, "{warned:?}");
    assert!(
        warned.status.success() && said(&warned, "error").is_empty(),
        "{warned:?}"
    );

    let allowed = check("allow");
    assert!(
        allowed.status.success() && allowed.stderr.is_empty(),
        "{allowed:?}"
    );

    let denied = check("deny");
    assert!(!denied.status.success(), "{denied:?}");
    let places = |said: Vec<String>| {
        let place = |line: String| line.split(": ").next().unwrap_or_default().to_owned();
        said.into_iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(
        places(said(&denied, "error")),
        places(expected.to_vec()),
        "{denied:?}"
    );
}
