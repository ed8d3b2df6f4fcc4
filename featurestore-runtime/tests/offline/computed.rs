//! What requests give and what is computed, the same in training rows and online.

use featurestore::offline::Spine;
use featurestore::prelude::*;
use featurestore::service::{ServiceColumn, ServiceDefinition, ServiceFeature};
use featurestore::types::Value;
use featurestore::{AskedEntity, TrainingRow};

use crate::support::{Fixture, read, time, wait};

/// How a user has paid.
#[feature_view(entity = "user_id", source = "paid.parquet", ttl = "1d")]
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) mean: f64,
    pub(crate) country: Option<String>,
}

#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    #[from(Paid)]
    pub(crate) mean: Option<f64>,
    #[from(Paid, column = country)]
    #[private]
    pub(crate) home: Option<String>,
    /// The payment that is asked about.
    #[request(range = 0.., unit = "USD")]
    pub(crate) amount: f64,
    /// Where it is made.
    #[request(default = "DE")]
    pub(crate) country: Option<String>,
    #[compute(home.clone().filter(|home| Some(home) != country.as_ref()))]
    #[private]
    pub(crate) elsewhere: Option<String>,
    /// How many times the mean it is.
    #[compute(mean.map(|mean| amount / mean), unit = "times")]
    pub(crate) times_the_mean: Option<f64>,
    /// Whether it is made away from home, said for a person.
    #[compute(match elsewhere {
        Some(home) => format!("{key} of {home} pays {amount} elsewhere at {as_of:?}"),
        None => String::new(),
    })]
    pub(crate) said: String,
    /// The hour of the day.
    #[compute(as_of.format("%H").to_string().parse().unwrap_or_default())]
    pub(crate) hour: u8,
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.rows(
        "paid",
        "user_id, event_timestamp, mean, country",
        "(1::BIGINT, TIMESTAMP '2026-05-31 10:00:00', 4.0::DOUBLE, 'FR'), \
         (2, TIMESTAMP '2026-05-31 10:00:00', 0.0, NULL), \
         (3, TIMESTAMP '2026-04-01 10:00:00', 1.0, 'FR')",
    );
    fixture
}

fn asked(amount: f64, country: Option<&str>) -> CheckRequest {
    CheckRequest {
        amount,
        country: country.map(str::to_owned),
    }
}

/// The rows that every way of asking is asked about, at the time that the store's clock says.
fn requests(store: &FeatureStore) -> Vec<(i64, Timestamp, CheckRequest)> {
    let now = store.clock().now();
    [
        (1, asked(10.0, Some("FR"))),
        (1, asked(8.0, None)),
        (2, asked(0.0, Some("FR"))),
        (3, asked(1.5, None)),
        (4, asked(f64::MAX, None)),
    ]
    .map(|(key, request)| (key, now, request))
    .into()
}

fn trained(fixture: &Fixture, spine: Spine) -> Vec<TrainingRow<Check>> {
    let rows = wait(async {
        let rows = fixture.store.historical::<Check>(spine).rows().await?;
        rows.collect().await
    });
    rows.unwrap()
}

/// A store at 12:30 of the second day.
fn materialized() -> Fixture {
    let fixture = fixture();
    wait(fixture.store.materialize().view::<Paid>().run()).unwrap();
    fixture
}

#[test]
fn a_row_is_what_the_expressions_make_of_it() {
    let fixture = fixture();
    let at = time("2026-05-31T11:30:00Z");
    let spine = Spine::rows_with::<Check>([
        (1, at, asked(10.0, None)),
        (2, at, asked(0.0, Some("FR"))),
        (4, at, asked(1.0, None)),
    ]);
    let rows = trained(&fixture, spine);
    let first = &rows[0].features;
    assert_eq!(first.times_the_mean, Some(2.5));
    assert_eq!(first.country.as_deref(), Some("DE"));
    assert_eq!(first.elsewhere.as_deref(), Some("FR"));
    assert_eq!(
        first.said,
        "1 of FR pays 10 elsewhere at 2026-05-31T11:30:00Z"
    );
    assert_eq!(first.hour, 11);
    let second = &rows[1].features;
    assert!(second.times_the_mean.is_some_and(f64::is_nan));
    assert_eq!((second.said.as_str(), &second.home), ("", &None));
    let unknown = &rows[2].features;
    assert_eq!((unknown.mean, unknown.times_the_mean), (None, None));
}

