//! What was found of an entity.

use axum::http::StatusCode;

use super::form::Form;
use super::text::{Moment, Shown};
use crate::http::rejection::Rejection;
use crate::lookup::Status;
use crate::store::{FeatureStore, FeatureValue, Plan};

/// What came of looking an entity up.
#[derive(Debug, Clone)]
pub(super) enum Results {
    /// Nobody asked.
    Nothing,
    /// What was typed is wrong; the form says how.
    Refused,
    /// It can't be read.
    Failed(StatusCode, String),
    /// These, in the order of what was asked for.
    Found(Vec<FoundFeature>),
}

/// A feature of the entity.
#[derive(Debug, Clone)]
pub(super) struct FoundFeature {
    pub(super) value: Option<Shown>,
    /// The value that has expired.
    pub(super) expired: Option<Shown>,
    /// Whether the value is a service's default.
    pub(super) is_default: bool,
    pub(super) status: &'static str,
    pub(super) time: Option<Moment>,
}

impl Results {
    /// Reads a plan for the entity in a form, if there is one. The form's fields are in the order
    /// of the plan's join keys and request fields.
    pub(super) async fn read(store: &FeatureStore, plan: &Plan, form: &mut Form) -> Self {
        if !form.is_sent() {
            return Self::Nothing;
        }
        let Some(values) = form.values() else {
            return Self::Refused;
        };
        let read = store.read_plan_of_any_age(plan, values).await;
        let values = read
            .map_err(Rejection::from)
            .and_then(|[values, of_any_age]| Ok((values?, of_any_age.unwrap_or_default())));
        let now = store.clock().now();
        let found = |value: FeatureValue, expired: Option<FeatureValue>| FoundFeature {
            is_default: value.value.is_some() && value.status != Status::Found,
            value: value.value.as_ref().map(Shown::new),
            expired: expired
                .filter(|of_any_age| {
                    value.status == Status::Expired && of_any_age.status == Status::Found
                })
                .and_then(|of_any_age| of_any_age.value.as_ref().map(Shown::new)),
            status: value.status.as_str(),
            time: value.event_timestamp.map(|time| Moment::new(time, now)),
        };
        match values {
            Ok((values, of_any_age)) => {
                let mut of_any_age = of_any_age.into_iter();
                let values = values.into_iter();
                Self::Found(
                    values
                        .map(|value| found(value, of_any_age.next()))
                        .collect(),
                )
            }
            Err(rejection) => {
                rejection.report();
                Self::Failed(rejection.status(), rejection.to_string())
            }
        }
    }

    /// The status of a page that shows it.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Nothing | Self::Found(_) => StatusCode::OK,
            Self::Refused => StatusCode::BAD_REQUEST,
            Self::Failed(status, _) => *status,
        }
    }

    /// What was found; nothing where nobody asked, or it can't be read.
    pub(super) fn found(&self) -> &[FoundFeature] {
        match self {
            Self::Found(found) => found,
            _ => &[],
        }
    }

    /// Why the entity can't be read.
    pub(super) fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(_, message) => Some(message),
            _ => None,
        }
    }
}
