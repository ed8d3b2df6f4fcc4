//! Random histories of one key: what finds mistakes is units so small that edges meet, midnights, ties,
//! retries, corrections, deletes and late rows.

use super::super::aggregate::distinct::Precision;
use super::super::aggregate::{Aggregate, Bins, Divisor, Measure};
use super::super::event::{Arrival, EventId};
use super::super::feature::Feature;
use super::super::scalar::{Kind, Scalar};
use super::super::window::Window;
use super::definition::Logged;

/// Xorshift* (Vigna 2016): the same numbers from the same seed everywhere.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..4 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Less than `limit`, not less than 0.
    pub(super) fn below(&mut self, limit: i64) -> i64 {
        (self.next() >> 11) as i64 % limit
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }

    pub(super) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as i64) as usize].clone()
    }
}

/// The columns: a float, a decimal of scale 2, a text, and the outcome of a filter.
pub(super) const FLOAT: usize = 0;
pub(super) const DECIMAL: usize = 1;
pub(super) const TEXT: usize = 2;
pub(super) const FILTER: usize = 3;
pub(super) const KINDS: [Kind; 4] = [
    Kind::Float,
    Kind::Integer { scale: 2 },
    Kind::Bytes,
    Kind::Integer { scale: 0 },
];

pub(super) struct History {
    pub(super) random: Random,
    /// The length that everything is a multiple of, but what is one microsecond off.
    pub(super) unit: i64,
    pub(super) tile: i64,
    pub(super) now: i64,
    pub(super) arrival: Arrival,
    pub(super) features: Vec<Feature>,
    pub(super) log: Vec<Logged>,
    with_created: bool,
    day: i64,
}

fn measure(random: &mut Random) -> (Measure, Option<usize>) {
    let aggregates = [
        Aggregate::Count,
        Aggregate::Sum,
        Aggregate::Sum,
        Aggregate::Mean,
        Aggregate::Variance(Divisor::Sample),
        Aggregate::StandardDeviation(Divisor::Population),
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::First,
        Aggregate::Last,
        Aggregate::FirstOf(2),
        Aggregate::LastOf(2),
        Aggregate::Distinct(Precision::of_error(0.3).unwrap()),
        Aggregate::Quantile {
            millionths: 500_000,
            bins: Bins::of_error(0.1).unwrap(),
        },
        Aggregate::Top(2),
    ];
    loop {
        let aggregate = random.of(&aggregates);
        let column = random.of(&[None, Some(FLOAT), Some(DECIMAL), Some(TEXT)]);
        if let Ok(measure) = Measure::new(aggregate, column.map(|column| KINDS[column])) {
            return (measure, column);
        }
    }
}

