//! Features of a model that predicts a flight's delay before it leaves, on real data: what the
//! weather is at the airport, how the aircraft was built, and how its last flight went.

use featurestore::prelude::*;

mod recent;

pub use recent::{
    AircraftDay, AirportHours, Carrier, CarrierHours, Kind, Movement, RecentDelays, Scheduled,
};

/// One of New York's airports, by its IATA code.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct Airport(String);

/// An aircraft, by its tail number.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct TailNumber(String);

/// The weather at an airport, by the hour.
#[feature_view(
    entity = "origin",
    source = "data/weather.parquet",
    cadence = "1h",
    ttl = "3h",
    owner = "meteorology"
)]
#[derive(Debug, Clone)]
pub struct Weather {
    /// The airport.
    pub origin: Airport,
    /// The hour of the observation.
    pub event_timestamp: Timestamp,
    /// Air temperature.
    #[column(unit = "°F")]
    pub temp_f: Option<f64>,
    /// Relative humidity.
    #[column(unit = "%", range = 0..=100)]
    pub humidity_pct: Option<f64>,
    /// Where the wind comes from.
    #[column(unit = "°", range = 0..=360)]
    pub wind_dir_deg: Option<i16>,
    /// Mean wind speed. The source has hours with more than 1,000 miles an hour.
    #[column(unit = "mph", range = 0..=250)]
    pub wind_speed_mph: Option<f64>,
    /// Wind speed in gusts; null where there were none.
    #[column(unit = "mph", range = 0..=250)]
    pub wind_gust_mph: Option<f64>,
    /// Precipitation in the hour.
    #[column(unit = "in", range = 0..)]
    pub precip_in: Option<f64>,
    /// How far one sees.
    #[column(unit = "mi", range = 0..)]
    pub visibility_mi: Option<f64>,
}

/// What drives an aircraft.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineType {
    /// A four-stroke piston engine.
    #[variant(rename = "4 Cycle")]
    FourCycle,
    /// A piston engine of another kind.
    #[variant(rename = "Reciprocating")]
    Reciprocating,
    /// A jet with a large fan.
    #[variant(rename = "Turbo-fan")]
    TurboFan,
    /// A jet without one.
    #[variant(rename = "Turbo-jet")]
    TurboJet,
    /// A turbine with a propeller.
    #[variant(rename = "Turbo-prop")]
    TurboProp,
    /// A turbine with a rotor.
    #[variant(rename = "Turbo-shaft")]
    TurboShaft,
}

/// How an aircraft was built.
#[feature_view(entity = "tailnum", source = "data/planes.parquet", owner = "fleet")]
#[derive(Debug, Clone)]
pub struct Aircraft {
    /// The aircraft.
    pub tailnum: TailNumber,
    /// Since when this is known.
    pub event_timestamp: Timestamp,
    /// The year it was built in.
    #[column(range = 1903..)]
    pub built_year: Option<i16>,
    /// Who built it.
    pub manufacturer: String,
    /// Passenger seats.
    #[column(range = 1..)]
    pub seats: i16,
    /// What drives it.
    pub engine_type: EngineType,
}

/// How an aircraft's last flight went; known when it has landed.
#[feature_view(
    entity = "tailnum",
    source = "data/arrivals.parquet",
    ttl = "7d",
    owner = "operations"
)]
#[derive(Debug, Clone)]
pub struct LastArrival {
    /// The aircraft.
    pub tailnum: TailNumber,
    /// When it landed.
    pub event_timestamp: Timestamp,
    /// Where it landed, by IATA code.
    pub last_dest: String,
    /// How late it landed; negative if early.
    #[column(unit = "minutes")]
    pub last_arr_delay: i64,
    /// How far it flew.
    #[column(unit = "mi", range = 0..)]
    pub last_distance: i64,
}

/// What a departure is known by: its airport and its aircraft.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct Departure {
    /// The airport.
    pub origin: Airport,
    /// The aircraft.
    pub tailnum: TailNumber,
}

/// What the delay model knows about a flight before it leaves.
#[feature_service(key = Departure)]
#[derive(Debug, Clone, PartialEq)]
pub struct DelayFeatures {
    /// Air temperature at the airport.
    #[from(Weather)]
    pub temp_f: Option<f64>,
    /// Mean wind speed at the airport.
    #[from(Weather)]
    pub wind_speed_mph: Option<f64>,
    /// Wind speed in gusts at the airport; 0 where there were none.
    #[from(Weather, default = 0.0)]
    pub wind_gust_mph: f64,
    /// How far one sees at the airport.
    #[from(Weather)]
    pub visibility_mi: Option<f64>,
    /// The year the aircraft was built in.
    #[from(Aircraft)]
    pub built_year: Option<i16>,
    /// The aircraft's seats.
    #[from(Aircraft)]
    pub seats: Option<i16>,
    /// What drives the aircraft.
    #[from(Aircraft)]
    pub engine_type: Option<EngineType>,
    /// Where the aircraft landed last.
    #[from(LastArrival)]
    pub last_dest: Option<String>,
    /// How late the aircraft landed last.
    #[from(LastArrival)]
    pub last_arr_delay: Option<i64>,
}

/// The store of this example before it is open. Its clock stands still at the end of the data
/// that the repository has: January 2013.
pub fn store() -> featurestore::StoreBuilder {
    FeatureStore::builder("flights")
        .data_root(env!("CARGO_MANIFEST_DIR"))
        .clock(Clock::fixed(JANUARY_ENDS))
}

/// 2013-02-01 00:00 UTC.
pub const JANUARY_ENDS: Timestamp = time(1_359_676_800);

/// 2014-01-01 00:00 UTC, the end of the whole year's data.
pub const YEAR_ENDS: Timestamp = time(1_388_534_400);

const fn time(seconds: i64) -> Timestamp {
    match Timestamp::from_timestamp(seconds, 0) {
        Some(time) => time,
        None => Timestamp::UNIX_EPOCH,
    }
}
