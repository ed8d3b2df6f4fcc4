//! A join in a process of its own, and what it took.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use duckdb::{Config, Connection};
use featurestore::FeatureStore;
use featurestore::offline::{OfflineSettings, Spine};

use crate::cases::{Case, Side};

/// The argument of a process that runs one join: case, side, data, output, directory to spill to.
pub(crate) const CHILD: &str = "--measure";

/// What a join took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    /// Of all threads.
    pub(crate) cpu: Duration,
    /// KiB; nothing where the system does not say.
    pub(crate) memory: Option<u64>,
    /// The most bytes that were seen in the directory to spill to.
    pub(crate) spilled: u64,
}

/// What became of a join.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Done(Sample),
    OutOfMemory,
}

/// Runs a join in a process of its own.
pub(crate) fn run(
    case: Case,
    side: Side,
    data: &Path,
    output: &Path,
    temp: &Path,
) -> Result<Outcome, Box<dyn Error>> {
    let _ = fs::remove_file(output);
    let mut child = Command::new(std::env::current_exe()?)
        .args([CHILD, case.name(), side.name()])
        .args([data, output, temp])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut spilled = 0;
    while child.try_wait()?.is_none() {
        spilled = spilled.max(size(temp));
        sleep(Duration::from_millis(20));
    }
    let finished = child.wait_with_output()?;
    if !finished.status.success() {
        let reason = String::from_utf8_lossy(&finished.stderr);
        if side != Side::Ours && reason.contains("Out of Memory") {
            let _ = fs::remove_file(output);
            return Ok(Outcome::OutOfMemory);
        }
        return Err(format!("{}, {}: {reason}", case.name(), side.name()).into());
    }
    let text = String::from_utf8(finished.stdout)?;
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let (Some(wall), Some(cpu)) = (numbers.next(), numbers.next()) else {
        return Err(format!("a join says `{text}` of what it took").into());
    };
    Ok(Outcome::Done(Sample {
        wall: Duration::from_micros(wall?),
        cpu: Duration::from_micros(cpu?),
        memory: numbers.next().transpose()?,
        spilled,
    }))
}

/// Bytes below a directory that may change while it is looked at.
fn size(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let size_of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size_of).sum()
}

/// The process's own part: prints microseconds of wall and processor time, and KiB of memory.
pub(crate) fn child(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = arguments.collect();
    let [case, side, data, output, temp] = &arguments[..] else {
        return Err("a join takes its case, side, data, output and directory to spill to".into());
    };
    let (case, side) = (Case::named(case)?, Side::named(side)?);
    let (data, output, temp) = (Path::new(data), Path::new(output), Path::new(temp));
    let (wall, cpu) = match side {
        Side::Ours => ours(case, data, output, temp)?,
        Side::Ordered | Side::Unordered => {
            by_hand(case, side == Side::Ordered, data, output, temp)?
        }
    };
    print!("{} {}", wall.as_micros(), cpu.as_micros());
    if let Some(memory) = peak() {
        print!(" {memory}");
    }
    println!();
    Ok(())
}

fn ours(
    case: Case,
    data: &Path,
    output: &Path,
    temp: &Path,
) -> Result<(Duration, Duration), Box<dyn Error>> {
    let mut settings = OfflineSettings::new().temp_directory(temp);
    if let Some((memory, threads)) = case.limits() {
        settings = settings.memory_limit(memory).threads(threads);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let builder = FeatureStore::builder("pit-bench")
        .registry(case.registry())
        .data_root(data)
        .source_prefix("data", data)
        .offline(settings);
    let store = runtime.block_on(builder.open())?;
    let (started, before) = (Instant::now(), ProcessTime::now());
    let spine = Spine::parquet(data.join(case.spine()));
    runtime.block_on(case.historical(&store, spine, output))?;
    Ok((started.elapsed(), before.elapsed()))
}

fn by_hand(
    case: Case,
    ordered: bool,
    data: &Path,
    output: &Path,
    temp: &Path,
) -> Result<(Duration, Duration), Box<dyn Error>> {
    let query = case.by_hand(data, ordered);
    let output = output.to_string_lossy().replace('\'', "''");
    let sql = format!("COPY ({query}) TO '{output}' (FORMAT parquet, COMPRESSION zstd)");
    let (started, before) = (Instant::now(), ProcessTime::now());
    let mut config = Config::default().with("temp_directory", temp.to_string_lossy())?;
    if let Some((memory, threads)) = case.limits() {
        config = config
            .with("memory_limit", memory)?
            .with("threads", threads.to_string())?;
    }
    let connection = Connection::open_in_memory_with_flags(config)?;
    connection.execute_batch(&sql)?;
    drop(connection);
    Ok((started.elapsed(), before.elapsed()))
}

/// The most memory that this process had, in KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
