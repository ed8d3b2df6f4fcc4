//! Tuples of columns that `select` takes.

use crate::codec::RowReader;
use crate::error::Error;
use crate::key::EntityKey;
use crate::lookup::Lookup;
use crate::types::ColumnType;
use crate::view::{Column, FeatureView, ViewDefinition};

/// Columns that can be read together: a column, or a tuple of up to eight, of views with one key
/// type.
pub trait Selection: sealed::Sealed + Copy + Send {
    /// The key of the entity.
    type Key: EntityKey;
    /// A lookup per column.
    type Values;

    #[doc(hidden)]
    fn views(&self) -> Vec<&'static ViewDefinition>;

    #[doc(hidden)]
    fn values(&self, rows: &mut [Lookup<RowReader<'_>>]) -> Result<Self::Values, Error>;
}

mod sealed {
    pub trait Sealed {}
    impl<V, T> Sealed for crate::view::Column<V, T> {}
}

impl<V: FeatureView, T: ColumnType> Selection for Column<V, T> {
    type Key = V::Key;
    type Values = Lookup<T>;

    fn views(&self) -> Vec<&'static ViewDefinition> {
        vec![V::definition()]
    }

    fn values(&self, rows: &mut [Lookup<RowReader<'_>>]) -> Result<Lookup<T>, Error> {
        value(*self, 0, rows)
    }
}

/// The value of a column in its view's row, which is at `place`.
fn value<V: FeatureView, T: ColumnType>(
    column: Column<V, T>,
    place: usize,
    rows: &mut [Lookup<RowReader<'_>>],
) -> Result<Lookup<T>, Error> {
    let Some(row) = rows.get(place).copied() else {
        return Ok(Lookup::Missing);
    };
    row.try_map(|mut row| row.column(column.index()))
        .map_err(|error| Error::row(error, V::definition().name(), ""))
}

macro_rules! selections {
    ($(($first:ident $first_type:ident $zero:tt $(, $view:ident $type:ident $index:tt)*);)*) => {$(
        impl<$first: FeatureView, $first_type: ColumnType, $($view: FeatureView<Key = $first::Key>, $type: ColumnType),*>
            sealed::Sealed for (Column<$first, $first_type>, $(Column<$view, $type>,)*) {}

        impl<$first: FeatureView, $first_type: ColumnType, $($view: FeatureView<Key = $first::Key>, $type: ColumnType),*>
            Selection for (Column<$first, $first_type>, $(Column<$view, $type>,)*)
        {
            type Key = $first::Key;
            type Values = (Lookup<$first_type>, $(Lookup<$type>,)*);

            fn views(&self) -> Vec<&'static ViewDefinition> {
                vec![$first::definition(), $($view::definition()),*]
            }

            fn values(&self, rows: &mut [Lookup<RowReader<'_>>]) -> Result<Self::Values, Error> {
                Ok((value(self.$zero, $zero, rows)?, $(value(self.$index, $index, rows)?,)*))
            }
        }
    )*};
}

selections! {
    (A TA 0);
    (A TA 0, B TB 1);
    (A TA 0, B TB 1, C TC 2);
    (A TA 0, B TB 1, C TC 2, D TD 3);
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4);
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5);
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5, G TG 6);
    (A TA 0, B TB 1, C TC 2, D TD 3, E TE 4, F TF 5, G TG 6, H TH 7);
}
