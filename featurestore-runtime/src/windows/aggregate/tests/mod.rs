//! Each aggregate: its state is the same bytes in any order and any split, its result is that of
//! plain loops, and no bytes make it panic.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)] // test data is small

mod big;
mod exact;
mod states;
