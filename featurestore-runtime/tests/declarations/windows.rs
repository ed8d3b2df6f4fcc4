//! What event sources and window views become.

use featurestore::prelude::*;
use featurestore::types::ValueRef;
use featurestore::view::{ColumnDefinition, EventSourceDefinition, Source};
use serde_json::json;

/// What a payment is for.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Food,
    #[variant(rename = "far away")]
    Travel,
}

/// A card payment.
#[event_source(
    source = "data/payments.parquet",
    timestamp = "paid_at",
    created = "written_at",
    id = "payment_id",
    lateness = "2h",
    settling = "1m",
    cadence = "1h",
    retention = "800d",
    push,
    owner = "payments"
)]
#[derive(Debug, Clone)]
struct Payment {
    payment_id: Uuid,
    user_id: String,
    #[column(rename = "merchant")]
    merchant_id: Option<i64>,
    paid_at: Timestamp,
    written_at: Option<Timestamp>,
    /// What was paid.
    #[column(unit = "EUR")]
    amount: Decimal<12, 2>,
    purpose: Option<Purpose>,
    declined: bool,
}

const LARGE: i64 = 100;

/// How a user has paid lately.
#[feature_view(entity = ["payer", "merchant_id"], events = Payment)]
#[derive(Debug, Clone)]
struct UserPayments {
    #[column(rename = "user_id")]
    payer: String,
    merchant_id: i64,
    /// Large payments that were declined
    #[column(agg = count(), window = "1h", filter = declined && (amount > LARGE || 0.5 >= amount) && !(purpose == Purpose::Travel))]
    large_declines_1h: i64,
    #[column(agg = sum(amount), window = "365d", resolution = "1d", delay = "1us")]
    spent_1y: Decimal<18, 2>,
    #[column(agg = mean(amount), window = "2w", filter = merchant_id.is_some(), unit = "EUR")]
    mean: Option<f64>,
    #[column(agg = last(purpose, 5), window = "7d", description = "Lately.")]
    last_purposes: Vec<Purpose>,
}

#[test]
fn an_event_source_is_what_its_struct_says() {
    let events = Payment::definition();
    assert_eq!(events.name(), "payment");
    assert_eq!(events.rows().description(), "A card payment.");
    assert_eq!(events.lateness_micros(), 7_200_000_000);
    assert_eq!(events.retention_micros(), Some(69_120_000_000_000));
    assert!(events.is_pushed());
    let names = |indices: &[usize]| {
        let name = |index: &usize| events.columns()[*index].name();
        indices.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(events.id()), ["payment_id"]);
    assert_eq!(
        names(&[0, 1, 2, 3, 4, 5]),
        [
            "payment_id",
            "user_id",
            "merchant_id",
            "amount",
            "purpose",
            "declined"
        ]
    );
    assert_eq!(
        (events.timestamp(), events.created()),
        ("paid_at", Some("written_at"))
    );
    assert_eq!(
        events.columns()[Payment::MERCHANT_ID.index()].source_column(),
        "merchant"
    );
    let rows = events.rows();
    assert!(rows.join_keys().is_empty() && rows.windows().is_none());
    assert_eq!(rows.settling_micros(), 60_000_000);
}

#[test]
fn an_event_tells_its_times_and_values() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let payment = Payment {
        payment_id: Uuid::nil(),
        user_id: "ada".to_owned(),
        merchant_id: None,
        paid_at: time("2026-05-07T10:00:00Z"),
        written_at: Some(time("2026-05-07T11:00:00Z")),
        amount: "12.50".parse().unwrap(),
        purpose: Some(Purpose::Travel),
        declined: true,
    };
    assert_eq!(EventSource::event_timestamp(&payment), payment.paid_at);
    assert_eq!(EventSource::created_timestamp(&payment), payment.written_at);
    let values = EventSource::values(&payment);
    assert_eq!(values.len(), Payment::definition().columns().len());
    assert_eq!(values[Payment::MERCHANT_ID.index()], None);
    assert_eq!(values[Payment::PURPOSE.index()], Some(ValueRef::Variant(1)));
}

