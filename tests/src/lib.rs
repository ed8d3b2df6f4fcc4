//! Tests that run featurestore as its users do.
