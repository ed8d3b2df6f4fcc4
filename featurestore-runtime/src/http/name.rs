//! The name at the end of a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::rejection::Rejection;

/// A path's only parameter. What is not UTF-8 is the name of nothing.
#[derive(Debug)]
pub(super) struct Name(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let name = Path::from_request_parts(parts, state).await;
        name.map(|Path(name)| Self(name))
            .map_err(|_| Rejection::NotFound {
                path: parts.uri.path().to_owned(),
            })
    }
}
