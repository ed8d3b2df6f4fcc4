//! A word that names a column of the events.

use featurestore_schema::Sentence;

use super::super::NoColumn;
use crate::view::Column;
use crate::view::windows::event_source::EventFacts;

impl<V, T> Column<V, T> {
    /// It is one.
    #[doc(hidden)]
    pub const fn is_event_column(self, _: &EventFacts) {}

    /// It is one.
    #[doc(hidden)]
    pub const fn is_event_key(self, _: &EventFacts) {}
}

impl NoColumn {
    /// A place where no column is, of which no more is said.
    #[must_use]
    pub const fn index(self) -> usize {
        usize::MAX
    }

    /// Says that it is none.
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn is_event_column(self, events: &EventFacts) {
        let sentence = Sentence::new()
            .with("FS0096: events of `")
            .with(events.name)
            .with("` have no column `")
            .with(self.name())
            .with("`; they have ");
        panic!("{}", listed(sentence, events).as_str());
    }

    /// Says that it is none.
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn is_event_key(self, events: &EventFacts) {
        let sentence = Sentence::new()
            .with("FS0097: events of `")
            .with(events.name)
            .with("` have no column `")
            .with(self.name())
            .with("` that this join key could be of; name theirs with `#[column(rename = \"..\")]`: they have ");
        panic!("{}", listed(sentence, events).as_str());
    }
}

const fn listed(mut sentence: Sentence, events: &EventFacts) -> Sentence {
    let mut place = 0;
    while place < events.columns.len() {
        let comma = if place == 0 { "" } else { ", " };
        sentence = sentence.with(comma).with(events.columns[place].name);
        place += 1;
    }
    sentence
}
