//! What is held below the routes: how values are written, who may read them, and that answers and
//! reads by name say the same.

#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

#[cfg(feature = "mcp")]
mod agents;
mod agreement;
mod counting;
mod grants;
mod threads;
mod values;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use axum::{Extension, Router};
use featurestore_schema::Dtype;
use tempfile::TempDir;
use tower::ServiceExt;

use super::limits::Limits;
use super::serving::Serving;
use crate::codec::{Header, encode_row};
use crate::key::KeyPart;
use crate::online::{Address, EmbeddedStore, Merge, RowWrite};
use crate::registry::{Entry, Registry};
use crate::service::{FeatureParts, FieldParts, ServiceDefinition, ServiceParts};
use crate::serving::Grant;
use crate::store::FeatureStore;
use crate::time::{Clock, parse_timestamp};
use crate::types::{Value, ValueRef};
use crate::view::{ColumnDefinition, ColumnParts, ViewDefinition, ViewParts, plain};

static COLUMNS: [ColumnDefinition; 4] = [
    column("score", Dtype::F64, true),
    column("scores", Dtype::list_of(&Dtype::F32, true), true),
    column("note", Dtype::Json, true),
    column("name", Dtype::String, false),
];

static PROFILE: ViewDefinition = ViewDefinition::new(ViewParts {
    name: "profile",
    ttl: Some(3_600_000_000),
    columns: &COLUMNS,
    ..plain::VIEW
});

static SCORING: ServiceDefinition = service("scoring", &[feature("points", 0, Some(nothing))]);
static GREETING: ServiceDefinition = service(
    "greeting",
    &[feature("called", 3, None), feature("note", 2, None)],
);

const KEY: &[KeyPart] = &[KeyPart::named("user_id", Dtype::String)];

const fn column(name: &'static str, dtype: Dtype, nullable: bool) -> ColumnDefinition {
    ColumnDefinition::new(ColumnParts {
        name,
        source_column: name,
        dtype,
        nullable,
        ..plain::COLUMN
    })
}

const fn feature(name: &'static str, column: usize, default: Option<fn() -> Value>) -> FieldParts {
    FieldParts::Column(FeatureParts {
        name,
        description: "",
        view: 0,
        column,
        default,
        private: false,
    })
}

const fn service(name: &'static str, fields: &'static [FieldParts]) -> ServiceDefinition {
    ServiceDefinition::new(ServiceParts {
        type_name: "",
        module: "",
        name,
        description: "",
        owner: None,
        tags: &[],
        key: KEY,
        views: &[profile],
        fields,
        evaluate: None,
    })
}

fn nothing() -> Value {
    Value::F64(0.0)
}

fn profile() -> &'static ViewDefinition {
    &PROFILE
}

/// A row's bytes.
fn row(time: &str, values: &[Option<Value>; 4]) -> Vec<u8> {
    let header = Header::new(PROFILE.layout().id(), parse_timestamp(time).unwrap(), None);
    let values: Vec<Option<ValueRef<'_>>> = COLUMNS
        .iter()
        .zip(values)
        .map(|(column, value)| Some(value.as_ref()?.borrow(column.dtype()).unwrap()))
        .collect();
    let mut row = Vec::new();
    encode_row(PROFILE.layout(), &header, &values, &mut row).unwrap();
    row
}

/// A store with rows of the view.
struct World {
    store: FeatureStore,
    serving: Arc<Serving>,
    _directory: TempDir,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let online = Arc::new(EmbeddedStore::new(directory.path().join("o.redb")));
        let entries = [
            Entry::View(profile),
            Entry::Service(|| &SCORING),
            Entry::Service(|| &GREETING),
        ];
        let now = parse_timestamp("2026-05-07T22:00:00Z").unwrap();
        let store = FeatureStore::builder("p")
            .registry(Registry::new(entries))
            .online_store(online)
            .clock(Clock::fixed(now))
            .open_unchecked()
            .unwrap();
        Self {
            serving: Arc::new(Serving::new(store.clone(), Limits::default())),
            store,
            _directory: directory,
        }
    }

    async fn write(&self, user: &str, time: &str, values: &[Option<Value>; 4]) {
        self.write_bytes(user, row(time, values)).await;
    }

    async fn write_bytes(&self, user: &str, row: Vec<u8>) {
        let key = PROFILE.key_values(&[ValueRef::Str(user)]).unwrap();
        let row = RowWrite::new(Address::new("p", &key), "profile", row, Merge::NewerWins);
        self.store.online().write(&[row]).await.unwrap();
    }

    /// The answer to a caller with a grant: its status and body.
    async fn ask(&self, grant: &Grant, path: &str, body: Option<&str>) -> (u16, String) {
        let router: Router = super::features::routes()
            .layer(Extension(grant.clone()))
            .with_state(Arc::clone(&self.serving));
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let body = Body::from(body.unwrap_or_default().to_owned());
        let request = Request::builder().method(method).uri(path);
        let response = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn post(&self, grant: &Grant, body: &str) -> (u16, String) {
        self.ask(grant, "/get-online-features", Some(body)).await
    }
}
