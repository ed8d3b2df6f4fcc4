//! What must be true of all features of a window view together.

use featurestore_schema::Sentence;

use crate::view::windows::event_source::EventFacts;
use crate::view::windows::feature::WindowFeature;
use crate::windows::state::Reach;

/// The view's states must be as small as a read needs them, and the log keep what they are of.
#[track_caller]
#[allow(clippy::panic)]
pub const fn assert_states(events: &EventFacts, features: &[WindowFeature]) {
    let mut reach = Reach::of_lateness(events.lateness);
    let mut longest = 0;
    let mut is_lifetime = false;
    let mut place = 0;
    while place < features.len() {
        let window = &features[place].window;
        reach = reach.and(window);
        match window.length() {
            Some(length) if length + window.delay() > longest => longest = length + window.delay(),
            Some(_) => {}
            None => is_lifetime = true,
        }
        place += 1;
    }
    if reach.tile_length().is_err() {
        panic!(
            "FS0089: the view's longest window would be kept in more than 721 steps, since its resolutions, or what they have in common, are too fine for it; take a coarser resolution, or put the longest window into a view of its own"
        );
    }
    let Some(retention) = events.retention else {
        return;
    };
    assert!(
        !is_lifetime,
        "FS0098: a window of all time is of a log that keeps its events for a while only; remove `retention` from the event source, or give the window a length"
    );
    if retention < longest + events.lateness {
        let sentence = Sentence::new()
            .with("FS0098: the log of `")
            .with(events.name)
            .with("` keeps its events for less than the longest window, its delay and the lateness together; make `retention` longer, or the window shorter");
        panic!("{}", sentence.as_str());
    }
}
