//! The layouts of other builds' rows, as the online store keeps them; read when first met.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use featurestore_schema::Layout;

use crate::codec::{RowError, Transcoded, Transcoding};
use crate::online::StoredLayout;
use crate::view::ViewDefinition;

/// How long a layout that nobody kept is not asked for again. Each layout is kept before the first
/// row that has it, so what asks for it is a damaged row.
const UNKNOWN: Duration = Duration::from_secs(1);

/// The layouts that were met, by field and schema id.
#[derive(Debug, Default)]
pub(super) struct Layouts(RwLock<HashMap<String, HashMap<u32, LayoutEntry>>>);

/// A layout that rows of a field have, and how they are read.
#[derive(Debug)]
pub(super) struct KeptLayout {
    layout: Layout,
    /// Into the layout that the field's view declares; worked out with the first row.
    transcoding: OnceLock<Arc<Transcoding>>,
}

impl KeptLayout {
    /// The row in the columns that its view declares.
    ///
    /// # Errors
    ///
    /// A damaged row.
    pub(super) fn transcode(
        &self,
        row: &[u8],
        view: &'static ViewDefinition,
    ) -> Result<Transcoded, RowError> {
        let transcoding = self.transcoding.get_or_init(|| {
            let default = |column: usize| {
                let column = view.columns().get(column)?;
                column.default()?.value(column.dtype())
            };
            Arc::new(Transcoding::new(&self.layout, view.layout(), default))
        });
        transcoding.run(row, &self.layout, view.layout())
    }
}

/// What is known of a layout.
#[derive(Debug, Clone)]
enum LayoutEntry {
    Kept(Arc<KeptLayout>),
    /// It is kept, and not one that this build can read.
    Unreadable(String),
    /// It was not kept then.
    Missing(Instant),
}

impl LayoutEntry {
    fn read(layout: &StoredLayout) -> Self {
        match Layout::parse(&layout.text) {
            Ok(parsed) if parsed.id() == layout.id => Self::Kept(Arc::new(KeptLayout {
                layout: parsed,
                transcoding: OnceLock::new(),
            })),
            Ok(_) => Self::Unreadable("its text has another schema id".to_owned()),
            // A dtype that only a newer build knows makes just the rows that have it unreadable.
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// The layout; nothing where it should be asked for.
    fn layout(self, schema_id: u32) -> Option<Result<Arc<KeptLayout>, RowError>> {
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
    ) -> Option<Result<Arc<KeptLayout>, RowError>> {
        let cache = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_field = cache.get(view.field())?;
        of_field.get(&schema_id)?.clone().layout(schema_id)
    }

    /// Takes in all layouts that are kept, and gives the one that they were asked for.
    pub(super) fn learn(
        &self,
        stored: Vec<StoredLayout>,
        view: &ViewDefinition,
        schema_id: u32,
    ) -> Result<Arc<KeptLayout>, RowError> {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Ids that nobody kept are as many as damage makes them.
        for of_field in cache.values_mut() {
            of_field.retain(|_, known| match known {
                LayoutEntry::Missing(asked) => asked.elapsed() < UNKNOWN,
                _ => true,
            });
        }
        for layout in stored {
            let known = LayoutEntry::read(&layout);
            let of_field = cache.entry(layout.field).or_default();
            match of_field.entry(layout.id) {
                // What was worked out of it stays.
                Entry::Occupied(mut same) if !matches!(same.get(), LayoutEntry::Kept(_)) => {
                    same.insert(known);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(new) => {
                    new.insert(known);
                }
            }
        }
        let of_field = cache.entry(view.field().to_owned()).or_default();
        let known = of_field
            .entry(schema_id)
            .or_insert_with(|| LayoutEntry::Missing(Instant::now()));
        let layout = known.clone().layout(schema_id);
        layout.unwrap_or(Err(RowError::UnknownLayout { schema_id }))
    }
}
