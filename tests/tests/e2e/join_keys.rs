//! Join keys of every dtype that can be one, alone and several together.

use featurestore::__private_0_1_0 as declared;
use featurestore::prelude::*;

use crate::literal::{Literal, write_parquet};
use crate::support::{Online, time};

/// Where a user watches.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Tv,
    #[variant(rename = "a phone: 📱")]
    Phone,
}

impl Literal for Device {
    const SQL: &'static str = String::SQL;
    fn literal(&self) -> String {
        let text = match self {
            Self::Tv => "tv",
            Self::Phone => "a phone: 📱",
        };
        text.to_owned().literal()
    }
}

/// A newtype of a number.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq)]
struct TitleId(u64);

impl Literal for TitleId {
    const SQL: &'static str = u64::SQL;
    fn literal(&self) -> String {
        self.0.literal()
    }
}

/// Declares a view with one join key of each type, and a service over it.
macro_rules! keyed {
    ($($view:ident $service:ident $source:literal: $($key:ident $name:literal: $type:ty),+;)+) => {$(
        #[feature_view(entity = [$($name),+], source = $source)]
        #[derive(Debug, Clone)]
        struct $view {
            $($key: $type,)+
            event_timestamp: Timestamp,
            place: i64,
        }

        #[feature_service]
        #[derive(Debug, Clone, PartialEq)]
        struct $service {
            #[from($view)]
            place: Option<i64>,
        }

        impl Keyed for $view {
            type Service = $service;
            const COLUMNS: &'static [(&'static str, &'static str)] =
                &[$(($name, <$type as Literal>::SQL),)+];

            fn literals(key: &Self::Key) -> Vec<String> {
                let keyed!(@pattern $($key),+) = key;
                vec![$($key.literal()),+]
            }

            fn place(&self) -> i64 {
                self.place
            }

            fn served(service: &$service) -> Option<i64> {
                service.place
            }
        }
    )+};
    (@pattern $key:ident) => { $key };
    (@pattern $($key:ident),+) => { ($($key),+) };
}

trait Keyed: FeatureView<Key: Clone + std::fmt::Debug + PartialEq> {
    type Service: featurestore::service::ServedByKey<Key = Self::Key>;
    const COLUMNS: &'static [(&'static str, &'static str)];

    fn literals(key: &Self::Key) -> Vec<String>;
    fn place(&self) -> i64;
    fn served(service: &Self::Service) -> Option<i64>;
}

keyed! {
    ByBool ServeBool "bool.parquet": key "key": bool;
    ByI8 ServeI8 "i8.parquet": key "key": i8;
    ByI16 ServeI16 "i16.parquet": key "key": i16;
    ByI32 ServeI32 "i32.parquet": key "key": i32;
    ByI64 ServeI64 "i64.parquet": key "key": i64;
    ByU8 ServeU8 "u8.parquet": key "key": u8;
    ByU16 ServeU16 "u16.parquet": key "key": u16;
    ByU32 ServeU32 "u32.parquet": key "key": u32;
    ByU64 ServeU64 "u64.parquet": key "key": u64;
    ByText ServeText "text.parquet": key "key": String;
    ByBytes ServeBytes "bytes.parquet": key "key": Vec<u8>;
    ByInstant ServeInstant "instant.parquet": key "key": Timestamp;
    ByDay ServeDay "day.parquet": key "key": Date;
    ByDevice ServeDevice "device.parquet": key "key": Device;
    ByTitle ServeTitle "title.parquet": key "key": TitleId;
    ByTexts ServeTexts "texts.parquet": user "user": String, shop "shop": String;
    // Not in the alphabetical order of their names, in which an address has them.
    ByThree ServeThree "three.parquet": title "title": TitleId, device "device": Device, day "day": Date;
    ByFour ServeFour "four.parquet":
        d "d": bool, c "c": Timestamp, b "b": Vec<u8>, a "a": i8;
}

/// Each key has a row of its own, and reads it and no other's. An empty one identifies no entity.
async fn check<V: Keyed>(online: &Online, keys: &[V::Key]) {
    let view = V::definition();
    let service = V::Service::definition();
    let now = time("2026-05-02T00:00:00Z");
    let columns = [
        V::COLUMNS,
        &[("event_timestamp", "TIMESTAMP"), ("place", "BIGINT")],
    ]
    .concat();
    let row = |(place, key): (usize, &V::Key)| {
        let rest = [time("2026-05-01T00:00:00Z").literal(), place.to_string()];
        [V::literals(key), rest.to_vec()].concat()
    };
    // The last key is in no row.
    let known = &keys[..keys.len() - 1];
    let rows: Vec<Vec<String>> = known.iter().enumerate().map(row).collect();
    let name = view.source().to_string();
    write_parquet(
        online.directory(),
        name.trim_end_matches(".parquet"),
        &columns,
        &rows,
    );
    let store = FeatureStore::builder("keys")
        .registry(declared::registry([
            declared::Entry::View(V::definition),
            declared::Entry::Service(V::Service::definition),
        ]))
        .data_root(online.directory())
        .online(online.url())
        .clock(Clock::fixed(now));
    let store = store.open().await.unwrap();
    let spine = Spine::rows(keys.iter().map(|key| (key.clone(), now)));
    let trained = store
        .historical::<V::Service>(spine)
        .rows()
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let report = store.materialize().run().await.unwrap();
    assert!(report.is_ok(), "{name}: {report:?}");
    assert_eq!(report.views()[0].written(), known.len() as u64, "{name}");
    let read = store.get_many::<V>(keys).await.unwrap();
    let served = store.serve_many::<V::Service>(keys).await.unwrap();
    assert_eq!(
        (trained.len(), read.len()),
        (keys.len(), keys.len()),
        "{name}"
    );
    let reads = trained.iter().zip(read).zip(served);
    for (place, (key, ((trained, read), served))) in keys.iter().zip(reads).enumerate() {
        let expected = (place < known.len()).then_some(i64::try_from(place).unwrap());
        let what = format!("{} of {name}, {}", place, service.name());
        assert_eq!(trained.key.as_ref(), Some(key), "{what}");
        assert_eq!(V::served(&trained.features), expected, "{what}: historical");
        let read = read.unwrap();
        assert_eq!(read.as_ref().map(V::place).found(), expected, "{what}: get");
        if let Lookup::Found(row) = &read {
            assert_eq!(row.key().unwrap(), *key, "{what}: the row's key");
        }
        assert_eq!(V::served(&served.unwrap()), expected, "{what}: serve");
    }
}

