//! Card payments, and how users and merchants have paid lately.

use featurestore::prelude::*;

/// What a payment is for.
#[derive(FeatureEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Food,
    Travel,
    #[variant(rename = "other purposes")]
    Other,
}

/// A card payment.
#[event_source(
    source = "data/payments.parquet",
    timestamp = "paid_at",
    created = "written_at",
    id = "payment_id",
    deleted = "taken_back",
    lateness = "1h",
    settling = "1m",
    cadence = "1h",
    owner = "payments"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    pub payment_id: Uuid,
    pub user_id: String,
    pub merchant_id: Option<i64>,
    pub paid_at: Timestamp,
    pub written_at: Option<Timestamp>,
    /// What was paid.
    pub amount: Decimal<12, 2>,
    #[column(rename = "land")]
    pub country: String,
    pub purpose: Option<Purpose>,
    pub score: Option<f64>,
    pub declined: bool,
    pub taken_back: bool,
}

/// What counts as a large amount.
pub(crate) const LARGE: i64 = 100;

/// How a user has paid lately.
#[feature_view(entity = "user_id", events = Payment)]
#[derive(Debug, Clone, PartialEq)]
pub struct UserPayments {
    pub user_id: String,
    /// Large payments that were declined
    #[column(agg = count(), window = "1h", filter = declined && amount > LARGE)]
    pub large_declines_1h: i64,
    #[column(agg = count(merchant_id), window = "1d", filter = !(purpose == Purpose::Travel || country == "NL"))]
    pub with_merchant_1d: i64,
    /// What the user spent.
    #[column(agg = sum(amount), window = "7d", unit = "EUR")]
    pub spent_7d: Decimal<18, 2>,
    #[column(agg = sum(amount), window = "365d", resolution = "1d")]
    pub spent_1y: Decimal<18, 2>,
    #[column(agg = mean(amount), window = "30d", delay = "1us", filter = amount >= 0.5)]
    pub mean_30d: Option<f64>,
    #[column(agg = distinct(merchant_id), window = "30d", error = 0.02)]
    pub merchants_30d: i64,
    #[column(agg = last(country, 5), window = "90d", resolution = "1d")]
    pub last_countries: Vec<String>,
    #[column(agg = sum(score), window = "lifetime", filter = score.is_some())]
    pub score_total: f64,
}

/// A user at a merchant.
#[derive(EntityKey, Debug, Clone, PartialEq, Eq, Hash)]
pub struct PaymentKey {
    pub user_id: String,
    pub shop_id: i64,
}

/// How a user has paid at a merchant.
#[feature_view(entity = ["user_id", "shop_id"], events = Payment)]
#[derive(Debug, Clone, PartialEq)]
pub struct MerchantPayments {
    pub user_id: String,
    /// The merchant.
    #[column(rename = "merchant_id")]
    pub shop_id: i64,
    #[column(agg = count(), window = "6h")]
    pub payments_6h: u32,
    #[column(agg = max(amount), window = "6h", default = 0)]
    pub largest_6h: Decimal<12, 2>,
    #[column(agg = last(purpose), window = "1d")]
    pub last_purpose: Option<Purpose>,
}
