//! What is kept out, and what can be declared over it.

use featurestore::prelude::*;
use featurestore::registry::dtype_schema;
use featurestore::{Dtype, FeatureType};
use serde_json::json;

use crate::support::{Fixture, now, wait};

#[feature_view(entity = "user_id", source = "embedding.parquet")]
#[derive(Debug)]
pub(crate) struct Taste {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) embedding: [f32; 2],
}

#[feature_view(entity = "user_id", source = "scores.parquet")]
#[derive(Debug)]
pub(crate) struct Scores {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) scores: Vec<i64>,
}

#[feature_view(entity = "user_id", source = "document.parquet")]
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) user_id: i64,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) document: Json<serde_json::Value>,
}

#[feature_view(entity = "device", source = "device.parquet")]
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) device: Uuid,
    pub(crate) event_timestamp: Timestamp,
    #[column(range = 0..=19.99, default = "1.50")]
    pub(crate) price: Decimal<18, 2>,
}

#[feature_service]
#[derive(Debug, PartialEq)]
pub(crate) struct Devices {
    #[from(Device, default = "0.25".parse().unwrap_or_default())]
    pub(crate) price: Decimal<18, 2>,
}

fn rejected<V: FeatureView>(file: &str, column: &str, good: &str, bad: &str) -> String {
    let fixture = Fixture::of_query(
        file,
        &format!(
            "SELECT u::BIGINT AS user_id, TIMESTAMP '2026-05-01' AS event_timestamp, v AS {column} \
             FROM (VALUES (1, {good}), (7, {bad})) AS rows(u, v)"
        ),
    );
    let report = fixture.materialize::<V>();
    let view = &report.views()[0];
    assert_eq!((view.written(), view.rejected()), (1, 1));
    view.rejections()[0].to_string()
}

#[test]
fn an_embedding_of_another_length_is_kept_out_and_its_row_named() {
    let message = rejected::<Taste>(
        "embedding.parquet",
        "embedding",
        "[1.0::FLOAT, 2.0]",
        "[1.0::FLOAT, 2.0, 3.0]",
    );
    for part in [
        "7",
        "embedding",
        "the list has 3 values, and the feature has 2",
    ] {
        assert!(message.contains(part), "{message}\nlacks {part}");
    }
}

#[test]
fn a_null_in_a_list_that_may_have_none_is_kept_out() {
    let message = rejected::<Scores>(
        "scores.parquet",
        "scores",
        "[1::BIGINT]",
        "[1::BIGINT, NULL]",
    );
    assert!(
        message.contains("value 2 of the list: the value is null"),
        "{message}"
    );
}

#[test]
fn a_text_that_is_no_json_is_kept_out() {
    let message = rejected::<Document>("document.parquet", "document", "'{\"a\": 1}'", "'{a: 1}'");
    assert!(message.contains("not the JSON"), "{message}");
}

#[test]
fn a_uuid_is_a_join_key_and_a_decimal_has_bounds_and_defaults() {
    let device = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
    let other = Uuid::max();
    let fixture = Fixture::of_query(
        "device.parquet",
        &format!(
            "SELECT d::UUID AS device, TIMESTAMP '2026-05-01' AS event_timestamp, p::DECIMAL(18, 2) AS price \
             FROM (VALUES ('{device}', '19.99'), ('{other}', '20.00')) AS rows(d, p)"
        ),
    );
    let report = fixture.materialize::<Device>();
    assert_eq!(report.views()[0].rejected(), 1);
    let spine = Spine::rows([device, other, Uuid::nil()].map(|key| (key, now())));
    let rows = fixture.trained::<Devices>(spine).unwrap();
    let prices: Vec<String> = rows
        .iter()
        .map(|row| row.features.price.to_string())
        .collect();
    // What is kept out of the online store is not there for training either.
    assert_eq!(prices, ["19.99", "0.25", "0.25"]);
    assert_eq!(rows[0].key, Some(device));
    let served = |key| {
        wait(fixture.store.serve::<Devices>(&key))
            .unwrap()
            .price
            .to_string()
    };
    assert_eq!([served(device), served(other)], ["19.99", "0.25"]);
}

#[test]
fn the_dtype_is_judged_by_trait() {
    type Scores = Vec<Option<Score>>;
    #[derive(FeatureType)]
    struct Score(#[allow(dead_code)] u8);
    #[derive(FeatureType)]
    struct Blob(#[allow(dead_code)] Vec<u8>);
    for (dtype, text) in [
        (Scores::DTYPE, "list(u8?)"),
        (<Vec<Score> as FeatureType>::DTYPE, "list(u8)"),
        (Blob::DTYPE, "bytes"),
        (<Vec<Blob> as FeatureType>::DTYPE, "list(bytes)"),
        (<Vec<Option<u8>> as FeatureType>::DTYPE, "list(u8?)"),
        (<[f32; 384] as FeatureType>::DTYPE, "array(f32, 384)"),
        (<Decimal<18, 2> as FeatureType>::DTYPE, "decimal(18, 2)"),
        (<Json<Vec<Vec<f64>>> as FeatureType>::DTYPE, "json"),
        (Uuid::DTYPE, "uuid"),
    ] {
        assert_eq!(dtype.to_string(), text);
    }
}

#[test]
fn schemas_say_what_the_json_is() {
    for (dtype, schema) in [
        (Dtype::Uuid, json!({ "type": "string", "format": "uuid" })),
        (
            <Decimal<18, 2> as FeatureType>::DTYPE,
            json!({ "type": "string", "format": "decimal" }),
        ),
        (
            <Vec<Option<bool>> as FeatureType>::DTYPE,
            json!({ "type": "array", "items": { "type": ["boolean", "null"] } }),
        ),
        (
            <[f32; 2] as FeatureType>::DTYPE,
            json!({ "type": "array", "items": { "type": ["number", "null"], "format": "float" }, "minItems": 2, "maxItems": 2 }),
        ),
        (Dtype::Json, json!({})),
    ] {
        assert_eq!(dtype_schema(dtype).to_value(), schema, "{dtype}");
    }
}
