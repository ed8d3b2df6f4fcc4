//! A model's call of a tool.

use featurestore_schema::{Dtype, Rounded, listing, nearest};
use serde_json::{Map, Value as Json};

use super::answer::ToolAnswer;
use super::tool::Tool;
use super::words::{MAX_GIVEN, bounds, cut, example, kind, request_example, request_shape};
use crate::service::check_request;
use crate::store::{AskedEntity, FeatureStore, StoreError};
use crate::types::{Sent, SentFault, Value};
use crate::view::ColumnDefinition;

/// A call that has no answer. Its message is for the model: it says which argument is wrong, what was
/// given, what is expected, and shows a call that is right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The arguments are no object.
    #[error("the arguments are {given}, and not a JSON object; call it like this: {example}")]
    NotAnObject {
        /// What was given.
        given: String,
        /// A call that is right.
        example: Json,
    },
    /// The arguments, as text, are no JSON.
    #[error("the arguments are not JSON: {error}; call it like this: {example}")]
    NotJson {
        /// What is wrong with them.
        #[source]
        error: serde_json::Error,
        /// A call that is right.
        example: Json,
    },
    /// A name that comes twice in the arguments, as text.
    #[error("`{name}` is given more than once; call it like this: {example}")]
    Repeated {
        /// The name, behind those above it and points.
        name: String,
        /// A call that is right.
        example: Json,
    },
    /// A number in the arguments, as text, that would be another one as a double: 0 of `1e-400`.
    #[error(
        "the number `{number}` in the arguments would be another one as a double; call it like this: {example}"
    )]
    Rounded {
        /// The number.
        number: String,
        /// A call that is right.
        example: Json,
    },
    /// An argument that the tool doesn't have.
    #[error(
        "`{name}` is no argument{}; the arguments are {known}; call it like this: {example}", hint.as_deref().map(|hint| format!(" (did you mean `{hint}`?)")).unwrap_or_default()
    )]
    Unknown {
        /// The argument.
        name: String,
        /// What it may have been meant to be.
        hint: Option<String>,
        /// The arguments that there are.
        known: String,
        /// A call that is right.
        example: Json,
    },
    /// An argument that was not given.
    #[error("the argument `{name}` is missing; call it like this: {example}")]
    Missing {
        /// The argument.
        name: &'static str,
        /// A call that is right.
        example: Json,
    },
    /// An argument of another type.
    #[error(
        "the argument `{name}` is {given}, and it takes {expected}; call it like this: {example}"
    )]
    Argument {
        /// The argument.
        name: &'static str,
        /// What was given.
        given: String,
        /// What it takes.
        expected: String,
        /// A call that is right.
        example: Json,
    },
    /// The store could not answer; the call was right.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What always holds did not; the call was right.
    #[error("the tool failed on this call: {what}")]
    Broken {
        /// What did not hold.
        what: String,
    },
}

impl CallError {
    /// Whether another call would be answered, so that the model should see the message and try again.
    #[must_use]
    pub const fn is_bad_call(&self) -> bool {
        match self {
            Self::Store(error) => {
                matches!(
                    error,
                    StoreError::KeyLength(_)
                        | StoreError::Key { .. }
                        | StoreError::KeyTooLong { .. }
                        | StoreError::Request { .. }
                        | StoreError::MissingRequest { .. }
                )
            }
            Self::Broken { .. } => false,
            _ => true,
        }
    }
}

impl Tool {
    /// Answers a call with `arguments`, an object of the join keys and request fields. An entity that nothing is known of
    /// is no error: its features are null or their defaults, and the answer says why.
    ///
    /// What a parser made of the arguments is taken for what was sent. Where they come as text, as
    /// those of `OpenAI`'s `function.arguments`, [`call_text`](Self::call_text) sees more.
    ///
    /// # Errors
    ///
    /// Arguments that are missing, wrong, or too many; an online store that does not answer, or a
    /// damaged row.
    pub async fn call(
        &self,
        store: &FeatureStore,
        arguments: &Json,
    ) -> Result<ToolAnswer, CallError> {
        let (given, request) = self.checked(arguments)?;
        let plan = store.plan_service(self.service());
        let key = |(name, _): &(&'static str, Dtype)| {
            let argument = given.iter().find(|(given, _)| given == name);
            let (_, value) = argument.ok_or_else(|| CallError::Broken {
                what: format!("join key `{name}` is no argument"),
            })?;
            Ok::<_, CallError>(value.clone())
        };
        let keys: Vec<Value> = plan.join_keys().iter().map(key).collect::<Result<_, _>>()?;
        let read_at = store.clock().now();
        let asked = AskedEntity::new(keys).with_request(request);
        let mut answers = store.read_plan_with(&plan, &[asked]).await?;
        let broken = |what: &str| CallError::Broken {
            what: format!("service `{}` {what}", self.service().name()),
        };
        let values = answers.pop().ok_or_else(|| broken("has no answer"))??;
        let answer = ToolAnswer::new(self.service(), &given, values, read_at);
        answer.ok_or_else(|| broken("has another number of features than values"))
    }

