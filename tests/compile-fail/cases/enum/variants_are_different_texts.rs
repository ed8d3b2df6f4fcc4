use featurestore::prelude::*;

#[derive(FeatureEnum, Clone, Copy)]
pub enum Nothing {}

#[derive(FeatureEnum, Clone, Copy)]
pub enum Fields {
    A(i64),
}

#[derive(FeatureEnum, Clone, Copy)]
pub enum Twice {
    PowerUser,
    #[variant(rename = "power_user")]
    Other,
}

#[derive(FeatureType)]
pub enum Wrong {
    A,
}

fn main() {}
