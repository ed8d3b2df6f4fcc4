//! The form that Feast clients speak.

use axum::http::Method;
use serde_json::Value as Json;

use featurestore::http::{HttpSettings, Tokens};

use super::{Service, error};

/// Posts a request that must fail: its status, our code and the message, and the exception that a
/// client raises.
async fn refuse(service: &Service, body: &str) -> (u16, String, String, String) {
    let answer = service
        .call(Method::POST, "/get-online-features", body.to_owned())
        .await;
    let text: String = serde_json::from_str(&answer.1).unwrap();
    let detail: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(detail["module"], "feast.errors", "{body}");
    let part = |name: &str| detail[name].as_str().unwrap().to_owned();
    (answer.0, part("code"), part("message"), part("class"))
}

/// What a client of Feast 0.67 sends, byte by byte, for a `FeatureStore.get_online_features` whose
/// online store is of type `remote`.
const RECORDED: &str = r#"{"entities": {"user_id": ["8a2f", "b13c", "nobody"]}, "full_feature_names": false, "include_feature_view_version_metadata": false, "features": ["user_segment:user_segment", "watch_activity:watch_count_30d", "last_genre:last_genre"]}"#;

const EPOCHS: &str = r#""1970-01-01T00:00:00Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z""#;

#[tokio::test]
async fn a_recorded_request_of_a_feast_client_is_answered_name_by_name() {
    let service = Service::start().await;
    let answer = [
        r#"{"metadata":{"feature_names":["user_id","user_segment","watch_count_30d","last_genre"]},"results":["#,
        r#"{"values":["8a2f","b13c","nobody"],"statuses":["PRESENT","PRESENT","PRESENT"],"event_timestamps":["#,
        EPOCHS,
        r#"]},{"values":["power_user",null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"#,
        r#""event_timestamps":["2026-05-07T00:00:00Z","2026-05-06T00:00:00Z","1970-01-01T00:00:00Z"]},"#,
        r#"{"values":[47,null,null],"statuses":["PRESENT","OUTSIDE_MAX_AGE","NOT_FOUND"],"#,
        r#""event_timestamps":["2026-05-07T21:00:00Z","2026-05-01T19:00:00Z","1970-01-01T00:00:00Z"]},"#,
        r#"{"values":["documentary",null,null],"statuses":["PRESENT","NOT_FOUND","NOT_FOUND"],"#,
        r#""event_timestamps":["2026-05-07T21:40:00.250Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]}]}"#,
    ];
    assert_eq!(service.post(RECORDED).await, answer.concat());
    assert_eq!(service.memory.reads(), 1, "one round trip");
}

#[tokio::test]
async fn a_service_answers_with_its_defaults_and_says_what_was_found() {
    let service = Service::start().await;
    let body = r#"{"entities": {"user_id": ["nobody"]}, "feature_service": "watch_next", "features": [], "full_feature_names": true}"#;
    let missing = r#""statuses":["NOT_FOUND"],"event_timestamps":["1970-01-01T00:00:00Z"]}"#;
    assert_eq!(
        service.post(body).await,
        [
            r#"{"metadata":{"feature_names":["user_id","user_segment__user_segment","watch_activity__watch_count_30d","last_genre__last_genre"]},"results":["#,
            r#"{"values":["nobody"],"statuses":["PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z"]},"#,
            r#"{"values":[null],"#,
            missing,
            r#",{"values":[0],"#,
            missing,
            r#",{"values":[null],"#,
            missing,
            "]}"
        ]
        .concat()
    );
}

