//! Tests of the store for tests of features.

mod broken;
mod declared;
mod latest;
mod random;
mod scenario;
mod shown;
mod stores;
mod suite;
mod windows;
