//! The plain form, Feast's, an address per service, the description, the page.

use serde_json::{Value as Json, json};

use crate::Service;

#[tokio::test]
async fn a_request_gives_its_fields_beside_the_key() {
    let service = Service::start().await;
    let (status, answer) = service
        .post(&json!({
            "service": "payment_check", "user_id": "ada", "metadata": true,
            "amount": 10, "country": "FR", "channel": "transfer", "tried": [1.5, 2],
        }))
        .await;
    assert_eq!(status, 200, "{answer}");
    let features = json!({
        "mean_30d": 4.0, "times_the_mean": 2.5, "is_away": true, "sum_tried": 3.5,
        "word": "wire of ada",
    });
    assert_eq!(answer["features"], features);
    assert_eq!(answer["user_id"], "ada");
    // What is given and what is private is not answered.
    assert!(answer.get("amount").is_none(), "{answer}");
    let metadata = &answer["metadata"]["times_the_mean"];
    assert_eq!(
        *metadata,
        json!({"status": "found", "event_timestamp": null})
    );
}

#[tokio::test]
async fn what_may_be_left_out_is_null_or_its_default() {
    let service = Service::start().await;
    let asked = json!({"service": "payment_check", "user_id": "eve", "amount": 1.0, "channel": null, "metadata": true});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(status, 200, "{answer}");
    let features = json!({
        "mean_30d": null, "times_the_mean": null, "is_away": false, "sum_tried": null,
        "word": "unknown",
    });
    assert_eq!(answer["features"], features);
    assert_eq!(answer["metadata"]["times_the_mean"]["status"], "null");
    assert_eq!(answer["metadata"]["mean_30d"]["status"], "missing");
}

#[tokio::test]
async fn a_list_of_entities_has_a_request_each_or_one_for_all() {
    let service = Service::start().await;
    let asked = json!({
        "service": "payment_check", "user_id": ["ada", "ada"], "amount": [4, 8],
        "country": "FR", "tried": [[1, 2], null],
    });
    let (status, answer) = service.post(&asked).await;
    assert_eq!(status, 200, "{answer}");
    let of = |name: &str| -> Vec<Json> {
        let results = answer["results"].as_array().unwrap().iter();
        results
            .map(|result| result["features"][name].clone())
            .collect()
    };
    assert_eq!(of("times_the_mean"), [json!(1.0), json!(2.0)]);
    assert_eq!(of("is_away"), [json!(true), json!(true)]);
    assert_eq!(of("sum_tried"), [json!(3.0), Json::Null]);
    // Of one user several requests.
    let asked = json!({"service": "payment_check", "user_id": "ada", "amount": [4, 8, 12]});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(
        (status, answer["results"].as_array().unwrap().len()),
        (200, 3)
    );
}

#[tokio::test]
async fn a_request_that_may_not_be_is_the_callers_error_and_nothing_is_read() {
    let service = Service::start().await;
    let reads = service.memory.reads();
    let base = json!({"service": "payment_check", "user_id": "ada", "amount": 1});
    for (field, value, code, part) in [
        (
            "amount",
            json!(-1),
            "invalid_request_field",
            "range 0..=10000",
        ),
        (
            "amount",
            json!(10_001),
            "invalid_request_field",
            "range 0..=10000",
        ),
        ("amount", json!("many"), "invalid_request_field", "`amount`"),
        ("amount", Json::Null, "invalid_request_field", "null"),
        (
            "channel",
            json!("cash"),
            "invalid_request_field",
            "`channel`",
        ),
        (
            "country",
            json!("IT"),
            "invalid_request_field",
            "one of DE, FR",
        ),
        (
            "amount",
            json!([1, 2]),
            "unequal_join_keys",
            "`amount` has 2",
        ),
        (
            "amuont",
            json!(1),
            "unknown_field",
            "did you mean `amount`?",
        ),
    ] {
        let mut asked = base.clone();
        asked[field] = value;
        if code == "unequal_join_keys" {
            asked["user_id"] = json!(["ada", "eve", "bob"]);
        }
        let (status, answer) = service.post(&asked).await;
        assert_eq!(status, 400, "{asked}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }
    let asked = json!({"service": "payment_check", "user_id": "ada"});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("missing_request_field"))
    );
    // By name, no service says what it would be for.
    let asked = json!({"features": ["mean_30d"], "user_id": "ada", "amount": 1});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!("unknown_field"))
    );
    assert_eq!(service.memory.reads(), reads);
}

