//! Names for the compiler.

/// The names of a view and its features, for what the compiler says of one that it has not.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Names {
    pub view: &'static str,
    pub features: &'static [&'static str],
}

impl Names {
    /// A view of which nothing is known.
    pub(super) const NONE: Self = Self {
        view: "",
        features: &[],
    };
}
