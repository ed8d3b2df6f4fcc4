use featurestore::prelude::*;

#[derive(FeatureEnum, Clone, Copy)]
pub enum Segment {
    #[serde(rename = "power")]
    PowerUser,
    #[serde(rename = "new_user")]
    NewUser,
    #[serde(rename = "c")]
    #[variant(rename = "casual")]
    Casual,
}

fn main() {}