#[test]
fn training_and_serving_compute_the_same() {
    let fixture = materialized();
    let store = &fixture.store;
    let requests = requests(store);
    let rows = trained(&fixture, Spine::rows_with::<Check>(requests.clone()));
    let each: Vec<_> = requests
        .iter()
        .map(|(key, _, request)| (*key, request.clone()))
        .collect();
    let many = wait(store.serve_many_with::<Check>(&each)).unwrap();
    let plan = store.plan_service(Check::definition());
    assert_eq!(plan.join_keys(), [("user_id", featurestore::Dtype::I64)]);
    for ((row, (key, _, request)), served) in rows.iter().zip(requests).zip(many) {
        // Texts, since NaN is equal to nothing.
        let expected = format!("{:?}", row.features);
        assert_eq!(format!("{:?}", served.unwrap()), expected);
        let named = vec![
            Some(Value::F64(request.amount)),
            request.country.clone().map(Value::Str),
        ];
        let one = wait(store.serve_with::<Check>(&key, request)).unwrap();
        assert_eq!(format!("{one:?}"), expected);
        let asked = AskedEntity::new(vec![Value::Int(key)]).with_request(named);
        let mut answers = wait(store.read_plan_with(&plan, &[asked])).unwrap();
        let values = answers.remove(0).unwrap();
        let named: Vec<_> = plan.names().zip(values).collect();
        let texts = |name: &str| {
            let found = named.iter().find(|(other, _)| *other == name);
            format!("{:?}", found.unwrap().1.value)
        };
        assert_eq!(
            named.len(),
            4,
            "neither what is given nor what is private is answered"
        );
        let mean = row.features.times_the_mean.map(Value::F64);
        assert_eq!(texts("times_the_mean"), format!("{mean:?}"));
        let said = Some(Value::Str(row.features.said.clone()));
        assert_eq!(texts("said"), format!("{said:?}"));
    }
}

#[test]
fn files_and_batches_have_what_typed_rows_have() {
    let fixture = fixture();
    let requests = requests(&fixture.store);
    let spine = || Spine::rows_with::<Check>(requests.clone());
    let rows = trained(&fixture, spine());
    let join = fixture.store.historical::<Check>(spine());
    let report = wait(join.to_parquet("train.out")).unwrap();
    let table = read(report.path().unwrap());
    let names = [
        "user_id",
        "amount",
        "country",
        "event_timestamp",
        "mean",
        "times_the_mean",
        "said",
        "hour",
    ];
    assert_eq!(table.names, names);
    let said: Vec<_> = rows.iter().map(|row| row.features.said.as_str()).collect();
    let column = |name: &str| -> Vec<String> {
        let place = table.names.iter().position(|other| other == name).unwrap();
        table.rows.iter().map(|row| row[place].clone()).collect()
    };
    let said: Vec<String> = said.iter().map(|said| said.replace(' ', "T")).collect();
    assert_eq!(
        column("said"),
        said,
        "tables are read with a `T` for a space"
    );
    let batches = wait(async {
        let batches = fixture.store.historical::<Check>(spine()).batches().await?;
        batches.collect().await
    })
    .unwrap();
    let fields = batches[0].schema();
    let found: Vec<_> = fields.fields().iter().map(|field| field.name()).collect();
    assert_eq!(found, names);
}

#[test]
fn a_spine_gives_what_a_request_does_or_is_refused_by_name() {
    let fixture = fixture();
    let run = |sql: &str| {
        let join = fixture.store.historical::<Check>(Spine::sql(sql));
        wait(join.to_parquet("train.out")).map(|report| report.rows())
    };
    let spine = |columns: &str| {
        format!(
            "SELECT 1 AS user_id, TIMESTAMP '2026-05-31 11:30:00' AS event_timestamp, {columns}"
        )
    };
    // An integer widens to a double, as of a source.
    assert_eq!(run(&spine("3 AS amount, 'FR' AS country")).unwrap(), 1);
    for (columns, expected) in [
        ("'FR' AS country", "needs the request field `amount`"),
        ("-1.0::DOUBLE AS amount, 'FR' AS country", "range 0.."),
        ("NULL::DOUBLE AS amount, 'FR' AS country", "null"),
        ("'a' AS amount, 'FR' AS country", "amount"),
    ] {
        let error = run(&spine(columns)).unwrap_err().to_string();
        assert!(
            error.contains(expected) && error.contains("amount"),
            "{columns}: {error}"
        );
    }
}

