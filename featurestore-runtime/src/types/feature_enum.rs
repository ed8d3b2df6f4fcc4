//! Enums as features.

/// An enum whose variants are texts in the source and one or two bytes online. Derived.
pub trait FeatureEnum: Copy + Send + Sync + 'static {
    /// The variants' texts, in declared order.
    const VARIANTS: &'static [&'static str];

    /// The variant's index in [`Self::VARIANTS`].
    fn index(self) -> u16;

    /// The variant at an index.
    fn from_index(index: u16) -> Option<Self>;

    /// The variant's text in the source.
    fn as_str(self) -> &'static str {
        Self::VARIANTS
            .get(usize::from(self.index()))
            .copied()
            .unwrap_or_default()
    }
}
