//! A window view's features as the sweep and the state have them.

use std::collections::BTreeSet;

use super::super::ColumnDefinition;
use super::{Filter, WindowFeature};
use crate::windows::hash::hash;
use crate::windows::state::{Limits, Plan, PlanError, StateError};
use crate::windows::{Arrival, Feature, Kind, Measure, MeasureError};

use super::kind::kind;

/// What a window view declares.
pub(crate) struct DeclaredWindows {
    /// All of it in words.
    pub(crate) words: String,
    /// The view's columns.
    pub(crate) columns: &'static [ColumnDefinition],
    /// What each of them is.
    pub(crate) features: &'static [WindowFeature],
    /// The events' columns.
    pub(crate) events: &'static [ColumnDefinition],
    /// The indices of those that are an event's id, and of the one that takes it back.
    pub(crate) identity: Vec<usize>,
    /// When events count.
    pub(crate) arrival: Arrival,
    /// The column that says which of several rows of an event counts.
    pub(crate) created: Option<&'static str>,
}

/// A window view's features as the sweep and the state have them. Worked out once.
#[derive(Debug)]
pub(crate) struct ResolvedWindows {
    /// The indices of the events' columns that features are of, each once.
    pub(crate) columns: Vec<usize>,
    /// The filters, each once: their outcomes stand behind the columns.
    pub(crate) filters: Vec<&'static Filter>,
    /// What the columns and the outcomes are.
    pub(crate) kinds: Vec<Kind>,
    /// The features, in the view's order.
    pub(crate) features: Vec<Feature>,
    /// What the view's states look like.
    pub(crate) plan: Plan,
}

/// Features that no state can be of, though the declaration compiled.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum UnusableWindows {
    /// A feature of a column that there is not, or that holds what no aggregate takes.
    #[error("feature `{feature}` is of a column that its events have not, or of lists or JSON")]
    NoColumn {
        /// The feature's name.
        feature: &'static str,
    },
    /// An aggregate that its column can't have.
    #[error("feature `{feature}`: {error}")]
    Measure {
        /// The feature's name.
        feature: &'static str,
        /// Why not.
        #[source]
        error: MeasureError,
    },
    /// Features that don't go together.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl ResolvedWindows {
    /// Of what a view declares.
    pub(crate) fn new(declared: &DeclaredWindows) -> Result<Self, UnusableWindows> {
        let windows = declared.features;
        let (mut columns, mut filters) = (Vec::new(), Vec::new());
        for feature in windows {
            if let Some(column) = feature.column.filter(|column| !columns.contains(column)) {
                columns.push(column);
            }
            if let Some(filter) = feature.filter.filter(|filter| !filters.contains(filter)) {
                filters.push(filter);
            }
        }
        let names = || declared.columns.iter().map(ColumnDefinition::name);
        let name = |index: usize| names().nth(index).unwrap_or("?");
        let mut kinds = Vec::with_capacity(columns.len() + filters.len());
        for column in &columns {
            let found = declared.events.get(*column);
            let found = found.and_then(|column| kind(column.dtype()));
            kinds.push(found.ok_or_else(|| {
                let mut of = windows.iter();
                let feature = of.position(|feature| feature.column == Some(*column));
                UnusableWindows::NoColumn {
                    feature: feature.map_or("?", name),
                }
            })?);
        }
        kinds.extend(filters.iter().map(|_| Kind::Integer { scale: 0 }));
        let mut features = Vec::with_capacity(windows.len());
        for (index, feature) in windows.iter().enumerate() {
            let column = feature
                .column
                .and_then(|column| columns.iter().position(|own| *own == column));
            let filter = feature
                .filter
                .and_then(|filter| filters.iter().position(|own| *own == filter));
            let measure = Measure::new(feature.aggregate, column.map(|column| kinds[column]));
            features.push(Feature {
                measure: measure.map_err(|error| UnusableWindows::Measure {
                    feature: name(index),
                    error,
                })?,
                column,
                filter: filter.map(|filter| columns.len() + filter),
                window: feature.window,
            });
        }
        let (plan_kinds, plan_features) = (kinds.clone(), features.clone());
        let id = state_id(declared);
        let plan = Plan::new(
            id,
            plan_kinds,
            plan_features,
            declared.arrival,
            Limits::default(),
        )?;
        Ok(Self {
            columns,
            filters,
            kinds,
            features,
            plan,
        })
    }

    /// The indices of the events' columns that are read: those that features and filters are of.
    pub(crate) fn read_columns(&self) -> BTreeSet<usize> {
        let mut read: BTreeSet<usize> = self.columns.iter().copied().collect();
        for filter in &self.filters {
            filter.each_column(&mut |column| {
                read.insert(column);
            });
        }
        read
    }

    /// Whether a state's summary is damaged. One of another declaration is not: who has that reads it.
    pub(crate) fn is_damaged(&self, summary: &[u8]) -> bool {
        let newest = self.plan.newest(summary);
        !matches!(newest, Ok(_) | Err(StateError::OtherDeclaration { .. }))
    }

    /// When rows of the events count.
    pub(crate) const fn arrival(&self) -> Arrival {
        self.plan.arrival()
    }
}

/// The id of a view's states: of its declaration, its columns' dtypes, its events' identity, and what says
/// when they count and which row of theirs.
#[allow(clippy::cast_possible_truncation)] // 28 bits of it are the id
fn state_id(declared: &DeclaredWindows) -> u32 {
    let columns = declared.events;
    let Arrival { lateness, settling } = declared.arrival;
    let mut text = format!(
        "{}\nlateness {lateness}\nsettling {settling}",
        declared.words
    );
    if let Some(created) = declared.created {
        text.push_str(&format!("\ncreated {created}"));
    }
    for index in &declared.identity {
        let column = columns.get(*index);
        text.extend(column.map(|column| format!("\n{} {}", column.name(), column.dtype())));
    }
    for column in declared.columns {
        text.push_str(&format!("\n{} {}", column.name(), column.dtype()));
    }
    for feature in declared.features {
        let column = feature.column.and_then(|column| columns.get(column));
        text.extend(column.map(|column| format!("\n{}", column.dtype())));
    }
    hash(text.as_bytes()) as u32 & 0x0fff_ffff
}
