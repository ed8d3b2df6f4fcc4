//! The layouts of other builds' rows, as the online store keeps them; read when first met.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use featurestore_schema::Layout;

use crate::codec::RowError;
use crate::online::StoredLayout;
use crate::view::ViewDefinition;

/// How long a layout that nobody kept is not asked for again. Each layout is kept before the first
/// row that has it, so what asks for it is a damaged row.
const UNKNOWN: Duration = Duration::from_secs(1);

/// The layouts that were met.
#[derive(Debug, Default)]
pub(super) struct Layouts(RwLock<HashMap<(String, u32), Known>>);

/// What is known of a layout.
#[derive(Debug, Clone)]
enum Known {
    Kept(Arc<Layout>),
    /// It is kept, and not one that this build can read.
    Unreadable(String),
    /// It was not kept then.
    Missing(Instant),
}

impl Known {
    fn read(layout: &StoredLayout) -> Self {
        match Layout::parse(&layout.text) {
            Ok(parsed) if parsed.id() == layout.id => Self::Kept(Arc::new(parsed)),
            Ok(_) => Self::Unreadable("its text has another schema id".to_owned()),
            // A dtype that only a newer build knows makes just the rows that have it unreadable.
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// The layout; nothing where it should be asked for.
    fn layout(self, schema_id: u32) -> Option<Result<Arc<Layout>, RowError>> {
        match self {
            Self::Kept(layout) => Some(Ok(layout)),
            Self::Unreadable(reason) => Some(Err(RowError::UnreadableLayout { schema_id, reason })),
            Self::Missing(asked) if asked.elapsed() < UNKNOWN => {
                Some(Err(RowError::UnknownLayout { schema_id }))
            }
            Self::Missing(_) => None,
        }
    }
}

impl Layouts {
    /// The layout of a view's rows with a schema id; nothing where it should be asked for.
    pub(super) fn known(
        &self,
        view: &ViewDefinition,
        schema_id: u32,
    ) -> Option<Result<Arc<Layout>, RowError>> {
        let key = (view.field().to_owned(), schema_id);
        let cache = self.0.read().unwrap_or_else(PoisonError::into_inner);
        cache.get(&key).cloned()?.layout(schema_id)
    }

    /// Takes in all layouts that are kept, and gives the one that they were asked for.
    pub(super) fn learn(
        &self,
        stored: Vec<StoredLayout>,
        view: &ViewDefinition,
        schema_id: u32,
    ) -> Result<Arc<Layout>, RowError> {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Ids that nobody kept are as many as damage makes them.
        cache.retain(|_, known| match known {
            Known::Missing(asked) => asked.elapsed() < UNKNOWN,
            _ => true,
        });
        for layout in stored {
            let known = Known::read(&layout);
            cache.insert((layout.field, layout.id), known);
        }
        let known = cache
            .entry((view.field().to_owned(), schema_id))
            .or_insert_with(|| Known::Missing(Instant::now()));
        let layout = known.clone().layout(schema_id);
        layout.unwrap_or(Err(RowError::UnknownLayout { schema_id }))
    }
}
