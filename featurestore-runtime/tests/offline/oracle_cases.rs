//! Random joins of many cases each: every case has keys of its own, so that one join answers all
//! of them, and what goes wrong is shown by the few rows of one case.

use std::sync::Arc;

use featurestore::Dtype;
use featurestore::arrow::array::{ArrayRef, Int64Array, TimestampMicrosecondArray};
use featurestore::arrow::array::{TimestampNanosecondArray, UInt32Array};
use featurestore::arrow::datatypes::{DataType, Field, Schema};
use featurestore::arrow::record_batch::RecordBatch;
use featurestore::view::{Check, Number};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::definitions::ColumnSpec;
use crate::support::{Fixture, run_sql, with_connection};

const SECOND: i64 = 1_000_000_000;
/// Keys that one case may have.
const KEYS: u32 = 3;

/// What is the same for all cases of a join.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) sources: [SourceOptions; 2],
    pub(crate) views: Vec<ViewOptions>,
    pub(crate) known_at: Option<i64>,
    /// Where all times are around, in nanoseconds since 1970.
    pub(crate) base: i64,
    pub(crate) spine_nanos: bool,
    pub(crate) spine_zoned: bool,
    /// Whether one more entity has rows of another century.
    pub(crate) outlier: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceOptions {
    nanos: bool,
    zoned: bool,
    created_nanos: bool,
    /// Whether its rows are in two files.
    parts: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ViewOptions {
    pub(crate) source: usize,
    /// Which of the source's two columns.
    pub(crate) column: usize,
    pub(crate) composite: bool,
    pub(crate) created: bool,
    /// Nanoseconds.
    pub(crate) ttl: Option<i64>,
    pub(crate) settling: i64,
    pub(crate) check: Checked,
}

/// What a view says of its column's values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    nullable: bool,
    positive: bool,
}

const POSITIVE: &[Check] = &[Check::Range {
    min: Some(Number::Int(0)),
    max: None,
    inclusive: false,
}];

impl Checked {
    pub(crate) fn allows(self, value: Option<i64>) -> bool {
        match value {
            Some(value) => !self.positive || value >= 0,
            None => self.nullable,
        }
    }

    pub(crate) fn column(self, name: &'static str, source_column: &'static str) -> ColumnSpec {
        ColumnSpec {
            nullable: self.nullable,
            checks: if self.positive { POSITIVE } else { &[] },
            ..ColumnSpec::nullable(name, source_column, Dtype::I64)
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct SourceRow {
    pub(crate) keys: [Option<u32>; 2],
    pub(crate) event: Option<i64>,
    pub(crate) created: Option<i64>,
    pub(crate) values: [Option<i64>; 2],
}

#[derive(Debug, Clone)]
pub(crate) struct SpineRow {
    pub(crate) keys: [Option<u32>; 2],
    pub(crate) time: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) sources: [Vec<SourceRow>; 2],
    pub(crate) spine: Vec<SpineRow>,
}

/// What kind of joins a test is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Whether views have a created timestamp; by chance where it says nothing.
    pub(crate) created: Option<bool>,
    pub(crate) outlier: bool,
}

pub(crate) fn options(kind: Kind) -> impl Strategy<Value = Options> {
    let source = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.3),
    );
    let source = source.prop_map(|(nanos, zoned, created_nanos, parts)| SourceOptions {
        nanos,
        // DuckDB writes no zoned nanoseconds.
        zoned: zoned && !nanos,
        created_nanos,
        parts,
    });
    let created = match kind.created {
        Some(created) => Just(created).boxed(),
        None => any::<bool>().boxed(),
    };
    let view = (
        0..2_usize,
        0..2_usize,
        any::<bool>(),
        created,
        prop::option::of((1..4_i64).prop_map(|steps| steps * SECOND)),
        prop_oneof![3 => Just(0), 2 => Just(SECOND), 1 => Just(1000)],
        (prop::bool::weighted(0.7), prop::bool::weighted(0.3)),
    );
    let view = view.prop_map(
        |(source, column, composite, created, ttl, settling, check)| ViewOptions {
            source,
            column,
            composite,
            created,
            ttl,
            settling,
            check: Checked {
                nullable: check.0,
                positive: check.1,
            },
        },
    );
    (
        [source.clone(), source],
        prop::collection::vec(view, 1..=3),
        prop::option::weighted(0.4, 0..4_i64),
        prop_oneof![2 => Just(1_777_600_000 * SECOND), 1 => Just(-3 * SECOND)],
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            move |(sources, views, known_at, base, spine_nanos, spine_zoned)| Options {
                sources,
                views,
                known_at: known_at.map(|steps| base + steps * SECOND),
                base,
                spine_nanos,
                spine_zoned: spine_zoned && !spine_nanos,
                outlier: kind.outlier,
            },
        )
}

impl Case {
    /// The case of a seed, its keys from `first` on.
    pub(crate) fn new(options: &Options, [seed, place]: [u64; 2], first: u32) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&place.to_le_bytes());
        let mut random = Random(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let sources = options.sources.map(|source| {
            let rows = random.below(9);
            (0..rows)
                .map(|row| random.source_row(options, source, first, row))
                .collect()
        });
        let spine = 1 + random.below(4);
        let spine = (0..spine).map(|_| SpineRow {
            keys: random.keys(first),
            time: random.time(options, options.spine_nanos),
        });
        let spine = spine.collect();
        Self { sources, spine }
    }

    /// A row of 1700 per source, of an entity of its own, and one that asks for it.
    pub(crate) fn outlier(first: u32) -> Self {
        let event = -8_520_336_000 * SECOND + 1000;
        let row = SourceRow {
            keys: [Some(first), Some(0)],
            event: Some(event),
            created: None,
            values: [Some(1700), Some(1701)],
        };
        Self {
            sources: [vec![row.clone()], vec![row]],
            spine: vec![SpineRow {
                keys: [Some(first), Some(0)],
                time: event + SECOND,
            }],
        }
    }
}

