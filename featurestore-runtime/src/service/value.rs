//! What a field of a service is for an entity.

use crate::lookup::Lookup;
use crate::types::ValueRef;

/// What a service's field holds: a value, or nothing. A field that is a [`Lookup`] says why it
/// holds nothing; of an `Option` it is not known, and it counts as a null that was found.
pub type FieldValue<'a> = Lookup<Option<ValueRef<'a>>>;
