//! Calls of tools, right ones and wrong ones.

use std::collections::BTreeMap;

use featurestore::Json as Document;
use featurestore::llm::{CallError, Tool};
use featurestore::prelude::*;
use featurestore_tests::memory::Mood;
use serde_json::{Value as Json, json};

use crate::declarations::{RankTitle, WatchNext};
use crate::every::{AllOfEvery, AllOfMaybe, Every, Maybe, Measured, Plan};
use crate::{filled, fits, time};

/// The answer to a call, which must be as the tool's schema says.
async fn call(tool: &Tool, store: &FeatureStore, arguments: Json) -> Json {
    fits(&tool.input_schema(), &arguments).unwrap();
    let answer = tool.call(store, &arguments).await.unwrap();
    let json = answer.to_json();
    fits(&tool.output_schema(), &json).unwrap();
    assert_eq!(
        serde_json::from_str::<Json>(&answer.to_string()).unwrap(),
        json
    );
    json
}

async fn refuse(tool: &Tool, arguments: Json) -> String {
    let (memory, store) = filled().await;
    let reads = memory.reads();
    let error = tool.call(&store, &arguments).await.unwrap_err();
    assert!(error.is_bad_call(), "{error:?}");
    assert_eq!(memory.reads(), reads, "a wrong call is not read");
    error.to_string()
}

#[tokio::test]
async fn an_answer_has_the_features_and_the_times_they_are_of() {
    let (_, store) = filled().await;
    let tool = WatchNext::tool().unwrap();
    let answer = tool
        .call(&store, &json!({"user_id": "8a2f"}))
        .await
        .unwrap();
    assert_eq!(
        answer.to_string(),
        r#"{"user_segment":"power_user","watch_count_30d":47,"last_genre":"documentary","__read_at":"2026-05-07T22:00:00Z","__as_of":{"user_segment":"2026-05-07T00:00:00Z","watch_count_30d":"2026-05-07T21:00:00Z","last_genre":"2026-05-07T21:40:00.250Z"},"__missing":{}}"#
    );
    assert_eq!(answer.read_at(), time("2026-05-07T22:00:00Z"));
    assert_eq!(answer.features().len(), 3);
}

#[tokio::test]
async fn a_key_that_nothing_is_known_of_is_told_once_and_cut() {
    let (_, store) = filled().await;
    let tool = WatchNext::tool().unwrap();
    let key = "\u{e9}".repeat(2_000);
    let answer = tool.call(&store, &json!({"user_id": key})).await.unwrap();
    let told = format!(
        "missing: nothing is known of user_id \"{} ..",
        "\u{e9}".repeat(99)
    );
    assert_eq!(answer.missing("user_segment"), Some(told.as_str()));
    let again = "missing: nothing is known of this user_id";
    assert_eq!(answer.missing("last_genre"), Some(again));
    let text = answer.to_string();
    assert!(text.len() < 1_000, "{text}");
}

#[tokio::test]
async fn a_missing_value_is_null_or_its_default_and_the_answer_says_why() {
    let (_, store) = filled().await;
    let tool = WatchNext::tool().unwrap();
    let answer = call(&tool, &store, json!({"user_id": "b13c"})).await;
    assert_eq!(
        answer,
        json!({
            "user_segment": null,
            "watch_count_30d": 0,
            "last_genre": null,
            "__read_at": "2026-05-07T22:00:00Z",
            "__as_of": {"user_segment": "2026-05-06T00:00:00Z"},
            "__missing": {
                "user_segment": "null: its source had no value at 2026-05-06T00:00:00Z",
                "watch_count_30d": "expired: the newest value is of 2026-05-01T19:00:00Z, older than 2d; the value is the default",
                "last_genre": "missing: nothing is known of user_id \"b13c\""
            }
        })
    );
    let typed = tool
        .call(&store, &json!({"user_id": "b13c"}))
        .await
        .unwrap();
    assert!(typed.missing("last_genre").unwrap().starts_with("missing"));
    assert_eq!(typed.missing("no_feature"), None);
}

