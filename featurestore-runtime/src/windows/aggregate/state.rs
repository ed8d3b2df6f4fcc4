//! The state of any aggregate.

use super::super::bytes::Damage;
use super::super::scalar::{Kind, Scalar, ScalarRef};
use super::distinct::Distinct;
use super::ends::Ends;
use super::extreme::Extreme;
use super::measure::powers_of_ten;
use super::{
    Aggregate, Count, End, FloatMoments, FloatSum, Histogram, IntegerMoments, IntegerSum, Measure,
    Place, Side, Tally, TooManyValues,
};

/// What an aggregate is of a window's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finished {
    /// There is no value.
    Nothing,
    /// A value. Counts, and sums of integers, are integers; sums of decimals are in units of the
    /// column's scale.
    One(Scalar),
    /// Some values.
    List(Vec<Scalar>),
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FinishError {
    /// A sum that 128 bits don't hold.
    #[error("the sum needs more than 128 bits; sum a narrower column, or take its mean")]
    Overflow,
    /// Values that are not all counted.
    #[error(transparent)]
    TooManyValues(#[from] TooManyValues),
    /// A state that no values make.
    #[error("its state is damaged: {0}; materialize the view again")]
    Damaged(#[from] Damage),
    /// What can't be, and is a fault of this library.
    #[error("internal error, which is not of your making: {0}")]
    Internal(&'static str),
}

/// The state of an aggregate of a column.
#[derive(Debug, Clone)]
pub(crate) enum State {
    Count(Count),
    IntegerSum(IntegerSum),
    FloatSum(Box<FloatSum>),
    IntegerMoments(Box<IntegerMoments>),
    FloatMoments(Box<FloatMoments>),
    Extreme(Extreme),
    Ends(Ends),
    Distinct(Distinct),
    Histogram(Histogram),
    Tally(Tally),
}

const OTHER_KIND: FinishError = FinishError::Internal("a value is not of its column's kind");
const OTHER_STATE: FinishError = FinishError::Internal("two states are of different aggregates");

impl State {
    /// The state of no value.
    pub(crate) fn new(measure: &Measure) -> Self {
        let floats = measure.kind() == Some(Kind::Float);
        match measure.aggregate() {
            Aggregate::Count => Self::Count(Count::default()),
            Aggregate::Sum | Aggregate::Mean if floats => Self::FloatSum(Box::default()),
            Aggregate::Sum | Aggregate::Mean => Self::IntegerSum(IntegerSum::default()),
            Aggregate::Variance(_) | Aggregate::StandardDeviation(_) if floats => {
                Self::FloatMoments(Box::default())
            }
            Aggregate::Variance(_) | Aggregate::StandardDeviation(_) => {
                Self::IntegerMoments(Box::default())
            }
            Aggregate::Min => Self::Extreme(Extreme::new(Side::Min)),
            Aggregate::Max => Self::Extreme(Extreme::new(Side::Max)),
            Aggregate::First => Self::Ends(Ends::new(End::First, 1)),
            Aggregate::Last => Self::Ends(Ends::new(End::Last, 1)),
            Aggregate::FirstOf(count) => Self::Ends(Ends::new(End::First, count)),
            Aggregate::LastOf(count) => Self::Ends(Ends::new(End::Last, count)),
            Aggregate::Distinct(precision) => Self::Distinct(Distinct::new(precision)),
            Aggregate::Quantile { bins, .. } => Self::Histogram(Histogram::new(bins)),
            Aggregate::Top(_) => Self::Tally(Tally::default()),
        }
    }

    /// Takes in an event's value in the measure's column: nothing where it has none, or where
    /// events are counted.
    pub(crate) fn update(
        &mut self,
        measure: &Measure,
        place: Place,
        value: Option<ScalarRef<'_>>,
    ) -> Result<(), FinishError> {
        let Some(value) = value else {
            if let (Self::Count(count), None) = (self, measure.kind()) {
                count.add();
            }
            return Ok(());
        };
        if measure.kind().is_none_or(|kind| !value.is_of(kind)) {
            return Err(OTHER_KIND);
        }
        match (self, value) {
            (Self::Count(state), _) => state.add(),
            (Self::IntegerSum(state), ScalarRef::Integer(value)) => state.add(value),
            (Self::FloatSum(state), ScalarRef::Float(value)) => state.add(value),
            (Self::IntegerMoments(state), ScalarRef::Integer(value)) => state.add(value),
            (Self::FloatMoments(state), ScalarRef::Float(value)) => state.add(value),
            (Self::Extreme(state), value) => state.add(value),
            (Self::Ends(state), value) => state.add(place, value),
            (Self::Distinct(state), value) => state.add(value),
            (Self::Histogram(state), value) => state.add(number(value, measure.scale())?),
            (Self::Tally(state), value) => state.add(value),
            _ => return Err(OTHER_KIND),
        }
        Ok(())
    }

    /// Takes in another state of the same measure.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), FinishError> {
        match (self, other) {
            (Self::Count(state), Self::Count(other)) => state.merge(other),
            (Self::IntegerSum(state), Self::IntegerSum(other)) => state.merge(other),
            (Self::FloatSum(state), Self::FloatSum(other)) => state.merge(other),
            (Self::IntegerMoments(state), Self::IntegerMoments(other)) => state.merge(other),
            (Self::FloatMoments(state), Self::FloatMoments(other)) => state.merge(other),
            (Self::Extreme(state), Self::Extreme(other)) => state.merge(other),
            (Self::Ends(state), Self::Ends(other)) => state.merge(other),
            (Self::Distinct(state), Self::Distinct(other)) => state.merge(other),
            (Self::Histogram(state), Self::Histogram(other)) => state.merge(other),
            (Self::Tally(state), Self::Tally(other)) => state.merge(other),
            _ => return Err(OTHER_STATE),
        }
        Ok(())
    }

    /// Appends its bytes, as each aggregate has them.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Count(state) => state.write(out),
            Self::IntegerSum(state) => state.write(out),
            Self::FloatSum(state) => state.write(out),
            Self::IntegerMoments(state) => state.write(out),
            Self::FloatMoments(state) => state.write(out),
            Self::Extreme(state) => state.write(out),
            Self::Ends(state) => state.write(out),
            Self::Distinct(state) => state.write(out),
            Self::Histogram(state) => state.write(out),
            Self::Tally(state) => state.write(out),
        }
    }

    /// Takes the bytes of another state of the measure, and takes it in.
    pub(crate) fn absorb(&mut self, measure: &Measure, bytes: &mut &[u8]) -> Result<(), Damage> {
        let kind = measure.kind().unwrap_or(Kind::Bytes);
        match self {
            Self::Count(state) => state.absorb(bytes),
            Self::IntegerSum(state) => state.absorb(bytes),
            Self::FloatSum(state) => state.absorb(bytes),
            Self::IntegerMoments(state) => state.absorb(bytes),
            Self::FloatMoments(state) => state.absorb(bytes),
            Self::Extreme(state) => state.absorb(bytes, kind),
            Self::Ends(state) => state.absorb(bytes, kind),
            Self::Distinct(state) => state.absorb(bytes),
            Self::Histogram(state) => state.absorb(bytes),
            Self::Tally(state) => state.absorb(bytes, kind),
        }
    }

    /// What the measure is of all that was taken in.
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        match self {
            Self::Count(state) => Ok(Finished::integer(i128::from(state.value()))),
            Self::IntegerSum(state) => state.finish(measure),
            Self::FloatSum(state) => Ok(state.finish(measure)),
            Self::IntegerMoments(state) => state.finish(measure),
            Self::FloatMoments(state) => state.finish(measure),
            Self::Extreme(state) => Ok(Finished::of(state.value())),
            Self::Ends(state) => {
                let mut values = state.values();
                if let Aggregate::LastOf(_) = measure.aggregate() {
                    values.reverse();
                }
                Ok(match measure.aggregate() {
                    Aggregate::First | Aggregate::Last => Finished::of(values.pop()),
                    _ => Finished::List(values),
                })
            }
            Self::Distinct(state) => Ok(Finished::integer(i128::from(state.count()))),
            Self::Histogram(state) => state.finish(measure),
            Self::Tally(state) => state.finish(measure),
        }
    }
}

