//! What must be true of the fields of an event source.

use featurestore_schema::{Dtype, Sentence};

use super::super::Declared;
use crate::view::windows::event_source::EventFacts;

impl Declared {
    /// A part of an event's id tells events of one time apart.
    #[must_use]
    #[track_caller]
    pub const fn id(self) -> Self {
        assert!(
            !self.nullable,
            "FS0083: a part of an event's id is an `Option`, and events without it can't be told apart; leave the `Option` out"
        );
        assert!(
            self.dtype.is_key(),
            "FS0083: a float, a list, an embedding or JSON can't be an event's id; use an integer, a Uuid or a String"
        );
        self
    }

    /// The field that says whether a row takes its event back.
    #[must_use]
    #[track_caller]
    pub const fn deleted(self) -> Self {
        assert!(
            matches!(self.dtype, Dtype::Bool),
            "FS0084: `deleted` says whether a row takes its event back, so it is a bool; make a column that is one, as in `sql = \"SELECT *, operation = 'd' AS deleted FROM ..\"`"
        );
        self
    }

    /// A join key of a window view has its values from a column of the events.
    #[must_use]
    #[track_caller]
    #[allow(clippy::panic)]
    pub const fn event_key(self, events: &EventFacts, place: usize) -> Self {
        if let Some(column) = events.column(place)
            && !self.dtype.same(column.dtype)
        {
            let sentence = Sentence::new()
                .with("FS0097: join key `")
                .with(self.name)
                .with("` is ")
                .with_dtype(self.dtype)
                .with(", and `")
                .with(column.name)
                .with("` of `")
                .with(events.name)
                .with("` is ")
                .with_dtype(column.dtype)
                .with("; give both one type");
            panic!("{}", sentence.as_str());
        }
        self
    }
}
