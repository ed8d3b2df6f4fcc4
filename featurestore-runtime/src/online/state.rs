//! What stands online of a window view: a state of several fields, which is changed as a whole.

use std::borrow::Cow;

use bytes::Bytes;

use super::{Address, Expected};

/// The field of the view that a field of an entity's hash belongs to: of a window view, the fields of
/// its state are its own and those that begin with it and a `/`, which no view's name has.
#[must_use]
pub fn view_field(field: &str) -> &str {
    field.split_once('/').map_or(field, |(view, _)| view)
}

/// An entity's state of a window view that is to be changed: its summary, which is in the view's
/// field, and the fields beside it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StateWrite {
    /// The entity.
    pub address: Address,
    /// The view's field.
    pub field: Cow<'static, str>,
    /// The state that the change was made of: where another one is there, nothing is written.
    pub expected: Expected,
    /// The summary that is to be there; nothing where the state is to go.
    pub summary: Option<Bytes>,
    /// The names of other fields of the state, each once, and what is to be in them; nothing where
    /// they are to go.
    pub parts: Vec<(String, Option<Bytes>)>,
    /// Whether those of the state's fields go that are not among `parts`.
    pub replaces: bool,
}

impl StateWrite {
    /// A state in the place of the expected one, of which nothing stays.
    pub fn replacing(
        address: Address,
        field: impl Into<Cow<'static, str>>,
        expected: Expected,
        summary: impl Into<Option<Bytes>>,
        parts: Vec<(String, Option<Bytes>)>,
    ) -> Self {
        Self {
            address,
            field: field.into(),
            expected,
            summary: summary.into(),
            parts,
            replaces: true,
        }
    }

    /// A change of the expected state: fields that are not named stay.
    pub fn changing(
        address: Address,
        field: impl Into<Cow<'static, str>>,
        expected: Expected,
        summary: impl Into<Bytes>,
        parts: Vec<(String, Option<Bytes>)>,
    ) -> Self {
        Self {
            replaces: false,
            ..Self::replacing(address, field, expected, summary.into(), parts)
        }
    }

    /// Whether it is written where `stored` stands in the view's field: where that is the expected one.
    /// Who writes again because the answer was lost finds its own summary, and may; so changes that differ
    /// are to have summaries that do, as the place in the log of the newest event makes them.
    #[must_use]
    pub fn is_written(&self, stored: Option<&[u8]>) -> bool {
        self.expected.is_met(stored) || stored == self.summary.as_deref()
    }

    /// Whether a field that is there goes with the write.
    #[must_use]
    pub fn removes(&self, field: &str) -> bool {
        if field == self.field {
            return self.summary.is_none();
        }
        if view_field(field) != self.field {
            return false;
        }
        match self.parts.iter().find(|(part, _)| part == field) {
            Some((_, bytes)) => bytes.is_none(),
            None => self.replaces,
        }
    }

    /// The fields that are set, and what they are set to, the summary first.
    pub fn set(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        let summary = self.summary.iter().map(|summary| (&*self.field, summary));
        let parts = self.parts.iter();
        summary.chain(parts.filter_map(|(part, bytes)| Some((part.as_str(), bytes.as_ref()?))))
    }
}
