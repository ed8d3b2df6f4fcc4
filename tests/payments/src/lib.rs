//! Payments, and windows over them of every aggregate; and events with a column of every dtype. For tests
//! of window views: declarations alone, whose data each test makes.

#![allow(missing_docs)] // the fields say what they are
mod every;
mod windows;

pub use every::{Color, Every, EveryAggregate, EveryLatest};
pub use windows::{MerchantPayments, Payment, PaymentKey, Purpose, UserPayments};
