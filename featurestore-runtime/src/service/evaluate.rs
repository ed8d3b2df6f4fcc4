//! The compiled expressions of a service, for those who know it only when running.

use super::rows::ServiceRows;
use super::value::FieldValue;
use crate::codec::RowError;

/// Makes the service's struct of rows, and gives the values of its features, in their order.
pub(crate) type Evaluate =
    fn(&mut ServiceRows<'_>, &mut dyn FnMut(&[FieldValue<'_>])) -> Result<(), RowError>;
