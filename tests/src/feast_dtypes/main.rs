//! The command line over a view with a column of every dtype that Feast knows too, to be served beside
//! Feast's own server: `tests/clients/feast_dtypes.py` makes its data.

use std::process::ExitCode;

use featurestore::prelude::*;

/// A column of every dtype that Feast knows too, each nullable.
#[feature_view(entity = "id", source = "every.parquet")]
#[derive(Debug, Clone)]
pub struct Every {
    /// Which row.
    pub id: i64,
    /// When.
    pub event_timestamp: Timestamp,
    /// Feast's `Bool`.
    pub yes: Option<bool>,
    /// Feast's `Int32`.
    pub int32: Option<i32>,
    /// Feast's `Int64`.
    pub int64: Option<i64>,
    /// Feast's `Float32`.
    pub float32: Option<f32>,
    /// Feast's `Float64`.
    pub float64: Option<f64>,
    /// Feast's `String`.
    pub text: Option<String>,
    /// Feast's `Bytes`.
    pub bytes: Option<Vec<u8>>,
    /// Feast's `UnixTimestamp`.
    pub instant: Option<Timestamp>,
    /// Feast's `Uuid`.
    pub device: Option<Uuid>,
    /// Feast's `Decimal`.
    pub price: Option<Decimal<18, 2>>,
    /// Feast's `Json`.
    pub document: Option<Json<serde_json::Value>>,
    /// Feast's `Array(Bool)`.
    pub yeses: Option<Vec<bool>>,
    /// Feast's `Array(Int32)`.
    pub int32s: Option<Vec<i32>>,
    /// Feast's `Array(Int64)`.
    pub int64s: Option<Vec<i64>>,
    /// Feast's `Array(Float32)`.
    pub float32s: Option<Vec<f32>>,
    /// Feast's `Array(Float64)`.
    pub float64s: Option<Vec<f64>>,
    /// Feast's `Array(String)`.
    pub texts: Option<Vec<String>>,
    /// Feast's `Array(Bytes)`.
    pub many_bytes: Option<Vec<Vec<u8>>>,
    /// Feast's `Array(UnixTimestamp)`.
    pub instants: Option<Vec<Timestamp>>,
}

/// What is asked for together.
#[feature_service]
#[derive(Debug, Clone)]
pub struct AllOfEvery {
    /// Feast's `Int64`.
    #[from(Every, default = 7)]
    pub int64: i64,
    /// Feast's `Array(String)`.
    #[from(Every)]
    pub texts: Option<Vec<String>>,
}

fn main() -> ExitCode {
    featurestore::cli::main(FeatureStore::builder("every"))
}
