//! A service as the macro declares it, which makes it a feature service.

use std::marker::PhantomData;

use crate::codec::RowError;
use crate::key::EntityKey;
use crate::service::{FeatureService, FieldValue, ServiceDefinition, ServiceRequest, ServiceRows};
use crate::view::FeatureView;

/// Implemented by `#[feature_service]`.
///
/// The key's type is set below, once for all services, where all that is known of a view is that its
/// key is a key. An implementation per service would know the view, and have the compiler say of every
/// service what is wrong with the view's key.
#[diagnostic::on_unimplemented(
    message = "FS0059: `{Self}` is not a feature service",
    label = "not a feature service",
    note = "declare it with `#[feature_service]` and `#[from(View)]` on its fields"
)]
pub trait DeclaredService: Sized + Send + Sync + 'static {
    /// What tells its key's type.
    type KeySource: KeySource;

    /// As [`FeatureService::Request`].
    type Request: ServiceRequest;

    /// As [`FeatureService::definition`].
    fn definition() -> &'static ServiceDefinition;

    /// As [`FeatureService::from_rows`].
    ///
    /// # Errors
    ///
    /// As [`FeatureService::from_rows`].
    fn from_rows(rows: &mut ServiceRows<'_>) -> Result<Self, RowError>;

    /// As [`FeatureService::values`].
    fn values(&self) -> Vec<FieldValue<'_>>;
}

#[diagnostic::do_not_recommend]
impl<S: DeclaredService> FeatureService for S {
    type Key = <S::KeySource as KeySource>::Key;
    type Request = <S as DeclaredService>::Request;

    fn definition() -> &'static ServiceDefinition {
        <S as DeclaredService>::definition()
    }

    #[inline]
    fn from_rows(rows: &mut ServiceRows<'_>) -> Result<Self, RowError> {
        <S as DeclaredService>::from_rows(rows)
    }

    fn values(&self) -> Vec<FieldValue<'_>> {
        <S as DeclaredService>::values(self)
    }
}

/// Makes a service of rows and gives the values of its features.
///
/// # Errors
///
/// As [`FeatureService::from_rows`].
pub fn evaluate<S: FeatureService>(
    rows: &mut ServiceRows<'_>,
    take: &mut dyn FnMut(&[FieldValue<'_>]),
) -> Result<(), RowError> {
    let service = S::from_rows(rows)?;
    take(&service.values());
    Ok(())
}

/// What tells the type of a service's key: that type, or [`KeyOf`].
#[diagnostic::on_unimplemented(
    message = "FS0031: `{Self}` can't be a join key",
    label = "not a join key",
    note = "join keys are never null: String, integers, bool, Date, Timestamp, Vec<u8>, enums, and newtypes or tuples of these",
    note = "for a type of your own, add `#[derive(EntityKey)]` to it"
)]
pub trait KeySource {
    /// The key type.
    type Key: EntityKey;
}

impl<K: EntityKey> KeySource for K {
    type Key = K;
}

/// The key of the view `V`, whose type is `K`. Where `V` is no view, `K` is no type, so that the
/// compiler says so of `K` and asks nothing of this.
#[derive(Debug)]
pub struct KeyOf<V, K>(PhantomData<(V, K)>);

impl<V: FeatureView> KeySource for KeyOf<V, V::Key> {
    type Key = V::Key;
}
