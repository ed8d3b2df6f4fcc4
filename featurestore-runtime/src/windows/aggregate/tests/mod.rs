//! Each aggregate: its state is the same bytes in any order and any split, its result is that of
//! plain loops, and no bytes make it panic.

mod big;
mod exact;
mod states;
