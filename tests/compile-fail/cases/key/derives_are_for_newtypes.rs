use featurestore::prelude::*;

#[derive(EntityKey)]
pub struct Pair(String, i64);

#[derive(FeatureType)]
pub struct Named {
    pub value: f64,
}

#[derive(EntityKey)]
pub enum Kind {
    A,
}

#[derive(FeatureEnum, Clone, Copy)]
pub struct Segment;

fn main() {}
