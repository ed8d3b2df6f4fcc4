//! The point-in-time rule: which row of a source the features of an entity row come from.
//!
//! [`Rule`] is the rule of a view as data, [`Rule::decide`] is the one evaluator. Engines print the
//! same rule in a language of their own, and are tested against the evaluator. What a row's values
//! must satisfy are [`Condition`]s. Knows declarations and times; no engine and no SQL.

mod condition;
mod decision;
mod null_keys;
mod reason;
mod rule;
mod tie_break;
mod time;

pub use condition::{Condition, Rejected};
pub use decision::{Asked, Decision, Row};
pub use reason::Reason;
pub use rule::Rule;

#[cfg(feature = "duckdb")]
pub(crate) use rule::{TIME_LIMIT, is_comparable};
#[cfg(feature = "duckdb")]
pub(crate) use time::{MICRO, instant, nanos, span};

#[cfg(test)]
mod tests;
