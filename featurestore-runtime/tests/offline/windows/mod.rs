//! Window views: in training sets and online, against plain loops over random events.

mod clocks;
mod declared;
mod events;
mod loops;
mod runs;
mod services;
mod states;
mod training;
mod turned;
