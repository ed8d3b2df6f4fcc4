//! The form that asks about an entity, and what was typed into it.

use featurestore_schema::Dtype;

use crate::service::check_request;
use crate::store::AskedEntity;
use crate::types::Value;
use crate::view::ColumnDefinition;

/// A form with a field per join key, and per request field of a service.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Where it leads.
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
}

/// A join key's field, or a request field's.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
    /// What is declared of it where a request gives it beside the join keys.
    pub(super) request: Option<&'static ColumnDefinition>,
    /// What was typed; nothing where nothing was sent.
    pub(super) typed: Option<String>,
    /// What is wrong with it.
    pub(super) error: Option<String>,
}

impl Form {
    /// The form for some join keys, with what a query has for them.
    pub(super) fn new(
        action: String,
        keys: impl IntoIterator<Item = (&'static str, Dtype)>,
        request: &[&'static ColumnDefinition],
        query: Option<&str>,
    ) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        let field = |(name, dtype, request)| {
            let mut sent = form_urlencoded::parse(query).filter(|(key, _)| key == name);
            let typed = sent.next().map(|(_, text)| text.into_owned());
            let error = sent
                .next()
                .map(|_| format!("`{name}` is given more than once"));
            Field {
                name,
                dtype,
                request,
                typed,
                error,
            }
        };
        let keys = keys.into_iter().map(|(name, dtype)| (name, dtype, None));
        let request = request.iter();
        let request = request.map(|field| (field.name(), field.dtype(), Some(*field)));
        Self {
            action,
            fields: keys.chain(request).map(field).collect(),
        }
    }

    /// Whether anything was sent.
    pub(super) fn is_sent(&self) -> bool {
        self.fields.iter().any(|field| field.typed.is_some())
    }

    /// What was asked; nothing where something is wrong, which its field says then.
    pub(super) fn values(&mut self) -> Option<AskedEntity> {
        let (mut keys, mut request) = (Vec::new(), Vec::new());
        for field in &mut self.fields {
            if field.error.is_some() {
                continue;
            }
            match (field.value(), field.request) {
                (Ok(value), Some(_)) => request.push(value),
                (Ok(Some(value)), None) => keys.push(value),
                (Ok(None), None) => {
                    field.error = Some(format!("join key `{}` is missing", field.name));
                }
                (Err(error), _) => field.error = Some(error),
            }
        }
        let is_right = self.fields.iter().all(|field| field.error.is_none());
        is_right.then(|| AskedEntity::new(keys).with_request(request))
    }

    /// What was sent, as a query.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for field in &self.fields {
            query.append_pair(field.name, field.typed.as_deref().unwrap_or_default());
        }
        query.finish()
    }
}

impl Field {
    /// The value that was typed, which may be none of a request field; or what is wrong with it.
    fn value(&self) -> Result<Option<Value>, String> {
        let typed = self.typed.as_deref();
        let Some(field) = self.request else {
            let value = typed.map(|typed| Value::parse(typed, self.dtype));
            return value.transpose().map_err(|error| error.to_string());
        };
        let optional = self.is_optional();
        let typed = typed.filter(|typed| !(optional && typed.is_empty()));
        if typed.is_none() && !optional {
            return Err(format!("request field `{}` is missing", self.name));
        }
        let value = typed.map(|typed| Value::parse(typed, self.dtype));
        let value = value.transpose().map_err(|error| error.to_string())?;
        let borrowed = value.as_ref().map(|value| value.borrow(self.dtype));
        let borrowed = borrowed.transpose().map_err(|error| error.to_string())?;
        check_request(field, borrowed).map_err(|violation| violation.to_string())?;
        Ok(value)
    }

    /// Whether nothing need be typed.
    pub(super) fn is_optional(&self) -> bool {
        let request = self.request;
        request.is_some_and(|field| field.nullable() || field.default().is_some())
    }

    /// What is to be given, for people.
    pub(super) fn about(&self) -> Option<String> {
        let field = self.request?;
        let mut about = vec![field.description().to_owned()];
        about.extend(field.unit().map(|unit| format!("In {unit}.")));
        let checks: Vec<String> = field.checks().iter().map(ToString::to_string).collect();
        if !checks.is_empty() {
            about.push(format!("Takes {}.", checks.join(", ")));
        }
        Some(about.join(" "))
    }

    pub(super) fn typed(&self) -> &str {
        self.typed.as_deref().unwrap_or_default()
    }

    /// The texts that it can be, where they are few.
    pub(super) const fn choices(&self) -> &'static [&'static str] {
        match self.dtype {
            Dtype::Bool => &["false", "true"],
            Dtype::Enum(variants) => variants,
            _ => &[],
        }
    }

    /// What a phone's keyboard should have.
    pub(super) const fn keyboard(&self) -> &'static str {
        if self.dtype.is_integer() {
            "numeric"
        } else {
            "text"
        }
    }
}
