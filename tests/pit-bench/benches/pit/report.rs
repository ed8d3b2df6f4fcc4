//! The figures of a case, as a table and in words.

use std::fmt::Write as _;
use std::path::Path;

use crate::cases::{Case, Side};
use crate::measure::{Outcome, Sample};

pub(crate) fn text(case: Case, data: &Path, outcomes: &[(Side, Vec<Outcome>)]) -> String {
    let figures: Vec<(Side, Option<Figures>)> = outcomes
        .iter()
        .map(|(side, outcomes)| (*side, Figures::of(outcomes)))
        .collect();
    let of = |side: Side| figures.iter().find(|(other, _)| *other == side)?.1;
    let mut text = format!("\n## {}: {}\n\n", case.name(), case.about());
    if case == Case::Flights {
        let _ = writeln!(text, "data: {}\n", data.display());
    }
    text.push_str("| join | wall s | cpu s | memory MiB | spilled MiB | wall | cpu |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for (side, figures) in &figures {
        let _ = writeln!(
            text,
            "| {} | {} |",
            side.name(),
            match (figures, of(Side::Ordered)) {
                (None, _) => "out of memory | | | | |".to_owned(),
                (Some(figures), Some(base)) => {
                    let (wall, cpu) = figures.ratios(&base);
                    format!("{} | {wall:.2} | {cpu:.2}", figures.cells())
                }
                (Some(figures), None) => format!("{} | | ", figures.cells()),
            }
        );
    }
    text.push('\n');
    text.push_str(&words(
        case,
        of(Side::Ours),
        of(Side::Ordered),
        of(Side::Unordered),
    ));
    text
}

fn words(
    case: Case,
    ours: Option<Figures>,
    ordered: Option<Figures>,
    unordered: Option<Figures>,
) -> String {
    let mut text = "The rows are the same.".to_owned();
    let Some(ours) = ours else { return text };
    match ordered {
        Some(ordered) => {
            let (wall, cpu) = ours.ratios(&ordered);
            let goal = case.goal();
            let reached = if wall <= goal { "reached" } else { "missed" };
            let _ = write!(
                text,
                " Ours takes {wall:.2} times as long as the join by hand in the same order, \
                 with {cpu:.2} times its processor time; the goal, at most {goal:.2} times as \
                 long, is {reached}."
            );
        }
        None => text.push_str(" The join by hand in the same order runs out of memory."),
    }
    match unordered {
        Some(unordered) => {
            let (wall, cpu) = ours.ratios(&unordered);
            let _ = write!(
                text,
                " By hand with rows in any order: {wall:.2} times as long, {cpu:.2} times the \
                 processor time."
            );
        }
        None => text.push_str(" By hand with rows in any order, it runs out of memory, too."),
    }
    text
}

/// The medians of a side's turns.
#[derive(Debug, Clone, Copy)]
struct Figures {
    /// Seconds: the median and the lowest.
    wall: (f64, f64),
    cpu: (f64, f64),
    /// MiB: the most.
    memory: Option<f64>,
    spilled: f64,
}

impl Figures {
    /// Nothing where a turn ran out of memory.
    fn of(outcomes: &[Outcome]) -> Option<Self> {
        let samples = outcomes.iter().map(|outcome| match outcome {
            Outcome::Done(sample) => Some(*sample),
            Outcome::OutOfMemory => None,
        });
        let samples: Vec<Sample> = samples.collect::<Option<_>>()?;
        let seconds = |of: fn(&Sample) -> f64| {
            let mut seconds: Vec<f64> = samples.iter().map(of).collect();
            seconds.sort_by(f64::total_cmp);
            (seconds[seconds.len() / 2], seconds[0])
        };
        #[allow(clippy::cast_precision_loss)]
        let mebibytes = |bytes: u64| bytes as f64 / 1_048_576.0;
        let memory = samples.iter().filter_map(|sample| sample.memory).max();
        let spilled = samples.iter().map(|sample| sample.spilled).max();
        Some(Self {
            wall: seconds(|sample| sample.wall.as_secs_f64()),
            cpu: seconds(|sample| sample.cpu.as_secs_f64()),
            memory: memory.map(|kibibytes| mebibytes(kibibytes * 1024)),
            spilled: mebibytes(spilled.unwrap_or_default()),
        })
    }

    /// Wall and processor time as multiples of `base`'s.
    fn ratios(&self, base: &Self) -> (f64, f64) {
        (self.wall.0 / base.wall.0, self.cpu.0 / base.cpu.0)
    }

    fn cells(&self) -> String {
        let time = |(median, lowest): (f64, f64)| format!("{median:.2} ({lowest:.2})");
        let memory = self
            .memory
            .map_or("".to_owned(), |memory| format!("{memory:.0}"));
        format!(
            "{} | {} | {memory} | {:.0}",
            time(self.wall),
            time(self.cpu),
            self.spilled
        )
    }
}