    /// Answers a call whose arguments are text, as a vendor gave it. Of `1e-400` no 0 is made, and
    /// of names that come twice none is taken.
    ///
    /// # Errors
    ///
    /// A text that is no JSON, has a name twice, or a number that would be another one as a double;
    /// else those of [`call`](Self::call).
    pub async fn call_text(
        &self,
        store: &FeatureStore,
        arguments: &str,
    ) -> Result<ToolAnswer, CallError> {
        let example = || self.example(&Map::new());
        let sent = Sent::parse(arguments.as_bytes()).map_err(|error| CallError::NotJson {
            error,
            example: example(),
        })?;
        match sent.fault {
            None => self.call(store, &sent.json).await,
            Some(SentFault::Repeated(name)) => Err(CallError::Repeated {
                name: cut(&name),
                example: example(),
            }),
            Some(SentFault::Rounded(Rounded { number })) => Err(CallError::Rounded {
                number,
                example: example(),
            }),
        }
    }

    /// The arguments' values: in the order of [`arguments`](Self::arguments), and in that of
    /// [`request`](Self::request).
    fn checked(&self, arguments: &Json) -> Result<Checked, CallError> {
        let Json::Object(given) = arguments else {
            return Err(CallError::NotAnObject {
                given: shown(arguments),
                example: self.example(&Map::new()),
            });
        };
        let known = || {
            let keys = self.arguments().iter().map(|(name, _)| *name);
            keys.chain(self.request().iter().map(|field| field.name()))
        };
        if let Some(name) = given
            .keys()
            .find(|given| known().all(|name| name != given.as_str()))
        {
            return Err(CallError::Unknown {
                name: cut(name),
                hint: nearest(name, known()).map(str::to_owned),
                known: listing(known()),
                example: self.example(given),
            });
        }
        let value = |(name, dtype): &(&'static str, Dtype)| {
            let json = given.get(*name).ok_or_else(|| CallError::Missing {
                name,
                example: self.example(given),
            })?;
            let value = Value::from_json(json, *dtype).map_err(|_| CallError::Argument {
                name,
                given: shown(json),
                expected: expected(*dtype),
                example: self.example(given),
            })?;
            Ok::<_, CallError>((*name, value))
        };
        let keys = self.arguments().iter().map(value);
        let keys = keys.collect::<Result<_, CallError>>()?;
        let request = self.request().iter();
        let request = request.map(|field| self.request_value(field, given));
        Ok((keys, request.collect::<Result<_, _>>()?))
    }

    /// The value of a request field; nothing for a null, or for one that may be and is not given.
    fn request_value(
        &self,
        field: &'static ColumnDefinition,
        given: &Map<String, Json>,
    ) -> Result<Option<Value>, CallError> {
        let name = field.name();
        let json = match given.get(name) {
            Some(json) => json,
            None if field.nullable() || field.default().is_some() => return Ok(None),
            None => {
                return Err(CallError::Missing {
                    name,
                    example: self.example(given),
                });
            }
        };
        request_value(field, json).ok_or_else(|| CallError::Argument {
            name,
            given: shown(json),
            expected: request_shape(field),
            example: self.example(given),
        })
    }

    /// A call that is right: with what was given where it is, else with examples.
    fn example(&self, given: &Map<String, Json>) -> Json {
        let argument = |(name, dtype): &(&'static str, Dtype)| {
            let right = given.get(*name).filter(|json| {
                json.to_string().len() <= MAX_GIVEN && Value::from_json(json, *dtype).is_ok()
            });
            let value = right.cloned().unwrap_or_else(|| example(*dtype));
            ((*name).to_owned(), value)
        };
        let field = |field: &&'static ColumnDefinition| {
            let right = given.get(field.name()).filter(|json| {
                json.to_string().len() <= MAX_GIVEN && request_value(field, json).is_some()
            });
            let value = right.cloned().unwrap_or_else(|| request_example(field));
            (field.name().to_owned(), value)
        };
        let keys = self.arguments().iter().map(argument);
        Json::Object(keys.chain(self.request().iter().map(field)).collect())
    }
}

/// The values of join keys, by name, and of request fields.
type Checked = (Vec<(&'static str, Value)>, Vec<Option<Value>>);

/// A request field's value from JSON, nothing for a null; nothing of all where it is none that may be
/// given.
fn request_value(field: &ColumnDefinition, json: &Json) -> Option<Option<Value>> {
    let value = match json {
        Json::Null => None,
        json => Some(Value::from_json(json, field.dtype()).ok()?),
    };
    let borrowed = value.as_ref().map(|value| value.borrow(field.dtype()));
    let borrowed = borrowed.transpose().ok()?;
    check_request(field, borrowed).ok()?;
    Some(value)
}

/// What an argument takes.
fn expected(dtype: Dtype) -> String {
    match (dtype, bounds(dtype)) {
        (_, Some((min, max))) => format!("a whole number from {min} to {max}"),
        (Dtype::String, _) => "a text".to_owned(),
        (Dtype::I64, _) => "a whole number".to_owned(),
        _ => format!("{}, like {}", kind(dtype), example(dtype)),
    }
}

/// What was given, as JSON.
fn shown(json: &Json) -> String {
    cut(&json.to_string())
}
