//! States of window views: each is made of all events of its entity, takes the place of the one that is
//! there where no newer one is and no other writer came between, and goes where there are no events any
//! more.

mod entities;
mod group;
mod make;
mod prune;
mod rejected;
mod write;

pub(super) use entities::Group;
pub(super) use group::group;
pub(super) use make::Making;
pub(super) use prune::{Seen, prune};
pub(super) use write::{Outcome, write};
