//! Tests of the store for tests of features.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are not tests to clippy

mod broken;
mod declared;
mod latest;
mod random;
mod scenario;
mod shown;
mod stores;
mod suite;
mod windows;