#[tokio::test]
async fn join_keys_come_in_the_order_of_the_request_also_those_that_no_feature_needs() {
    let service = Service::start().await;
    let names = async |body: &str| {
        let answer: serde_json::Value = serde_json::from_str(&service.post(body).await).unwrap();
        let names = answer["metadata"]["feature_names"].to_string();
        (names, answer["results"].clone())
    };
    let body = r#"{"entities": {"title_id": [1, 3], "user_id": ["8a2f", "b13c"]}, "feature_service": "rank_title"}"#;
    let (own, results) = names(body).await;
    assert_eq!(own, r#"["title_id","user_id","rating","watch_count_30d"]"#);
    assert_eq!(results[0]["values"].to_string(), "[1,3]");
    assert_eq!(results[1]["values"].to_string(), r#"["8a2f","b13c"]"#);
    assert_eq!(results[2]["values"].to_string(), "[4.0,null]");
    assert_eq!(results[3]["values"].to_string(), "[47,0]");
    assert_eq!(
        results[3]["statuses"].to_string(),
        r#"["PRESENT","OUTSIDE_MAX_AGE"]"#
    );
    let body =
        r#"{"entities": {"title_id": [1], "user_id": ["8a2f"]}, "features": ["title:rating"]}"#;
    let (own, results) = names(body).await;
    assert_eq!(own, r#"["title_id","user_id","rating"]"#);
    assert_eq!(results.as_array().unwrap().len(), 3);
    assert_eq!(results[1]["values"].to_string(), r#"["8a2f"]"#);
    assert_eq!(results[1]["statuses"].to_string(), r#"["PRESENT"]"#);
    assert_eq!(results[2]["values"].to_string(), "[4.0]");
}

#[tokio::test]
async fn values_are_what_a_feast_server_makes_of_them() {
    let service = Service::start().await;
    let body = r#"{"entities": {"title_id": [1, 2]}, "features": ["title:rating", "title:thumbnail", "title:released"]}"#;
    let answer = service.post(body).await;
    for values in [
        r#"{"values":[4.0,"NaN"],"statuses":["PRESENT","PRESENT"]"#,
        r#"{"values":["AP8=","AP8="],"#,
        r#"{"values":["2026-05-01","2026-05-01"],"#,
    ] {
        assert!(answer.contains(values), "{answer}");
    }
}

#[tokio::test]
async fn what_newer_clients_add_to_a_request_is_left_alone() {
    let service = Service::start().await;
    let plain = r#"{"entities": {"user_id": ["8a2f"]}, "features": ["last_genre:last_genre"]}"#;
    let more = r#"{"entities": {"user_id": ["8a2f"]}, "features": ["last_genre:last_genre"], "feature_service": null, "full_feature_names": null, "include_feature_view_version_metadata": true, "metadata": 7, "user_id": "b13c"}"#;
    assert_eq!(service.post(more).await, service.post(plain).await);
    // The plain form has no such room: there, a misspelt option would be without effect.
    let (status, code, _) = service
        .refuse(r#"{"user_id": "8a2f", "features": ["last_genre"], "full_feature_names": false}"#)
        .await;
    assert_eq!((status, code.as_str()), (400, "unknown_field"));
}

#[tokio::test]
async fn a_wrong_request_is_never_one_that_a_client_would_repeat() {
    let service = Service::start().await;
    for (body, expected, says) in [
        (
            r#"{"entities": {"user_id": ["8a2f"], "title_id": [1, 2]}, "features": ["last_genre:last_genre"]}"#,
            (400, "unequal_join_keys"),
            "`user_id` has 1, `title_id` has 2",
        ),
        (
            r#"{"entities": {"user_id": []}, "features": ["last_genre:last_genre"]}"#,
            (400, "no_entities"),
            "`user_id` is an empty list",
        ),
        (
            r#"{"entities": {}, "features": ["last_genre:last_genre"]}"#,
            (400, "missing_join_key"),
            "join key `user_id` is missing",
        ),
        (
            r#"{"entities": {"user_id": "8a2f"}, "features": ["last_genre:last_genre"]}"#,
            (400, "invalid_field"),
            "`entities` takes a list of values for join key `user_id`, not \"8a2f\"",
        ),
        (
            r#"{"entities": {"usr_id": ["8a2f"]}, "features": ["last_genre:last_genre"]}"#,
            (400, "unknown_join_key"),
            "(did you mean `user_id`?); there is: title_id, user_id",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"], "user_id": ["b13c"]}, "features": ["last_genre:last_genre"]}"#,
            (400, "repeated_field"),
            "`user_id`",
        ),
        (
            r#"{"entities": {"user_id": [7]}, "features": ["last_genre:last_genre"]}"#,
            (400, "invalid_join_key"),
            "join key `user_id`: the value 7 is not of dtype string",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f", null]}, "features": ["last_genre:last_genre"]}"#,
            (400, "invalid_join_key"),
            "the value null is not of dtype string",
        ),
        (
            r#"{"entities": {"title_id": ["1"]}, "features": ["title:rating"]}"#,
            (400, "invalid_join_key"),
            "is not of dtype i64",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": ["last_genre:genre"]}"#,
            (404, "unknown_feature"),
            "there is: last_genre",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": ["genre:last_genre"]}"#,
            (404, "unknown_view"),
            "there is: last_genre, title, user_segment, watch_activity",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "feature_service": "watch"}"#,
            (404, "unknown_service"),
            "there is: rank_title, watch_next",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}}"#,
            (400, "nothing_asked"),
            "`features`, a list of names, or `feature_service`",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "service": "watch_next"}"#,
            (400, "nothing_asked"),
            "`feature_service`, a name",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": ["last_genre:last_genre"], "feature_service": "watch_next"}"#,
            (400, "features_and_service"),
            "`features` and `feature_service` are both given",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": []}"#,
            (400, "no_features"),
            "name at least one",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": ["last_genre:last_genre"], "full_feature_names": "yes"}"#,
            (400, "invalid_field"),
            "`full_feature_names` takes true or false, not \"yes\"",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "feature_service": 7}"#,
            (400, "invalid_field"),
            "`feature_service` takes a name, not 7",
        ),
    ] {
        let (status, code, message, _) = refuse(&service, body).await;
        assert_eq!((status, code.as_str()), expected, "{body}: {message}");
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(service.memory.reads(), 0);
}

#[tokio::test]
async fn entities_that_are_no_object_are_told_what_feasts_form_is() {
    let service = Service::start().await;
    let body = r#"{"entities": [{"user_id": "8a2f"}], "features": ["last_genre:last_genre"]}"#;
    let (status, code, message) = service.refuse(body).await;
    assert_eq!((status, code.as_str()), (400, "invalid_field"));
    let says = "`entities` takes an object with a list of values for each join key, not [{\"user_id\":\"8a2f\"}]";
    assert_eq!(message, says);
}

#[tokio::test]
async fn a_failure_is_the_exception_that_feasts_server_would_send() {
    let service = Service::start().await;
    for (body, status, class) in [
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "features": ["genre:last_genre"]}"#,
            404,
            "FeatureViewNotFoundException",
        ),
        (
            r#"{"entities": {"user_id": ["8a2f"]}, "feature_service": "watch"}"#,
            404,
            "FeatureServiceNotFoundException",
        ),
        (
            r#"{"entities": {"usr_id": ["8a2f"]}, "features": ["last_genre:last_genre"]}"#,
            400,
            "EntityNotFoundException",
        ),
        (
            r#"{"entities": {"user_id": []}, "features": ["last_genre:last_genre"]}"#,
            400,
            "FeastError",
        ),
    ] {
        let refused = refuse(&service, body).await;
        assert_eq!((refused.0, refused.3.as_str()), (status, class), "{body}");
    }
}

