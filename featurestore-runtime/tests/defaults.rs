//! A default that the compiler can't judge, in a program of its own: its registry is refused.

use featurestore::prelude::*;

/// A day, with a default that is none.
#[feature_view(entity = "user_id", source = "data/day.parquet", name = "odd_day")]
#[derive(Debug)]
struct OddDay {
    user_id: String,
    event_timestamp: Timestamp,
    #[column(default = "yesterday")]
    day: Date,
}

#[test]
fn a_default_that_only_a_parser_can_judge_is_judged_before_the_store_opens() {
    let message = featurestore::Registry::collect().unwrap_err().to_string();
    assert!(
        message.starts_with(
            "FS0037: `day` of view `odd_day` has the default Text(\"yesterday\"), which is no date"
        ),
        "{message}"
    );
}
