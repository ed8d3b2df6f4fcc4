//! Event sources, and views whose features are aggregates of their events over windows.

mod describe;
pub(crate) mod event_source;
pub(crate) mod feature;
mod features;
mod filter;
mod kind;
mod resolved;
mod scalars;
mod values;

pub use event_source::EventSource;
pub(crate) use feature::WindowFeature;
pub use filter::{Comparison, Constant, Filter};
pub(crate) use resolved::{DeclaredWindows, ResolvedWindows, UnusableWindows};
pub(crate) use scalars::{Scalars, event_id, with_scalar};
pub(crate) use values::feature_value;
