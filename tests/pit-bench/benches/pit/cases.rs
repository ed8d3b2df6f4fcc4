//! The joins, as declarations and by hand.

use std::error::Error;
use std::path::Path;

use featurestore::prelude::*;
use featurestore::registry;
use featurestore::registry::{Registry, RegistryError};
use flights::{Aircraft, DelayFeatures, LastArrival, Weather};

/// A join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// Real departures onto arrivals, weather and planes.
    Flights,
    /// Ten rows per key, more of them than the spine has.
    Few,
    /// Ten times as many rows as the spine has, in a bounded memory.
    Many,
}

/// Who joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    /// By hand, in the spine's order, as ours is.
    Ordered,
    /// By hand, without `ORDER BY`: rows come in any order.
    Unordered,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::Ordered, Self::Unordered];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "featurestore",
            Self::Ordered => "by hand",
            Self::Unordered => "by hand, unordered",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        let found = Self::ALL.into_iter().find(|side| side.name() == name);
        found.ok_or_else(|| format!("no side `{name}`").into())
    }
}

/// How often a user comes.
#[feature_view(entity = "user_id", source = "data/visits.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Visits {
    /// The user.
    pub user_id: String,
    /// When it was known.
    pub event_timestamp: Timestamp,
    /// Visits in thirty days.
    pub visits: i64,
    /// How long one takes.
    #[column(unit = "minutes")]
    pub visit_minutes: f64,
}

/// What a user buys.
#[feature_view(entity = "user_id", source = "data/purchases.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Purchases {
    /// The user.
    pub user_id: String,
    /// When it was known.
    pub event_timestamp: Timestamp,
    /// Purchases in thirty days.
    pub purchases: i64,
    /// What one costs.
    #[column(unit = "€")]
    pub purchase_price: f64,
}

/// What a user writes.
#[feature_view(entity = "user_id", source = "data/messages.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Messages {
    /// The user.
    pub user_id: String,
    /// When it was known.
    pub event_timestamp: Timestamp,
    /// Messages in thirty days.
    pub messages: i64,
    /// How long one is.
    #[column(unit = "words")]
    pub message_words: f64,
}

/// All that is known of a user.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Habits {
    /// Visits in thirty days.
    #[from(Visits)]
    pub visits: Option<i64>,
    /// How long a visit takes.
    #[from(Visits)]
    pub visit_minutes: Option<f64>,
    /// Purchases in thirty days.
    #[from(Purchases)]
    pub purchases: Option<i64>,
    /// What a purchase costs.
    #[from(Purchases)]
    pub purchase_price: Option<f64>,
    /// Messages in thirty days.
    #[from(Messages)]
    pub messages: Option<i64>,
    /// How long a message is.
    #[from(Messages)]
    pub message_words: Option<f64>,
}

/// What a person clicks.
#[feature_view(entity = "person", source = "data/clicks.parquet")]
#[derive(Debug, Clone)]
pub(crate) struct Clicks {
    /// The person.
    pub person: i64,
    /// When it was known.
    pub event_timestamp: Timestamp,
    /// Clicks in an hour.
    pub clicks: i64,
    /// How long a page is read.
    #[column(unit = "seconds")]
    pub read_seconds: f64,
}

/// What is known of a person.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interest {
    /// Clicks in an hour.
    #[from(Clicks)]
    pub clicks: Option<i64>,
    /// How long a page is read.
    #[from(Clicks)]
    pub read_seconds: Option<f64>,
}

