//! Events with a column of every dtype, and every aggregate that it can have.

use featurestore::prelude::*;

/// A color.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    Red,
    Green,
    Blue,
}

/// An event with a column of every dtype.
#[event_source(source = "data/every_event.parquet", id = ["id", "part"], lateness = "1d")]
#[derive(Debug, Clone, PartialEq)]
pub struct Every {
    pub event_timestamp: Timestamp,
    pub id: i64,
    pub part: String,
    pub key: String,
    pub boolean: Option<bool>,
    pub int8: Option<i8>,
    pub int16: Option<i16>,
    pub int32: Option<i32>,
    pub int64: Option<i64>,
    pub uint8: Option<u8>,
    pub uint16: Option<u16>,
    pub uint32: Option<u32>,
    pub uint64: Option<u64>,
    pub float32: Option<f32>,
    pub float64: Option<f64>,
    pub text: Option<String>,
    pub bytes: Option<Vec<u8>>,
    pub time: Option<Timestamp>,
    pub day: Option<Date>,
    pub color: Option<Color>,
    pub decimal: Option<Decimal<9, 3>>,
    pub uuid: Option<Uuid>,
}

/// Every aggregate of numbers, of a column of each of their kinds.
#[feature_view(entity = "key", events = Every)]
#[derive(Debug, Clone, PartialEq)]
pub struct EveryAggregate {
    pub key: String,
    #[column(agg = count(), window = "1d")]
    pub events: i64,
    #[column(agg = count(text), window = "1d")]
    pub texts: u64,
    #[column(agg = sum(int8), window = "1d")]
    pub int8_sum: i8,
    #[column(agg = sum(int64), window = "1d")]
    pub int64_sum: Decimal<38, 0>,
    #[column(agg = sum(uint32), window = "1d")]
    pub uint32_sum: u64,
    #[column(agg = sum(decimal), window = "1d")]
    pub decimal_sum: Decimal<38, 3>,
    #[column(agg = sum(float32), window = "1d")]
    pub float32_sum: f64,
    #[column(agg = sum(float64), window = "1d")]
    pub float64_sum: f64,
    #[column(agg = mean(int16), window = "1d")]
    pub int16_mean: Option<f64>,
    #[column(agg = mean(decimal), window = "1d", default = 0.0)]
    pub decimal_mean: f64,
    #[column(agg = mean(float64), window = "1d")]
    pub float64_mean: Option<f64>,
    #[column(agg = variance(int32), window = "1d")]
    pub int32_variance: Option<f64>,
    #[column(agg = variance(float64, population), window = "1d")]
    pub float64_variance: Option<f64>,
    #[column(agg = stddev(decimal), window = "1d")]
    pub decimal_stddev: Option<f64>,
    #[column(agg = stddev(float32, population), window = "1d")]
    pub float32_stddev: Option<f64>,
    #[column(agg = quantile(float64, 0.95), window = "1d", error = 0.01)]
    pub float64_p95: Option<f64>,
    #[column(agg = quantile(decimal, 0.5), window = "1d", error = 0.001)]
    pub decimal_median: Option<f64>,
    #[column(agg = distinct(uuid), window = "1d", error = 0.05)]
    pub uuids: u32,
    #[column(agg = distinct(color), window = "1d", error = 0.05)]
    pub colors: i64,
    #[column(agg = top(color, 2), window = "1d")]
    pub top_colors: Vec<Color>,
    #[column(agg = top(text, 3), window = "1d")]
    pub top_texts: Vec<String>,
    #[column(agg = first(int32, 2), window = "1d")]
    pub first_int32: Vec<i32>,
    #[column(agg = last(time, 2), window = "1d")]
    pub last_times: Vec<Timestamp>,
    #[column(agg = last(boolean, 3), window = "1d", resolution = "1h")]
    pub last_booleans: Vec<bool>,
}

/// The least, largest, first and last value of a column of every dtype.
#[feature_view(entity = "key", events = Every)]
#[derive(Debug, Clone, PartialEq)]
pub struct EveryLatest {
    pub key: String,
    #[column(agg = min(boolean), window = "2h")]
    pub boolean: Option<bool>,
    #[column(agg = max(int8), window = "2h")]
    pub int8: Option<i8>,
    #[column(agg = first(int16), window = "2h")]
    pub int16: Option<i16>,
    #[column(agg = last(int32), window = "2h")]
    pub int32: Option<i32>,
    #[column(agg = min(int64), window = "2h")]
    pub int64: Option<i64>,
    #[column(agg = max(uint8), window = "2h")]
    pub uint8: Option<u8>,
    #[column(agg = first(uint16), window = "2h")]
    pub uint16: Option<u16>,
    #[column(agg = last(uint32), window = "2h")]
    pub uint32: Option<u32>,
    #[column(agg = min(uint64), window = "2h")]
    pub uint64: Option<u64>,
    #[column(agg = max(float32), window = "2h")]
    pub float32: Option<f32>,
    #[column(agg = min(float64), window = "2h")]
    pub float64: Option<f64>,
    #[column(agg = max(text), window = "2h")]
    pub text: Option<String>,
    #[column(agg = last(bytes), window = "2h")]
    pub bytes: Option<Vec<u8>>,
    #[column(agg = max(time), window = "2h")]
    pub time: Option<Timestamp>,
    #[column(agg = first(day), window = "2h")]
    pub day: Option<Date>,
    #[column(agg = last(color), window = "2h", default = "green")]
    pub color: Color,
    #[column(agg = min(decimal), window = "2h", default = "-1.5")]
    pub decimal: Decimal<9, 3>,
    #[column(agg = last(uuid), window = "2h")]
    pub uuid: Option<Uuid>,
}
