//! Mistakes that tests make on purpose, to see that the comparison with the definition finds them.
//! Those that can be made from without, by what is given in, are made there.

use std::cell::Cell;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The start of a window is in it.
    StartInclusive,
    /// Tiles are `[k length, (k + 1) length)`.
    FloorTiles,
    /// Raw rows go when their tile ends.
    RawDroppedEarly,
    /// A tile that a window's end cuts is taken whole.
    HeadTileWhole,
    /// Late rows count online.
    LateCounts,
    /// Rows that were applied are applied again.
    NoFence,
}

thread_local! {
    static MADE: Cell<Option<Mutant>> = const { Cell::new(None) };
}

/// Whether a mistake is made now.
pub(crate) fn is(mutant: Mutant) -> bool {
    MADE.get() == Some(mutant)
}

/// Runs with a mistake.
pub(crate) fn with<T>(mutant: Option<Mutant>, run: impl FnOnce() -> T) -> T {
    MADE.set(mutant);
    let result = run();
    MADE.set(None);
    result
}
