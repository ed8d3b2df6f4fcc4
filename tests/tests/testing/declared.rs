//! What the tests declare, and literal values of it.

use featurestore::prelude::*;
use featurestore::testing::time;
use featurestore_payments::{Payment, Purpose, UserPayments};

/// How much a user watches.
#[feature_view(
    entity = "user_id",
    source = "data/watched.parquet",
    created = "written_at",
    ttl = "2d",
    settling = "10m"
)]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Watched {
    pub(crate) user_id: String,
    pub(crate) event_timestamp: Timestamp,
    pub(crate) written_at: Option<Timestamp>,
    #[column(range = 0..)]
    pub(crate) titles: i64,
    pub(crate) score: Option<f64>,
    pub(crate) genres: Vec<String>,
}

/// What is known of a user.
#[feature_service]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    #[from(Watched, default = 0)]
    pub(crate) titles: i64,
    #[from(Watched, column = titles)]
    pub(crate) titles_found: Lookup<i64>,
    #[from(Watched)]
    pub(crate) score: Option<f64>,
    #[from(UserPayments)]
    pub(crate) spent_7d: Option<Decimal<18, 2>>,
}

/// A row of a user, of a time.
pub(crate) fn watched(user: &str, at: &str, titles: i64) -> Watched {
    Watched {
        user_id: user.to_owned(),
        event_timestamp: time(at),
        written_at: None,
        titles,
        score: Some(0.5),
        genres: vec!["noir".to_owned()],
    }
}

/// A payment of a user, of a time.
pub(crate) fn payment(id: u128, user: &str, at: &str, amount: &str) -> Payment {
    Payment {
        payment_id: Uuid::from_u128(id),
        user_id: user.to_owned(),
        merchant_id: Some(7),
        paid_at: time(at),
        written_at: None,
        amount: amount.parse().unwrap(),
        country: "NL".to_owned(),
        purpose: Some(Purpose::Food),
        score: None,
        declined: false,
        taken_back: false,
    }
}

/// An amount of money.
pub(crate) fn money(amount: &str) -> Decimal<18, 2> {
    amount.parse().unwrap()
}
