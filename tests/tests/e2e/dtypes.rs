//! Every dtype, from a Parquet file that DuckDB wrote to what is read online: no value changes.

use featurestore::materialize::ViewReport;
use featurestore::online::Written;
use featurestore::prelude::*;
use serde_json::json;

use crate::every::{
    AllOfEvery, AllOfMaybe, COLUMNS, Celsius, Counts, Every, Maybe, Outside, Plan, Score,
    written_at,
};
use crate::literal::write_parquet;
use crate::support::{Online, time};

/// Rows whose values are all but ordinary.
fn rows() -> Vec<Every> {
    let plain = Every {
        id: 0,
        event_timestamp: written_at(),
        written: time("2026-05-01T00:00:00.999999Z"),
        yes: true,
        tiny: 1,
        small: 1,
        medium: 1,
        large: 1,
        utiny: 1,
        usmall: 1,
        umedium: 1,
        ularge: 1,
        single: 0.1,
        double: 0.1,
        text: "plain".to_owned(),
        bytes: b"plain".to_vec(),
        instant: time("2026-05-07T21:40:00.25Z"),
        day: day("2026-05-07"),
        plan: Plan::Free,
        celsius: Celsius(-273.15),
        outside: Outside(Celsius(21.5)),
        score: 47,
        price: "19.99".parse().unwrap(),
        wide: "0.5".parse().unwrap(),
        device: Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8),
        scores: vec![0.1, 0.2],
        names: vec![Some("plain".to_owned()), None],
        prices: vec![Some(Decimal::default())],
        embedding: [0.1, 0.2, 0.3],
        counts: counts(&[("plain", &[Some(1)])]),
        document: Json(json!({ "a": [1, null, { "b": "c" }] })),
    };
    let least = Every {
        id: i64::MIN,
        yes: false,
        tiny: i8::MIN,
        small: i16::MIN,
        medium: i32::MIN,
        large: i64::MIN,
        utiny: 0,
        usmall: 0,
        umedium: 0,
        ularge: 0,
        single: f32::NEG_INFINITY,
        double: f64::NEG_INFINITY,
        text: String::new(),
        bytes: Vec::new(),
        instant: time("0001-01-01T00:00:00Z"),
        day: day("0001-01-01"),
        plan: Plan::Unnamed,
        celsius: Celsius(f64::MIN),
        outside: Outside(Celsius(-0.0)),
        score: 0,
        price: Decimal::from_mantissa(1 - 10_i128.pow(18)).unwrap(),
        wide: Decimal::from_mantissa(1 - 10_i128.pow(38)).unwrap(),
        device: Uuid::nil(),
        scores: Vec::new(),
        names: Vec::new(),
        prices: Vec::new(),
        embedding: [f32::MIN, f32::NEG_INFINITY, -0.0],
        counts: counts(&[]),
        document: Json(json!(null)),
        ..plain.clone()
    };
    let most = Every {
        id: i64::MAX,
        tiny: i8::MAX,
        small: i16::MAX,
        medium: i32::MAX,
        large: i64::MAX,
        utiny: u8::MAX,
        usmall: u16::MAX,
        umedium: u32::MAX,
        ularge: u64::MAX,
        single: f32::INFINITY,
        double: f64::INFINITY,
        text: "héllo 🎬 \u{202e}'\"\\\n\t\u{1}%_".to_owned(),
        bytes: (0..=u8::MAX).collect(),
        instant: time("9999-12-31T23:59:59.999999Z"),
        day: day("9999-12-31"),
        plan: Plan::ForAll,
        celsius: Celsius(f64::MAX),
        outside: Outside(Celsius(f64::NAN)),
        score: Score::MAX,
        price: Decimal::from_mantissa(10_i128.pow(18) - 1).unwrap(),
        wide: Decimal::from_mantissa(10_i128.pow(38) - 1).unwrap(),
        device: Uuid::max(),
        scores: vec![f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY],
        names: vec![
            None,
            Some("héllo 🎬 '\"\\\n\u{1}".to_owned()),
            Some(String::new()),
        ],
        prices: vec![None; 100],
        embedding: [f32::MAX, f32::INFINITY, f32::MIN_POSITIVE],
        counts: counts(&[("", &[Some(u64::MAX), None, Some(0)]), ("日本 '\"\\", &[])]),
        document: Json(json!([
            i64::MIN,
            u64::MAX,
            f64::MAX,
            "🎬 \u{0}'\"\\",
            [],
            {}
        ])),
        ..plain.clone()
    };
    let odd = Every {
        id: -1,
        large: (1 << 53) + 1,
        ularge: (1 << 63) + 1,
        single: f32::NAN,
        double: f64::NAN,
        text: "a\u{0}b".to_owned(),
        bytes: vec![0],
        instant: time("1969-12-31T23:59:59.999999Z"),
        day: day("1969-12-31"),
        plan: Plan::ProAnnual,
        celsius: Celsius(f64::INFINITY),
        price: Decimal::from_mantissa(-1).unwrap(),
        wide: Decimal::from_mantissa(-1).unwrap(),
        scores: vec![f64::NAN, -0.0, f64::from_bits(1)],
        names: vec![None],
        prices: vec![Decimal::from_mantissa(-1), None],
        embedding: [f32::NAN, -0.0, f32::from_bits(1)],
        document: Json(json!("null")),
        ..plain.clone()
    };
    let small = Every {
        id: 1,
        large: -(1 << 53) - 1,
        single: -0.0,
        double: -0.0,
        text: "long ".repeat(20_000),
        bytes: vec![255; 70_000],
        instant: time("1960-02-29T12:00:00.5Z"),
        day: day("1960-02-29"),
        celsius: Celsius(f64::MIN_POSITIVE),
        outside: Outside(Celsius(f64::EPSILON)),
        scores: (0..20_000).map(f64::from).collect(),
        names: vec![Some("long ".repeat(20_000)), None],
        document: Json(json!(vec![0.1; 20_000])),
        ..plain.clone()
    };
    let smallest = Every {
        id: 2,
        single: f32::from_bits(1),
        double: f64::from_bits(1),
        celsius: Celsius(0.1 + 0.2),
        ..plain.clone()
    };
    vec![plain, least, most, odd, small, smallest]
}

