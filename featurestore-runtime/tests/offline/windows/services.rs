//! Services over window views: their fields need no default, since every entity has a row.

use featurestore::offline::Spine;
use featurestore::prelude::*;
use featurestore::{Error, TrainingRow};
use serde_json::json;

use crate::support::{Fixture, time, wait};

/// A visit.
#[event_source(source = "visits.parquet", id = "visit_id")]
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) visit_id: i64,
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) amount: Decimal<9, 2>,
}

/// How a user came lately.
#[feature_view(entity = "user_id", events = Visit)]
#[derive(Debug, Clone)]
pub(crate) struct Visits {
    pub(crate) user_id: i64,
    #[column(agg = count(), window = "7d")]
    pub(crate) visits_7d: i64,
    #[column(agg = sum(amount), window = "7d")]
    pub(crate) spent_7d: Decimal<18, 2>,
    #[column(agg = mean(amount), window = "7d")]
    pub(crate) mean_7d: Option<f64>,
}

/// Visits beside what a user watches.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Visitor {
    /// Visits within a week.
    #[from(Visits)]
    pub(crate) visits_7d: i64,
    #[from(Visits)]
    pub(crate) spent_7d: Decimal<18, 2>,
    #[from(Visits)]
    pub(crate) mean_7d: Option<f64>,
    #[from(Visits, column = visits_7d)]
    pub(crate) found: Lookup<i64>,
    #[from(crate::typed::Watch, default = 0)]
    pub(crate) count: i32,
}

pub(crate) fn fixture() -> Fixture {
    let fixture = crate::typed::fixture();
    fixture.rows(
        "visits",
        "visit_id, user_id, event_timestamp, amount",
        "(1::BIGINT, 1::BIGINT, TIMESTAMP '2026-05-28 00:00:00', 1.50::DECIMAL(9, 2)), \
         (2, 1, TIMESTAMP '2026-05-29 00:00:00', 2.00)",
    );
    fixture
}

fn trained(fixture: &Fixture, spine: Spine) -> Vec<Result<TrainingRow<Visitor>, Error>> {
    wait(async {
        let mut rows = fixture.store.historical::<Visitor>(spine).rows().await?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().await {
            all.push(row.map_err(Error::from));
        }
        Ok::<_, Error>(all)
    })
    .unwrap()
}

fn expected(visits_7d: i64, spent: &str, mean_7d: Option<f64>) -> Visitor {
    Visitor {
        visits_7d,
        spent_7d: spent.parse().unwrap(),
        mean_7d,
        found: Lookup::Found(visits_7d),
        count: 0,
    }
}

#[test]
fn a_field_of_a_window_needs_no_default_in_training_and_when_it_is_served() {
    let fixture = fixture();
    let at = time("2026-06-01T00:00:00Z");
    let spine = Spine::rows([(1_i64, at), (2, at), (1, time("2026-05-28T12:00:00Z"))]);
    let rows = trained(&fixture, spine).into_iter();
    let rows: Vec<Visitor> = rows.map(|row| row.unwrap().features).collect();
    let [one, nobody, earlier] = [
        expected(2, "3.50", Some(1.75)),
        expected(0, "0.00", None),
        expected(1, "1.50", Some(1.5)),
    ];
    assert_eq!(rows, [one.clone(), nobody.clone(), earlier]);
    let unloaded = wait(fixture.store.serve::<Visitor>(&1)).unwrap_err();
    assert!(
        unloaded.to_string().contains("were not loaded"),
        "{unloaded}"
    );
    let views = [Visits::definition()];
    let report = wait(fixture.store.materialize().views(views).run()).unwrap();
    assert!(report.is_ok(), "{report:?}");
    let served = wait(fixture.store.serve_many::<Visitor>(&[1, 2])).unwrap();
    let served: Vec<Visitor> = served.into_iter().map(Result::unwrap).collect();
    assert_eq!(served, [one, nobody]);
}

#[test]
fn a_row_without_a_key_has_no_window_and_says_so_where_the_field_needs_one() {
    let fixture = fixture();
    let sql = "SELECT * FROM (VALUES (1, TIMESTAMP '2026-06-01'), (NULL, TIMESTAMP '2026-06-01')) \
               AS t(user_id, event_timestamp)";
    let mut rows = trained(&fixture, Spine::sql(sql)).into_iter();
    assert_eq!(rows.next().unwrap().unwrap().features.visits_7d, 2);
    let error = rows.next().unwrap().unwrap_err().to_string();
    assert!(
        error.contains("row 2") && error.contains("`visits_7d`") && error.contains("has no key"),
        "{error}"
    );
    assert!(rows.next().is_none());
}

#[test]
fn a_schema_says_null_only_of_what_a_window_may_lack() {
    let schema = featurestore::registry::service_schema(Visitor::definition());
    let kind = |name: &str| schema.as_value()["properties"][name]["type"].clone();
    assert_eq!(kind("visits_7d"), json!("integer"));
    assert_eq!(kind("spent_7d"), json!("string"));
    assert_eq!(kind("mean_7d"), json!(["number", "null"]));
}