on_both_stores! {
    keys_of_every_dtype_find_their_row_and_no_other,
    texts_and_bytes_of_any_kind_are_keys,
    keys_of_several_parts_find_their_row_and_no_other,
}

async fn keys_of_every_dtype_find_their_row_and_no_other(online: &Online) {
    check::<ByBool>(online, &[true, false]).await;
    check::<ByI8>(online, &[0, i8::MIN, i8::MAX, -1]).await;
    check::<ByI16>(online, &[0, i16::MIN, i16::MAX, -1]).await;
    check::<ByI32>(online, &[0, i32::MIN, i32::MAX, -1]).await;
    let odd = (1 << 53) + 1;
    check::<ByI64>(online, &[0, i64::MIN, i64::MAX, odd, -odd, odd - 1]).await;
    check::<ByU8>(online, &[0, u8::MAX, 1]).await;
    check::<ByU16>(online, &[0, u16::MAX, 1]).await;
    check::<ByU32>(online, &[0, u32::MAX, 1]).await;
    check::<ByU64>(online, &[0, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1]).await;
    let titles = [0, u64::MAX, 1].map(TitleId);
    check::<ByTitle>(online, &titles).await;
    check::<ByDevice>(online, &[Device::Phone, Device::Tv]).await;
    let days = [
        "1970-01-01",
        "1960-02-29",
        "0001-01-01",
        "9999-12-31",
        "1970-01-02",
    ];
    check::<ByDay>(online, &days.map(|day| day.parse().unwrap())).await;
    let instants = [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2026-05-07T21:40:00Z",
        "2026-05-07T21:40:00.000001Z",
        "2026-05-07T21:40:00.001Z",
        "2026-05-07T21:40:00.000002Z",
    ];
    check::<ByInstant>(online, &instants.map(time)).await;
}

async fn texts_and_bytes_of_any_kind_are_keys(online: &Online) {
    let texts = [
        "8a2f", " ", "8A2F", "8a2f ", ":", "a:b", "a%3Ab", "%", "\\", "*", "{8a2f}", "'", "\u{0}",
        "\n", "é", "e\u{301}", "🎬", "null", "0000",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).to_vec();
    texts.insert(0, "long".repeat(500));
    check::<ByText>(online, &texts).await;
    let mut bytes: Vec<Vec<u8>> = (0..=u8::MAX).map(|byte| vec![byte]).collect();
    bytes.extend([
        vec![0, 0],
        b":".repeat(3),
        (0..=u8::MAX).collect(),
        vec![0, 0, 0],
    ]);
    check::<ByBytes>(online, &bytes).await;
}

async fn keys_of_several_parts_find_their_row_and_no_other(online: &Online) {
    let texts = [
        ("a", "b"),
        ("b", "a"),
        // An address has the shop first.
        ("b", "a,"),
        (",b", "a"),
        ("a,", "b"),
        ("a", ",b"),
        ("a,b", ","),
        (",", "a,b"),
        ("a%2C", "b"),
        ("a:", "b"),
        ("a", ":b"),
        (":", "a:b"),
        ("a:b", ":"),
        ("a%", "3Ab"),
        ("c", "d"),
    ];
    let texts = texts.map(|(user, shop)| (user.to_owned(), shop.to_owned()));
    check::<ByTexts>(online, &texts).await;
    let day = |text: &str| text.parse::<Date>().unwrap();
    let three = [
        (TitleId(1), Device::Tv, day("2026-05-07")),
        (TitleId(1), Device::Phone, day("2026-05-07")),
        (TitleId(u64::MAX), Device::Tv, day("1969-12-31")),
        (TitleId(2), Device::Tv, day("2026-05-07")),
    ];
    check::<ByThree>(online, &three).await;
    let instant = time("1969-12-31T23:59:59.999999Z");
    let four = [
        (true, instant, vec![0, b':'], -1),
        (false, instant, vec![0, b':'], -1),
        (true, instant, vec![0], i8::MIN),
        (true, instant, vec![0, b':'], 1),
    ];
    check::<ByFour>(online, &four).await;
}
