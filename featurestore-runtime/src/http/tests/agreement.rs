//! Answers, and the values that are taken out, are of the same rows.

use super::*;
use crate::serving::EntityAnswer;

/// Rows that are found, null, of values that JSON lacks, expired and missing.
async fn fill(world: &World) {
    let list = |values: &[Option<f32>]| {
        let value = |value: &Option<f32>| value.map(Value::F32);
        Some(Value::List(values.iter().map(value).collect()))
    };
    let text = |text: &str| Some(Value::Str(text.to_owned()));
    let json = |text: &str| Some(Value::Json(text.to_owned()));
    for (user, time, values) in [
        (
            "found",
            "2026-05-07T21:30:00.5Z",
            [
                Some(Value::F64(1e21)),
                list(&[Some(0.1), None]),
                json(r#"{"b": 1, "a": [1.50, "ü"]}"#),
                text("\"\u{1}\u{1F980}"),
            ],
        ),
        ("null", "2026-05-07T21:30:00Z", [None, None, None, text("")]),
        (
            "partly",
            "2026-05-07T21:30:00Z",
            [Some(Value::F64(1.5)), None, json("7"), text("x")],
        ),
        (
            "not finite",
            "2026-05-07T21:30:00Z",
            [
                Some(Value::F64(f64::NEG_INFINITY)),
                list(&[Some(f32::NAN), None, Some(1.0)]),
                json("[1e400]"),
                text("x"),
            ],
        ),
        (
            "expired",
            "2026-05-07T20:30:00Z",
            [None, None, None, text("x")],
        ),
    ] {
        world.write(user, time, &values).await;
    }
}

const USERS: [&str; 6] = [
    "found",
    "null",
    "partly",
    "not finite",
    "expired",
    "missing",
];

#[tokio::test]
async fn an_answer_is_what_the_values_that_are_taken_out_say() {
    let world = World::new();
    fill(&world).await;
    let all = ["score", "scores", "note", "name"];
    let by_name = world.store.plan_features(all, &["user_id"]).unwrap();
    for (plan, asked) in [
        (
            by_name,
            r#""features": ["score", "scores", "note", "name"]"#,
        ),
        (
            world.store.plan_service(&SCORING),
            r#""service": "scoring""#,
        ),
    ] {
        for user in USERS {
            let key = vec![Value::Str(user.to_owned())];
            let values = world.store.read_plan(&plan, &[key]).await.unwrap();
            let values = values.into_iter().next().unwrap().unwrap();
            let names: Vec<&str> = plan.names().collect();
            let user = serde_json::Value::from(user);
            let expected = EntityAnswer {
                keys: vec![("user_id", &user)],
                names: &names,
                values: &values,
            };
            let body = format!(r#"{{"user_id": {user}, {asked}, "metadata": true}}"#);
            assert_eq!(
                world.post(&Grant::all(), &body).await,
                (200, serde_json::to_string(&expected).unwrap())
            );
        }
    }
}

#[tokio::test]
async fn a_list_with_a_number_that_json_lacks_says_so() {
    let world = World::new();
    fill(&world).await;
    let body = r#"{"user_id": "not finite", "features": ["scores", "score", "note", "name"], "metadata": true}"#;
    let status = |status: &str| {
        format!(r#"{{"status":"{status}","event_timestamp":"2026-05-07T21:30:00Z"}}"#)
    };
    let (lacks, found) = (status("not_finite"), status("found"));
    let expected = format!(
        r#"{{"user_id":"not finite","features":{{"scores":[null,null,1.0],"score":null,"note":null,"name":"x"}},"metadata":{{"scores":{lacks},"score":{lacks},"note":{lacks},"name":{found}}}}}"#
    );
    assert_eq!(world.post(&Grant::all(), body).await, (200, expected));
}

#[tokio::test]
async fn features_may_be_asked_for_in_any_order_of_their_columns() {
    let world = World::new();
    fill(&world).await;
    for (user, answer) in [
        (
            "found",
            r#"{"name":"\"\u0001🦀","scores":[0.1,null],"profile:name":"\"\u0001🦀","score":1e+21}"#,
        ),
        (
            "partly",
            r#"{"name":"x","scores":null,"profile:name":"x","score":1.5}"#,
        ),
    ] {
        let body = format!(
            r#"{{"user_id": "{user}", "features": ["name", "scores", "profile:name", "score"]}}"#
        );
        let expected = format!(r#"{{"user_id":"{user}","features":{answer}}}"#);
        assert_eq!(world.post(&Grant::all(), &body).await, (200, expected));
    }
}
