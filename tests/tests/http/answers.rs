use super::Service;

#[tokio::test]
async fn features_come_in_the_order_asked_for_byte_by_byte() {
    let service = Service::start().await;
    assert_eq!(
        service
            .post(r#"{"user_id": "8a2f", "features": ["user_segment", "watch_count_30d", "last_genre"]}"#)
            .await,
        r#"{"user_id":"8a2f","features":{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary"}}"#
    );
    assert_eq!(service.memory.reads(), 1, "one round trip");
    assert_eq!(
        service
            .post(r#"{"features": ["last_genre", "watch_activity:watch_count_30d"], "user_id": "8a2f"}"#)
            .await,
        r#"{"user_id":"8a2f","features":{"last_genre":"documentary","watch_activity:watch_count_30d":47}}"#
    );
}

#[tokio::test]
async fn a_service_answers_with_its_features_and_defaults() {
    let service = Service::start().await;
    assert_eq!(
        service
            .post(r#"{"user_id": "nobody", "service": "watch_next"}"#)
            .await,
        r#"{"user_id":"nobody","features":{"user_segment":null,"watch_count_30d":0,"last_genre":null}}"#
    );
    let both = r#"{"title_id":1,"user_id":"8a2f","features":{"rating":4.0,"watch_count_30d":47}}"#;
    assert_eq!(
        service
            .post(r#"{"title_id": 1, "user_id": "8a2f", "service": "rank_title"}"#)
            .await,
        both
    );
    let reads = service.memory.reads();
    assert_eq!(
        service
            .get("/services/rank_title?title_id=1&user_id=8a2f")
            .await,
        (200, both.to_owned())
    );
    assert_eq!(
        service.memory.reads(),
        reads + 1,
        "two entities, one round trip"
    );
}

#[tokio::test]
async fn metadata_says_why_a_value_is_missing_and_how_old_it_is() {
    let service = Service::start().await;
    assert_eq!(
        service
            .post(r#"{"user_id": "b13c", "service": "watch_next", "metadata": true}"#)
            .await,
        concat!(
            r#"{"user_id":"b13c","features":{"user_segment":null,"watch_count_30d":0,"last_genre":null},"#,
            r#""metadata":{"user_segment":{"status":"null","event_timestamp":"2026-05-06T00:00:00Z"},"#,
            r#""watch_count_30d":{"status":"expired","event_timestamp":"2026-05-01T19:00:00Z"},"#,
            r#""last_genre":{"status":"missing","event_timestamp":null}}}"#
        )
    );
    let (status, answer) = service
        .get("/services/watch_next?user_id=8a2f&metadata=true")
        .await;
    assert_eq!(status, 200);
    assert!(
        answer.contains(
            r#""last_genre":{"status":"found","event_timestamp":"2026-05-07T21:40:00.250Z"}"#
        ),
        "{answer}"
    );
}

#[tokio::test]
async fn many_entities_are_answered_in_their_order() {
    let service = Service::start().await;
    let reads = service.memory.reads();
    assert_eq!(
        service
            .post(r#"{"user_id": ["nobody", "8a2f", "nobody"], "features": ["watch_count_30d"]}"#)
            .await,
        concat!(
            r#"{"results":[{"user_id":"nobody","features":{"watch_count_30d":null}},"#,
            r#"{"user_id":"8a2f","features":{"watch_count_30d":47}},"#,
            r#"{"user_id":"nobody","features":{"watch_count_30d":null}}]}"#
        )
    );
    assert_eq!(service.memory.reads(), reads + 1, "one round trip");
    assert_eq!(
        service
            .post(r#"{"user_id": ["8a2f"], "features": ["watch_count_30d"]}"#)
            .await,
        r#"{"results":[{"user_id":"8a2f","features":{"watch_count_30d":47}}]}"#
    );
    // One value holds for every entity of the others' lists.
    assert_eq!(
        service
            .post(r#"{"user_id": "8a2f", "title_id": [1, 3], "service": "rank_title"}"#)
            .await,
        concat!(
            r#"{"results":[{"user_id":"8a2f","title_id":1,"features":{"rating":4.0,"watch_count_30d":47}},"#,
            r#"{"user_id":"8a2f","title_id":3,"features":{"rating":null,"watch_count_30d":47}}]}"#
        )
    );
}

#[tokio::test]
async fn numbers_keep_their_type_and_what_json_lacks_says_so() {
    let service = Service::start().await;
    assert_eq!(
        service
            .post(r#"{"title_id": 1, "features": ["rating", "votes", "thumbnail", "released"]}"#)
            .await,
        r#"{"title_id":1,"features":{"rating":4.0,"votes":18446744073709551615,"thumbnail":"AP8=","released":"2026-05-01"}}"#
    );
    assert_eq!(
        service
            .post(r#"{"title_id": 2, "features": ["rating"], "metadata": true}"#)
            .await,
        r#"{"title_id":2,"features":{"rating":null},"metadata":{"rating":{"status":"not_finite","event_timestamp":"2026-05-07T00:00:00Z"}}}"#
    );
}

#[tokio::test]
async fn a_name_in_two_views_is_the_one_that_the_join_keys_identify() {
    let service = Service::start().await;
    assert_eq!(
        service
            .post(r#"{"user_id": "8a2f", "features": ["last_genre"]}"#)
            .await,
        r#"{"user_id":"8a2f","features":{"last_genre":"documentary"}}"#
    );
    // A join key that no asked feature needs is left out.
    assert_eq!(
        service
            .post(r#"{"user_id": "8a2f", "title_id": 1, "features": ["last_genre:last_genre"]}"#)
            .await,
        r#"{"user_id":"8a2f","features":{"last_genre:last_genre":"documentary"}}"#
    );
}

#[tokio::test]
async fn health_says_that_the_process_is_alive() {
    let service = Service::start().await;
    service
        .memory
        .set_mood(featurestore_tests::memory::Mood::Unreachable);
    assert_eq!(
        service.get("/health").await,
        (200, r#"{"status":"ok"}"#.to_owned())
    );
}
