//! A service that is asked with more than a key, as a tool.

use featurestore::LlmService as _;
use featurestore::llm::ToolFormat;
use serde_json::{Value as Json, json};

use crate::declarations::{Fragile, PaymentCheck, store};
use crate::vendors;

#[test]
fn request_fields_are_arguments_by_every_vendors_rules() {
    type Checker = fn(&Json) -> Vec<String>;
    let vendors: [(ToolFormat, Checker); 5] = [
        (ToolFormat::OpenAi, vendors::openai),
        (ToolFormat::OpenAiChat, vendors::openai),
        (ToolFormat::Anthropic, vendors::anthropic),
        (ToolFormat::Gemini, vendors::gemini),
        (ToolFormat::Mcp, vendors::mcp),
    ];
    let tools = [PaymentCheck::tool().unwrap(), Fragile::tool().unwrap()];
    for (format, checker) in vendors {
        let json = format.tools(&tools);
        assert_eq!(checker(&json), Vec::<String>::new(), "{format:?}: {json:#}");
        let text = json.to_string();
        for part in [
            "The payment that is asked about. Number in USD, from 0 to 10000.",
            "Where it is null, it is",
        ] {
            assert!(text.contains(part), "{format:?}: {part}: {text}");
        }
    }
    let schema = tools[0].input_schema();
    let amount = &schema["properties"]["amount"];
    assert_eq!(
        (&amount["minimum"], &amount["maximum"]),
        (&json!(0), &json!(10_000))
    );
    assert_eq!(
        schema["properties"]["country"]["enum"],
        json!(["DE", "FR", null])
    );
    let required = json!(["user_id", "amount", "channel", "country", "tried"]);
    assert_eq!(schema["required"], required);
    assert!(schema["properties"].get("home").is_none());
    let answers = tools[0].output_schema();
    assert!(answers["properties"].get("home").is_none());
    assert_eq!(answers["properties"]["is_away"]["type"], "boolean");
}

#[tokio::test]
async fn a_call_gives_them_and_a_wrong_one_is_shown_a_right_one() {
    let (memory, store) = store().await.unwrap();
    let tool = PaymentCheck::tool().unwrap();
    let answer = tool
        .call(
            &store,
            &json!({"user_id": "ada", "amount": 10, "country": "FR"}),
        )
        .await
        .unwrap()
        .to_json();
    assert_eq!(answer["times_the_mean"], 2.5);
    assert_eq!(answer["is_away"], true);
    assert_eq!(answer["sum_tried"], Json::Null);
    let missing = answer["__missing"]["sum_tried"].as_str().unwrap();
    assert!(missing.starts_with("null"), "{missing}");
    assert!(answer["__as_of"].get("times_the_mean").is_none());
    let reads = memory.reads();
    for (arguments, part) in [
        (json!({"user_id": "ada"}), "`amount` is missing"),
        (
            json!({"user_id": "ada", "amount": -1}),
            "it takes number in USD, from 0 to 10000",
        ),
        (
            json!({"user_id": "ada", "amount": null}),
            "`amount` is null",
        ),
        (
            json!({"user_id": "ada", "amount": 1, "country": "IT"}),
            "one of \"DE\", \"FR\"",
        ),
        (
            json!({"user_id": "ada", "amuont": 1}),
            "did you mean `amount`?",
        ),
    ] {
        let error = tool.call(&store, &arguments).await.unwrap_err();
        assert!(error.is_bad_call());
        let text = error.to_string();
        assert!(
            text.contains(part) && text.contains("call it like this"),
            "{text}"
        );
        // What is shown is right.
        let example = text.split("call it like this: ").nth(1).unwrap();
        let example: Json = serde_json::from_str(example).unwrap();
        tool.call(&store, &example).await.unwrap();
    }
    assert_eq!(memory.reads(), reads + 5, "a wrong call is not read");
}
