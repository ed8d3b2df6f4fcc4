use axum::body::Body;
use axum::http::{Method, Request};
use featurestore_tests::work::{grows_by_ten, work};

use super::{Service, error};

#[tokio::test]
async fn what_is_not_a_json_object_is_refused() {
    let service = Service::start().await;
    for body in ["", "user_id=8a2f", "{\"user_id\": ", "{} {}", "\u{0}"] {
        let (status, code, message) = service.refuse(body).await;
        assert_eq!((status, code.as_str()), (400, "invalid_json"), "{body}");
        assert!(message.starts_with("the body is not JSON: "), "{message}");
    }
    let (status, code, _) = service.refuse(vec![b'"', 0xff, b'"']).await;
    assert_eq!((status, code.as_str()), (400, "invalid_json"));
    let nested = "[".repeat(100_000);
    let (status, ..) = service.refuse(format!("{{\"user_id\": {nested}")).await;
    assert_eq!(status, 400);
    for body in ["[]", "7", "null", "\"8a2f\""] {
        let (status, code, _) = service.refuse(body).await;
        assert_eq!((status, code.as_str()), (400, "not_an_object"), "{body}");
    }
}

#[tokio::test]
async fn a_request_that_asks_for_nothing_or_twice_is_refused() {
    let service = Service::start().await;
    for (body, expected, says) in [
        (
            r#"{"user_id": "8a2f"}"#,
            "nothing_asked",
            "`features`, a list of names, or `service`",
        ),
        (
            r#"{"user_id": "8a2f", "metadata": true}"#,
            "nothing_asked",
            "`features`, a list of names, or `service`",
        ),
        (
            r#"{"user_id": "8a2f", "servic": "watch_next"}"#,
            "unknown_field",
            "`servic` is neither an option nor a join key (did you mean `service`?)",
        ),
        (
            r#"{"user_id": "8a2f", "features": ["last_genre"], "service": "watch_next"}"#,
            "features_and_service",
            "one of them",
        ),
        (
            r#"{"user_id": "8a2f", "features": []}"#,
            "no_features",
            "name at least one",
        ),
        (
            r#"{"user_id": "8a2f", "features": "last_genre"}"#,
            "invalid_field",
            "`features` takes a list of names, not \"last_genre\"",
        ),
        (
            r#"{"user_id": "8a2f", "features": [7]}"#,
            "invalid_field",
            "a list of names, not 7",
        ),
        (
            r#"{"user_id": "8a2f", "service": 7}"#,
            "invalid_field",
            "`service` takes a name, not 7",
        ),
        (
            r#"{"user_id": "8a2f", "service": "watch_next", "metadata": "yes"}"#,
            "invalid_field",
            "`metadata` takes true or false",
        ),
        (
            r#"{"user_id": "8a2f", "features": ["last_genre", "last_genre"]}"#,
            "repeated_feature",
            "`last_genre`",
        ),
        (
            r#"{"user_id": "8a2f", "user_id": "b13c", "features": ["last_genre"]}"#,
            "repeated_field",
            "`user_id`",
        ),
        (
            r#"{"user_id": "8a2f", "service": "watch_next", "metdata": true}"#,
            "unknown_field",
            "(did you mean `metadata`?); there is: features, service, metadata, title_id, user_id",
        ),
    ] {
        let (status, code, message) = service.refuse(body).await;
        assert_eq!(
            (status, code.as_str()),
            (400, expected),
            "{body}: {message}"
        );
        assert!(message.contains(says), "{message}");
    }
}

