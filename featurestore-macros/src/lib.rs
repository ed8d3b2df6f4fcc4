//! The macros of featurestore.