struct Random(TestRng);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    fn keys(&mut self, first: u32) -> [Option<u32>; 2] {
        let key = |random: &mut Self, first| {
            let key = random.below(8);
            (key > 0).then_some(first + key % KEYS)
        };
        [key(self, first), key(self, 0)]
    }

    /// A time that often equals another one, or is the smallest step beside it.
    fn time(&mut self, options: &Options, nanos: bool) -> i64 {
        let step = if nanos { 1 } else { 1000 };
        let beside = i64::from(self.below(3)) - 1;
        options.base + i64::from(self.below(6)) * SECOND + beside * step
    }

    fn source_row(
        &mut self,
        options: &Options,
        source: SourceOptions,
        first: u32,
        row: u32,
    ) -> SourceRow {
        SourceRow {
            keys: self.keys(first),
            event: match self.below(12) {
                0 => None,
                _ => Some(self.time(options, source.nanos)),
            },
            created: match self.below(4) {
                0 => None,
                _ => Some(self.time(options, source.created_nanos)),
            },
            values: [1, 2].map(|column| {
                let value = i64::from(first * 100 + row * 2 + column);
                match self.below(8) {
                    0 => None,
                    1 => Some(-value),
                    _ => Some(value),
                }
            }),
        }
    }
}

fn times(times: impl Iterator<Item = Option<i64>>, nanos: bool, zoned: bool) -> ArrayRef {
    if nanos {
        return Arc::new(times.collect::<TimestampNanosecondArray>());
    }
    // The times are multiples of a microsecond.
    let micros = times.map(|time| time.map(|time| time.div_euclid(1000)));
    let micros: TimestampMicrosecondArray = micros.collect();
    Arc::new(micros.with_timezone_opt(zoned.then_some("UTC")))
}

fn keys<'a>(keys: impl Iterator<Item = &'a [Option<u32>; 2]> + Clone) -> [ArrayRef; 2] {
    [0, 1].map(|part| {
        let part: UInt32Array = keys.clone().map(|keys| keys[part]).collect();
        Arc::new(part) as ArrayRef
    })
}

fn write(fixture: &Fixture, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let sql_type = |dtype: &DataType| match dtype {
        DataType::UInt32 => "UINTEGER",
        DataType::Int64 => "BIGINT",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMPTZ",
        DataType::Timestamp(unit, None) if format!("{unit:?}") == "Nanosecond" => "TIMESTAMP_NS",
        _ => "TIMESTAMP",
    };
    let types = columns.iter().map(|(name, array)| {
        let dtype = sql_type(array.data_type());
        format!("{name} {dtype}")
    });
    let types: Vec<String> = types.collect();
    run_sql(&format!(
        "CREATE OR REPLACE TABLE oracle ({})",
        types.join(", ")
    ));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    with_connection(|connection| {
        let mut table = connection.appender("oracle").unwrap();
        table.append_record_batch(batch).unwrap();
        table.flush().unwrap();
    });
    fixture.file(name, "SELECT * FROM oracle");
}

/// Writes the sources and the spine.
pub(crate) fn write_files(fixture: &Fixture, options: &Options, cases: &[Case], mark: &str) {
    for (place, source) in options.sources.iter().enumerate() {
        let rows: Vec<&SourceRow> = cases.iter().flat_map(|case| &case.sources[place]).collect();
        // The second file may have no rows; the first has the columns.
        let cut = if source.parts {
            rows.len() / 2
        } else {
            rows.len()
        };
        for (part, rows) in [&rows[..cut], &rows[cut..]].into_iter().enumerate() {
            let [a, b] = keys(rows.iter().map(|row| &row.keys));
            let value = |column: usize| -> ArrayRef {
                Arc::new(
                    rows.iter()
                        .map(|row| row.values[column])
                        .collect::<Int64Array>(),
                )
            };
            let names = [0, 1].map(|column| format!("{mark}_{column}"));
            let created = times(
                rows.iter().map(|row| row.created),
                source.created_nanos,
                false,
            );
            let columns = vec![
                (names[0].as_str(), value(0)),
                ("a", a),
                ("created", created),
                ("b", b),
                (
                    "event_timestamp",
                    times(rows.iter().map(|row| row.event), source.nanos, source.zoned),
                ),
                (names[1].as_str(), value(1)),
            ];
            write(fixture, &format!("source_{place}_{part}.parquet"), columns);
        }
    }
    let rows: Vec<&SpineRow> = cases.iter().flat_map(|case| &case.spine).collect();
    let [a, b] = keys(rows.iter().map(|row| &row.keys));
    let time = rows.iter().map(|row| Some(row.time));
    let label: Int64Array = (0..).take(rows.len()).map(Some).collect();
    let columns = vec![
        ("label", Arc::new(label) as ArrayRef),
        ("b", b),
        (
            "event_timestamp",
            times(time, options.spine_nanos, options.spine_zoned),
        ),
        ("a", a),
    ];
    write(fixture, "spine.parquet", columns);
}
