//! A column of a view as a typed constant in code.

use std::fmt;
use std::marker::PhantomData;

use super::FeatureView;

/// A feature, named in code: `WatchActivity::WATCH_COUNT_30D`.
///
/// `V` is its view and `T` the type of its field, so what is read through it is typed.
pub struct Column<V, T> {
    index: usize,
    types: PhantomData<fn() -> (V, T)>,
}

impl<V, T> Column<V, T> {
    pub(crate) const fn new(index: usize) -> Self {
        Self {
            index,
            types: PhantomData,
        }
    }

    /// The feature's index among the view's features, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }
}

impl<V: FeatureView, T> Column<V, T> {
    /// The feature's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        V::definition()
            .columns()
            .get(self.index)
            .map_or("", |column| column.name())
    }
}

impl<V, T> Clone for Column<V, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, T> Copy for Column<V, T> {}

impl<V: FeatureView, T> fmt::Debug for Column<V, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", V::definition().name(), self.name())
    }
}
