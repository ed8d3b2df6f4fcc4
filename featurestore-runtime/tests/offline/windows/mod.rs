//! Window views: in training sets and online, against plain loops over random events.

mod behind;
mod clocks;
mod declared;
mod events;
mod late;
mod loops;
mod redeclared;
mod replicas;
mod runs;
mod services;
mod sources;
mod states;
mod training;
mod turned;