#[tokio::test]
async fn an_unknown_name_lists_the_known_ones() {
    let service = Service::start().await;
    for (body, expected, says) in [
        (
            r#"{"user_id": "8a2f", "features": ["watch_cuont_30d"]}"#,
            "unknown_feature",
            "no feature `watch_cuont_30d` (did you mean `watch_count_30d`?); there is: ",
        ),
        (
            r#"{"user_id": "8a2f", "features": ["watch_activity:genre"]}"#,
            "unknown_feature",
            "there is: watch_count_30d",
        ),
        (
            r#"{"user_id": "8a2f", "features": ["activity:genre"]}"#,
            "unknown_view",
            "there is: last_genre, title, user_segment, watch_activity",
        ),
        (
            r#"{"user_id": "8a2f", "service": "watch_nxt"}"#,
            "unknown_service",
            "(did you mean `watch_next`?); there is: rank_title, watch_next",
        ),
    ] {
        let (status, code, message) = service.refuse(body).await;
        assert_eq!(
            (status, code.as_str()),
            (404, expected),
            "{body}: {message}"
        );
        assert!(message.contains(says), "{message}");
    }
    let (status, code, _) = error(service.get("/services/nothing?user_id=8a2f").await);
    assert_eq!((status, code.as_str()), (404, "unknown_service"));
    let (status, code, message) = service
        .refuse(r#"{"user_id": "8a2f", "title_id": 1, "features": ["last_genre"]}"#)
        .await;
    assert_eq!((status, code.as_str()), (400, "ambiguous_feature"));
    assert!(
        message.ends_with("write one of: last_genre:last_genre, title:last_genre"),
        "{message}"
    );
}

#[test]
fn a_long_name_costs_no_more_than_its_bytes() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let service = runtime.block_on(Service::start());
    let refuse = |length: usize| {
        let name = "x".repeat(length);
        let body = format!(r#"{{"user_id": "8a2f", "features": ["{name}"]}}"#);
        work(|| {
            let (status, code, message) = runtime.block_on(service.refuse(body.clone()));
            assert_eq!((status, code.as_str()), (404, "unknown_feature"));
            assert!(message.len() < 5_000);
        })
    };
    grows_by_ten("the name's length", refuse(90_000), refuse(900_000));
}

#[tokio::test]
async fn a_join_key_that_is_missing_or_of_another_type_is_named() {
    let service = Service::start().await;
    for (body, expected, says) in [
        (
            r#"{"features": ["last_genre:last_genre"]}"#,
            "missing_join_key",
            "join key `user_id` is missing; needed for these features: `user_id` (string)",
        ),
        (
            r#"{"user_id": "8a2f", "service": "rank_title"}"#,
            "missing_join_key",
            "join key `title_id` is missing; needed for these features: `title_id` (i64), `user_id` (string)",
        ),
        (
            r#"{"user_id": 7, "features": ["watch_count_30d"]}"#,
            "invalid_join_key",
            "join key `user_id`: the value 7 is not of dtype string",
        ),
        (
            r#"{"user_id": null, "features": ["watch_count_30d"]}"#,
            "invalid_join_key",
            "the value null is not of dtype string",
        ),
        (
            r#"{"user_id": ["8a2f", {"a": 1}], "features": ["watch_count_30d"]}"#,
            "invalid_join_key",
            "is not of dtype string",
        ),
        (
            r#"{"title_id": "1", "features": ["rating"]}"#,
            "invalid_join_key",
            "join key `title_id`: the value \"1\" is not of dtype i64",
        ),
        (
            r#"{"title_id": 1.5, "features": ["rating"]}"#,
            "invalid_join_key",
            "1.5",
        ),
        (
            r#"{"title_id": 9223372036854775808, "features": ["rating"]}"#,
            "invalid_join_key",
            "9223372036854775808",
        ),
        (
            r#"{"title_id": 1e99, "features": ["rating"]}"#,
            "invalid_join_key",
            "is not of dtype i64",
        ),
        (
            r#"{"title_id": [1, 2], "user_id": ["8a2f"], "service": "rank_title"}"#,
            "unequal_join_keys",
            "`title_id` has 2, `user_id` has 1",
        ),
        (
            r#"{"title_id": [], "features": ["rating"]}"#,
            "no_entities",
            "`title_id`",
        ),
    ] {
        let (status, code, message) = service.refuse(body).await;
        assert_eq!(
            (status, code.as_str()),
            (400, expected),
            "{body}: {message}"
        );
        assert!(message.contains(says), "{message}");
    }
    let many = format!(
        r#"{{"title_id": [1{}], "features": ["rating"]}}"#,
        ",1".repeat(1_000)
    );
    let (status, code, _) = service.refuse(many).await;
    assert_eq!((status, code.as_str()), (400, "too_many_entities"));
    for (query, expected) in [
        ("", "missing_join_key"),
        ("user_id=8a2f&title_id=one", "invalid_join_key"),
        ("user_id=8a2f&title_id=1&title_id=2", "repeated_field"),
        ("user_id=8a2f&title_id=1&meta=true", "unknown_field"),
        ("user_id=8a2f&title_id=1&metadata=1", "invalid_field"),
    ] {
        let (status, code, message) =
            error(service.get(&format!("/services/rank_title?{query}")).await);
        assert_eq!(
            (status, code.as_str()),
            (400, expected),
            "{query}: {message}"
        );
    }
}

#[tokio::test]
async fn a_wrong_route_or_method_says_what_there_is() {
    let service = Service::start().await;
    for path in ["/features", "/services/%ff?user_id=8a2f", "/docs/%c3"] {
        let (status, code, message) = error(service.get(path).await);
        assert_eq!((status, code.as_str()), (404, "not_found"));
        assert!(message.contains("POST /get-online-features"), "{message}");
    }
    for (method, path, allow) in [
        (Method::GET, "/get-online-features", "POST"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::DELETE, "/services/watch_next", "GET,HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let (status, response, body) = service.send(request.body(Body::empty()).unwrap()).await;
        let (status, code, _) = error((status.as_u16(), body));
        assert_eq!((status, code.as_str()), (405, "method_not_allowed"));
        assert_eq!(response.headers().get("allow").unwrap(), allow);
    }
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_read_and_a_larger_one_refused() {
    let service = Service::start().await;
    let body = |length: usize| {
        let start = r#"{"user_id": "8a2f", "features": ["watch_count_30d"]"#;
        format!("{start}{}}}", " ".repeat(length - start.len() - 1))
    };
    service.post(&body(1 << 20)).await;
    let (status, code, _) = service.refuse(body((1 << 20) + 1)).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let service = Service::start().await;
    for content_type in ["text/plain", "application/json; charset=utf-8", "x"] {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/get-online-features")
            .header("content-type", content_type)
            .body(Body::from(
                r#"{"user_id": "8a2f", "service": "watch_next"}"#,
            ))
            .unwrap();
        assert_eq!(service.send(request).await.0, 200);
    }
}
