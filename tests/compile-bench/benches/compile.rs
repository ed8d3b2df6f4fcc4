//! What 200 views of 20 columns cost `cargo check` after a touch, beside the same structs with
//! derives of `Serialize`, `Deserialize` and `JsonSchema`; the lines that both expand to; and what
//! reading a footer costs. `cargo xtask bench compile` runs it.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use featurestore_schema::footer::read_footer;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const VIEWS: usize = 200;
const COLUMNS: usize = 20;
const ROUNDS: usize = 5;
/// Types of the columns, in Rust, in Parquet and in the lock.
const TYPES: [(&str, &str, &str); 4] = [
    ("i64", "optional int64", "i64?"),
    ("Option<f64>", "optional double", "f64?"),
    ("String", "optional binary", "string?"),
    ("Option<bool>", "optional boolean", "bool?"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile-bench");
    let _ = fs::remove_dir_all(&folder);
    let packages = [
        Package::new(&folder, "derived", &root, derived())?,
        Package::new(&folder, "declared", &root, declared())?,
        Package::new(&folder, "declared-with-files", &root, declared())?,
    ];
    packages[1].lock()?;
    packages[2].files()?;

    println!("{VIEWS} views of {COLUMNS} columns; cargo check after a touch, medians of {ROUNDS}");
    for package in &packages {
        package.check()?;
    }
    let mut times = vec![Vec::new(); packages.len()];
    for _ in 0..ROUNDS {
        for (package, times) in packages.iter().zip(&mut times) {
            times.push(package.touch_and_check()?);
        }
    }
    let base = median(&mut times[0]);
    for (package, times) in packages.iter().zip(&mut times) {
        let time = median(times);
        let ratio = time.as_secs_f64() / base.as_secs_f64();
        println!(
            "  {:<20} {:>6.2} s  {ratio:.2} times the derives",
            package.name,
            time.as_secs_f64()
        );
    }

    println!("lines of expanded code per column");
    let base = packages[0].expanded_lines()?;
    for package in &packages[..2] {
        let lines = package.expanded_lines()?;
        #[allow(clippy::cast_precision_loss)]
        let (each, ratio) = (
            lines as f64 / (VIEWS * COLUMNS) as f64,
            lines as f64 / base as f64,
        );
        println!(
            "  {:<20} {each:>6.1}    {ratio:.2} times the derives",
            package.name
        );
    }

    println!(
        "reading a footer, medians of 21, {}",
        if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
    );
    for groups in [1, 1_000, 20_000] {
        let path = folder.join(format!("{groups}.parquet"));
        write_parquet(&path, groups)?;
        let mut times = Vec::new();
        for _ in 0..21 {
            let started = Instant::now();
            read_footer(&path)?;
            times.push(started.elapsed());
        }
        let size = fs::metadata(&path)?.len() / 1024;
        println!(
            "  {groups:>6} row groups, {size:>6} KiB  {:>6} µs",
            median(&mut times).as_micros()
        );
    }
    Ok(())
}

/// A generated package, in a workspace of its own.
struct Package {
    name: &'static str,
    folder: PathBuf,
}

impl Package {
    fn new(
        folder: &Path,
        name: &'static str,
        root: &Path,
        source: String,
    ) -> Result<Self, Box<dyn Error>> {
        let folder = folder.join(name);
        fs::create_dir_all(folder.join("src"))?;
        let root = root.display();
        let manifest = format!(
            r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
featurestore = {{ path = "{root}/featurestore-runtime", default-features = false }}
featurestore-macros = {{ path = "{root}/featurestore-macros", features = ["parquet"] }}
schemars = {{ version = "1", features = ["derive"] }}
serde = {{ version = "1", features = ["derive"] }}

[profile.dev]
debug = "line-tables-only"
"#
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(format!("{root}/Cargo.lock"), folder.join("Cargo.lock"))?;
        fs::write(folder.join("src/lib.rs"), source)?;
        Ok(Self { name, folder })
    }

    /// A lock of all sources and views.
    fn lock(&self) -> Result<(), Box<dyn Error>> {
        let mut lock = "# A lock.\nformat 1\n".to_owned();
        for view in 0..VIEWS {
            write!(lock, "\n[source data/v{view}.parquet]\n")?;
            for column in 0..COLUMNS {
                writeln!(lock, "c{column} {}", TYPES[column % TYPES.len()].2)?;
            }
            lock.push_str("event_timestamp timestamp(us)?\nuser_id string?\n");
        }
        for view in 0..VIEWS {
            write!(lock, "\n[view v{view}]\n")?;
            for column in 0..COLUMNS {
                writeln!(lock, "column c{column} {}", TYPES[column % TYPES.len()].2)?;
            }
            writeln!(
                lock,
                "key user_id string\nmeaning source data/v{view}.parquet"
            )?;
        }
        Ok(fs::write(self.folder.join("featurestore.lock"), lock)?)
    }

    /// A Parquet file for each view, and no lock.
    fn files(&self) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(self.folder.join("data"))?;
        for view in 0..VIEWS {
            write_parquet(&self.folder.join(format!("data/v{view}.parquet")), 1)?;
        }
        Ok(())
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO"));
        // Variables of the surrounding `cargo bench` would rebuild what watches them.
        let of_cargo = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG") || name.starts_with("CARGO_MANIFEST")
        });
        for name in of_cargo {
            command.env_remove(name);
        }
        let target = self.folder.with_file_name("target");
        command
            .args(arguments)
            .arg("--quiet")
            .current_dir(&self.folder);
        command
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_INCREMENTAL", "1");
        command
    }

    fn check(&self) -> Result<(), Box<dyn Error>> {
        let status = self.cargo(&["check"]).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{} does not compile", self.name).into())
        }
    }

    fn touch_and_check(&self) -> Result<Duration, Box<dyn Error>> {
        let path = self.folder.join("src/lib.rs");
        let source = fs::read_to_string(&path)?;
        fs::write(&path, source)?;
        let started = Instant::now();
        self.check()?;
        Ok(started.elapsed())
    }

    /// The lines that the compiler's own printer writes of the expansion.
    fn expanded_lines(&self) -> Result<usize, Box<dyn Error>> {
        let mut command = self.cargo(&["rustc", "--profile=check", "--lib"]);
        command.args(["--", "-Zunpretty=expanded"]);
        // The printer is not stable; for counting lines that does not matter.
        let output = command
            .env("RUSTC_BOOTSTRAP", "1")
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("the expansion of {} can't be printed", self.name).into());
        }
        Ok(String::from_utf8(output.stdout)?.lines().count())
    }
}

