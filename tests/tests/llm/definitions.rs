//! Tool definitions in every vendor's form.

use featurestore::llm::{Tool, ToolFormat};
use featurestore::prelude::*;
use serde_json::{Value as Json, json};

use crate::declarations::{RankTitle, WatchNext};
use crate::every::{
    AllOfEvery, AllOfMaybe, ByLarge, BySmall, ByText, ByTime, Dotted, Long, Measured, Second,
};
use crate::vendors;

fn all() -> Vec<Tool> {
    [
        WatchNext::tool(),
        RankTitle::tool(),
        AllOfEvery::tool(),
        AllOfMaybe::tool(),
        BySmall::tool(),
        ByLarge::tool(),
        ByText::tool(),
        ByTime::tool(),
        Measured::tool(),
    ]
    .into_iter()
    .collect::<Result<_, _>>()
    .unwrap()
}

#[test]
fn every_service_is_a_tool_by_every_vendors_rules() {
    type Checker = fn(&Json) -> Vec<String>;
    let vendors: [(ToolFormat, Checker); 5] = [
        (ToolFormat::OpenAi, vendors::openai),
        (ToolFormat::OpenAiChat, vendors::openai),
        (ToolFormat::Anthropic, vendors::anthropic),
        (ToolFormat::Gemini, vendors::gemini),
        (ToolFormat::Mcp, vendors::mcp),
    ];
    for (format, checker) in vendors {
        let tools = format.tools(&all());
        assert_eq!(
            checker(&tools),
            Vec::<String>::new(),
            "{format:?}: {tools:#}"
        );
    }
}

#[test]
fn the_checkers_refuse_what_a_vendor_refuses() {
    let openai = |schema: Json| {
        vendors::openai(
            &json!([{"type": "function", "name": "a", "description": "b", "strict": true, "parameters": schema}]),
        )
    };
    let object = |property: Json| json!({"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": property}});
    assert_eq!(
        openai(object(json!({"type": "string"}))),
        Vec::<String>::new()
    );
    for (schema, refused) in [
        (
            object(json!({"type": "integer", "format": "int64"})),
            "parameters.a: the format \"int64\"",
        ),
        (
            object(json!({"type": "string", "contentEncoding": "base64"})),
            "parameters.a: no `contentEncoding`",
        ),
        (
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
            "parameters: not closed",
        ),
        (
            json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}),
            "parameters: not all properties are required",
        ),
    ] {
        assert_eq!(openai(schema), [refused]);
    }
    let anthropic = object(json!({"type": "integer", "minimum": 0}));
    let anthropic =
        json!([{"name": "a.b", "description": "c", "strict": true, "input_schema": anthropic}]);
    assert_eq!(
        vendors::anthropic(&anthropic),
        ["name: the name a.b", "input_schema.a: no `minimum`"]
    );
    let gemini = json!([{"functionDeclarations": [{"name": "1", "description": "c", "parameters": {
        "type": "OBJECT", "propertyOrdering": ["a", "b"], "properties": {
            "a": {"type": ["string", "null"]}, "b": {"type": "STRING", "format": "uuid", "enum": [""]}
        }
    }, "response": {"type": "OBJECT", "properties": {}}}]}]);
    assert_eq!(
        vendors::gemini(&gemini),
        [
            "name: its first character",
            "parameters.a: the type [\"string\",\"null\"]",
            "parameters.b: the format uuid",
            "parameters.b: an enum's text",
            "response: no properties",
        ]
    );
}

#[test]
fn a_tool_is_what_the_structs_say() {
    let tool = WatchNext::tool().unwrap();
    let schema = tool.output_schema();
    assert_eq!(
        schema["properties"]["watch_count_30d"],
        json!({
            "type": "integer",
            "description": "The count. Whole number in titles, at least 0. It is 0 where nothing is known, or what is known is older than 2d; `__missing` then says so."
        })
    );
    assert_eq!(
        schema["properties"]["last_genre"],
        json!({
            "type": ["string", "null"],
            "description": "The genre. Text. It is null where nothing is known; `__missing` says why."
        })
    );
    assert_eq!(
        schema["required"],
        json!([
            "user_segment",
            "watch_count_30d",
            "last_genre",
            "__read_at",
            "__as_of",
            "__missing"
        ])
    );
    assert_eq!(tool.arguments(), [("user_id", featurestore::Dtype::String)]);
}

