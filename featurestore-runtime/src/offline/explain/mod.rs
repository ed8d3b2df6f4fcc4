//! `explain`: which row of its source each value of one training row came from, and why the
//! others lost. An engine reads the rows of the key, the rule's evaluator decides.

mod decide;
mod explanation;
mod held;
mod key_rows;
mod request;
mod row;
mod window;

pub use explanation::{Explanation, ViewExplanation};
pub(crate) use key_rows::{ExactRow, KeyRows, RowsOfKey, ViewKey};
pub use request::Explain;
pub use row::{ExplainedFeature, LostRow, Place, SourceRow};
pub use window::{ExplainedWindow, Outside};
