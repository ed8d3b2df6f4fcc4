//! What it costs to make a struct of a row's bytes: one of 10 integers, one of 50 columns of ten
//! types, a fifth of them nullable and five of them texts. `cargo xtask bench decode` runs it.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use featurestore::codec::{Header, RowReader, encode_row};
use featurestore::prelude::*;

const ROUNDS: usize = 1001;
const PER_ROUND: u32 = 1000;

/// A subscription.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Pays nothing.
    Free,
    /// Pays.
    Paid,
}

/// Ten counters.
#[feature_view(entity = "user_id", table = "counters")]
#[derive(Debug, Clone, PartialEq)]
pub struct Counters {
    /// Who.
    pub user_id: i64,
    /// When.
    pub event_timestamp: Timestamp,
    /// Number 0.
    pub count_0: i64,
    /// Number 1.
    pub count_1: i64,
    /// Number 2.
    pub count_2: i64,
    /// Number 3.
    pub count_3: i64,
    /// Number 4.
    pub count_4: i64,
    /// Number 5.
    pub count_5: i64,
    /// Number 6.
    pub count_6: i64,
    /// Number 7.
    pub count_7: i64,
    /// Number 8.
    pub count_8: i64,
    /// Number 9.
    pub count_9: i64,
}

/// Fifty columns of ten types.
#[feature_view(entity = "user_id", table = "mixed")]
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// Who.
    pub user_id: i64,
    /// When.
    pub event_timestamp: Timestamp,
    /// A column.
    pub count_0: i64,
    /// A column.
    pub maybe_0: Option<i64>,
    /// A column.
    pub mean_0: f64,
    /// A column.
    pub score_0: f32,
    /// A column.
    pub flag_0: bool,
    /// A column.
    pub small_0: i32,
    /// A column.
    pub ratio_0: Option<f64>,
    /// A column.
    pub seen_0: Timestamp,
    /// A column.
    pub plan_0: Plan,
    /// A column.
    pub name_0: String,
    /// A column.
    pub count_1: i64,
    /// A column.
    pub maybe_1: Option<i64>,
    /// A column.
    pub mean_1: f64,
    /// A column.
    pub score_1: f32,
    /// A column.
    pub flag_1: bool,
    /// A column.
    pub small_1: i32,
    /// A column.
    pub ratio_1: Option<f64>,
    /// A column.
    pub seen_1: Timestamp,
    /// A column.
    pub plan_1: Plan,
    /// A column.
    pub name_1: String,
    /// A column.
    pub count_2: i64,
    /// A column.
    pub maybe_2: Option<i64>,
    /// A column.
    pub mean_2: f64,
    /// A column.
    pub score_2: f32,
    /// A column.
    pub flag_2: bool,
    /// A column.
    pub small_2: i32,
    /// A column.
    pub ratio_2: Option<f64>,
    /// A column.
    pub seen_2: Timestamp,
    /// A column.
    pub plan_2: Plan,
    /// A column.
    pub name_2: String,
    /// A column.
    pub count_3: i64,
    /// A column.
    pub maybe_3: Option<i64>,
    /// A column.
    pub mean_3: f64,
    /// A column.
    pub score_3: f32,
    /// A column.
    pub flag_3: bool,
    /// A column.
    pub small_3: i32,
    /// A column.
    pub ratio_3: Option<f64>,
    /// A column.
    pub seen_3: Timestamp,
    /// A column.
    pub plan_3: Plan,
    /// A column.
    pub name_3: String,
    /// A column.
    pub count_4: i64,
    /// A column.
    pub maybe_4: Option<i64>,
    /// A column.
    pub mean_4: f64,
    /// A column.
    pub score_4: f32,
    /// A column.
    pub flag_4: bool,
    /// A column.
    pub small_4: i32,
    /// A column.
    pub ratio_4: Option<f64>,
    /// A column.
    pub seen_4: Timestamp,
    /// A column.
    pub plan_4: Plan,
    /// A column.
    pub name_4: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("decoding a row, medians of {ROUNDS} rounds of {PER_ROUND}");
    let time = "2026-05-07T21:00:00Z".parse()?;
    report("10 integers", 60, &counters(time))?;
    report("50 mixed columns", 600, &mixed(time))?;
    Ok(())
}

/// Writes a row and measures how long reading it back takes.
fn report<V>(what: &str, goal: u32, row: &V) -> Result<(), Box<dyn Error>>
where
    V: LatestView + PartialEq,
{
    let layout = V::definition().layout();
    let header = Header::new(layout.id(), row.event_timestamp(), row.created_timestamp());
    let mut bytes = Vec::new();
    encode_row(layout, &header, &row.values(), &mut bytes)?;
    let key = row.key()?;
    let read = || V::from_row(&key, RowReader::new(black_box(&bytes), layout)?);
    if read()? != *row {
        return Err(format!("{what} did not read back").into());
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..PER_ROUND {
            black_box(read()?);
        }
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let each = times[ROUNDS / 2].as_secs_f64() * 1e9 / f64::from(PER_ROUND);
    println!(
        "  {what:<18} {:>4} bytes  {each:>6.1} ns, wanted are {goal}",
        bytes.len()
    );
    Ok(())
}

fn counters(event_timestamp: Timestamp) -> Counters {
    Counters {
        user_id: 1,
        event_timestamp,
        count_0: 0,
        count_1: -1,
        count_2: 47,
        count_3: 123,
        count_4: 300,
        count_5: -20000,
        count_6: 70000,
        count_7: 5000000000,
        count_8: 1,
        count_9: 99,
    }
}

fn mixed(event_timestamp: Timestamp) -> Mixed {
    Mixed {
        user_id: 1,
        event_timestamp,
        count_0: 10,
        maybe_0: Some(0),
        mean_0: 0.25,
        score_0: 0.5,
        flag_0: false,
        small_0: 0,
        ratio_0: Some(0.01),
        seen_0: event_timestamp,
        plan_0: Plan::Free,
        name_0: "name 0".to_owned(),
        count_1: 100,
        maybe_1: None,
        mean_1: 1.25,
        score_1: 1.5,
        flag_1: true,
        small_1: -100,
        ratio_1: Some(0.11),
        seen_1: event_timestamp,
        plan_1: Plan::Paid,
        name_1: "name 1".to_owned(),
        count_2: 1000,
        maybe_2: Some(80),
        mean_2: 2.25,
        score_2: 2.5,
        flag_2: false,
        small_2: -200,
        ratio_2: Some(0.21),
        seen_2: event_timestamp,
        plan_2: Plan::Free,
        name_2: "name 2".to_owned(),
        count_3: 10000,
        maybe_3: None,
        mean_3: 3.25,
        score_3: 3.5,
        flag_3: true,
        small_3: -300,
        ratio_3: None,
        seen_3: event_timestamp,
        plan_3: Plan::Paid,
        name_3: "name 3".to_owned(),
        count_4: 100000,
        maybe_4: Some(160),
        mean_4: 4.25,
        score_4: 4.5,
        flag_4: false,
        small_4: -400,
        ratio_4: Some(0.41),
        seen_4: event_timestamp,
        plan_4: Plan::Free,
        name_4: "name 4".to_owned(),
    }
}
