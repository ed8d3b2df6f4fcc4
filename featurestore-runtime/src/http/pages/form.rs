//! The form that asks about an entity, and what was typed into it.

use featurestore_schema::Dtype;

use crate::types::Value;

/// A form with a field per join key.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Where it leads.
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
}

/// A join key's field.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
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
        query: Option<&str>,
    ) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        let field = |(name, dtype)| {
            let mut sent = form_urlencoded::parse(query).filter(|(key, _)| key == name);
            let typed = sent.next().map(|(_, text)| text.into_owned());
            let error = sent
                .next()
                .map(|_| format!("`{name}` is given more than once"));
            Field {
                name,
                dtype,
                typed,
                error,
            }
        };
        Self {
            action,
            fields: keys.into_iter().map(field).collect(),
        }
    }

    /// Whether anything was sent.
    pub(super) fn is_sent(&self) -> bool {
        self.fields.iter().any(|field| field.typed.is_some())
    }

    /// The values that were sent; nothing where one is wrong, which its field says then.
    pub(super) fn values(&mut self) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(self.fields.len());
        for field in &mut self.fields {
            match (&field.typed, &field.error) {
                (Some(typed), None) => match Value::parse(typed, field.dtype) {
                    Ok(value) => values.push(value),
                    Err(error) => field.error = Some(error.to_string()),
                },
                (None, None) => field.error = Some(format!("join key `{}` is missing", field.name)),
                (_, Some(_)) => {}
            }
        }
        (values.len() == self.fields.len()).then_some(values)
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
