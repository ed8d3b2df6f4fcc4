//! A feature store declared as plain structs.
