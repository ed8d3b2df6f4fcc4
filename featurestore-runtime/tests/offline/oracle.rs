//! The join and the evaluator of its rule against a brute-force oracle: every candidate of every
//! row is looked at, by the words of the rules.

use std::cell::Cell;
use std::time::Duration;

use featurestore::arrow::array::{Array, AsArray};
use featurestore::arrow::datatypes::Int64Type;
use featurestore::arrow::record_batch::RecordBatch;
use featurestore::codec::RowError;
use featurestore::key::KeyPart;
use featurestore::offline::{OfflineSettings, Search, Spine};
use featurestore::pit::{Asked, Condition, Row, Rule};
use featurestore::service::{FieldValue, ServiceDefinition, ServiceRows};
use featurestore::types::ValueRef;
use featurestore::view::{Source, ViewDefinition};
use featurestore::{
    Dtype, FeatureService, FeatureStore, Lookup, Status, Timestamp, TrainingReport, feature_view,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestCaseResult, TestError, TestRunner};

use crate::definitions::{Slots, ViewSpec, text};
use crate::heard::Heard;
use crate::oracle_cases::write_files;
use crate::oracle_cases::{Case, Kind, Options, SourceRow, SpineRow, ViewOptions, options};
use crate::support::{Fixture, wait, with_connection};

/// Cases that one join answers.
const CASES: u32 = 512;

/// What the rules say about one view and one row of the spine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The latest row that was known, in nanoseconds; expired ones are.
    pub(crate) event: Option<i64>,
    live: bool,
    pub(crate) value: Option<i64>,
}

pub(crate) fn answer(
    options: &Options,
    view: &ViewOptions,
    rows: &[SourceRow],
    spine: &SpineRow,
) -> Answer {
    let wanted = if view.composite { 2 } else { 1 };
    let known_at = options.known_at.filter(|_| view.created);
    let mut winner: Option<((i64, Option<i64>), &SourceRow)> = None;
    for row in rows {
        let Some(event) = row.event else { continue };
        let mut keys = row.keys.iter().zip(&spine.keys).take(wanted);
        let equal = keys.all(|(own, asked)| own.is_some() && own == asked);
        let settled = event + view.settling <= spine.time;
        let created = row.created.filter(|_| view.created);
        let written = created.is_none_or(|at| known_at.is_none_or(|known| at <= known));
        let valid = view.check.allows(row.values[view.column]);
        let beats = winner.is_none_or(|(best, _)| (event, created) >= best);
        if equal && settled && written && valid && beats {
            winner = Some(((event, created), row));
        }
    }
    let event = winner.map(|((event, _), _)| event);
    let live = event.is_some_and(|event| view.ttl.is_none_or(|ttl| event >= spine.time - ttl));
    Answer {
        event,
        live,
        value: winner.and_then(|(_, row)| row.values[view.column].filter(|_| live)),
    }
}

/// The same by the evaluator.
fn evaluated(rule: &Rule, column: usize, rows: &[SourceRow], spine: &SpineRow) -> Answer {
    let wanted = rule.keys().len();
    let rejected: Vec<_> = rows
        .iter()
        .map(|row| {
            let value = row.values[column].map(ValueRef::Int);
            Condition::of_column(&rule.columns()[0])
                .check(Ok(value))
                .err()
        })
        .collect();
    let plain = rows.iter().zip(&rejected).zip(0..);
    let plain = plain.map(|((row, rejected), place)| {
        Row::new(&row.keys[..wanted], row.event.map(i128::from), place)
            .with_created(row.created.map(i128::from))
            .with_rejected(rejected.as_ref())
    });
    let asked = Asked::new(&spine.keys[..wanted], spine.time.into());
    let decision = rule.decide(&asked, &plain.collect::<Vec<_>>());
    Answer {
        event: decision.latest().and_then(|index| rows[index].event),
        live: decision.status() == Status::Found,
        value: decision
            .taken()
            .and_then(|index| rows[index].values[column]),
    }
}