impl Finished {
    pub(crate) const fn integer(value: i128) -> Self {
        Self::One(Scalar::Integer(value))
    }

    fn float(value: Option<f64>) -> Self {
        Self::of(value.map(Scalar::Float))
    }

    pub(crate) fn of(value: Option<Scalar>) -> Self {
        value.map_or(Self::Nothing, Self::One)
    }
}

impl IntegerSum {
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        if let Aggregate::Mean = measure.aggregate() {
            return Ok(Finished::float(self.mean(powers_of_ten(measure.scale()))));
        }
        self.sum()
            .map(Finished::integer)
            .ok_or(FinishError::Overflow)
    }
}

impl FloatSum {
    pub(crate) fn finish(&self, measure: &Measure) -> Finished {
        Finished::float(match measure.aggregate() {
            Aggregate::Mean => self.mean(),
            _ => Some(self.sum()),
        })
    }
}

impl IntegerMoments {
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        let [first, second] = powers_of_ten(measure.scale());
        let divisors = [first, second, first, second];
        finish_moments(measure, |divisor| self.variance(divisor, divisors))
    }
}

impl FloatMoments {
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        finish_moments(measure, |divisor| self.variance(divisor))
    }
}

fn finish_moments(
    measure: &Measure,
    variance: impl Fn(super::Divisor) -> Result<Option<f64>, Damage>,
) -> Result<Finished, FinishError> {
    match measure.aggregate() {
        Aggregate::Variance(divisor) => Ok(Finished::float(variance(divisor)?)),
        Aggregate::StandardDeviation(divisor) => {
            Ok(Finished::float(variance(divisor)?.map(f64::sqrt)))
        }
        _ => Err(OTHER_STATE),
    }
}

impl Histogram {
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        match measure.aggregate() {
            Aggregate::Quantile { millionths, .. } => {
                Ok(Finished::float(self.quantile(millionths)))
            }
            _ => Err(OTHER_STATE),
        }
    }
}

impl Tally {
    pub(crate) fn finish(&self, measure: &Measure) -> Result<Finished, FinishError> {
        match measure.aggregate() {
            Aggregate::Top(count) => Ok(Finished::List(self.top(count)?)),
            _ => Err(OTHER_STATE),
        }
    }
}

/// A value as a float, for bins: of decimals the float next to the number without its point, divided
/// by the float next to the power of ten.
pub(crate) fn number(value: ScalarRef<'_>, scale: u8) -> Result<f64, FinishError> {
    match value {
        ScalarRef::Float(value) => Ok(value),
        ScalarRef::Integer(value) => {
            let [first, second] = powers_of_ten(scale);
            #[allow(clippy::cast_precision_loss)]
            let (value, first, second) = (value as f64, first as f64, second as f64);
            Ok(value / (first * second))
        }
        ScalarRef::Bytes(_) => Err(OTHER_KIND),
    }
}
