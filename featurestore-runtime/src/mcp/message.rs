//! A message as it comes, before the protocol's library sees it, which answers a known method with
//! wrong parameters as one that it does not know, and what is no JSON not at all.

use rmcp::model::{
    CallToolRequestParams, ClientJsonRpcMessage, CompleteRequestParams, ErrorCode,
    InitializeRequestParams, PaginatedRequestParams, ReadResourceRequestParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::types::{Sent, SentFault};

/// The most characters of what is wrong; what was given may be in it.
const MAX_SAID: usize = 400;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a message has no other answer: an error of JSON-RPC.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    /// The request's, where it is known.
    id: Json,
    code: ErrorCode,
    message: String,
}

impl Refusal {
    /// What is no request of the protocol, for whatever reason.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, message)
    }

    /// What the server is to blame for.
    #[cfg(feature = "http")]
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INTERNAL_ERROR, message)
    }

    /// Whether it is of a request of a method that is known.
    #[cfg(feature = "http")]
    pub(crate) fn is_of_params(&self) -> bool {
        self.code == ErrorCode::INVALID_PARAMS
    }

    /// A message of more bytes than are read.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::invalid(format!(
            "the message is larger than {limit} bytes, and none may be"
        ))
    }

    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MAX_SAID) {
            message.truncate(end);
            message.push_str(" ..");
        }
        Self {
            id: Json::Null,
            code,
            message,
        }
    }

    fn of(self, id: Option<&Json>) -> Self {
        Self {
            id: id.cloned().unwrap_or_default(),
            ..self
        }
    }

    /// The answer.
    pub(crate) fn to_json(&self) -> Json {
        json!({
            "jsonrpc": "2.0",
            "id": self.id,
            "error": { "code": self.code.0, "message": self.message },
        })
    }
}

/// The message that bytes are.
pub(crate) fn parse(bytes: &[u8]) -> Result<ClientJsonRpcMessage, Refusal> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let Sent { json, fault } = Sent::parse(bytes).map_err(|error| {
        let message = format!("the message is not JSON: {error}");
        Refusal::new(ErrorCode::PARSE_ERROR, message)
    })?;
    let message = match &json {
        Json::Object(message) => message,
        Json::Array(_) => {
            return Err(Refusal::invalid(
                "the message is a list, and there are no batches in the protocol from 2025-06-18 on; send each message by itself",
            ));
        }
        _ => return Err(Refusal::invalid("the message is not a JSON object")),
    };
    let id = message.get("id");
    if id.is_some_and(|id| !id.is_string() && id.as_i64().is_none())
        && message.contains_key("method")
    {
        let what = "`id` is neither a text nor a whole number";
        return Err(Refusal::invalid(what));
    }
    check(message, fault.as_ref()).map_err(|refusal| refusal.of(id))?;
    let id = id.cloned();
    serde_json::from_value(json).map_err(|error| {
        let message = format!("the message is none of the protocol: {error}");
        Refusal::invalid(message).of(id.as_ref())
    })
}

/// Refuses an object that is no message, or a request whose parameters its method does not take.
fn check(message: &Map<String, Json>, fault: Option<&SentFault>) -> Result<(), Refusal> {
    if message.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        return Err(Refusal::invalid("`jsonrpc` is not \"2.0\""));
    }
    let is_request = message.contains_key("id") && message.contains_key("method");
    match fault {
        // An id is a text or a whole number, so it is one of the parameters. What has no answer is not read.
        Some(SentFault::Rounded(rounded)) if is_request => {
            return Err(Refusal::new(ErrorCode::INVALID_PARAMS, rounded.to_string()));
        }
        Some(repeated @ SentFault::Repeated(name)) => {
            let code = if name.starts_with("params.") {
                ErrorCode::INVALID_PARAMS
            } else {
                ErrorCode::INVALID_REQUEST
            };
            return Err(Refusal::new(code, repeated.to_string()));
        }
        Some(SentFault::Rounded(_)) | None => {}
    }
    match message.get("method") {
        Some(Json::String(method)) if message.contains_key("id") => {
            check_params(method, message.get("params"))
                .map_err(|what| Refusal::new(ErrorCode::INVALID_PARAMS, what))
        }
        Some(Json::String(_)) => Ok(()),
        Some(_) => Err(Refusal::invalid("`method` is not a text")),
        // An answer to what this server asked, which is nothing.
        None if message.contains_key("result") || message.contains_key("error") => Ok(()),
        None => Err(Refusal::invalid("`method` is missing")),
    }
}

