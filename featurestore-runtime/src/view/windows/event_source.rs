//! Event sources: what `#[event_source]` makes of a struct.

use featurestore_schema::{Cadence, Dtype};

use super::super::{Drift, EventSourceDefinition, Source};

/// A struct that declares an event source: one value per event. Implemented by `#[event_source]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event source",
    label = "not an event source",
    note = "declare it with `#[event_source(source = \"..\", timestamp = \"..\", id = \"..\")]`"
)]
pub trait EventSource: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    const FACTS: EventFacts;

    /// The declaration.
    fn definition() -> &'static EventSourceDefinition;
}

/// What a window view's declaration takes of its event source's, when it is compiled.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct EventFacts {
    pub name: &'static str,
    pub source: Source,
    pub timestamp: &'static str,
    pub created: Option<&'static str>,
    pub cadence: Option<Cadence>,
    pub settling: i64,
    pub lateness: i64,
    pub retention: Option<i64>,
    pub drift: Drift,
    /// The names, the source's names and dtypes of the columns, and whether a value may be null.
    pub columns: &'static [(&'static str, &'static str, Dtype, bool)],
}
