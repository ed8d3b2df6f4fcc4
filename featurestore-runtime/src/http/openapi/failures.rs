//! Answers that are failures, each with the codes that it can have.

use serde_json::{Map, Value as Json, json};

use crate::http::codes::{Code, Scope};

/// Which failures an operation can have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Features of entities, asked for in a body.
    Body,
    /// Features of an entity, asked for in the address.
    Address,
    /// What reads no features.
    Other,
    /// What everyone may ask.
    Open,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Body, Self::Address, Self::Other, Self::Open];

    const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Address => "address",
            Self::Other => "other",
            Self::Open => "open",
        }
    }

    fn codes(self) -> impl Iterator<Item = Code> {
        let can_be = move |scope| match scope {
            Scope::Everywhere => true,
            Scope::Callers => !matches!(self, Self::Open),
            Scope::Features => matches!(self, Self::Body | Self::Address),
            Scope::Body => matches!(self, Self::Body),
            Scope::Routes => false,
        };
        Code::ALL
            .iter()
            .copied()
            .filter(move |code| can_be(code.scope()))
    }

    /// Its statuses, each with what it refers to.
    pub(super) fn references(self) -> Map<String, Json> {
        let entry = |code: Code| {
            let status = code.status().as_u16();
            let name = format!("#/components/responses/{}.{status}", self.name());
            (status.to_string(), json!({ "$ref": name }))
        };
        self.codes().map(entry).collect()
    }

    /// What its statuses refer to.
    pub(super) fn responses(self) -> Map<String, Json> {
        let mut statuses: Vec<u16> = self.codes().map(|code| code.status().as_u16()).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let response = |status: u16| {
            let codes: Vec<Code> = self
                .codes()
                .filter(|code| code.status().as_u16() == status)
                .collect();
            let response = response(&codes, matches!(self, Self::Body));
            (format!("{}.{status}", self.name()), response)
        };
        statuses.into_iter().map(response).collect()
    }
}

/// An answer that has one of some codes; for bodies, also as Feast's clients read it.
fn response(codes: &[Code], of_body: bool) -> Json {
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.as_str(), code.meaning()))
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": { "error": failure(Some(codes)) },
        "required": ["error"],
        "additionalProperties": false,
    });
    if of_body {
        schema = json!({ "anyOf": [schema, super::names::schema("FeastFailure")] });
    }
    json!({
        "description": lines.join("\n"),
        "content": { "application/json": { "schema": schema } },
    })
}

/// The schema of a code and a message; of any code where none are named.
pub(super) fn failure(codes: Option<&[Code]>) -> Json {
    let codes: Vec<&str> = codes
        .unwrap_or(Code::ALL)
        .iter()
        .map(|code| code.as_str())
        .collect();
    json!({
        "type": "object",
        "properties": {
            "code": { "type": "string", "enum": codes, "description": "what went wrong, for programs" },
            "message": { "type": "string", "description": "what went wrong, where, and the way out" },
        },
        "required": ["code", "message"],
        "additionalProperties": false,
    })
}
