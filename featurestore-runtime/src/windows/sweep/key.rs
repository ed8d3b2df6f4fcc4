//! Every window of a part of one key's events.

use super::super::aggregate::State;
use super::super::event::Arrival;
use super::super::feature::Feature;
use super::super::window::Window;
use super::columns::Events;
use super::error::SweepError;
use super::moves::Moves;
use super::slide::{self, Results};
use super::versions::{Versions, sorted};

/// The features, by their windows: each window's moves are found once.
#[derive(Debug)]
pub(super) struct Windows<'a> {
    features: &'a [Feature],
    windows: Vec<(Window, Vec<usize>)>,
}

impl<'a> Windows<'a> {
    pub(super) fn new(features: &'a [Feature]) -> Self {
        let mut windows: Vec<(Window, Vec<usize>)> = Vec::new();
        for (place, feature) in features.iter().enumerate() {
            match windows
                .iter_mut()
                .find(|(window, _)| *window == feature.window)
            {
                Some((_, places)) => places.push(place),
                None => windows.push((feature.window, vec![place])),
            }
        }
        Self { features, windows }
    }

    /// The first time at which no window holds an event of a time.
    pub(super) fn leave(&self, event_time: i64) -> i64 {
        let leaves = self
            .windows
            .iter()
            .map(|(window, _)| window.leaves(event_time));
        leaves.max().unwrap_or(i64::MIN)
    }

    /// The results of all features for entity rows at `times`, which ascend; to each of them, all
    /// events that can count are there.
    pub(super) fn results(
        &self,
        key: u64,
        events: &Events,
        arrival: &Arrival,
        times: &[i64],
        mut put: impl FnMut(usize, Results),
    ) -> Result<(), SweepError> {
        let ordered;
        let events = match sorted(events, arrival) {
            None => events,
            Some(order) => {
                ordered = events.in_order(&order);
                &ordered
            }
        };
        let versions = Versions::new(events, arrival);
        for (window, places) in &self.windows {
            let moves = Moves::new(events, &versions, window, times);
            for place in places {
                let results = slide::results(&self.features[*place], events, &moves);
                let results = results.map_err(|error| SweepError::Feature {
                    key,
                    feature: *place,
                    error,
                })?;
                put(*place, results);
            }
        }
        Ok(())
    }

    /// The results of all features for so many entity rows of a key without events.
    pub(super) fn results_of_nothing(&self, rows: usize, mut put: impl FnMut(usize, Results)) {
        for (place, Feature { measure, .. }) in self.features.iter().enumerate() {
            put(place, vec![State::new(measure).finish(measure); rows]);
        }
    }
}
