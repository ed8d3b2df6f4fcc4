//! What the macros and the runtime of featurestore must agree on.
