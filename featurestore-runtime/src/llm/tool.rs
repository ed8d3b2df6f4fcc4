//! A service as a tool.

use featurestore_schema::Dtype;
use serde_json::{Map, Value as Json, json};

use super::schema::{Dialect, Property, object, object_of, value};
use super::words::{
    Feature, argument, features, first_sentence, one_line, request_field, sentence,
};
use crate::service::ServiceDefinition;
use crate::view::ColumnDefinition;

/// The most characters of a tool's name, and of its arguments' names.
pub const MAX_NAME: usize = 64;

/// When the features were read, of which time each is, and why one is missing. No feature has such
/// a name, as names with two underscores before them are refused when a service is declared.
pub(super) const READ_AT: &str = "__read_at";
pub(super) const AS_OF: &str = "__as_of";
pub(super) const MISSING: &str = "__missing";

/// A service that a model can't have as a tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// A name with other characters than vendors take, or with too many.
    #[error(
        "{what} `{name}` of service `{service}` can't be in a tool: {reason}, and vendors take 1 to {MAX_NAME} of a-z, A-Z, 0-9, `_` and `-`; {way_out}"
    )]
    Name {
        /// What has the name.
        what: &'static str,
        /// The name.
        name: String,
        /// The service.
        service: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What helps.
        way_out: &'static str,
    },
}

/// A feature service as a tool that a model calls: its name, what it is for, its arguments, which are
/// the join keys and the request fields, and its answers, which are the features.
///
/// [`to_json`](Self::to_json) writes it as a vendor reads it, [`call`](Self::call) answers a call.
#[derive(Debug, Clone)]
pub struct Tool {
    service: &'static ServiceDefinition,
    arguments: Vec<(&'static str, Dtype)>,
}

impl Tool {
    /// The service as a tool.
    ///
    /// # Errors
    ///
    /// A service or a join key with a name that no vendor takes: declared with `.` or with letters
    /// other than a to z, or with more than [`MAX_NAME`] characters.
    pub fn new(service: &'static ServiceDefinition) -> Result<Self, ToolError> {
        let check = |what, name: &str, way_out| match fault(name) {
            None => Ok(()),
            Some(reason) => Err(ToolError::Name {
                what,
                name: name.to_owned(),
                service: service.name(),
                reason,
                way_out,
            }),
        };
        check(
            "the name",
            service.name(),
            "give the service another with `name = \"..\"`",
        )?;
        let views: Vec<_> = service.views().collect();
        let arguments: Vec<_> = service
            .join_keys()
            .into_iter()
            .filter(|(name, _)| {
                let mut keys = views.iter().flat_map(|view| view.join_keys());
                // An expression may be computed of all parts of the key.
                service.evaluate().is_some() || keys.any(|key| key.name() == *name)
            })
            .collect();
        for (name, _) in &arguments {
            let way_out = "give the join key's field another name, and the source's column with `rename = \"..\"`";
            check("the join key", name, way_out)?;
        }
        for field in service.request() {
            check("the request field", field.name(), "give it another name")?;
        }
        Ok(Self { service, arguments })
    }

    /// Its name: the service's.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.service.name()
    }

