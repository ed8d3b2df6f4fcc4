//! Random checks of numbers: what the engine takes for valid is what the evaluator does.

use featurestore::Dtype;
use featurestore::Value;
use featurestore::pit::Condition;
use featurestore::view::{Check, Number, ViewDefinition};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::definitions::{ColumnSpec, ViewSpec, leak, text};
use crate::materialize::{counts, run};
use crate::support::Fixture;

const DECIMAL: Dtype = Dtype::Decimal {
    precision: 9,
    scale: 3,
};
const DTYPES: [(Dtype, &str); 9] = [
    (Dtype::I8, "TINYINT"),
    (Dtype::I32, "INTEGER"),
    (Dtype::I64, "BIGINT"),
    (Dtype::U16, "USMALLINT"),
    (Dtype::U64, "UBIGINT"),
    (Dtype::F32, "FLOAT"),
    (Dtype::F64, "DOUBLE"),
    (DECIMAL, "DECIMAL(9, 3)"),
    // Wider than its source.
    (Dtype::F64, "INTEGER"),
];

/// Bounds that checks have, and around which values are.
fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        prop::sample::select(vec![
            0,
            1,
            -1,
            100,
            127,
            -128,
            65_535,
            1 << 53,
            (1 << 53) + 1,
            i64::MAX,
            i64::MIN
        ])
        .prop_map(|number| Number::Int(number.into())),
        prop::sample::select(vec![
            0.0,
            -0.0,
            0.1,
            0.7,
            -1.5,
            99.9995,
            1e-45,
            3.4e38,
            1e300,
            9_007_199_254_740_993.0,
            1.8e19
        ])
        .prop_map(Number::Float),
    ]
}

fn check() -> impl Strategy<Value = Check> {
    let bound = || prop::option::weighted(0.8, number());
    let bounds = (number(), bound(), any::<bool>());
    bounds.prop_flat_map(|(one, other, inclusive)| {
        let range = |min, max| Check::Range {
            min,
            max,
            inclusive,
        };
        // No declaration has a range without a bound.
        prop::sample::select(vec![range(Some(one), other), range(other, Some(one))])
    })
}

/// Texts of numbers: each bound, what is next to it, and what no range has.
fn values(checks: &[Check]) -> Vec<String> {
    let mut values: Vec<String> = ["0", "-0.0", "1", "nan", "inf", "-inf"]
        .map(str::to_owned)
        .into();
    for check in checks {
        let Check::Range { min, max, .. } = check else {
            continue;
        };
        for bound in [min, max].into_iter().flatten() {
            match bound {
                Number::Int(bound) => {
                    values.extend((-1..=1).map(|beside| (bound + beside).to_string()));
                }
                Number::Float(bound) => {
                    #[allow(clippy::cast_possible_truncation)] // the nearest is meant
                    let narrow = *bound as f32;
                    values.extend(
                        [bound.next_down(), *bound, bound.next_up()].map(|it| format!("{it:?}")),
                    );
                    values.extend(
                        [narrow.next_down(), narrow, narrow.next_up()].map(|it| format!("{it:?}")),
                    );
                    values.extend(
                        [bound - 0.001, bound + 0.001, bound.trunc()].map(|it| format!("{it}")),
                    );
                }
                _ => {}
            }
        }
    }
    values
}

#[test]
fn the_engine_takes_those_numbers_for_valid_that_the_evaluator_does() {
    let fixture = Fixture::new();
    let config = Config {
        // Smaller cases say no more.
        max_shrink_iters: 0,
        ..featurestore_properties::cases(24)
    };
    let cases = prop::collection::vec((check(), any::<bool>()), DTYPES.len());
    let rounds = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&cases, |cases| {
        // Views of a name of their own: none is an older one of another case's.
        let round = rounds.replace(rounds.get() + 1);
        let checks: Vec<Check> = cases.iter().map(|(check, _)| *check).collect();
        let texts: Vec<String> = values(&checks);
        let columns = DTYPES.iter().enumerate().map(|(index, (_, sql_type))| {
            format!("TRY_CAST(v AS {sql_type}) AS c{index}")
        });
        let columns: Vec<String> = columns.collect();
        let texts: Vec<String> = texts.iter().map(|it| format!("('{it}')")).collect();
        fixture.file(
            "numbers.parquet",
            &format!(
                "SELECT CAST(row_number() OVER () AS BIGINT) AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, {} \
                 FROM (VALUES {}) AS v(v)",
                columns.join(", "),
                texts.join(", ")
            ),
        );
        let views = DTYPES.iter().zip(&cases).enumerate().map(|(index, ((dtype, _), (check, nullable)))| {
            let name = text(format!("c{index}"));
            ViewSpec {
                source: featurestore::view::Source::Path("numbers.parquet"),
                keys: vec![("user_id", Dtype::I64)],
                columns: vec![ColumnSpec {
                    nullable: *nullable,
                    checks: leak(vec![*check]),
                    ..ColumnSpec::nullable(name, name, *dtype)
                }],
                ..ViewSpec::new(text(format!("view_{round}_{index}")), &[])
            }
        });
        let views: Vec<&'static ViewDefinition> = views.map(ViewSpec::leak).collect();
        fixture.online.memory.clear_rows();
        let report = run(&fixture, &views);
        let sources = crate::support::read(&fixture.path("numbers.parquet"));
        for (view, report) in views.iter().zip(report.views()) {
            let column = &view.columns()[0];
            let condition = Condition::of_column(column);
            let valid = sources.column(column.source_column());
            let valid = valid.split(' ').filter(|it| {
                let value = (*it != "-").then(|| Value::parse(it, column.dtype()).unwrap());
                let value = value.as_ref().map(|value| value.borrow(column.dtype()).unwrap());
                condition.check(Ok(value)).is_ok()
            });
            let valid = valid.count() as u64;
            let rows = sources.rows.len() as u64;
            // Engine and evaluator that differ are an error of the view.
            let error = report.error().map(ToString::to_string).unwrap_or_default();
            prop_assert_eq!(error.is_empty(), valid > 0, "{}", error);
            prop_assert!(error.is_empty() || error.contains("are rejected"), "{}", error);
            prop_assert_eq!(counts(report), [rows, valid, 0, rows - valid], "{:?}", column);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
