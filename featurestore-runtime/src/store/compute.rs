//! Computing what a service computes of an entity's live rows, by its compiled expressions.

use smallvec::SmallVec;

use super::StoreError;
use super::computed::{ComputedValues, GivenInputs};
use super::plan::Plan;
use super::read_path::LiveRows;
use crate::codec::Reason;
use crate::lookup::Lookup;
use crate::service::Inputs;
use crate::types::{ValueError, ValueRef};
use crate::view::ColumnDefinition;

impl LiveRows<'_> {
    /// Computes the features of a plan that are computed.
    pub(crate) fn compute(
        &self,
        plan: &Plan,
        given: Option<&GivenInputs<'_>>,
    ) -> Result<ComputedValues, StoreError> {
        let Some(evaluated) = plan.evaluated() else {
            return Ok(ComputedValues::default());
        };
        let given = given
            .ok_or_else(|| StoreError::internal("nothing is given for what is to be computed"))?;
        let key = evaluated.key.iter().zip(&given.key);
        let key = key.map(|((name, dtype), value)| {
            value.borrow(*dtype).map_err(|source| StoreError::Key {
                key: (*name).to_owned(),
                source,
            })
        });
        let key: SmallVec<[ValueRef<'_>; 2]> = key.collect::<Result<_, _>>()?;
        let request = plan.request().iter().zip(&given.request);
        let request = request.map(|(field, value)| {
            let value = value.as_ref().map(|value| value.borrow(field.dtype()));
            value.transpose().map_err(|error| refused(field, error))
        });
        let request: SmallVec<[Option<ValueRef<'_>>; 4]> = request.collect::<Result<_, _>>()?;
        let inputs = Inputs {
            key: Some(&key),
            request: &request,
            as_of: self.as_of(),
        };
        let mut computed = Vec::with_capacity(plan.features().len());
        self.make(inputs, |rows| {
            (evaluated.evaluate)(rows, &mut |values| {
                let features = plan.features().iter().zip(values);
                computed.extend(features.map(|(feature, value)| {
                    let Lookup::Found(value) = value else {
                        return None;
                    };
                    // What is read is read of its row.
                    let value = value.filter(|_| feature.place().is_none());
                    value.map(|value| value.to_owned(feature.dtype()))
                }));
            })
        })?;
        Ok(ComputedValues(computed))
    }
}

/// The error of a value that a request may not give.
#[cold]
fn refused(field: &ColumnDefinition, error: ValueError) -> StoreError {
    StoreError::Request {
        field: field.name().to_owned(),
        source: Reason::new(error),
    }
}