fn counts(of: &[(&str, &[Option<u64>])]) -> Json<Counts> {
    Json(
        of.iter()
            .map(|(name, counts)| ((*name).to_owned(), counts.to_vec()))
            .collect(),
    )
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

on_both_stores! {
    every_value_of_every_dtype_comes_through_unchanged,
    every_value_is_pushed_unchanged,
}

/// Debug texts are compared: they tell -0.0 from 0.0, and NaN is NaN.
fn text(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// Rows with nulls too, and a store over Parquet files of both.
async fn opened(online: &Online, every: &[Every]) -> (Vec<Maybe>, FeatureStore) {
    let mut maybe: Vec<Maybe> = every.iter().cloned().map(Maybe::from).collect();
    maybe.push(Maybe::nulls(3));
    let of_every: Vec<_> = every.iter().map(Every::literals).collect();
    let of_maybe: Vec<_> = maybe.iter().map(Maybe::literals).collect();
    write_parquet(online.directory(), "every", COLUMNS, &of_every);
    write_parquet(online.directory(), "maybe", COLUMNS, &of_maybe);
    let store = FeatureStore::builder("dtypes")
        .registry(registry![Every, Maybe, AllOfEvery, AllOfMaybe])
        .source_prefix("data", online.directory())
        .online(online.url())
        .clock(Clock::fixed(now()));
    (maybe, store.open().await.unwrap())
}

fn now() -> Timestamp {
    time("2026-05-02T00:00:00Z")
}

async fn every_value_of_every_dtype_comes_through_unchanged(online: &Online) {
    let every = rows();
    let (maybe, store) = opened(online, &every).await;
    let now = now();

    let spine = || Spine::rows(every.iter().map(|row| (row.id, now)));
    let trained = store
        .historical::<AllOfEvery>(spine())
        .rows()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert_eq!(trained.len(), every.len());
    for (row, trained) in every.iter().zip(&trained) {
        let expected = AllOfEvery::from(row.clone());
        assert_eq!(text(&trained.features), text(&expected), "historical");
    }
    let spine = Spine::rows(maybe.iter().map(|row| (row.id, now)));
    let trained = store.historical::<AllOfMaybe>(spine).rows().await.unwrap();
    let trained = trained.collect().await.unwrap();
    assert_eq!(trained.len(), maybe.len());
    for (row, trained) in maybe.iter().zip(&trained) {
        let expected = AllOfMaybe::from(row.clone());
        assert_eq!(text(&trained.features), text(&expected), "historical");
    }

    let report = store.materialize().run().await.unwrap();
    assert!(report.is_ok(), "{report:?}");
    let written: Vec<u64> = report.views().iter().map(ViewReport::written).collect();
    assert_eq!(written, [6, 7]);
    for row in every {
        let found = store.get::<Every>(&row.id).await.unwrap().found().unwrap();
        assert_eq!(text(&found), text(&row), "get");
        let served = store.serve::<AllOfEvery>(&row.id).await.unwrap();
        assert_eq!(text(&served), text(&AllOfEvery::from(row)), "serve");
    }
    for row in maybe {
        let found = store.get::<Maybe>(&row.id).await.unwrap().found().unwrap();
        assert_eq!(text(&found), text(&row), "get");
        let served = store.serve::<AllOfMaybe>(&row.id).await.unwrap();
        assert_eq!(text(&served), text(&AllOfMaybe::from(row)), "serve");
    }
}

async fn every_value_is_pushed_unchanged(online: &Online) {
    let every = rows();
    let (maybe, store) = opened(online, &every).await;
    let stored = store.push(&every).await.unwrap();
    assert_eq!(stored, [Written::Stored; 6]);
    let stored = store.push(&maybe).await.unwrap();
    assert_eq!(stored, [Written::Stored; 7]);
    for row in every {
        let found = store.get::<Every>(&row.id).await.unwrap().found().unwrap();
        assert_eq!(text(&found), text(&row));
    }
    for row in maybe {
        let found = store.get::<Maybe>(&row.id).await.unwrap().found().unwrap();
        assert_eq!(text(&found), text(&row));
    }
}
