//! What the text of a query is made of. `DuckDB` gets text that this build composed; paths and
//! values are bound.

use duckdb::types::Value as Bound;

/// The values that stand for `$1`, `$2`, .. in a query.
#[derive(Debug, Default, Clone)]
pub(crate) struct Params(Vec<Bound>);

impl Params {
    /// Binds a value; gives what stands for it in the text.
    pub(crate) fn push(&mut self, value: impl Into<Bound>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    pub(crate) fn bind(&self) -> impl duckdb::Params {
        duckdb::params_from_iter(self.0.iter())
    }
}

/// A name as SQL has it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