/// The evaluator says of every row what the oracle says.
fn check_evaluator(
    options: &Options,
    views: &[&'static ViewDefinition],
    cases: &[Case],
) -> TestCaseResult {
    for (view, definition) in options.views.iter().zip(views) {
        let rule = Rule::of(definition).known_at(options.known_at.map(micros));
        for case in cases {
            let rows = &case.sources[view.source];
            for spine in &case.spine {
                let expected = answer(options, view, rows, spine);
                prop_assert_eq!(evaluated(&rule, view.column, rows, spine), expected);
            }
        }
    }
    Ok(())
}

/// The answers of every row of the spine, view by view.
fn answers(options: &Options, cases: &[Case]) -> Vec<Vec<(i64, Answer)>> {
    let of_view = |view: &ViewOptions| {
        let of_case = |case: &Case| {
            let rows = case.sources[view.source].clone();
            let spine = case.spine.clone().into_iter();
            let answers = spine.map(move |row| (row.time, answer(options, view, &rows, &row)));
            answers.collect::<Vec<_>>()
        };
        cases.iter().flat_map(of_case).collect()
    };
    options.views.iter().map(of_view).collect()
}

/// Any service over views with one column that may be null: made when running, so that its typed
/// rows can be compared as well.
#[derive(Debug)]
struct Typed(Vec<Lookup<Option<i64>>>);

#[feature_view(entity = ["a", "b"], source = "cell.parquet")]
#[derive(Debug)]
#[allow(dead_code)] // only its column is used
struct Cells {
    a: u32,
    b: u32,
    event_timestamp: Timestamp,
    pub(crate) value: Option<i64>,
}

thread_local!(static SERVICE: Cell<Option<&'static ServiceDefinition>> = const { Cell::new(None) });

impl FeatureService for Typed {
    type Key = (u32, u32);
    type Request = ();

    fn definition() -> &'static ServiceDefinition {
        SERVICE.get().unwrap()
    }

    fn from_rows(rows: &mut ServiceRows<'_>) -> Result<Self, RowError> {
        let views = 0..Self::definition().views().len();
        let field = Cells::VALUE.read().field::<Lookup<Option<i64>>>();
        let read = |view| field.read(rows, view, view);
        views.map(read).collect::<Result<_, _>>().map(Self)
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        let field = Cells::VALUE.read().field::<Lookup<Option<i64>>>();
        self.0.iter().map(|value| field.value(value)).collect()
    }
}

pub(crate) fn views(options: &Options, mark: &str) -> Vec<ViewSpec> {
    let view = |(index, view): (usize, &ViewOptions)| {
        let mut keys = vec![("a", Dtype::U32)];
        keys.extend(view.composite.then_some(("b", Dtype::U32)));
        let name = text(format!("v{index}"));
        let column = text(format!("{mark}_{}", view.column));
        ViewSpec {
            source: Source::Path(text(format!("source_{}_*.parquet", view.source))),
            keys,
            columns: vec![view.check.column(name, column)],
            created: view.created.then_some("created"),
            ttl: view.ttl.map(|ttl| ttl / 1000),
            settling: view.settling / 1000,
            ..ViewSpec::new(name, &[])
        }
    };
    options.views.iter().enumerate().map(view).collect()
}

fn micros(nanos: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(nanos.div_euclid(1000)).unwrap()
}

fn check_report(expected: &[Vec<(i64, Answer)>], report: &TrainingReport) -> TestCaseResult {
    for (answers, feature) in expected.iter().zip(report.features()) {
        let count = |wanted: fn(&Answer) -> bool| {
            answers.iter().filter(|(_, answer)| wanted(answer)).count() as u64
        };
        let found = count(|answer| answer.value.is_some());
        let null = count(|answer| answer.live && answer.value.is_none());
        let expired = count(|answer| answer.event.is_some() && !answer.live);
        let missing = count(|answer| answer.event.is_none());
        prop_assert_eq!(
            [
                feature.found(),
                feature.null(),
                feature.expired(),
                feature.missing()
            ],
            [found, null, expired, missing],
            "found, null, expired, missing of {}",
            feature.name()
        );
        let live = answers.iter().filter(|(_, answer)| answer.live);
        let used = live.filter_map(|(time, answer)| Some((*time, answer.event?)));
        let events = used.clone().map(|(_, event)| event);
        prop_assert_eq!(feature.oldest(), events.clone().min().map(micros));
        prop_assert_eq!(feature.newest(), events.max().map(micros));
        let age = used.map(|(time, event)| time - event).max();
        let age = age.map(|nanos| Duration::from_micros(nanos.unsigned_abs() / 1000));
        prop_assert_eq!(feature.largest_age(), age);
    }
    prop_assert_eq!(report.features().len(), expected.len());
    Ok(())
}

/// Spine rows come back in order, with these values in the columns of the features.
fn check_columns(
    expected: &[Vec<(i64, Answer)>],
    batches: &[RecordBatch],
    cases: &[Case],
) -> TestCaseResult {
    let spine: Vec<&SpineRow> = cases.iter().flat_map(|case| &case.spine).collect();
    let mut row = 0;
    for batch in batches {
        prop_assert_eq!(batch.num_columns(), 4 + expected.len());
        let column = |index: usize| batch.column(index).as_primitive::<Int64Type>();
        let values: Vec<_> = (4..batch.num_columns()).map(column).collect();
        for place in 0..batch.num_rows() {
            prop_assert_eq!(Some(column(0).value(place)), i64::try_from(row).ok());
            for (view, values) in values.iter().enumerate() {
                let value = values.is_valid(place).then(|| values.value(place));
                prop_assert_eq!(
                    value,
                    expected[view][row].1.value,
                    "view {}, spine row {} ({:?})",
                    view,
                    row,
                    spine[row]
                );
            }
            row += 1;
        }
    }
    prop_assert_eq!(row, spine.len());
    Ok(())
}

fn parquet(path: &std::path::Path) -> Vec<RecordBatch> {
    let sql = format!("SELECT * FROM read_parquet('{}')", path.display());
    with_connection(|connection| {
        let mut statement = connection.prepare(&sql).unwrap();
        statement.query_arrow([]).unwrap().collect()
    })
}

/// A join, asked for in every way, with every way of searching.
struct Joins {
    fixture: Fixture,
    slots: Slots,
    stores: [FeatureStore; 3],
    mark: &'static str,
    /// Which of the ways to ask comes first.
    round: Cell<usize>,
}

impl Joins {
    fn new(mark: &'static str) -> Self {
        let fixture = Fixture::new();
        let store = |search| fixture.open(OfflineSettings::new().search(search));
        Self {
            stores: [Search::Sorted, Search::Pairs, Search::Auto].map(store),
            slots: Slots::new(3),
            fixture,
            mark,
            round: Cell::new(0),
        }
    }

    /// The error of the fewest cases that still have one, with their rows.
    fn smallest(&self, options: &Options, cases: Vec<Case>, error: TestCaseError) -> TestCaseError {
        let (mut cases, mut error) = (cases, error);
        while cases.len() > 1 {
            let second = cases.split_off(cases.len() / 2);
            match (self.check(options, &cases), self.check(options, &second)) {
                (Err(smaller), _) => error = smaller,
                (_, Err(smaller)) => (cases, error) = (second, smaller),
                // Only together do they fail.
                _ => {
                    cases.extend(second);
                    break;
                }
            }
        }
        let mut message = format!("{error}\n{options:?}\n");
        for case in cases.iter().take(2) {
            let rows = case.sources.iter().flatten();
            message.extend(rows.map(|row| format!("{row:?}\n")));
            message.extend(case.spine.iter().map(|row| format!("{row:?}\n")));
        }
        TestCaseError::fail(message)
    }

    fn check(&self, options: &Options, cases: &[Case]) -> TestCaseResult {
        write_files(&self.fixture, options, cases, self.mark);
        let views = views(options, self.mark);
        let views: Vec<_> = views.into_iter().map(ViewSpec::leak).collect();
        let keys = ["a", "b"].map(|name| KeyPart::named(name, Dtype::U32));
        let service = self.slots.with_keys(&views, &[], keys.to_vec());
        SERVICE.set(Some(service));
        check_evaluator(options, &views, cases)?;
        let expected = answers(options, cases);
        for (place, store) in self.stores.iter().enumerate() {
            let mut join = store.historical::<Typed>(Spine::parquet("spine.parquet"));
            if let Some(known_at) = options.known_at {
                join = join.known_at(micros(known_at));
            }
            // The order of ways moves on, so that each search is asked in each way.
            let way = (place + self.round.get()) % 3;
            let report = match way {
                0 => {
                    let report = wait(join.to_parquet("train.out")).unwrap();
                    check_columns(&expected, &parquet(report.path().unwrap()), cases)?;
                    report
                }
                1 => {
                    let batches = wait(join.batches()).unwrap();
                    let report = batches.report().clone();
                    check_columns(&expected, &wait(batches.collect()).unwrap(), cases)?;
                    report
                }
                _ => {
                    let (report, rows) = wait(async {
                        let rows = join.rows().await.unwrap();
                        (rows.report().clone(), rows.collect().await.unwrap())
                    });
                    let spine: Vec<&SpineRow> = cases.iter().flat_map(|case| &case.spine).collect();
                    prop_assert_eq!(rows.len(), spine.len());
                    for (place, (row, spine)) in rows.iter().zip(spine).enumerate() {
                        let [a, b] = spine.keys;
                        prop_assert_eq!(row.key, a.zip(b));
                        prop_assert_eq!(row.timestamp, micros(spine.time));
                        let typed = expected.iter().map(|answers| match answers[place].1 {
                            Answer { event: None, .. } => Lookup::Missing,
                            Answer {
                                live: true, value, ..
                            } => Lookup::Found(value),
                            Answer {
                                event: Some(event), ..
                            } => Lookup::Expired {
                                event_timestamp: micros(event),
                            },
                        });
                        let typed: Vec<_> = typed.collect();
                        prop_assert_eq!(&row.features.0, &typed, "spine row {}", place);
                    }
                    report
                }
            };
            prop_assert_eq!(report.rows(), expected[0].len() as u64);
            check_report(&expected, &report)?;
        }
        Ok(())
    }
}

/// Compares joins with the oracle; gives the queries that were run.
fn compare(joins: u32, kind: Kind, mark: &'static str) -> String {
    let heard = Heard::of(mark);
    let checked = Joins::new(mark);
    let config = Config {
        // `smallest` does it, case by case.
        max_shrink_iters: 0,
        ..featurestore_properties::cases(joins)
    };
    let outcome = TestRunner::new(config).run(&(options(kind), any::<u64>()), |(options, seed)| {
        let mut cases: Vec<Case> = (0..CASES)
            .map(|place| Case::new(&options, [seed, place.into()], 4 * place))
            .collect();
        if options.outlier {
            cases.push(Case::outlier(u32::MAX));
        }
        checked.round.set(checked.round.get() + 1);
        let result = checked.check(&options, &cases);
        result.map_err(|error| checked.smallest(&options, cases, error))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{reason}"),
    }
    heard.take().join("\n")
}

#[test]
fn joins_equal_the_oracles_where_orders_are_packed() {
    let kind = Kind {
        created: Some(false),
        outlier: false,
    };
    let queries = compare(10, kind, "packed");
    assert!(queries.contains(" AS BIGINT) * "), "{queries}");
}

#[test]
fn joins_equal_the_oracles_where_orders_are_wide() {
    let kind = Kind {
        created: Some(false),
        outlier: true,
    };
    let queries = compare(10, kind, "wide");
    assert!(
        queries.contains("CAST(row_event AS HUGEINT) * "),
        "{queries}"
    );
}

#[test]
fn joins_equal_the_oracles_where_orders_have_a_created_time() {
    let kind = Kind {
        created: Some(true),
        outlier: false,
    };
    let queries = compare(10, kind, "created_of_all");
    assert!(
        queries.contains(
            "{'row_event': row_event, 'row_created': row_created, 'row_place': row_place}"
        ),
        "{queries}"
    );
}

#[test]
fn joins_equal_the_oracles_where_orders_differ_by_view() {
    let kind = Kind {
        created: None,
        outlier: true,
    };
    compare(10, kind, "mixed");
}
