//! What a struct that declares a view can do.

use super::names::Names;
use super::{JoinKey, ViewDefinition};
use crate::codec::{RowError, RowReader};
use crate::key::EntityKey;
use crate::time::Timestamp;
use crate::types::ValueRef;

/// A struct that declares a feature view. Implemented by `#[feature_view]`.
#[diagnostic::on_unimplemented(
    message = "FS0059: `{Self}` is not a feature view",
    label = "not a feature view",
    note = "declare it with `#[feature_view(entity = \"..\", source = \"..\")]`"
)]
pub trait FeatureView: Sized + Send + Sync + 'static {
    /// What identifies the entity of a row: the join key field's type, or a tuple of them in the
    /// order that `entity` names them.
    type Key: EntityKey;

    /// The join keys, in the order of the key's values.
    const JOIN_KEYS: &'static [JoinKey];

    #[doc(hidden)]
    type Presence;

    #[doc(hidden)]
    const NAMES: Names = Names::NONE;

    /// The declaration.
    fn definition() -> &'static ViewDefinition;

    /// The row's key.
    ///
    /// # Errors
    ///
    /// None for a row that was read from a store; a key that its own type refuses.
    fn key(&self) -> Result<Self::Key, RowError>;

    /// The features' values in declared order, nothing for a null.
    fn values(&self) -> Vec<Option<ValueRef<'_>>>;

    /// Makes a row from its key and its online bytes.
    ///
    /// # Errors
    ///
    /// Damaged bytes, or a value that its type refuses.
    fn from_row(key: &Self::Key, row: RowReader<'_>) -> Result<Self, RowError>;
}

/// A view with rows of its own, of which the latest one counts, rather than one of windows, whose values
/// are made of events when they are read. Implemented by `#[feature_view]` where it has no `events`.
#[diagnostic::on_unimplemented(
    message = "FS0099: `{Self}` is no view with rows of its own",
    label = "its values are made of events",
    note = "rows of a window view are made when they are read; write the events that they are of instead"
)]
pub trait LatestView: FeatureView {
    /// When the row's values became true.
    fn event_timestamp(&self) -> Timestamp;

    /// When the row was written at its source, where the view declares that.
    fn created_timestamp(&self) -> Option<Timestamp>;
}
