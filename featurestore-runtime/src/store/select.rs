//! Tuples of columns that `select` takes.

use crate::codec::RowError;
use crate::key::EntityKey;
use crate::lookup::Lookup;
use crate::service::{FieldValue, ServiceRows};
use crate::types::{ColumnType, FeatureType as _};
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

    /// The index of each column in its view.
    #[doc(hidden)]
    fn columns(&self) -> Vec<usize>;

    #[doc(hidden)]
    fn values(&self, rows: &mut ServiceRows<'_>) -> Result<Self::Values, RowError>;

    /// What was found of each column.
    #[doc(hidden)]
    fn fields(values: &Self::Values) -> Vec<FieldValue<'_>>;
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

    fn columns(&self) -> Vec<usize> {
        vec![self.index()]
    }

    fn values(&self, rows: &mut ServiceRows<'_>) -> Result<Lookup<T>, RowError> {
        value(*self, 0, rows)
    }

    fn fields(values: &Lookup<T>) -> Vec<FieldValue<'_>> {
        vec![field(values)]
    }
}

fn field<T: ColumnType>(found: &Lookup<T>) -> FieldValue<'_> {
    let found = found.as_ref();
    found.map(|value| value.as_value().map(|value| value.to_value()))
}

/// The value of the column at an index of the selection, which is that of its view's row.
fn value<V: FeatureView, T: ColumnType>(
    column: Column<V, T>,
    index: usize,
    rows: &mut ServiceRows<'_>,
) -> Result<Lookup<T>, RowError> {
    rows.lookup([index, index, column.index()])
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

            fn columns(&self) -> Vec<usize> {
                vec![self.$zero.index(), $(self.$index.index()),*]
            }

            fn values(&self, rows: &mut ServiceRows<'_>) -> Result<Self::Values, RowError> {
                Ok((value(self.$zero, $zero, rows)?, $(value(self.$index, $index, rows)?,)*))
            }

            fn fields(values: &Self::Values) -> Vec<FieldValue<'_>> {
                vec![field(&values.$zero), $(field(&values.$index)),*]
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
