use featurestore::prelude::*;

#[derive(EntityKey)]
pub struct Id<T>(T);

#[derive(FeatureType)]
pub struct Value<T>(T);

fn main() {}
