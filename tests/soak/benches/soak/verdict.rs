//! Whether all was as it must be.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::asking::Run;
use super::{CONNECTIONS, DOWN};

/// How long after Redis is up again a request may still fail.
const RECOVERY: Duration = Duration::from_secs(5);
/// How much more memory the server may have at the end than after it has warmed up, in KiB.
const GROWTH: u64 = 4 << 10;

/// Prints what came of it; fails where something was not as it must be.
pub(crate) fn judge(
    run: &Run,
    memory: &[u64],
    (down, up): (Duration, Duration),
    (rounds, failed_rounds): (usize, Vec<(Duration, String)>),
    ended_well: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let mut mistakes = Vec::new();
    let answers = run.answers.load(Ordering::Relaxed);
    let rate = answers / run.started.elapsed().as_secs().max(1);
    println!(
        "{CONNECTIONS} connections, {answers} answers ({rate} a second), {rounds} materializations"
    );
    let wrong = run.wrong.lock().unwrap_or_else(PoisonError::into_inner);
    println!("  wrong answers: {}", wrong.len());
    mistakes.extend(wrong.first().map(|text| format!("a wrong answer: {text}")));

    let while_down = |at: Duration| at + DOWN >= down && at <= up + RECOVERY;
    let failed = run.failed.lock().unwrap_or_else(PoisonError::into_inner);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, what) in failed.iter() {
        *kinds.entry(what.get(..70).unwrap_or(what)).or_default() += 1;
    }
    println!(
        "  redis was down from {:.1} s to {:.1} s; {} requests failed, from {:.1} s to {:.1} s",
        down.as_secs_f64(),
        up.as_secs_f64(),
        failed.len(),
        failed
            .iter()
            .map(|(at, _)| at.as_secs_f64())
            .fold(f64::INFINITY, f64::min),
        failed
            .iter()
            .map(|(at, _)| at.as_secs_f64())
            .fold(0.0, f64::max),
    );
    for (kind, count) in kinds {
        println!("    {count} times {kind}");
    }
    if failed.is_empty() {
        mistakes.push("no request failed, so redis was not down".to_owned());
    }
    for (at, what) in failed.iter().chain(&failed_rounds) {
        // A materialization that began before may be in the midst of it.
        if !while_down(*at) {
            mistakes.push(format!("failed at {:.1} s: {what}", at.as_secs_f64()));
        }
    }
    println!("  materializations that failed: {}", failed_rounds.len());

    let part = |from: usize, to: usize| {
        let part = &memory[memory.len() * from / 10..memory.len() * to / 10];
        part.iter().sum::<u64>() / u64::try_from(part.len()).unwrap_or(1).max(1)
    };
    let (warm, last) = (part(2, 4), part(8, 10));
    println!(
        "  memory of the server: {:.1} MB warm, {:.1} MB at the end, {:.1} MB at most",
        mb(warm),
        mb(last),
        mb(memory.iter().copied().max().unwrap_or_default())
    );
    if last > warm + GROWTH {
        mistakes.push("the server's memory grows".to_owned());
    }
    if !ended_well {
        mistakes.push("the server did not end well".to_owned());
    }
    mistakes.truncate(10);
    for mistake in &mistakes {
        println!("  MISTAKE: {mistake}");
    }
    Ok(if mistakes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn mb(kib: u64) -> f64 {
    f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0
}