impl Case {
    pub(crate) const ALL: [Self; 3] = [Self::Flights, Self::Few, Self::Many];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Flights => "flights",
            Self::Few => "few",
            Self::Many => "many",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        let found = Self::ALL.into_iter().find(|case| case.name() == name);
        found.ok_or_else(|| format!("no case `{name}`; there is flights, few, many").into())
    }

    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Flights => "departures onto arrivals, weather and planes",
            Self::Few => "100,000 rows onto 0.3, 1 and 1 million, ten per key",
            Self::Many => "5 million rows onto 50 million, in 4 GB with 2 threads",
        }
    }

    /// At most this many times the wall time of the join by hand, in the spine's order.
    pub(crate) const fn goal(self) -> f64 {
        match self {
            Self::Flights | Self::Many => 1.05,
            Self::Few => 0.75,
        }
    }

    pub(crate) const fn spine(self) -> &'static str {
        match self {
            Self::Flights => "departures.parquet",
            Self::Few => "users.parquet",
            Self::Many => "people.parquet",
        }
    }

    /// The bound on memory, in `DuckDB`'s words, and threads.
    pub(crate) const fn limits(self) -> Option<(&'static str, usize)> {
        match self {
            Self::Flights | Self::Few => None,
            Self::Many => Some(("4GB", 2)),
        }
    }

    pub(crate) fn registry(self) -> Result<Registry, RegistryError> {
        match self {
            Self::Flights => registry![Weather, Aircraft, LastArrival, DelayFeatures],
            Self::Few => registry![Visits, Purchases, Messages, Habits],
            Self::Many => registry![Clicks, Interest],
        }
    }

    pub(crate) async fn historical(
        self,
        store: &FeatureStore,
        spine: Spine,
        output: &Path,
    ) -> Result<(), featurestore::Error> {
        let report = match self {
            Self::Flights => {
                store
                    .historical::<DelayFeatures>(spine)
                    .to_parquet(output)
                    .await
            }
            Self::Few => store.historical::<Habits>(spine).to_parquet(output).await,
            Self::Many => store.historical::<Interest>(spine).to_parquet(output).await,
        };
        report?;
        Ok(())
    }

    /// The join by hand over the files in `data`, but for its `ORDER BY`.
    pub(crate) fn by_hand(self, data: &Path, ordered: bool) -> String {
        let file = |name: &str| {
            let path = data.join(name).to_string_lossy().replace('\'', "''");
            format!("'{path}'")
        };
        let spine = file(self.spine());
        let (columns, joins): (&str, &[(&str, &str)]) = match self {
            Self::Flights => (
                FLIGHTS,
                &[
                    ("weather", "origin"),
                    ("planes", "tailnum"),
                    ("arrivals", "tailnum"),
                ],
            ),
            Self::Few => (
                HABITS,
                &[
                    ("visits", "user_id"),
                    ("purchases", "user_id"),
                    ("messages", "user_id"),
                ],
            ),
            Self::Many => (INTEREST, &[("clicks", "person")]),
        };
        let joins: String = joins
            .iter()
            .map(|(source, key)| {
                let file = file(&format!("{source}.parquet"));
                format!(
                    " ASOF LEFT JOIN {file} AS {source} ON spine.{key} = {source}.{key} \
                     AND spine.event_timestamp >= {source}.event_timestamp"
                )
            })
            .collect();
        if ordered {
            format!(
                "SELECT spine.* EXCLUDE (n), {columns} \
                 FROM (SELECT *, file_row_number AS n FROM {spine}) AS spine{joins} ORDER BY n"
            )
        } else {
            format!("SELECT spine.*, {columns} FROM {spine} AS spine{joins}")
        }
    }
}

/// With the TTLs and the default of the declarations.
const FLIGHTS: &str = "\
    CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(weather.event_timestamp) <= 10800000000 THEN temp_f END AS temp_f, \
    CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(weather.event_timestamp) <= 10800000000 THEN wind_speed_mph END AS wind_speed_mph, \
    coalesce(CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(weather.event_timestamp) <= 10800000000 THEN wind_gust_mph END, 0.0) AS wind_gust_mph, \
    CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(weather.event_timestamp) <= 10800000000 THEN visibility_mi END AS visibility_mi, \
    built_year, seats, engine_type, \
    CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(arrivals.event_timestamp) <= 604800000000 THEN last_dest END AS last_dest, \
    CASE WHEN epoch_us(spine.event_timestamp) - epoch_us(arrivals.event_timestamp) <= 604800000000 THEN last_arr_delay END AS last_arr_delay";
const HABITS: &str = "visits, visit_minutes, purchases, purchase_price, messages, message_words";
const INTEREST: &str = "clicks, read_seconds";