#[test]
fn a_request_out_of_range_is_refused_wherever_it_is_given() {
    let fixture = materialized();
    let store = &fixture.store;
    let error = wait(store.serve_with::<Check>(&1, asked(-0.5, None))).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`amount`") && text.contains("range 0.."),
        "{text}"
    );
    let many = [(1, asked(-0.5, None)), (1, asked(0.5, None))];
    let many = wait(store.serve_many_with::<Check>(&many)).unwrap();
    assert!(many[0].is_err() && many[1].is_ok());
    let plan = store.plan_service(Check::definition());
    let ask = |request| {
        let asked = AskedEntity::new(vec![Value::Int(1)]).with_request(request);
        wait(store.read_plan_with(&plan, &[asked]))
            .unwrap_err()
            .to_string()
    };
    let text = ask(vec![Some(Value::F64(-1.0)), None]);
    assert!(
        text.contains("`amount`") && text.contains("range 0.."),
        "{text}"
    );
    let text = ask(Vec::new());
    assert!(text.contains("`amount` is missing"), "{text}");
    assert!(wait(store.read_plan(&plan, &[vec![Value::Int(1)]])).is_err());
}

#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fragile {
    #[from(Paid)]
    pub(crate) mean: Option<f64>,
    #[compute(if mean == Some(0.0) { panic!("a mean of {mean:?}") } else { *key })]
    pub(crate) user: i64,
}

#[test]
fn a_panic_is_an_error_of_its_row_that_names_service_and_field() {
    let fixture = materialized();
    let store = &fixture.store;
    let served = wait(store.serve_many::<Fragile>(&[1, 2, 4])).unwrap();
    assert_eq!(served[0].as_ref().unwrap().user, 1);
    assert_eq!(served[2].as_ref().unwrap().user, 4);
    let text = served[1].as_ref().unwrap_err().to_string();
    for part in ["`user`", "`fragile`", "a mean of Some(0.0)"] {
        assert!(text.contains(part), "{text}");
    }
    let at = time("2026-05-31T11:30:00Z");
    let spine = || Spine::rows([(1_i64, at), (2, at)]);
    let rows = wait(async {
        let mut rows = store.historical::<Fragile>(spine()).rows().await.unwrap();
        let mut all = Vec::new();
        while let Some(row) = rows.next().await {
            all.push(row);
        }
        all
    });
    assert!(rows[0].is_ok());
    let text = rows[1].as_ref().unwrap_err().to_string();
    assert!(text.contains("`user`") && text.contains("row 2"), "{text}");
    let file = wait(store.historical::<Fragile>(spine()).to_parquet("train.out"));
    let text = file.unwrap_err().to_string();
    assert!(text.contains("`user`") && text.contains("row 2"), "{text}");
}

#[test]
fn a_row_without_a_key_has_nothing_that_is_computed_of_it() {
    let fixture = fixture();
    let sql = "SELECT NULL::BIGINT AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp";
    let join = fixture.store.historical::<Fragile>(Spine::sql(sql));
    let text = wait(join.to_parquet("train.out")).unwrap_err().to_string();
    assert!(text.contains("`user` is computed of the key"), "{text}");
}

#[test]
fn a_snapshot_computes_of_every_entity_that_is_known() {
    let fixture = fixture();
    fixture.rows(
        "paid",
        "user_id, event_timestamp, mean, country",
        "(1::BIGINT, TIMESTAMP '2026-05-31 10:00:00', 4.0::DOUBLE, 'FR')",
    );
    let at = time("2026-05-31T11:30:00Z");
    let rows = wait(async {
        let rows = fixture.store.snapshot::<Fragile>(at).rows().await?;
        rows.collect().await
    });
    let rows = rows.unwrap();
    assert_eq!((rows.len(), rows[0].features.user), (1, 1));
    // What nobody asked gives nothing.
    let error = wait(fixture.store.snapshot::<Check>(at).to_parquet("train.out"));
    assert!(error.unwrap_err().to_string().contains("`amount`"));
}

#[test]
fn a_definition_tells_where_each_field_comes_from() {
    let service: &ServiceDefinition = Check::definition();
    let names: Vec<_> = service
        .features()
        .iter()
        .map(ServiceFeature::name)
        .collect();
    assert_eq!(names, ["mean", "times_the_mean", "said", "hour"]);
    let read: Vec<_> = service.columns().iter().map(ServiceColumn::name).collect();
    assert_eq!(read, ["mean", "home"]);
    let given: Vec<_> = service.request().iter().map(|own| own.name()).collect();
    assert_eq!(given, ["amount", "country"]);
    let times = &service.features()[1];
    assert!(times.view().is_none() && times.may_be_null());
    assert_eq!(times.column().unit(), Some("times"));
    assert!(!service.features()[2].may_be_null());
}