#[tokio::test]
async fn an_entity_that_nothing_is_known_of_is_no_error() {
    let (_, store) = filled().await;
    let tool = WatchNext::tool().unwrap();
    for key in ["nobody", "", "a \"b\"\n{}", &"long".repeat(300)] {
        let answer = call(&tool, &store, json!({"user_id": key})).await;
        assert_eq!(answer["last_genre"], Json::Null);
        assert_eq!(answer["watch_count_30d"], 0);
        assert_eq!(answer["__missing"].as_object().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_reason_names_the_keys_of_its_own_view() {
    let (_, store) = filled().await;
    let tool = RankTitle::tool().unwrap();
    let answer = call(&tool, &store, json!({"user_id": "nobody", "title_id": 2})).await;
    assert_eq!(answer["rating"], Json::Null);
    assert_eq!(
        answer["__missing"],
        json!({
            "rating": "not_finite: the number is NaN or infinite, which JSON can't write",
            "watch_count_30d": "missing: nothing is known of user_id \"nobody\"; the value is the default"
        })
    );
}

#[tokio::test]
async fn a_wrong_call_says_what_is_wrong_and_shows_a_right_one() {
    let tool = RankTitle::tool().unwrap();
    for (arguments, message) in [
        (
            json!("8a2f"),
            r#"the arguments are "8a2f", and not a JSON object; call it like this: {"title_id":1,"user_id":"8a2f"}"#,
        ),
        (
            json!({}),
            r#"the argument `user_id` is missing; call it like this: {"title_id":1,"user_id":"8a2f"}"#,
        ),
        (
            json!({"user_id": "b13c"}),
            r#"the argument `title_id` is missing; call it like this: {"title_id":1,"user_id":"b13c"}"#,
        ),
        (
            json!({"user_id": "b13c", "title_id": "7"}),
            r#"the argument `title_id` is "7", and it takes a whole number; call it like this: {"title_id":1,"user_id":"b13c"}"#,
        ),
        (
            json!({"user_id": null, "title_id": 7}),
            r#"the argument `user_id` is null, and it takes a text; call it like this: {"title_id":7,"user_id":"8a2f"}"#,
        ),
        (
            json!({"userid": "b13c", "title_id": 7}),
            r#"`userid` is no argument (did you mean `user_id`?); the arguments are user_id, title_id; call it like this: {"title_id":7,"user_id":"8a2f"}"#,
        ),
        (
            json!({"user_id": ["b13c"], "title_id": 7.5}),
            r#"the argument `user_id` is ["b13c"], and it takes a text; call it like this: {"title_id":1,"user_id":"8a2f"}"#,
        ),
    ] {
        assert_eq!(refuse(&tool, arguments).await, message);
    }
    let long = refuse(
        &tool,
        json!({"user_id": "b", "title_id": "x".repeat(10_000)}),
    )
    .await;
    assert!(long.len() < 300, "{long}");
}

#[tokio::test]
async fn every_argument_says_what_it_takes() {
    use crate::every::{ByLarge, ByText, ByTime};
    let one = |tool: Tool, wrong: Json| async move {
        let (name, _) = *tool
            .arguments()
            .iter()
            .find(|(name, _)| wrong.get(*name).is_some())
            .unwrap();
        let right = refuse(&tool, json!({})).await;
        let (_, right) = right.rsplit_once("call it like this: ").unwrap();
        let mut arguments: Json = serde_json::from_str(right).unwrap();
        arguments[name] = wrong[name].clone();
        let message = refuse(&tool, arguments).await;
        let (_, takes) = message.split_once("and it takes ").unwrap();
        let (takes, _) = takes.split_once("; call it").unwrap();
        takes.to_owned()
    };
    let (large, text, when) = (
        ByLarge::tool().unwrap(),
        ByText::tool().unwrap(),
        ByTime::tool().unwrap(),
    );
    for (tool, wrong, takes) in [
        (
            &large,
            json!({"utiny": 256}),
            "a whole number from 0 to 255",
        ),
        (
            &text,
            json!({"ularge": -1}),
            "a whole number from 0 to 18446744073709551615",
        ),
        (
            &text,
            json!({"plan": "paid"}),
            r#"one of "free", "Pro, \"annual\"", "", like "free""#,
        ),
        (
            &text,
            json!({"bytes": "?"}),
            r#"bytes in base64, like "AP8=""#,
        ),
        (
            &when,
            json!({"day": "7 May"}),
            r#"a day, like "2026-05-07""#,
        ),
        (
            &when,
            json!({"instant": "now"}),
            r#"a time in UTC, like "2026-05-07T22:00:00Z""#,
        ),
        (
            &when,
            json!({"price": "0.125"}),
            r#"a decimal number as text, with up to 2 digits behind the point, like "0.01""#,
        ),
        (
            &when,
            json!({"device": "x"}),
            r#"a UUID, like "67e55044-10b1-426f-9247-bb680e5fe0c8""#,
        ),
    ] {
        assert_eq!(one(tool.clone(), wrong).await, takes);
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_bad_call() {
    let (memory, store) = filled().await;
    let tool = WatchNext::tool().unwrap();
    memory.set_mood(Mood::Unreachable);
    let error = tool
        .call(&store, &json!({"user_id": "8a2f"}))
        .await
        .unwrap_err();
    assert!(
        !error.is_bad_call() && matches!(error, CallError::Store(_)),
        "{error:?}"
    );
    memory.set_mood(Mood::Works);
    memory.damage();
    let error = tool
        .call(&store, &json!({"user_id": "8a2f"}))
        .await
        .unwrap_err();
    assert!(!error.is_bad_call(), "{error:?}");
}

#[tokio::test]
async fn answers_of_every_dtype_fit_the_schema() {
    let (_, store) = filled().await;
    let at = time("2026-05-07T00:00:00Z");
    let every = Every {
        id: 1,
        event_timestamp: at,
        yes: true,
        tiny: i8::MIN,
        small: i16::MIN,
        medium: i32::MIN,
        large: i64::MIN,
        utiny: u8::MAX,
        usmall: u16::MAX,
        umedium: u32::MAX,
        ularge: u64::MAX,
        single: 0.1,
        double: f64::MAX,
        text: "\u{0}\u{1b}\"".to_owned(),
        bytes: vec![0, 255],
        instant: at,
        day: Date::MIN,
        plan: Plan::Unnamed,
        price: "-9999999999999999.99".parse().unwrap(),
        device: Uuid::nil(),
        scores: vec![f64::NAN, 1.0],
        names: vec![None, Some(String::new())],
        embedding: [f32::INFINITY, 0.0, -0.0],
        counts: Document(BTreeMap::from([("a".to_owned(), u64::MAX)])),
        document: Document(json!([null, {"a": 1.5}])),
    };
    let odd = Every {
        id: 2,
        single: f32::NAN,
        double: f64::NEG_INFINITY,
        day: Date::from_ymd_opt(2026, 5, 7).unwrap(),
        document: Document(Json::Null),
        plan: Plan::ProAnnual,
        ..every.clone()
    };
    let every = Every {
        day: odd.day,
        ..every
    };
    store.push(&[every, odd]).await.unwrap();
    store.push(&[Maybe::nulls(1)]).await.unwrap();
    let (all, maybe) = (AllOfEvery::tool().unwrap(), AllOfMaybe::tool().unwrap());
    let answer = call(&all, &store, json!({"id": 1})).await;
    assert_eq!(answer["ularge"], u64::MAX);
    assert_eq!(answer["scores"], json!([null, 1.0]));
    assert_eq!(answer["price"], "-9999999999999999.99");
    let answer = call(&all, &store, json!({"id": 2})).await;
    assert_eq!(
        (&answer["single"], &answer["double"]),
        (&Json::Null, &Json::Null)
    );
    let answer = call(&maybe, &store, json!({"id": 1})).await;
    assert_eq!(answer["__missing"].as_object().unwrap().len(), 23);
    call(&maybe, &store, json!({"id": 9})).await;
    let answer = call(&Measured::tool().unwrap(), &store, json!({"id": 9})).await;
    assert_eq!(
        (&answer["large"], &answer["double"]),
        (&json!(0), &json!(0.5))
    );
}

#[tokio::test]
async fn a_call_as_text_is_read_as_it_is_written_or_refused() {
    let (memory, store) = filled().await;
    let tool = RankTitle::tool().unwrap();
    for number in ["2", "2.0", "20e-1"] {
        let text = format!(r#"{{"title_id": {number}, "user_id": "nobody"}}"#);
        let answer = tool.call_text(&store, &text).await.unwrap();
        let told = "not_finite: the number is NaN or infinite, which JSON can't write";
        assert_eq!(answer.missing("rating"), Some(told), "{number}");
    }
    let reads = memory.reads();
    for (text, says) in [
        (
            r#"{"user_id": "8a2f", "title_id": 1e-400}"#,
            "the number `1e-400` in the arguments would be another one as a double",
        ),
        (
            r#"{"user_id": "8a2f", "title_id": 1.99999999999999999999}"#,
            "the number `1.99999999999999999999` in the arguments would be another one as a double",
        ),
        (
            r#"{"user_id": "8a2f", "title_id": 1, "user_id": "b13c"}"#,
            "`user_id` is given more than once",
        ),
        (r#"{"user_id": "8a2f""#, "the arguments are not JSON: EOF"),
        ("", "the arguments are not JSON: EOF"),
        ("[]", "the arguments are [], and not a JSON object"),
    ] {
        let error = tool.call_text(&store, text).await.unwrap_err();
        assert!(error.is_bad_call(), "{error:?}");
        let message = error.to_string();
        assert!(message.starts_with(says), "{text}: {message}");
        let example = r#"call it like this: {""#;
        assert!(message.contains(example), "{text}: {message}");
    }
    assert_eq!(memory.reads(), reads, "a wrong call is not read");
}
