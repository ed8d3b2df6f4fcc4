//! How flights have gone lately: windows over what aircraft do, as it was known an hour before a
//! departure. (A flight that leaves early is among the movements before it was to leave.)

use featurestore::prelude::*;

use crate::{Airport, TailNumber};

/// An airline, by its IATA code.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct Carrier(String);

/// What an aircraft did.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It left the gate.
    Departed,
    /// It landed.
    Landed,
}

/// An aircraft has left the gate, or landed.
#[event_source(
    source = "data/movements.parquet",
    id = "movement_id",
    cadence = "1h",
    owner = "operations"
)]
#[derive(Debug, Clone)]
pub struct Movement {
    /// Flight, scheduled time, and what happened.
    pub movement_id: String,
    /// What happened.
    pub kind: Kind,
    /// The aircraft.
    pub tailnum: TailNumber,
    /// The airline.
    pub carrier: Carrier,
    /// Where the flight leaves, or left.
    pub origin: Airport,
    /// When it happened.
    pub event_timestamp: Timestamp,
    /// How late; negative if early.
    #[column(unit = "minutes")]
    pub delay_minutes: i64,
}

/// An aircraft's day.
#[feature_view(entity = "tailnum", events = Movement)]
#[derive(Debug, Clone)]
pub struct AircraftDay {
    /// The aircraft.
    pub tailnum: TailNumber,
    /// Departures and landings.
    #[column(agg = count(), window = "24h", delay = "1h")]
    pub movements_24h: i64,
    /// How late it was on average.
    #[column(agg = mean(delay_minutes), window = "24h", delay = "1h", unit = "minutes")]
    pub aircraft_delay_24h: Option<f64>,
    /// How late it was last.
    #[column(agg = last(delay_minutes), window = "24h", delay = "1h", unit = "minutes")]
    pub aircraft_last_delay: Option<i64>,
}

/// What leaves an airport.
#[feature_view(entity = "origin", events = Movement)]
#[derive(Debug, Clone)]
pub struct AirportHours {
    /// The airport.
    pub origin: Airport,
    /// Departures.
    #[column(agg = count(), window = "1h", delay = "1h", filter = kind == Kind::Departed)]
    pub departures_1h: i64,
    /// Departures more than a quarter of an hour late.
    #[column(agg = count(), window = "1h", delay = "1h", filter = kind == Kind::Departed && delay_minutes > 15)]
    pub late_1h: i64,
    /// How late departures were on average.
    #[column(agg = mean(delay_minutes), window = "1h", delay = "1h", filter = kind == Kind::Departed, unit = "minutes")]
    pub airport_delay_1h: Option<f64>,
    /// The same over three hours.
    #[column(agg = mean(delay_minutes), window = "3h", delay = "1h", filter = kind == Kind::Departed, unit = "minutes")]
    pub airport_delay_3h: Option<f64>,
}

/// What an airline flies from an airport.
#[feature_view(entity = ["carrier", "origin"], events = Movement)]
#[derive(Debug, Clone)]
pub struct CarrierHours {
    /// The airline.
    pub carrier: Carrier,
    /// The airport.
    pub origin: Airport,
    /// How late its departures were on average.
    #[column(agg = mean(delay_minutes), window = "6h", delay = "1h", filter = kind == Kind::Departed, unit = "minutes")]
    pub carrier_delay_6h: Option<f64>,
}

/// What a departure is known by where its airline counts.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scheduled {
    /// The airport.
    pub origin: Airport,
    /// The airline.
    pub carrier: Carrier,
    /// The aircraft.
    pub tailnum: TailNumber,
}

/// What the delay model knows of the hours before a flight leaves.
#[feature_service(key = Scheduled)]
#[derive(Debug, Clone, PartialEq)]
pub struct RecentDelays {
    /// Departures and landings of the aircraft.
    #[from(AircraftDay)]
    pub movements_24h: i64,
    /// How late the aircraft was on average.
    #[from(AircraftDay)]
    pub aircraft_delay_24h: Option<f64>,
    /// How late the aircraft was last.
    #[from(AircraftDay)]
    pub aircraft_last_delay: Option<i64>,
    /// Departures of the airport.
    #[from(AirportHours)]
    pub departures_1h: i64,
    /// Late ones.
    #[from(AirportHours)]
    pub late_1h: i64,
    /// How late departures of the airport were on average.
    #[from(AirportHours)]
    pub airport_delay_1h: Option<f64>,
    /// The same over three hours.
    #[from(AirportHours)]
    pub airport_delay_3h: Option<f64>,
    /// How late the airline's departures of the airport were on average.
    #[from(CarrierHours)]
    pub carrier_delay_6h: Option<f64>,
    /// How late the aircraft landed last, whenever that was.
    #[from(crate::LastArrival)]
    pub last_arr_delay: Option<i64>,
}
