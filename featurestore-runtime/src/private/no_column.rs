//! What a service's field names where its view has no such column.

use featurestore_schema::Sentence;

use super::{ReadField, ReadFieldOr};
use crate::view::Column;
use crate::view::names::Names;

/// Stands for a column that a view has not, and can be used like one until the compiler says so.
#[derive(Debug, Clone, Copy)]
pub struct NoColumn {
    name: &'static str,
}

impl NoColumn {
    /// A column of a name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    pub(super) const fn name(self) -> &'static str {
        self.name
    }

    /// Says that it is none.
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn is_column_of(self, names: Names) {
        let mut sentence = Sentence::new()
            .with("FS0049: view `")
            .with(names.view)
            .with("` has no column `")
            .with(self.name)
            .with("`; it has ");
        let mut index = 0;
        while index < names.features.len() {
            let comma = if index == 0 { "" } else { ", " };
            sentence = sentence.with(comma).with(names.features[index]);
            index += 1;
        }
        panic!("{}", sentence.as_str());
    }

    /// As [`Column::read`](crate::view::Column).
    #[must_use]
    pub const fn read(self) -> Self {
        self
    }

    /// As [`ReadColumn::field`](super::ReadColumn), of any type.
    #[must_use]
    pub const fn field<F>(self) -> ReadField<F> {
        ReadField::none(0)
    }

    /// As [`ReadColumn::field_or`](super::ReadColumn), of any type.
    #[must_use]
    pub const fn field_or<F>(self, default: fn() -> F) -> ReadFieldOr<F> {
        ReadFieldOr::none(0, default)
    }
}

impl<V, T> Column<V, T> {
    /// It is one.
    #[doc(hidden)]
    pub const fn is_column_of(self, _: Names) {}
}
