//! Whether an entity may be without a row of a view, as types: so that the compiler can say which fields a
//! service may have.

/// Of a view with rows of its own: an entity may have none.
#[derive(Debug)]
pub struct MayBeMissing;

/// Of a window view: its rows are made when they are read, for every entity.
#[derive(Debug)]
pub struct NeverMissing;
