// What the examples of this crate's documentation declare of payments. They include it, as its
// declarations would be the half of each of them.

use featurestore::prelude::*;

/// How a user has paid.
#[feature_view(entity = "user_id", source = "data/paid.parquet", cadence = "1h", ttl = "2d")]
#[derive(Debug, Clone, PartialEq)]
pub struct UserPayments {
    pub user_id: String,
    pub event_timestamp: Timestamp,
    /// Mean payment of the last 30 days.
    #[column(range = 0.., unit = "USD")]
    pub mean_30d: f64,
}

/// What is known of a payment before it is made.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentCheck {
    #[from(UserPayments)]
    pub mean_30d: Option<f64>,
    /// The payment that is asked about.
    #[request(range = 0.., unit = "USD")]
    pub amount: f64,
    /// How many times the user's mean it is.
    #[compute(mean_30d.map(|mean| amount / mean))]
    pub times_the_mean: Option<f64>,
}
