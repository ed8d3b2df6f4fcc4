//! What is wrong with a scenario, by its lines.

use std::fmt;

/// Lines of a scenario that can't be read, or whose expectation does not hold. Its `Debug` is as readable
/// as its `Display`, so that a test may `unwrap` it.
#[derive(Clone, PartialEq, Eq)]
pub struct ScenarioError {
    lines: Vec<(usize, String)>,
}

impl ScenarioError {
    /// What is wrong, by the numbers of the lines, of which the first is 1; nothing where nothing is.
    pub(super) fn of(lines: Vec<(usize, String)>) -> Result<(), Self> {
        if lines.is_empty() {
            return Ok(());
        }
        Err(Self { lines })
    }

    /// The numbers of the lines, of which the first is 1, each with what is wrong.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.lines
            .iter()
            .map(|(number, what)| (*number, what.as_str()))
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (number, what)) in self.lines.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(formatter, "{end}line {number}: {what}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\n{self}")
    }
}

impl std::error::Error for ScenarioError {}
