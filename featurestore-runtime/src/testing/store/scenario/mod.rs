//! Cases as text: what happens when, and what is expected of it.

mod error;
mod line;
mod play;
mod text;

pub use error::ScenarioError;
