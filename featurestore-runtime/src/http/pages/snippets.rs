//! How a program asks for a service's features: what to copy.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json};

use super::form::{Field, Form};
use super::frame::Frame;
use crate::service::ServiceDefinition;

/// A program's lines, and what they are written in.
#[derive(Debug, Clone)]
pub(super) struct Snippet {
    pub(super) language: &'static str,
    pub(super) text: String,
}

/// How to ask for a service, for the entity in the form or one that is made up.
pub(super) fn of_service(service: &ServiceDefinition, form: &Form, frame: &Frame) -> Vec<Snippet> {
    let address = format!("{}/services/{}", frame.origin(), service.name());
    let keys: Vec<(&str, String)> = form.fields.iter().map(key).collect();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(&keys);
    let query = query.finish();
    let mut curl = format!("curl '{address}?{query}'");
    let mut python = String::new();
    if frame.signed_in {
        curl.push_str(" \\\n  -H \"authorization: Bearer $FEATURESTORE_TOKEN\"");
        python.push_str(
            ",\n    headers={\"authorization\": \"Bearer \" + os.environ[\"FEATURESTORE_TOKEN\"]}",
        );
    }
    let import = if frame.signed_in {
        "import os\n\nimport requests"
    } else {
        "import requests"
    };
    let address = Json::from(address);
    let params: Map<String, Json> = keys
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Json::from(value)))
        .collect();
    let params = Json::from(params);
    let python = format!(
        "{import}\n\nanswer = requests.get(\n    {address},\n    params={params}{python},\n)\nanswer.raise_for_status()\nfeatures = answer.json()[\"features\"]"
    );
    let path = service.type_path();
    let name = path.rsplit("::").next().unwrap_or(&path);
    let fields: Vec<&str> = service.request().iter().map(|field| field.name()).collect();
    let rust = if fields.is_empty() {
        format!("use {path};\n\nlet features = store.serve::<{name}>(&key).await?;")
    } else {
        let fields = fields.join(", ");
        format!(
            "use {path};\nuse {path}Request;\n\nlet request = {name}Request {{ {fields} }};\nlet features = store.serve_with::<{name}>(&key, request).await?;"
        )
    };
    let snippet = |(language, text)| Snippet { language, text };
    [("Rust", rust), ("curl", curl), ("Python", python)]
        .map(snippet)
        .into()
}

/// A join key and what was typed for it, else a value of its dtype.
fn key(field: &Field) -> (&'static str, String) {
    let value = match (&field.typed, field.dtype) {
        (Some(typed), _) => typed.clone(),
        (None, Dtype::F32 | Dtype::F64) => "1.5".to_owned(),
        (None, Dtype::Bool) => "true".to_owned(),
        (None, Dtype::Enum(variants)) => variants.first().copied().unwrap_or_default().to_owned(),
        (None, Dtype::Date) => "2026-05-07".to_owned(),
        (None, Dtype::Timestamp) => "2026-05-07T22:00:00Z".to_owned(),
        (None, Dtype::Uuid) => "00000000-0000-0000-0000-000000000001".to_owned(),
        (None, Dtype::Bytes) => "YWJj".to_owned(),
        (None, Dtype::Decimal { .. }) => "1".to_owned(),
        (None, dtype) if dtype.is_integer() => "1".to_owned(),
        (None, _) => "abc".to_owned(),
    };
    (field.name, value)
}
