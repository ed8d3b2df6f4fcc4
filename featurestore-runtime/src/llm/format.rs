//! Tools as vendors read them.

use serde_json::{Map, Value as Json, json};

use super::schema::Dialect;
use super::tool::Tool;

/// The most tools that Anthropic takes with `strict` in one request ("Structured outputs", schema
/// complexity limits). Send those that a conversation needs.
pub const MAX_STRICT_TOOLS: usize = 20;

/// A form of tool definitions.
///
/// The rules of each, and the page that has them:
///
/// - `OpenAI`, "Function calling" and "Structured model outputs, supported schemas": names of up to 64
///   characters; with `strict`, `additionalProperties: false` and all properties required on every
///   object, formats and bounds from a list, no `contentEncoding` and no formats of one's own; 1,000
///   texts of enums, 250 in one of any length. Models before GPT-4.1, and what speaks like them, take
///   1,024 characters of description.
/// - Anthropic, "Strict tool use" and "Structured outputs, JSON Schema limitations": names like
///   `OpenAI`'s, properties' as well; with `strict`, no bounds of numbers, texts and lists.
/// - Google, "Function calling" and "`FunctionDeclaration`", "Schema" of the API reference: names that
///   start with a letter or an underscore, types in capitals, `nullable` in place of a null type, no
///   `additionalProperties`, formats of texts are `enum` and `date-time` only, an object has
///   properties, and no text of an enum is empty.
/// - The Model Context Protocol, "Tools": an input and an output schema in JSON Schema, and hints.
///
/// None but Google's and the protocol's has a schema of answers, so the description tells what each
/// feature means in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolFormat {
    /// `tools` of `OpenAI`'s Responses, strict.
    OpenAi,
    /// `tools` of `OpenAI`'s Chat Completions, strict; many other servers speak it.
    OpenAiChat,
    /// `tools` of Anthropic's Messages, strict.
    Anthropic,
    /// `functionDeclarations` of a tool of Google's Gemini.
    Gemini,
    /// `tools` of the Model Context Protocol.
    Mcp,
}

impl ToolFormat {
    /// The value of `tools` in a vendor's request, or in the protocol's answer to `tools/list`.
    #[must_use]
    pub fn tools(self, tools: &[Tool]) -> Json {
        let each: Vec<Json> = tools.iter().map(|tool| tool.to_json(self)).collect();
        match self {
            Self::Gemini => json!([{ "functionDeclarations": each }]),
            _ => Json::Array(each),
        }
    }

    /// The most characters of a description.
    const fn description_limit(self) -> usize {
        match self {
            Self::OpenAi | Self::OpenAiChat => 1_024,
            Self::Anthropic | Self::Gemini => 4_096,
            // The protocol has no limit, and clients cut what is longer than about 2,000.
            Self::Mcp => 2_000,
        }
    }
}

impl Tool {
    /// The tool as a vendor reads it; [`ToolFormat::tools`] puts several together.
    #[must_use]
    pub fn to_json(&self, format: ToolFormat) -> Json {
        let name = self.name();
        let description = self.description(format.description_limit());
        match format {
            ToolFormat::OpenAi => json!({
                "type": "function",
                "name": name,
                "description": description,
                "parameters": self.input(Dialect::OpenAi),
                "strict": true,
            }),
            ToolFormat::OpenAiChat => json!({
                "type": "function",
                "function": {
                    "name": name,
                    "description": description,
                    "parameters": self.input(Dialect::OpenAi),
                    "strict": true,
                },
            }),
            ToolFormat::Anthropic => json!({
                "name": name,
                "description": description,
                "input_schema": self.input(Dialect::Anthropic),
                "strict": true,
            }),
            ToolFormat::Gemini => {
                let mut tool = Map::new();
                tool.insert("name".to_owned(), json!(name));
                tool.insert("description".to_owned(), json!(description));
                tool.insert(
                    "parameters".to_owned(),
                    Json::Object(self.input(Dialect::Gemini)),
                );
                // Its own schemas have no word for any JSON, so where a feature is that, the answer is
                // described by JSON Schema.
                let (key, answer) = if self.has_json() {
                    ("responseJsonSchema", self.output(Dialect::Json))
                } else {
                    ("response", self.output(Dialect::Gemini))
                };
                tool.insert(key.to_owned(), Json::Object(answer));
                Json::Object(tool)
            }
            ToolFormat::Mcp => json!({
                "name": name,
                "title": self.title(),
                "description": description,
                "inputSchema": self.input(Dialect::Json),
                "outputSchema": self.output(Dialect::Json),
                "annotations": {
                    "title": self.title(),
                    "readOnlyHint": true,
                    "destructiveHint": false,
                    "idempotentHint": true,
                    "openWorldHint": false,
                },
            }),
        }
    }

    /// The name for people: `Watch next`.
    pub(crate) fn title(&self) -> String {
        let words = self.name().replace(['_', '-'], " ");
        let mut characters = words.trim().chars();
        characters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(characters).collect()
        })
    }

    fn has_json(&self) -> bool {
        use featurestore_schema::Dtype;
        let is_json = |dtype: Dtype| match dtype {
            Dtype::Json => true,
            Dtype::List { item, .. } => *item == Dtype::Json,
            _ => false,
        };
        let mut features = self.service().features().iter();
        features.any(|feature| is_json(feature.column().dtype()))
    }
}