#[test]
fn a_window_view_has_its_rows_of_its_events_and_its_features_in_words() {
    let view = UserPayments::definition();
    let windows = view.windows().unwrap();
    assert_eq!(
        windows.to_string(),
        "events payment\n\
         count() window 1h where (declined && (amount > 100 || amount <= 0.5) && !(purpose == \"far away\"))\n\
         sum(amount) window 365d resolution 1d delay 1us\n\
         mean(amount) window 14d where merchant_id.is_some()\n\
         last(purpose, 5) window 7d"
    );
    assert!(std::ptr::eq(windows.events(), Payment::definition()));
    assert_eq!(windows.keys(), [1, 2]);
    let keys: Vec<_> = view
        .join_keys()
        .iter()
        .map(|key| (key.name(), key.source_column()))
        .collect();
    assert_eq!(keys, [("payer", "user_id"), ("merchant_id", "merchant")]);
    assert_eq!(view.source(), Source::Path("data/payments.parquet"));
    assert_eq!(
        (view.timestamp_column(), view.created_column()),
        ("paid_at", Some("written_at"))
    );
    assert_eq!(
        (view.settling_micros(), view.ttl_micros()),
        (60_000_000, None)
    );
    assert!(view.cadence().is_some());
    let descriptions: Vec<_> = view
        .columns()
        .iter()
        .map(ColumnDefinition::description)
        .collect();
    assert_eq!(
        descriptions,
        [
            "Large payments that were declined. Number of events over 1h, where `declined && (amount > LARGE || amount <= 0.5) && !(purpose == Travel)`.",
            "Sum of `amount` over 365d in steps of 1d, until 1us before.",
            "Mean of `amount` over 2w, where `merchant_id.is_some()`.",
            "Lately. Last 5 values, latest first, of `purpose` over 7d.",
        ]
    );
    assert_eq!(
        format!("{:?}", UserPayments::SPENT_1Y),
        "user_payments.spent_1y"
    );
}

#[test]
fn schemas_of_windows_have_no_time_and_those_of_events_their_own() {
    let view = schemars::schema_for!(UserPayments).to_value();
    assert_eq!(
        view["required"],
        json!([
            "large_declines_1h",
            "last_purposes",
            "mean",
            "merchant_id",
            "payer",
            "spent_1y"
        ])
    );
    assert_eq!(view["properties"]["mean"]["x-unit"], "EUR");
    assert_eq!(
        view["properties"]["last_purposes"]["items"]["enum"],
        json!(["food", "far away"])
    );
    let event = schemars::schema_for!(Payment).to_value();
    assert_eq!(
        (&event["title"], &event["description"]),
        (&json!("payment"), &json!("A card payment."))
    );
    assert_eq!(
        event["required"],
        json!([
            "amount",
            "declined",
            "merchant_id",
            "paid_at",
            "payment_id",
            "purpose",
            "user_id",
            "written_at"
        ])
    );
    assert_eq!(event["properties"]["paid_at"]["format"], "date-time");
    assert_eq!(
        event["properties"]["written_at"]["type"],
        json!(["string", "null"])
    );
    assert_eq!(
        event["properties"]["amount"]["description"],
        "What was paid."
    );
}

#[test]
fn a_window_view_brings_its_event_source_into_a_registry() {
    let names = |registry: &featurestore::Registry| {
        registry
            .event_sources()
            .map(EventSourceDefinition::name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&featurestore::Registry::collect().unwrap()),
        ["payment"]
    );
    let of_view = featurestore::registry![UserPayments].unwrap();
    assert_eq!(names(&of_view), ["payment"]);
    assert_eq!(of_view.event_source("payment").unwrap().name(), "payment");
    let both = featurestore::registry![Payment, UserPayments].unwrap();
    assert_eq!((names(&both), both.views().len()), (vec!["payment"], 1));
    let message = of_view.event_source("paiment").unwrap_err().to_string();
    assert_eq!(
        message,
        "no event source `paiment` (did you mean `payment`?); there is: payment"
    );
}