/// Says what is wrong with the parameters of a method that is known.
fn check_params(method: &str, params: Option<&Json>) -> Result<(), String> {
    let fits: fn(&Json) -> serde_json::Result<()> = match method {
        "initialize" => fits::<InitializeRequestParams>,
        "ping" | "server/discover" => fits::<Map<String, Json>>,
        "tools/call" => fits::<CallToolRequestParams>,
        "resources/read" => fits::<ReadResourceRequestParams>,
        "completion/complete" => fits::<CompleteRequestParams>,
        "tools/list" | "resources/list" | "resources/templates/list" | "prompts/list" => {
            fits::<PaginatedRequestParams>
        }
        _ => return Ok(()),
    };
    let none = Json::Object(Map::new());
    let params = params.filter(|params| !params.is_null()).unwrap_or(&none);
    if !params.is_object() {
        return Err("`params` is not an object".to_owned());
    }
    fits(params).map_err(|error| format!("the parameters of `{method}`: {error}"))?;
    if method.ends_with("/list") && params.get("cursor").is_some_and(|cursor| !cursor.is_null()) {
        return Err(
            "`cursor` is none of this server's, whose lists are whole in one answer; ask without it"
                .to_owned(),
        );
    }
    Ok(())
}

fn fits<T: DeserializeOwned>(params: &Json) -> serde_json::Result<()> {
    T::deserialize(params).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> (Json, i64, String) {
        let refusal = parse(message.as_bytes()).expect_err(message).to_json();
        let error = &refusal["error"];
        let said = error["message"].as_str().unwrap_or_default().to_owned();
        (
            refusal["id"].clone(),
            error["code"].as_i64().unwrap_or_default(),
            said,
        )
    }

    #[test]
    fn each_refusal_has_the_code_of_its_kind_and_the_requests_id() {
        let long = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":["{}"]}}}}"#,
            "x".repeat(10_000)
        );
        for (message, id, code, says) in [
            ("", Json::Null, -32700, "not JSON"),
            ("hello", Json::Null, -32700, "not JSON"),
            (r#"{"jsonrpc":"2.0","id":1"#, Json::Null, -32700, "not JSON"),
            ("\u{feff}\u{feff}{}", Json::Null, -32700, "not JSON"),
            (
                r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
                Json::Null,
                -32600,
                "batches",
            ),
            ("[]", Json::Null, -32600, "batches"),
            ("7", Json::Null, -32600, "object"),
            (r#"{"id":1,"method":"ping"}"#, json!(1), -32600, "`jsonrpc`"),
            (
                r#"{"jsonrpc":2,"id":"a","method":"ping"}"#,
                json!("a"),
                -32600,
                "`jsonrpc`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1}"#,
                json!(1),
                -32600,
                "`method` is missing",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
                json!(1),
                -32600,
                "`method` is not a text",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                Json::Null,
                -32600,
                "`id`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                Json::Null,
                -32600,
                "`id`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
                json!(2),
                -32600,
                "`id` is given more than once",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
                json!(1),
                -32602,
                "missing field `name`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#,
                json!(1),
                -32602,
                "`params` is not an object",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#,
                json!(1),
                -32602,
                "tools/call",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":[1]}}"#,
                json!(1),
                -32602,
                "tools/call",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"b":1,"b":2}}}"#,
                json!(1),
                -32602,
                "`params.arguments.b` is given more than once",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{}}"#,
                json!(1),
                -32602,
                "missing field `uri`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#,
                json!(1),
                -32602,
                "initialize",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"eyJ"}}"#,
                json!(1),
                -32602,
                "`cursor`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"resources/templates/list","params":{"cursor":""}}"#,
                json!(1),
                -32602,
                "`cursor`",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"prompts/list","params":{"cursor":7}}"#,
                json!(1),
                -32602,
                "prompts/list",
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}"#,
                json!(1),
                -32602,
                "`params`",
            ),
            (long.as_str(), json!(1), -32602, "tools/call"),
        ] {
            let (of, is, said) = refused(message);
            assert_eq!((of, is), (id, code), "{message}: {said}");
            assert!(said.contains(says) && said.len() < 500, "{message}: {said}");
        }
    }

    #[test]
    fn what_is_a_message_is_one() {
        for message in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            "\u{feff}{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"ping\",\"params\":null}",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":null}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":1}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/drop","params":{"x":1}}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/of-somebody-else"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            assert!(
                parse(message.as_bytes()).is_ok(),
                "{message}: {:?}",
                parse(message.as_bytes())
            );
        }
    }
}
