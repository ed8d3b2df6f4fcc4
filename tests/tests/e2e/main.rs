//! The whole store, as its users run it: sources in Parquet, both online stores, every way to
//! read, and the examples' own programs.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are not tests to clippy

/// Tests of rules that hold on every online store: on a real Redis, and on the embedded one.
macro_rules! on_both_stores {
    ($($rule:ident,)+) => {
        mod on_redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                super::$rule(&crate::support::Online::redis()).await;
            })+
        }

        mod on_embedded {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $rule() {
                super::$rule(&crate::support::Online::embedded()).await;
            })+
        }
    };
}

mod bad_input;
mod demonstration;
mod dtypes;
mod every;
mod flights_online;
mod flights_training;
mod flights_windows;
mod half_way;
mod held;
mod in_a_macro;
mod join_keys;
mod literal;
mod lost;
mod materialize_faults;
mod parity;
mod readiness;
mod redis_down;
mod seeds;
mod support;
mod visits;
mod windows_capped;
mod windows_kept;
