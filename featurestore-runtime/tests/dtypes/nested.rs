//! Lists, embeddings and JSON.

use std::collections::BTreeMap;

use featurestore::prelude::*;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{listed, or_null, property, quoted, wait};

fn always<T>(_: &T) -> bool {
    true
}

fn list<T: std::fmt::Debug>(item: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Vec<T>> {
    prop::collection::vec(item, 0..12).boxed()
}

fn maybe<T: std::fmt::Debug + Clone>(
    item: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Vec<Option<T>>> {
    list(prop::option::of(item))
}

fn float(value: &f32) -> String {
    format!("CAST('{value}' AS FLOAT)")
}

fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        any::<String>().prop_map(|text| text.replace('\0', "")),
        prop::sample::select(vec!["".to_owned(), "null".to_owned(), "日本 🎬".to_owned()]),
    ]
    .boxed()
}

property! {
    integers, "list_i64.parquet", Vec<i64>, "BIGINT[]",
    list(prop_oneof![any::<i64>(), Just(i64::MIN), Just((1 << 53) + 1)]),
    |value: &Vec<i64>| listed(value.iter().map(i64::to_string)), always
}

property! {
    integers_and_nulls, "list_i64_null.parquet", Vec<Option<i64>>, "BIGINT[]",
    maybe(any::<i64>()),
    |value: &Vec<Option<i64>>| listed(value.iter().map(|item| or_null(item, i64::to_string))), always
}

property! {
    widened_integers, "list_i32.parquet", Vec<i64>, "INTEGER[]",
    list(any::<i32>().prop_map(i64::from)),
    |value: &Vec<i64>| listed(value.iter().map(i64::to_string)), always
}

property! {
    small_integers, "list_u8.parquet", Vec<Option<u8>>, "UTINYINT[]", maybe(any::<u8>()),
    |value: &Vec<Option<u8>>| listed(value.iter().map(|item| or_null(item, u8::to_string))), always
}

property! {
    bools, "list_bool.parquet", Vec<Option<bool>>, "BOOLEAN[]", maybe(any::<bool>()),
    |value: &Vec<Option<bool>>| listed(value.iter().map(|item| or_null(item, bool::to_string))), always
}

property! {
    floats, "list_f32.parquet", Vec<f32>, "FLOAT[]",
    list(prop_oneof![any::<f32>(), Just(f32::NAN), Just(-0.0), Just(f32::INFINITY)]),
    |value: &Vec<f32>| listed(value.iter().map(float)),
    |value| value.iter().all(|item| item.is_finite())
}

property! {
    strings, "list_string.parquet", Vec<Option<String>>, "VARCHAR[]", maybe(texts()),
    |value: &Vec<Option<String>>| listed(value.iter().map(|item| or_null(item, |text| quoted(text)))), always
}

property! {
    decimals, "list_decimal.parquet", Vec<Decimal<18, 2>>, "DECIMAL(18, 2)[]",
    list((-1_000_000_i128..1_000_000).prop_map(|mantissa| Decimal::from_mantissa(mantissa).unwrap())),
    |value: &Vec<Decimal<18, 2>>| listed(value.iter().map(ToString::to_string)), always
}

property! {
    uuids, "list_uuid.parquet", Vec<Uuid>, "UUID[]", list(any::<u128>().prop_map(Uuid::from_u128)),
    |value: &Vec<Uuid>| listed(value.iter().map(|item| quoted(&item.to_string()))), always
}

property! {
    times, "list_timestamp.parquet", Vec<Timestamp>, "TIMESTAMP[]",
    list((-1_000_000_000_000_000_i64..1_000_000_000_000_000)
        .prop_map(|micros| Timestamp::from_timestamp_micros(micros).unwrap())),
    |value: &Vec<Timestamp>| listed(
        value.iter().map(|item| format!("make_timestamp({})", item.timestamp_micros()))
    ), always
}

#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Genre {
    Drama,
    Crime,
}

property! {
    enums, "list_enum.parquet", Vec<Option<Genre>>, "VARCHAR[]",
    maybe(prop::sample::select(vec![Genre::Drama, Genre::Crime])),
    |value: &Vec<Option<Genre>>| listed(
        value.iter().map(|item| or_null(item, |item| quoted(FeatureEnum::as_str(*item))))
    ), always
}

fn embedding(value: &[f32]) -> String {
    listed(value.iter().map(float))
}

property! {
    embeddings, "array.parquet", [f32; 3], "FLOAT[]",
    prop::array::uniform3(prop_oneof![any::<f32>(), Just(f32::NAN), Just(-0.0)]),
    |value: &[f32; 3]| embedding(value), |value| value.iter().all(|item| item.is_finite())
}

property! {
    fixed_embeddings, "array_fixed.parquet", Embedding, "FLOAT[3]",
    prop::array::uniform3(any::<f32>()).prop_map(Embedding),
    |value: &Embedding| embedding(&value.0), |value| value.0.iter().all(|item| item.is_finite())
}

#[derive(FeatureType, Debug, Clone, PartialEq)]
pub(crate) struct Embedding([f32; 3]);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    name: String,
    counts: BTreeMap<String, i64>,
    nested: Vec<Vec<Option<u64>>>,
}

fn profiles() -> BoxedStrategy<Json<Profile>> {
    let counts = prop::collection::btree_map(texts(), any::<i64>(), 0..4);
    (texts(), counts, list(maybe(any::<u64>())))
        .prop_map(|(name, counts, nested)| {
            Json(Profile {
                name,
                counts,
                nested,
            })
        })
        .boxed()
}

fn document(value: &Json<Profile>) -> String {
    quoted(&serde_json::to_string(&value.0).unwrap())
}

property! { documents, "json_text.parquet", Json<Profile>, "VARCHAR", profiles(), document, always }
property! { json, "json.parquet", Json<Profile>, "JSON", profiles(), document, always }