    /// The service.
    #[must_use]
    pub const fn service(&self) -> &'static ServiceDefinition {
        self.service
    }

    /// The arguments and their dtypes: the join keys, in the order of the service's key.
    #[must_use]
    pub fn arguments(&self) -> &[(&'static str, Dtype)] {
        &self.arguments
    }

    /// The arguments beside them: the request fields, in declared order.
    #[must_use]
    pub fn request(&self) -> &'static [&'static ColumnDefinition] {
        self.service.request()
    }

    /// What it is for and what it answers, in at most `limit` characters. Where all of it is longer,
    /// the features' descriptions go first, then the features at the end.
    #[must_use]
    pub fn description(&self, limit: usize) -> String {
        let features = features(self.service);
        let full = |feature: &Feature| feature.description.clone();
        let short = |feature: &Feature| first_sentence(&feature.description).to_owned();
        let none = |_: &Feature| String::new();
        let detail: [&dyn Fn(&Feature) -> String; 3] = [&full, &short, &none];
        let mut texts = detail.iter().map(|detail| {
            let lines: Vec<String> = features
                .iter()
                .map(|feature| line(feature, &detail(feature)))
                .collect();
            self.describe(&self.purpose(), &lines)
        });
        let fits = |text: &String| text.chars().count() <= limit;
        texts
            .find(fits)
            .unwrap_or_else(|| self.describe_within(&features, limit))
    }

    /// The schema of its arguments, in JSON Schema.
    #[must_use]
    pub fn input_schema(&self) -> Json {
        Json::Object(self.input(Dialect::Json))
    }

    /// The schema of its answers, in JSON Schema. Beside the features an answer has
    /// `__read_at`, when they were read, `__as_of`, of which time each is, and `__missing`, why one
    /// is missing.
    #[must_use]
    pub fn output_schema(&self) -> Json {
        Json::Object(self.output(Dialect::Json))
    }

    pub(super) fn input(&self, dialect: Dialect) -> Map<String, Json> {
        let keys = self.arguments.iter().map(|(name, dtype)| Property {
            name,
            dtype: *dtype,
            nullable: false,
            checks: &[],
            description: argument(self.service, name, *dtype),
        });
        let request = self.request().iter().map(|field| Property {
            name: field.name(),
            dtype: field.dtype(),
            nullable: field.nullable() || field.default().is_some(),
            checks: field.checks(),
            description: request_field(field),
        });
        object(&keys.chain(request).collect::<Vec<_>>(), dialect)
    }

    pub(super) fn output(&self, dialect: Dialect) -> Map<String, Json> {
        let features = features(self.service);
        let mut properties: Vec<(String, Map<String, Json>)> = Vec::new();
        for feature in &features {
            let mut schema = value(feature.dtype, feature.is_nullable(), dialect);
            schema.insert("description".to_owned(), json!(feature.meaning()));
            properties.push((feature.name.to_owned(), schema));
        }
        let mut required: Vec<&str> = features.iter().map(|feature| feature.name).collect();
        let mut read_at = value(Dtype::Timestamp, false, dialect);
        read_at.insert("description".to_owned(), json!("When this was read."));
        properties.push((READ_AT.to_owned(), read_at));
        for (name, dtype, description) in [
            (
                AS_OF,
                Dtype::Timestamp,
                "By feature: the time that its value is of.",
            ),
            (
                MISSING,
                Dtype::String,
                "By feature: why nothing current is known of it. It begins with `missing`, `expired`, `null` or `not_finite`.",
            ),
        ] {
            let each = features.iter().map(|feature| {
                let schema = value(dtype, false, dialect);
                (feature.name.to_owned(), schema)
            });
            let mut schema = object_of(each.collect(), &[], dialect);
            schema.insert("description".to_owned(), json!(description));
            properties.push((name.to_owned(), schema));
        }
        required.extend([READ_AT, AS_OF, MISSING]);
        let mut schema = object_of(properties, &required, dialect);
        schema.insert("description".to_owned(), json!(self.purpose()));
        schema
    }

    /// What it is for: the service's description.
    pub(super) fn purpose(&self) -> String {
        let said = sentence(&one_line(self.service.description()));
        if said.is_empty() {
            format!("Reads the features of `{}`.", self.name())
        } else {
            said
        }
    }

    fn describe(&self, purpose: &str, lines: &[String]) -> String {
        let keys: Vec<String> = self
            .arguments
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        let request = self.request().iter();
        let request: Vec<String> = request.map(|field| format!("`{}`", field.name())).collect();
        let given = if request.is_empty() {
            String::new()
        } else {
            format!(", given {}", request.join(" and "))
        };
        format!(
            "{purpose}\nReads the current features by {}{given}. Answers a JSON object; `__missing` says why a value is missing, `__as_of` of which time each is:\n{}",
            keys.join(" and "),
            lines.join("\n")
        )
    }

    /// As many features as there is room for, by name and type. Half of it is theirs, however long the
    /// purpose is.
    fn describe_within(&self, features: &[Feature], limit: usize) -> String {
        let lines: Vec<String> = features.iter().map(|feature| line(feature, "")).collect();
        let mut purpose = self.purpose();
        if let Some((end, _)) = purpose.char_indices().nth(limit / 2) {
            purpose.truncate(end);
            purpose.push_str(" ..");
        }
        let fits = |text: &String| text.chars().count() <= limit;
        let some = (0..lines.len()).rev().map(|count| {
            let rest = format!("- and {} more", lines.len() - count);
            let some: Vec<String> = lines[..count].iter().cloned().chain([rest]).collect();
            self.describe(&purpose, &some)
        });
        some.into_iter()
            .find(fits)
            .unwrap_or_else(|| self.purpose().chars().take(limit).collect())
    }
}

/// `- watch_count_30d (whole number in titles; 0 where nothing is known): Titles the user watched.`
fn line(feature: &Feature, description: &str) -> String {
    let colon = if description.is_empty() { "" } else { ": " };
    format!(
        "- {} ({}){colon}{description}",
        feature.name,
        feature.summary()
    )
}

/// What is wrong with a name.
fn fault(name: &str) -> Option<String> {
    let taken = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let count = name.chars().count();
    if let Some(other) = name.chars().find(|character| !taken(*character)) {
        return Some(format!("it has `{other}`"));
    }
    match name.chars().next() {
        None => Some("it is empty".to_owned()),
        // Google's rule, which the others don't have.
        Some(first) if !first.is_ascii_alphabetic() && first != '_' => Some(format!(
            "it starts with `{first}`, and not with a letter or `_`"
        )),
        Some(_) if count > MAX_NAME => Some(format!("it has {count} characters")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{FeatureParts, FieldParts, ServiceParts};
    use crate::view::{ColumnDefinition, ViewDefinition, ViewParts, plain};

    static COLUMNS: [ColumnDefinition; 1] = [ColumnDefinition::new(plain::COLUMN)];
    static VIEW: ViewDefinition = ViewDefinition::new(ViewParts {
        columns: &COLUMNS,
        ..plain::VIEW
    });

    const FIELDS: [FieldParts; 60] = [const {
        FieldParts::Column(FeatureParts {
            name: "count",
            description: "",
            view: 0,
            column: 0,
            default: None,
            private: false,
        })
    }; 60];

    #[test]
    fn however_long_a_purpose_is_the_features_are_told() {
        let purpose: &'static str = Box::leak("What it is for. ".repeat(600).into_boxed_str());
        let fields: &'static [FieldParts] = Box::leak(Box::new(FIELDS));
        let service = Box::leak(Box::new(ServiceDefinition::new(ServiceParts {
            type_name: "",
            module: "",
            name: "watching",
            description: purpose,
            owner: None,
            tags: &[],
            key: &[],
            views: &[|| &VIEW],
            fields,
            evaluate: None,
        })));
        let tool = Tool::new(service).unwrap();
        let description = tool.description(2_000);
        assert!(description.chars().count() <= 2_000, "{description}");
        for told in [
            "What it is for.",
            "Reads the current features by",
            "- count (",
            " more",
        ] {
            assert!(description.contains(told), "{told}: {description}");
        }
    }
}
