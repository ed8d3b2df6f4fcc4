//! Window views: events, sorted by key and time, and what a sweep over them gives each row of a spine.

mod all;
mod columns;
mod events;
mod group;
mod pages;
mod sweep;

pub(crate) use all::all_events;
pub(crate) use group::GroupWindows;
