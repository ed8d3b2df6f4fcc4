//! Answers that are failures, each with the codes that it can have.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::names::{component, schema};

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

    /// Its statuses, each with the codes that it can have.
    fn statuses(self) -> BTreeMap<u16, Vec<Code>> {
        let mut statuses: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in self.codes() {
            let status = code.status().as_u16();
            statuses.entry(status).or_default().push(code);
        }
        statuses
    }

    /// The name of the schema of a status.
    fn component(self, status: u16) -> String {
        component("Failure", [self.name()], &status.to_string())
    }

    /// What its statuses refer to.
    pub(super) fn responses(self) -> impl Iterator<Item = (String, Json)> {
        self.statuses().into_iter().map(move |(status, codes)| {
            let name = format!("{}.{status}", self.name());
            (name, self.response(status, &codes))
        })
    }

    /// The schemas of its statuses.
    pub(super) fn schemas(self) -> impl Iterator<Item = (String, Json)> {
        self.statuses().into_iter().map(move |(status, codes)| {
            let schema = json!({
                "type": "object",
                "properties": { "error": failure(&codes) },
                "required": ["error"],
                "additionalProperties": false,
            });
            (self.component(status), schema)
        })
    }

    /// An answer that has one of some codes; for bodies, also as Feast's clients read it.
    fn response(self, status: u16, codes: &[Code]) -> Json {
        let lines: Vec<String> = codes
            .iter()
            .map(|code| format!("- `{}`: {}", code.as_str(), code.meaning()))
            .collect();
        let plain = schema(&self.component(status));
        let schema = match self {
            Self::Body => json!({ "oneOf": [plain, schema("FeastFailure")] }),
            _ => plain,
        };
        json!({
            "description": lines.join("\n"),
            "content": { "application/json": { "schema": schema } },
        })
    }
}

/// The schema of a code, which is one of some, and a message.
pub(super) fn failure(codes: &[Code]) -> Json {
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
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
