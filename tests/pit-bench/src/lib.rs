//! What a point-in-time join costs: see `benches/pit/main.rs`.
