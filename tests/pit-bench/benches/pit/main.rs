//! What a training set costs beside the same one written by hand in `DuckDB`'s SQL: a chain of
//! `ASOF LEFT JOIN`s on the same Parquet files, into the same kind of file. `cargo xtask bench pit`
//! runs it; `--quick` leaves out the 50 million rows, `--flights DIR` names the year of flights.
//!
//! Each join runs in a process of its own, by turns, after one turn that is not counted and in
//! which the files are compared: the bench fails where a row differs.

mod cases;
mod compare;
mod data;
mod measure;
mod report;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use cases::{Case, Side};
use measure::Outcome;

/// Counted turns, unless `--rounds` says otherwise.
const ROUNDS: usize = 5;

/// What became of each side's counted turns.
type Turns = Vec<(Side, Vec<Outcome>)>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut cases = Case::ALL.to_vec();
    let (mut flights, mut rounds) = (None, ROUNDS);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            measure::CHILD => return measure::child(arguments),
            "--quick" => cases.retain(|case| *case != Case::Many),
            "--only" => {
                let name = arguments.next().unwrap_or_default();
                cases = vec![Case::named(&name)?];
            }
            "--rounds" => {
                let number: usize = arguments.next().unwrap_or_default().parse()?;
                rounds = number.max(1);
            }
            "--flights" => flights = arguments.next().map(PathBuf::from),
            // From `cargo bench`.
            "--bench" => {}
            other => {
                return Err(format!(
                    "no argument `{other}`; there is --quick, --only NAME, --rounds N, --flights DIR"
                )
                .into());
            }
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pit-bench");
    println!("Medians of {rounds} turns, in processes of their own; lowest in brackets.");
    for case in cases {
        let data = match case {
            Case::Flights => data::flights(flights.as_deref())?,
            Case::Few | Case::Many => data::generated(case, &folder.join("data"))?,
        };
        let scratch = folder.join(format!("run-{}", std::process::id()));
        let result = run(case, rounds, &data, &scratch);
        let _ = fs::remove_dir_all(&scratch);
        let outcomes = result?;
        println!("{}", report::text(case, &data, &outcomes));
    }
    Ok(())
}

/// Runs a case's joins by turns; the first turn is compared and not counted.
fn run(case: Case, rounds: usize, data: &Path, scratch: &Path) -> Result<Turns, Box<dyn Error>> {
    let temp = scratch.join("temp");
    fs::create_dir_all(&temp)?;
    let output = |side: Side| scratch.join(format!("{}.parquet", side.name()));
    let mut outcomes: Turns = Side::ALL.iter().map(|side| (*side, Vec::new())).collect();
    for round in 0..=rounds {
        for (side, outcomes) in &mut outcomes {
            let outcome = measure::run(case, *side, data, &output(*side), &temp)?;
            let left = fs::read_dir(&temp)?.count();
            if left > 0 && *side == Side::Ours {
                return Err(format!("{left} entries are left of what was spilled").into());
            }
            fs::remove_dir_all(&temp)?;
            fs::create_dir(&temp)?;
            if round > 0 {
                outcomes.push(outcome);
            }
        }
        if round == 0 {
            compare::all(&output)?;
        }
    }
    Ok(outcomes)
}