fn declared() -> String {
    let mut source = "//! Views.\nuse featurestore::prelude::*;\n".to_owned();
    for view in 0..VIEWS {
        let attribute = format!(
            "#[feature_view(entity = \"user_id\", source = \"data/v{view}.parquet\", ttl = \"2d\")]"
        );
        source.push_str(&structure(view, &attribute, "Timestamp"));
    }
    source
}

fn derived() -> String {
    let mut source = "//! Structs.\n".to_owned();
    for view in 0..VIEWS {
        let attribute = "#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]";
        source.push_str(&structure(view, attribute, "i64"));
    }
    source
}

fn structure(view: usize, attribute: &str, timestamp: &str) -> String {
    let mut text = format!(
        "/// View {view}.\n{attribute}\npub struct V{view} {{\n    /// The user.\n    pub user_id: String,\n    \
         /// When.\n    pub event_timestamp: {timestamp},\n"
    );
    for column in 0..COLUMNS {
        let (ty, ..) = TYPES[column % TYPES.len()];
        text.push_str(&format!(
            "    /// Column {column}.\n    pub c{column}: {ty},\n"
        ));
    }
    text.push_str("}\n");
    text
}

/// A file with the columns of a view and this many row groups, each of no rows.
fn write_parquet(path: &Path, groups: usize) -> Result<(), Box<dyn Error>> {
    let mut fields = "optional binary user_id (STRING); optional int64 event_timestamp (TIMESTAMP(MICROS,true)); ".to_owned();
    for column in 0..COLUMNS {
        let parquet = TYPES[column % TYPES.len()].1;
        let logical = if parquet.ends_with("binary") {
            " (STRING)"
        } else {
            ""
        };
        write!(fields, "{parquet} c{column}{logical}; ")?;
    }
    let schema = parse_message_type(&format!("message m {{ {fields} }}"))?;
    let properties = Arc::new(WriterProperties::new());
    let mut writer =
        SerializedFileWriter::new(fs::File::create(path)?, Arc::new(schema), properties)?;
    for _ in 0..groups {
        let mut group = writer.next_row_group()?;
        while let Some(column) = group.next_column()? {
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
