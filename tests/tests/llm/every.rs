//! Services with a feature of every dtype, and with join keys of every dtype that can be one.

use std::collections::BTreeMap;

use featurestore::prelude::*;

/// What JSON of a known shape has.
pub(crate) type Counts = BTreeMap<String, u64>;

/// An enum of a few texts, not all of them names.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Free,
    #[variant(rename = "Pro, \"annual\"")]
    ProAnnual,
    #[variant(rename = "")]
    Unnamed,
}

/// Declares a view with a column of each type, the same with every column nullable, and services
/// over them.
macro_rules! every_dtype {
    ($($name:ident: $type:ty,)+) => {
        #[feature_view(entity = "id", source = "data/every.parquet", ttl = "2d")]
        #[derive(Debug, Clone)]
        pub(crate) struct Every {
            pub(crate) id: i64,
            pub(crate) event_timestamp: Timestamp,
            $(pub(crate) $name: $type,)+
        }

        #[feature_view(entity = "id", source = "data/maybe.parquet")]
        #[derive(Debug, Clone)]
        pub(crate) struct Maybe {
            pub(crate) id: i64,
            pub(crate) event_timestamp: Timestamp,
            $(pub(crate) $name: Option<$type>,)+
        }

        /// All that there is, of every type that a feature can have.
        #[feature_service]
        #[derive(Debug, Clone)]
        pub(crate) struct AllOfEvery {
            $(#[from(Every)] pub(crate) $name: Lookup<$type>,)+
        }

        #[feature_service]
        #[derive(Debug, Clone)]
        pub(crate) struct AllOfMaybe {
            $(#[from(Maybe)] pub(crate) $name: Option<$type>,)+
        }

        impl Maybe {
            pub(crate) fn nulls(id: i64) -> Self {
                Self { id, event_timestamp: crate::time("2026-05-07T00:00:00Z"), $($name: None,)+ }
            }
        }
    };
}

every_dtype! {
    yes: bool,
    tiny: i8,
    small: i16,
    medium: i32,
    large: i64,
    utiny: u8,
    usmall: u16,
    umedium: u32,
    ularge: u64,
    single: f32,
    double: f64,
    text: String,
    bytes: Vec<u8>,
    instant: Timestamp,
    day: Date,
    plan: Plan,
    price: Decimal<18, 2>,
    device: Uuid,
    scores: Vec<f64>,
    names: Vec<Option<String>>,
    embedding: [f32; 3],
    counts: Json<Counts>,
    document: Json<serde_json::Value>,
}

/// Declares a view and a service of it per key.
macro_rules! keyed {
    ($($view:ident $service:ident [$($key:ident: $type:ty),+] $names:tt;)+) => {$(
        #[feature_view(entity = $names, source = "data/keyed.parquet")]
        #[derive(Debug, Clone)]
        pub(crate) struct $view {
            $(
                /// What it is found by.
                pub(crate) $key: $type,
            )+
            pub(crate) event_timestamp: Timestamp,
            pub(crate) amount: i64,
        }

        #[feature_service]
        #[derive(Debug, Clone)]
        pub(crate) struct $service {
            #[from($view)]
            pub(crate) amount: Option<i64>,
        }
    )+};
}

keyed! {
    SmallKeyed BySmall [yes: bool, tiny: i8, small: i16, medium: i32] ["yes", "tiny", "small", "medium"];
    LargeKeyed ByLarge [large: i64, utiny: u8, usmall: u16, umedium: u32] ["large", "utiny", "usmall", "umedium"];
    TextKeyed ByText [ularge: u64, text: String, bytes: Vec<u8>, plan: Plan] ["ularge", "text", "bytes", "plan"];
    TimeKeyed ByTime [instant: Timestamp, day: Date, price: Decimal<18, 2>, device: Uuid] ["instant", "day", "price", "device"];
}

/// Names that no vendor takes.
#[feature_service(name = "ranking.v2")]
pub(crate) struct Dotted {
    #[from(Maybe)]
    pub(crate) large: Option<i64>,
}

#[feature_service(name = "a23456789_a23456789_a23456789_a23456789_a23456789_a23456789_12345")]
pub(crate) struct Long {
    #[from(Maybe)]
    pub(crate) large: Option<i64>,
}

#[feature_service(name = "2nd_ranking")]
pub(crate) struct Second {
    #[from(Maybe)]
    pub(crate) large: Option<i64>,
}

/// What has bounds, texts to choose from, and defaults.
#[feature_view(
    entity = "id",
    source = "data/maybe.parquet",
    name = "checked",
    ttl = "1d 12h"
)]
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// The
    /// one.
    pub(crate) id: i64,
    pub(crate) event_timestamp: Timestamp,
    /// How large it is.
    ///
    /// As it was measured.
    #[column(range = 1..100, unit = "metres")]
    pub(crate) large: i64,
    #[column(one_of = ["red", "green"])]
    pub(crate) text: Option<String>,
    pub(crate) double: f64,
}

/// What is measured. Every hour!
#[feature_service]
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    #[from(Checked, default = 0)]
    pub(crate) large: i64,
    #[from(Checked)]
    pub(crate) text: Lookup<Option<String>>,
    #[from(Checked, default = 0.5)]
    pub(crate) double: f64,
}
