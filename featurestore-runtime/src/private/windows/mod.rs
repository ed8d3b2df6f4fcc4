//! What only the compiler can check of event sources and of windows over them, since it alone knows the
//! types of both.

mod aggregate;
mod column;
mod events;
mod filter;
mod states;

pub use aggregate::{assert_aggregates, bins, precision, window};
pub use filter::{Literal, Named, assert_compares, assert_is_bool, compared};
pub use states::assert_states;
