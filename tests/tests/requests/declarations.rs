//! A service that is asked with more than a key, and rows for it.

use std::sync::Arc;

use featurestore::prelude::*;
use featurestore_tests::MemoryStore;

/// How a user has paid.
#[feature_view(entity = "user_id", source = "data/paid.parquet", ttl = "7d")]
#[derive(Debug, Clone)]
pub(crate) struct UserPayments {
    /// Who pays.
    pub(crate) user_id: String,
    /// When that was known.
    pub(crate) event_timestamp: Timestamp,
    /// The mean payment.
    #[column(range = 0.., unit = "USD")]
    pub(crate) mean_30d: f64,
    /// Where the user lives.
    pub(crate) country: String,
}

/// How a payment is made.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Card,
    Transfer,
}

/// What is known of a payment before it is made.
#[feature_service]
#[derive(Debug, Clone)]
#[allow(dead_code)] // asked by name
pub(crate) struct PaymentCheck {
    #[from(UserPayments)]
    pub(crate) mean_30d: Option<f64>,
    #[from(UserPayments, column = country)]
    #[private]
    pub(crate) home: Option<String>,
    /// The payment that is asked about.
    #[request(range = 0..=10000, unit = "USD")]
    pub(crate) amount: f64,
    /// How it is made.
    #[request]
    pub(crate) channel: Option<Channel>,
    /// Where it is made.
    #[request(default = "DE", one_of = ["DE", "FR"])]
    pub(crate) country: String,
    /// The last amounts that were tried.
    #[request]
    pub(crate) tried: Option<Vec<f64>>,
    /// How many times the mean it is.
    #[compute(mean_30d.map(|mean| amount / mean), unit = "times")]
    pub(crate) times_the_mean: Option<f64>,
    /// Whether it is made away from home.
    #[compute(home.as_ref().is_some_and(|home| home != country))]
    pub(crate) is_away: bool,
    /// What was tried, in all.
    #[compute(tried.as_ref().map(|tried| tried.iter().sum()))]
    pub(crate) sum_tried: Option<f64>,
    /// How it is made, in a word.
    #[compute(match channel {
        Some(Channel::Card) => "plastic".to_owned(),
        Some(Channel::Transfer) => format!("wire of {key}"),
        None => "unknown".to_owned(),
    })]
    pub(crate) word: String,
}

/// A service whose expression can't take every amount.
#[feature_service]
#[derive(Debug, Clone)]
#[allow(dead_code)] // asked by name
pub(crate) struct Fragile {
    #[from(UserPayments)]
    pub(crate) mean_30d: Option<f64>,
    /// Any number.
    #[request]
    pub(crate) number: i64,
    /// What is left of a hundred.
    #[compute(100 % number)]
    pub(crate) rest: i64,
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

/// A store with a row of `ada`, who lives in Germany and pays 4 dollars.
pub(crate) async fn store() -> Result<(Arc<MemoryStore>, FeatureStore), Error> {
    let memory = Arc::new(MemoryStore::default());
    let store = FeatureStore::builder("paying")
        .online_store(Arc::clone(&memory) as Arc<_>)
        .clock(Clock::fixed(time("2026-05-07T22:00:00Z")))
        .open()
        .await?;
    let row = UserPayments {
        user_id: "ada".to_owned(),
        event_timestamp: time("2026-05-07T21:00:00Z"),
        mean_30d: 4.0,
        country: "DE".to_owned(),
    };
    store.push(&[row]).await?;
    Ok((memory, store))
}
