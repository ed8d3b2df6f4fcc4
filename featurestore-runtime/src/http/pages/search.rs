//! What of the registry has the words that somebody looks for.

use crate::service::ServiceDefinition;
use crate::view::{ColumnDefinition, ViewDefinition};

/// The words that somebody looks for, each of which a text must have, in any case of letters.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    /// What was typed.
    pub(super) typed: String,
    words: Vec<String>,
}

impl Search {
    /// The parameter of a page's address that has them.
    pub(super) const PARAMETER: &'static str = "find";

    pub(super) fn new(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default().as_bytes();
        let typed = form_urlencoded::parse(query)
            .find(|(name, _)| name == Self::PARAMETER)
            .map(|(_, text)| text.trim().to_owned())
            .unwrap_or_default();
        let words = typed.to_lowercase();
        Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            typed,
        }
    }

    /// Whether anything is looked for.
    pub(super) fn is_on(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether some texts have all the words between them.
    fn finds<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let texts: Vec<String> = texts.into_iter().map(str::to_lowercase).collect();
        let found = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
        self.words.iter().all(found)
    }

    pub(super) fn finds_service(&self, service: &ServiceDefinition) -> bool {
        let own = [service.name(), service.description()];
        let tags = service.tags().iter().copied();
        self.finds(own.into_iter().chain(service.owner()).chain(tags))
    }

    pub(super) fn finds_view(&self, view: &ViewDefinition) -> bool {
        let own = [view.name(), view.description(), view.entity()];
        let tags = view.tags().iter().copied();
        self.finds(own.into_iter().chain(view.owner()).chain(tags))
    }

    pub(super) fn finds_column(&self, view: &ViewDefinition, column: &ColumnDefinition) -> bool {
        let own = [view.name(), column.name(), column.description()];
        self.finds(own.into_iter().chain(column.unit()))
    }
}
