use featurestore::prelude::*;

pub struct Money(f64);

#[derive(FeatureType)]
pub struct Price(Money);

fn main() {}