#[tokio::test]
async fn a_service_is_asked_at_its_address() {
    let service = Service::start().await;
    let (status, answer) = service
        .get("/services/payment_check?user_id=ada&amount=2&channel=card")
        .await;
    assert_eq!(status, 200, "{answer}");
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["features"]["times_the_mean"], 0.5);
    assert_eq!(answer["features"]["word"], "plastic");
    for (query, code) in [
        ("user_id=ada", "missing_request_field"),
        ("user_id=ada&amount=x", "invalid_request_field"),
        ("user_id=ada&amount=-2", "invalid_request_field"),
    ] {
        let (status, answer) = service
            .get(&format!("/services/payment_check?{query}"))
            .await;
        assert_eq!(status, 400, "{query}: {answer}");
        assert!(answer.contains(code), "{query}: {answer}");
    }
}

#[tokio::test]
async fn feasts_form_has_a_column_per_request_field() {
    let service = Service::start().await;
    let asked = json!({
        "feature_service": "payment_check",
        "entities": {"user_id": ["ada", "eve"], "amount": [2, 2], "tried": [[1], [2, 3]]},
    });
    let (status, answer) = service.post(&asked).await;
    assert_eq!(status, 200, "{answer}");
    let names = json!([
        "user_id",
        "mean_30d",
        "times_the_mean",
        "is_away",
        "sum_tried",
        "word"
    ]);
    assert_eq!(answer["metadata"]["feature_names"], names);
    let results = &answer["results"];
    assert_eq!(results[2]["values"], json!([0.5, null]));
    assert_eq!(results[2]["statuses"], json!(["PRESENT", "NULL_VALUE"]));
    assert_eq!(results[4]["values"], json!([1.0, 5.0]));
    let asked = json!({
        "feature_service": "payment_check",
        "entities": {"user_id": ["ada"], "amount": [-2]},
    });
    let (status, answer) = service.post(&asked).await;
    assert!(status == 400 || status == 422, "{status}: {answer}");
    assert!(
        answer.to_string().contains("invalid_request_field"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_panic_is_the_error_of_its_entity() {
    let service = Service::start().await;
    let asked = json!({"service": "fragile", "user_id": "ada", "number": [7, 0, 3]});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(status, 200, "{answer}");
    let results = &answer["results"];
    assert_eq!(results[0]["features"]["rest"], 2);
    assert_eq!(results[1]["error"]["code"], "failed_expression");
    assert_eq!(results[2]["features"]["rest"], 1);
    let asked = json!({"service": "fragile", "user_id": "ada", "number": 0});
    let (status, answer) = service.post(&asked).await;
    assert_eq!(status, 500);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("`rest`"), "{message}");
}

#[tokio::test]
async fn the_description_has_request_fields_as_typed_inputs() {
    let service = Service::start().await;
    let (status, document) = service.get("/openapi.json").await;
    assert_eq!(status, 200);
    let document: Json = serde_json::from_str(&document).unwrap();
    let schemas = &document["components"]["schemas"];
    let request = &schemas["service.payment_check.request"];
    let amount = &request["properties"]["amount"]["oneOf"][0];
    assert_eq!(
        (&amount["minimum"], &amount["maximum"]),
        (&json!(0), &json!(10_000))
    );
    assert_eq!(amount["x-unit"], "USD");
    assert_eq!(amount["description"], "The payment that is asked about.");
    let required = request["required"].as_array().unwrap();
    assert!(required.contains(&json!("amount")) && !required.contains(&json!("country")));
    let parameters = &document["paths"]["/services/payment_check"]["get"]["parameters"];
    let names: Vec<_> = parameters
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(
        names,
        [
            "user_id", "amount", "channel", "country", "tried", "metadata"
        ]
    );
    let features = &schemas["service.payment_check.features"]["properties"];
    assert_eq!(features["times_the_mean"]["x-unit"], "times");
    assert_eq!(features["is_away"]["type"], "boolean");
    assert!(features.get("home").is_none() && features.get("amount").is_none());
    assert!(
        schemas["FeastEntities"]["properties"]
            .get("amount")
            .is_some()
    );
    // Its own examples are answered.
    let examples = &document["paths"]["/get-online-features"]["post"]["requestBody"]["content"]["application/json"]
        ["examples"];
    for name in ["service.payment_check", "service.fragile"] {
        let (status, answer) = service.post(&examples[name]["value"]).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }
}

#[tokio::test]
async fn the_page_has_an_input_for_each() {
    let service = Service::start().await;
    let (status, page) = service.get("/registry/services/payment_check").await;
    assert_eq!(status, 200);
    for part in [
        "name=\"amount\"",
        "The payment that is asked about. In USD. Takes range 0..=10000.",
        "computed",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let path = "/registry/services/payment_check?user_id=ada&country=FR&channel=card&tried=";
    let (status, page) = service.get(&format!("{path}&amount=10")).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("2.5") && page.contains("plastic"), "{page}");
    let (status, page) = service.get(&format!("{path}&amount=-10")).await;
    assert_eq!(status, 400);
    assert!(page.contains("violates range 0..=10000"), "{page}");
}