impl History {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let unit = random.of(&[1, 3_600_000_000]);
        let tile = random.of(&[2, 4, 24]) * unit;
        let arrival = Arrival {
            lateness: random.of(&[0, 1, 3, 30]) * unit,
            settling: 0,
        };
        let mut features = Vec::new();
        for _ in 0..=random.below(3) {
            let resolution = match random.below(3) {
                0 => None,
                tiles => Some(tiles * tile),
            };
            let whole = (1 + random.below(6)) * resolution.unwrap_or(tile);
            let length = match resolution {
                None => whole + random.below(3) * unit - unit.min(whole - 1) + 1,
                Some(_) => whole,
            };
            let delay = random.of(&[0, 0, 1, unit, 3 * unit]);
            let window = if random.once_in(8) {
                Window::new(None, None, delay)
            } else {
                Window::new(Some(length), resolution, delay)
            };
            let (measure, column) = measure(&mut random);
            let filter = random.once_in(3).then_some(FILTER);
            features.push(Feature {
                measure,
                column,
                filter,
                window: window.unwrap(),
            });
            if random.once_in(3) {
                let (measure, column) = self::measure(&mut random);
                features.push(Feature {
                    measure,
                    column,
                    filter: None,
                    window: window.unwrap(),
                });
            }
        }
        let with_created = !random.once_in(5);
        let day = 24 * unit;
        let mut history = Self {
            random,
            unit,
            tile,
            now: 100 * day,
            arrival,
            features,
            log: Vec::new(),
            with_created,
            day,
        };
        history.backfill();
        history
    }

    /// Rows from before there was a log: they count from their own time on.
    fn backfill(&mut self) {
        if self.random.once_in(4) {
            let mut time = self.now - 30 * self.unit;
            for _ in 0..self.random.below(6) {
                time += self.random.below(5) * self.unit;
                let row = self.row(time, None);
                self.log.push(row);
            }
        }
    }

    fn values(&mut self) -> Vec<Option<Scalar>> {
        let any = self.random.below(1000) as f64 / 7.0;
        let float = self.random.of(&[
            0.1,
            0.2,
            0.3,
            -0.7,
            1e16,
            -1e16,
            1.0,
            5e-324,
            any,
            1e300,
            f64::INFINITY,
            f64::NAN,
            1e308,
        ]);
        // NaN and infinities in a third of the rows would hide all else.
        let float = if float.is_finite() || self.random.once_in(4) {
            float
        } else {
            0.5
        };
        let some = self.random.below(2000) - 1000;
        let decimal = i128::from(self.random.of(&[0, 1, 1, -1, 5, 1000, some]));
        let wide = if self.random.once_in(20) {
            i128::MAX / 3
        } else {
            decimal
        };
        let text = self.random.of(&["", "a", "b", "c", "a longer text"]);
        let filter = self.random.of(&[0, 1, 1]);
        let values = [
            Scalar::Float(float),
            Scalar::Integer(wide),
            Scalar::Bytes(text.as_bytes().into()),
            Scalar::Integer(filter),
        ];
        values
            .into_iter()
            .map(|value| (!self.random.once_in(8)).then_some(value))
            .collect()
    }

    fn row(&mut self, time: i64, arrived: Option<i64>) -> Logged {
        // Ids are few, so that some are of several times, and some times of several ids.
        let id = EventId(self.random.below(1 << 20) as u128);
        let created = self.with_created.then_some(0);
        let values = self.values();
        Logged {
            time,
            id,
            created,
            arrived,
            deleted: false,
            values,
        }
    }

    /// The next row of the log.
    pub(super) fn push(&mut self) -> Logged {
        let random = &mut self.random;
        let (some, many) = (random.below(2 * self.unit), random.below(10 * self.unit));
        self.now += random.of(&[0, 1, some, self.unit, many]);
        if random.once_in(3) {
            let midnight = self.now.div_euclid(self.day) * self.day;
            let last = self
                .log
                .last()
                .and_then(|row| row.arrived)
                .unwrap_or(i64::MIN);
            self.now = (midnight + random.of(&[0, self.day])).max(last);
        }
        let (near, far, ahead) = (
            random.below(2 * self.unit),
            random.below(20 * self.unit),
            random.below(2 * self.unit),
        );
        let mut time = self.now - random.of(&[0, 0, 0, near, far, -ahead]);
        if random.once_in(4) {
            time = time.div_euclid(self.day) * self.day;
        }
        let repeat = !self.log.is_empty() && random.once_in(5);
        let row = if repeat {
            self.repeated()
        } else {
            self.row(time, Some(self.now))
        };
        self.log.push(row.clone());
        row
    }

    /// A retry, a correction or a delete of an earlier row.
    fn repeated(&mut self) -> Logged {
        let earlier = self.random.of(&self.log);
        let newer = earlier
            .created
            .map(|created| created + 1 + self.random.below(2));
        let arrived = Some(self.now);
        match self.random.below(3) {
            0 => Logged { arrived, ..earlier },
            1 => Logged {
                arrived,
                created: newer,
                deleted: false,
                values: self.values(),
                ..earlier
            },
            _ => Logged {
                arrived,
                created: newer,
                deleted: true,
                ..earlier
            },
        }
    }

    /// A time at which something may just change, no earlier than `least`.
    pub(super) fn time(&mut self, feature: &Feature, least: i64) -> i64 {
        let late = self.now + self.random.below(30 * self.unit);
        let tile = self.now.div_euclid(self.tile) * self.tile + self.tile;
        if self.log.is_empty() {
            return least.max(late);
        }
        let row = self.random.of(&self.log);
        let leaves = feature.window.leaves(row.time);
        let leaves = if leaves == i64::MAX { late } else { leaves };
        let enters = feature.window.enters(row.time);
        let known = row.known(&self.arrival);
        self.random
            .of(&[
                self.now,
                self.now + 1,
                enters,
                enters - 1,
                leaves,
                leaves - 1,
                tile,
                late,
                known,
                known - 1,
            ])
            .max(least)
    }
}
