//! Aggregates whose states give back what they took.

use super::super::super::aggregate::{
    Bins, Count, FinishError, Finished, FloatMoments, FloatSum, Histogram, IntegerMoments,
    IntegerSum, Measure, Tally, number,
};
use super::super::super::scalar::ScalarRef;
use super::super::columns::Values;
use super::step::Slide;

pub(super) struct Counted(Count);

impl Counted {
    pub(super) fn new() -> Self {
        Self(Count::default())
    }
}

impl Slide for Counted {
    fn add(&mut self, _: usize) {
        self.0.add();
    }

    fn remove(&mut self, _: usize) {
        self.0.remove();
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        Ok(Finished::integer(i128::from(self.0.value())))
    }
}

/// Sums and means of integers.
pub(super) struct Integers<F> {
    measure: Measure,
    at: F,
    state: IntegerSum,
}

impl<F: Fn(usize) -> i128> Integers<F> {
    pub(super) fn new(measure: &Measure, at: F) -> Self {
        Self {
            measure: *measure,
            at,
            state: IntegerSum::default(),
        }
    }
}

impl<F: Fn(usize) -> i128> Slide for Integers<F> {
    fn add(&mut self, row: usize) {
        self.state.add((self.at)(row));
    }

    fn remove(&mut self, row: usize) {
        self.state.remove((self.at)(row));
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.state.finish(&self.measure)
    }
}

/// Sums and means of floats.
pub(super) struct Floats<'a> {
    measure: Measure,
    values: &'a [f64],
    state: Box<FloatSum>,
}

impl<'a> Floats<'a> {
    pub(super) fn new(measure: &Measure, values: &'a [f64]) -> Self {
        Self {
            measure: *measure,
            values,
            state: Box::default(),
        }
    }
}

impl Slide for Floats<'_> {
    fn add(&mut self, row: usize) {
        self.state.add(self.values[row]);
    }

    fn remove(&mut self, row: usize) {
        self.state.remove(self.values[row]);
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        Ok(self.state.finish(&self.measure))
    }
}

/// Variances of integers.
pub(super) struct IntegerSpread<'a> {
    measure: Measure,
    values: &'a Values,
    state: Box<IntegerMoments>,
}

impl<'a> IntegerSpread<'a> {
    pub(super) fn new(measure: &Measure, values: &'a Values) -> Self {
        Self {
            measure: *measure,
            values,
            state: Box::default(),
        }
    }

    fn at(&self, row: usize) -> i128 {
        match self.values.get(row) {
            ScalarRef::Integer(value) => value,
            // The column is one of integers.
            _ => 0,
        }
    }
}

impl Slide for IntegerSpread<'_> {
    fn add(&mut self, row: usize) {
        self.state.add(self.at(row));
    }

    fn remove(&mut self, row: usize) {
        self.state.remove(self.at(row));
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.state.finish(&self.measure)
    }
}

/// Variances of floats.
pub(super) struct FloatSpread<'a> {
    measure: Measure,
    values: &'a [f64],
    state: Box<FloatMoments>,
}

impl<'a> FloatSpread<'a> {
    pub(super) fn new(measure: &Measure, values: &'a [f64]) -> Self {
        Self {
            measure: *measure,
            values,
            state: Box::default(),
        }
    }
}

impl Slide for FloatSpread<'_> {
    fn add(&mut self, row: usize) {
        self.state.add(self.values[row]);
    }

    fn remove(&mut self, row: usize) {
        self.state.remove(self.values[row]);
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.state.finish(&self.measure)
    }
}

/// Quantiles.
pub(super) struct Binned<'a> {
    measure: Measure,
    values: &'a Values,
    state: Histogram,
    broken: Option<FinishError>,
}

impl<'a> Binned<'a> {
    pub(super) fn new(measure: &Measure, values: &'a Values, bins: Bins) -> Self {
        Self {
            measure: *measure,
            values,
            state: Histogram::new(bins),
            broken: None,
        }
    }

    fn at(&mut self, row: usize) -> Option<f64> {
        let number = number(self.values.get(row), self.measure.scale());
        number.map_err(|error| self.broken = Some(error)).ok()
    }
}

impl Slide for Binned<'_> {
    fn add(&mut self, row: usize) {
        if let Some(value) = self.at(row) {
            self.state.add(value);
        }
    }

    fn remove(&mut self, row: usize) {
        if let Some(value) = self.at(row) {
            self.state.remove(value);
        }
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.broken
            .map_or_else(|| self.state.finish(&self.measure), Err)
    }
}

/// The most frequent values.
pub(super) struct Tallied<'a> {
    measure: Measure,
    values: &'a Values,
    state: Tally,
}

impl<'a> Tallied<'a> {
    pub(super) fn new(measure: &Measure, values: &'a Values) -> Self {
        Self {
            measure: *measure,
            values,
            state: Tally::default(),
        }
    }
}

impl Slide for Tallied<'_> {
    fn add(&mut self, row: usize) {
        self.state.add_unlimited(self.values.get(row));
    }

    fn remove(&mut self, row: usize) {
        self.state.remove(self.values.get(row));
    }

    fn finish(&mut self) -> Result<Finished, FinishError> {
        self.state.finish(&self.measure)
    }
}