/// What is refused before a request's form is known is told in Feast's where the path or the body's
/// beginning says who asks, and else in ours, which a Feast client raises as a `RuntimeError`.
#[tokio::test]
async fn what_is_refused_early_has_feasts_form_where_it_can_be_told() {
    let tokens = Tokens::parse("tokens", &format!("ranker {} rank_title", "t".repeat(20)));
    let settings = HttpSettings::new().max_body(200);
    let service = Service::with(settings.clone()).await;
    let with_tokens = Service::with(settings.tokens(tokens.unwrap())).await;
    let post = async |service: &Service, path: &str, body: &str| {
        let answer = service.call(Method::POST, path, body.to_owned()).await;
        let is_feasts = answer.1.starts_with('"');
        let (status, code, _) = error(answer);
        (status, code, is_feasts)
    };
    let refused = |status: u16, code: &str, is_feasts| (status, code.to_owned(), is_feasts);
    let features = "/get-online-features";
    let long = " ".repeat(300);
    for (body, is_feasts) in [
        (format!("{{\"entities\": {{{long}"), true),
        (
            format!("\n{{ \"full_feature_names\": false, \"entities\" :{{{long}"),
            true,
        ),
        // As clients send it that ask view by view.
        (
            format!("{{\"features\": [\"a]:\\\"b\"], \"entities\": {{{long}"),
            true,
        ),
        (format!("{{\"entities\": [{long}"), false),
        (format!("{{\"user_id\": {{\"entities\": {{{long}"), false),
        (
            format!("{{\"user_id\": \"entities\", \"features\": {{{long}"),
            false,
        ),
        (long, false),
    ] {
        let answer = post(&service, features, &body).await;
        assert_eq!(answer, refused(413, "body_too_large", is_feasts), "{body}");
    }
    // No client sends these, and nothing of one that has no token is read.
    let broken = post(&service, features, r#"{"entities": {"user_id": ["#).await;
    assert_eq!(broken, refused(400, "invalid_json", false));
    let stranger = post(&with_tokens, features, RECORDED).await;
    assert_eq!(stranger, refused(401, "unauthorized", false));
    for path in [
        "/write-to-online-store",
        "/push",
        "/search",
        "/retrieve-online-documents",
    ] {
        let answer = post(&service, path, "{}").await;
        assert_eq!(answer, refused(404, "not_found", true), "{path}");
        let answer = post(&with_tokens, path, "{}").await;
        assert_eq!(answer, refused(401, "unauthorized", true), "{path}");
    }
    let answer = post(&service, "/features", "{}").await;
    assert_eq!(answer, refused(404, "not_found", false));
}

#[tokio::test]
async fn what_a_feast_client_would_misread_is_refused_with_its_feature() {
    let service = Service::start().await;
    let body = r#"{"entities": {"title_id": [3, 1]}, "features": ["title:rating", "title:votes"]}"#;
    let (status, code, message, _) = refuse(&service, body).await;
    assert_eq!((status, code.as_str()), (422, "unsayable_value"));
    assert_eq!(
        message,
        "feature `title:votes` of entity 2 has a value above 9223372036854775807, which clients of Feast can't take; ask for it in the plain form, with join keys beside `features`"
    );
}

#[tokio::test]
async fn names_that_collide_need_their_views() {
    let service = Service::start().await;
    let body = |features: &str, full: bool| {
        format!(
            r#"{{"entities": {{"user_id": ["8a2f"], "title_id": [1]}}, "features": {features}, "full_feature_names": {full}}}"#
        )
    };
    let both = r#"["last_genre:last_genre", "title:last_genre"]"#;
    let (status, code, message, class) = refuse(&service, &body(both, false)).await;
    assert_eq!(class, "FeatureNameCollisionError");
    assert_eq!((status, code.as_str()), (400, "colliding_names"));
    assert_eq!(
        message,
        "`last_genre` would be in the answer twice; set `full_feature_names` to true"
    );
    let answer = service.post(&body(both, true)).await;
    assert!(
        answer.contains(
            r#""feature_names":["user_id","title_id","last_genre__last_genre","title__last_genre"]"#
        ),
        "{answer}"
    );
    assert!(answer.contains(r#"{"values":["documentary"],"#), "{answer}");
    assert!(
        answer.contains(r#"{"values":["drama\u001b[31m"],"#),
        "{answer}"
    );
    // One feature by two names is one name in the answer.
    let twice = r#"["watch_count_30d", "watch_activity:watch_count_30d"]"#;
    let (status, code, message, _) = refuse(&service, &body(twice, true)).await;
    assert_eq!((status, code.as_str()), (400, "colliding_names"));
    assert!(
        message.ends_with("ask for them in two requests"),
        "{message}"
    );
}

#[tokio::test]
async fn a_damaged_row_fails_the_request_and_is_named() {
    let service = Service::start().await;
    service.memory.damage_at("watch:user_id:b13c");
    let (status, code, message, class) = refuse(&service, RECORDED).await;
    assert_eq!(class, "FeastError");
    assert_eq!((status, code.as_str()), (500, "unreadable_row"));
    assert!(
        message.starts_with("the row of view `user_segment` can't be read; "),
        "{message}"
    );
}

#[tokio::test]
async fn a_thousand_entities_are_answered_and_one_more_refused() {
    let service = Service::start().await;
    let body = |count: usize| {
        let users: Vec<String> = (0..count)
            .map(|user| format!("\"{}\"", user % 700))
            .collect();
        format!(
            r#"{{"entities": {{"user_id": [{}]}}, "features": ["watch_activity:watch_count_30d"]}}"#,
            users.join(",")
        )
    };
    let answer: serde_json::Value =
        serde_json::from_str(&service.post(&body(1_000)).await).unwrap();
    for result in answer["results"].as_array().unwrap() {
        for list in ["values", "statuses", "event_timestamps"] {
            assert_eq!(result[list].as_array().unwrap().len(), 1_000);
        }
    }
    assert_eq!(service.memory.entities(), 700, "each is read once");
    let (status, code, _, _) = refuse(&service, &body(1_001)).await;
    assert_eq!((status, code.as_str()), (400, "too_many_entities"));
}
