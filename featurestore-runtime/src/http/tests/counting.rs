//! What is counted.

use super::*;
use crate::lookup::Status;

impl World {
    /// How many values were counted as found, null, expired and missing.
    fn counted(&self) -> [u64; 4] {
        let view = self.serving.metrics.view(&PROFILE);
        [
            Status::Found,
            Status::Null,
            Status::Expired,
            Status::Missing,
        ]
        .map(|status| view.counted(status))
    }
}

#[tokio::test]
async fn values_are_counted_by_what_was_found_in_both_forms_and_only_those_that_were_answered() {
    let world = World::new();
    let name = || Some(Value::Str("x".to_owned()));
    let values = [Some(Value::F64(1.0)), None, None, name()];
    world.write("a", "2026-05-07T21:30:00Z", &values).await;
    world.write("old", "2026-05-07T20:30:00Z", &values).await;
    let mut cut = row("2026-05-07T21:30:00Z", &values);
    cut.pop();
    world.write_bytes("cut", cut).await;
    let features = r#""features": ["score", "scores", "name"]"#;
    for (body, status, counted) in [
        (
            format!(r#"{{"user_id": "a", {features}}}"#),
            200,
            [2, 1, 0, 0],
        ),
        // The damaged row's first values were read, and are not in the answer.
        (
            format!(r#"{{"user_id": ["a", "cut", "old", "nobody"], {features}}}"#),
            200,
            [4, 2, 3, 3],
        ),
        (
            format!(r#"{{"entities": {{"user_id": ["a", "old", "nobody", "b"]}}, {features}}}"#),
            200,
            [6, 3, 6, 9],
        ),
        (
            r#"{"user_id": "nobody", "service": "scoring"}"#.to_owned(),
            200,
            [6, 3, 6, 10],
        ),
        (
            format!(r#"{{"user_id": "cut", {features}}}"#),
            500,
            [6, 3, 6, 10],
        ),
        (
            format!(r#"{{"entities": {{"user_id": ["a", "cut"]}}, {features}}}"#),
            500,
            [6, 3, 6, 10],
        ),
        (
            r#"{"user_id": 7, "features": ["score"]}"#.to_owned(),
            400,
            [6, 3, 6, 10],
        ),
    ] {
        let answer = world.post(&Grant::all(), &body).await;
        assert_eq!(answer.0, status, "{body}: {}", answer.1);
        assert_eq!(world.counted(), counted, "{body}");
    }
}
