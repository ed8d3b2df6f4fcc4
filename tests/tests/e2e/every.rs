//! A view with a column of every dtype, declared by a list of names and types.

use std::collections::BTreeMap;

use featurestore::prelude::*;

use crate::literal::Literal;
use crate::support::time;

/// A newtype of a feature's type.
#[derive(FeatureType, Debug, Clone, PartialEq)]
pub(crate) struct Celsius(pub(crate) f64);

/// A newtype of a newtype.
#[derive(FeatureType, Debug, Clone, PartialEq)]
pub(crate) struct Outside(pub(crate) Celsius);

/// An alias.
pub(crate) type Score = u64;

/// What JSON of a known shape has.
pub(crate) type Counts = BTreeMap<String, Vec<Option<u64>>>;

/// An enum of a few texts, not all of them names.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Free,
    #[variant(rename = "Pro, \"annual\"")]
    ProAnnual,
    #[variant(rename = "")]
    Unnamed,
    #[variant(rename = "für alle 🎬")]
    ForAll,
}

impl Literal for Celsius {
    const SQL: &'static str = f64::SQL;
    fn literal(&self) -> String {
        self.0.literal()
    }
}

impl Literal for Outside {
    const SQL: &'static str = f64::SQL;
    fn literal(&self) -> String {
        self.0.literal()
    }
}

impl Literal for Plan {
    const SQL: &'static str = String::SQL;
    fn literal(&self) -> String {
        let text = match self {
            Self::Free => "free",
            Self::ProAnnual => "Pro, \"annual\"",
            Self::Unnamed => "",
            Self::ForAll => "für alle 🎬",
        };
        text.to_owned().literal()
    }
}

/// Declares a view with a column of each type, the same with every column nullable, a service
/// over both, and the rows that a source has of them.
macro_rules! every_dtype {
    ($($name:ident: $type:ty,)+) => {
        #[feature_view(entity = "id", source = "data/every.parquet", created = "written")]
        #[derive(Debug, Clone)]
        pub(crate) struct Every {
            pub(crate) id: i64,
            pub(crate) event_timestamp: Timestamp,
            pub(crate) written: Timestamp,
            $(pub(crate) $name: $type,)+
        }

        #[feature_view(entity = "id", source = "data/maybe.parquet")]
        #[derive(Debug, Clone)]
        pub(crate) struct Maybe {
            pub(crate) id: i64,
            pub(crate) event_timestamp: Timestamp,
            $(pub(crate) $name: Option<$type>,)+
        }

        #[feature_service]
        #[derive(Debug, Clone)]
        #[allow(dead_code)] // compared by its text
        pub(crate) struct AllOfEvery {
            $(#[from(Every)] pub(crate) $name: Lookup<$type>,)+
        }

        #[feature_service]
        #[derive(Debug, Clone)]
        #[allow(dead_code)] // compared by its text
        pub(crate) struct AllOfMaybe {
            $(#[from(Maybe)] pub(crate) $name: Option<$type>,)+
        }

        impl From<Every> for Maybe {
            fn from(row: Every) -> Self {
                Self {
                    id: row.id,
                    event_timestamp: row.event_timestamp,
                    $($name: Some(row.$name),)+
                }
            }
        }

        impl From<Every> for AllOfEvery {
            fn from(row: Every) -> Self {
                Self { $($name: Lookup::Found(row.$name),)+ }
            }
        }

        impl From<Maybe> for AllOfMaybe {
            fn from(row: Maybe) -> Self {
                Self { $($name: row.$name,)+ }
            }
        }

        impl Maybe {
            pub(crate) fn nulls(id: i64) -> Self {
                Self { id, event_timestamp: written_at(), $($name: None,)+ }
            }
        }

        pub(crate) const COLUMNS: &[(&str, &str)] = &[
            ("id", i64::SQL),
            ("event_timestamp", Timestamp::SQL),
            ("written", Timestamp::SQL),
            $((stringify!($name), <$type as Literal>::SQL),)+
        ];

        impl Every {
            pub(crate) fn literals(&self) -> Vec<String> {
                vec![
                    self.id.literal(),
                    self.event_timestamp.literal(),
                    self.written.literal(),
                    $(self.$name.literal(),)+
                ]
            }
        }

        impl Maybe {
            pub(crate) fn literals(&self) -> Vec<String> {
                vec![
                    self.id.literal(),
                    self.event_timestamp.literal(),
                    "NULL".to_owned(),
                    $(self.$name.literal(),)+
                ]
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
    celsius: Celsius,
    outside: Outside,
    score: Score,
    price: Decimal<18, 2>,
    wide: Decimal<38, 9>,
    device: Uuid,
    scores: Vec<f64>,
    names: Vec<Option<String>>,
    prices: Vec<Option<Decimal<18, 2>>>,
    embedding: [f32; 3],
    counts: Json<Counts>,
    document: Json<serde_json::Value>,
}

/// When the rows' values became true.
pub(crate) fn written_at() -> Timestamp {
    time("2026-05-01T00:00:00.000001Z")
}