#[test]
fn the_keys_of_several_entities_are_the_arguments() {
    let tool = RankTitle::tool().unwrap();
    let schema = tool.to_json(ToolFormat::Anthropic)["input_schema"].clone();
    assert_eq!(schema["required"], json!(["user_id", "title_id"]));
    assert_eq!(schema["properties"]["title_id"]["type"], "integer");
    assert_eq!(
        schema["properties"]["title_id"]["description"],
        "Which. The `title_id` of the title to read, as it was given to you."
    );
}

#[test]
fn an_enum_and_a_null_are_written_as_each_vendor_has_them() {
    let tool = WatchNext::tool().unwrap();
    let property = |format: ToolFormat, schema: &str| {
        tool.to_json(format)[schema]["properties"]["user_segment"].clone()
    };
    let mcp = property(ToolFormat::Mcp, "outputSchema");
    assert_eq!(mcp["type"], json!(["string", "null"]));
    assert_eq!(mcp["enum"], json!(["casual", "power_user", null]));
    let gemini = property(ToolFormat::Gemini, "response");
    assert_eq!(gemini["type"], "STRING");
    assert_eq!(gemini["nullable"], true);
    assert_eq!(gemini["enum"], json!(["casual", "power_user"]));
    let by_text = ByText::tool().unwrap();
    let by_text = by_text.to_json(ToolFormat::Gemini);
    assert_eq!(
        by_text["parameters"]["properties"]["plan"].get("enum"),
        None
    );
}

#[test]
fn what_a_schema_can_not_say_the_description_says() {
    let tool = ByLarge::tool().unwrap();
    let argument = |format: ToolFormat, schema: &str| {
        tool.to_json(format)[schema]["properties"]["utiny"].clone()
    };
    let description = "What it is found by. The `utiny` to read the features of, as it was given to you. It is a whole number from 0 to 255.";
    assert_eq!(
        argument(ToolFormat::OpenAi, "parameters"),
        json!({"type": "integer", "minimum": 0, "maximum": 255, "description": description})
    );
    assert_eq!(
        argument(ToolFormat::Anthropic, "input_schema"),
        json!({"type": "integer", "description": description})
    );
    let measured = Measured::tool().unwrap().output_schema();
    assert_eq!(
        measured["properties"]["large"]["description"],
        "How large it is. As it was measured. Whole number in metres, at least 1 and below 100. It is 0 where nothing is known, or what is known is older than 1d 12h; `__missing` then says so."
    );
    assert_eq!(
        measured["properties"]["text"]["description"],
        "Text, one of \"red\", \"green\". It is null where nothing is known, or what is known is older than 1d 12h; `__missing` says why."
    );
}

#[test]
fn a_description_keeps_within_the_vendors_limit_and_says_what_it_leaves_out() {
    let tool = AllOfEvery::tool().unwrap();
    let long = tool.description(4_096);
    let short = tool.description(700);
    assert!(short.chars().count() <= 700 && long.chars().count() > 700);
    assert!(
        long.contains("- document (JSON of any shape, or null)"),
        "{long}"
    );
    let last = short.lines().last().unwrap();
    assert!(
        last.starts_with("- and ") && last.ends_with(" more"),
        "{short}"
    );
    let measured = Measured::tool().unwrap();
    let full = measured.description(4_096);
    let first = measured.description(full.chars().count() - 1);
    assert!(
        full.contains("How large it is. As it was measured."),
        "{full}"
    );
    assert!(first.contains("): How large it is\n"), "{first}");
    assert_eq!(measured.description(10), "What is me");
}

#[test]
fn a_name_that_no_vendor_takes_is_an_error_with_the_way_out() {
    let message = |tool: Result<Tool, featurestore::llm::ToolError>| tool.unwrap_err().to_string();
    assert_eq!(
        message(Dotted::tool()),
        "the name `ranking.v2` of service `ranking.v2` can't be in a tool: it has `.`, and vendors take 1 to 64 of a-z, A-Z, 0-9, `_` and `-`; give the service another with `name = \"..\"`"
    );
    assert!(message(Long::tool()).contains("it has 65 characters"));
    assert!(message(Second::tool()).contains("it starts with `2`"));
}

#[tokio::test]
async fn the_schema_of_arguments_takes_the_example_of_an_error() {
    let (_, store) = crate::filled().await;
    for tool in all() {
        let error = tool.call(&store, &json!({})).await.unwrap_err();
        let error = error.to_string();
        let (_, example) = error.rsplit_once("call it like this: ").unwrap();
        let example: Json = serde_json::from_str(example).unwrap();
        crate::fits(&tool.input_schema(), &example).unwrap();
    }
}
