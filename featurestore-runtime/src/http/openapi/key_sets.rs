//! Which features can be asked for with which join keys.

use std::collections::{BTreeMap, HashMap};

use featurestore_schema::Dtype;

use super::names::component;
use crate::http::visible::{Visible, VisibleView};
use crate::store::FeatureStore;
use crate::view::{ColumnDefinition, JoinKey, ViewDefinition};

/// Join keys that are given together, and the features that they are enough for.
#[derive(Debug)]
pub(super) struct KeySet {
    pub(super) keys: BTreeMap<&'static str, Dtype>,
    pub(super) features: Vec<KeySetFeature>,
}

/// A feature of a set of keys.
#[derive(Debug)]
pub(super) struct KeySetFeature {
    /// `view:feature`.
    pub(super) full_name: String,
    /// Its own name, where that alone says which one is meant.
    pub(super) name: Option<&'static str>,
    /// The component with its schema.
    pub(super) schema: String,
    pub(super) column: &'static ColumnDefinition,
}

impl KeySet {
    /// A set per join keys that views have, and one for all join keys together.
    pub(super) fn all(store: &FeatureStore, visible: &Visible) -> Vec<Self> {
        let keys = |view: &VisibleView| -> BTreeMap<&'static str, Dtype> {
            let keys = view.view.join_keys().iter();
            keys.map(|key| (key.name(), key.dtype())).collect()
        };
        let sets = visible.views.iter().map(keys);
        let together: BTreeMap<_, _> = sets.clone().flatten().collect();
        // Two sets of one entity's keys have the same dtypes, so names tell sets apart.
        let mut sets: BTreeMap<Vec<&str>, _> = sets
            .map(|keys| (keys.keys().copied().collect(), keys))
            .collect();
        sets.insert(together.keys().copied().collect(), together);
        sets.retain(|names, _| !names.is_empty());
        let sets = sets.into_values();
        sets.map(|keys| Self::new(store, visible, keys)).collect()
    }

    fn new(store: &FeatureStore, visible: &Visible, keys: BTreeMap<&'static str, Dtype>) -> Self {
        let fits = |view: &ViewDefinition| {
            let mut names = view.join_keys().iter().map(JoinKey::name);
            names.all(|name| keys.contains_key(name))
        };
        // A name alone says which feature is meant where one view that fits the keys has it.
        let mut views_with: HashMap<&str, usize> = HashMap::new();
        let fitting = store.registry().views().filter(|view| fits(view));
        for column in fitting.flat_map(ViewDefinition::columns) {
            *views_with.entry(column.name()).or_default() += 1;
        }
        let mut features = Vec::new();
        for visible in &visible.views {
            let view = visible.view;
            if !fits(view) {
                continue;
            }
            for column in &visible.columns {
                let name = column.name();
                features.push(KeySetFeature {
                    full_name: format!("{}:{name}", view.name()),
                    name: (views_with.get(name) == Some(&1)).then_some(name),
                    schema: component("view", [view.name()], name),
                    column,
                });
            }
        }
        Self { keys, features }
    }

    /// The name of a component about it.
    pub(super) fn component(&self, part: &str) -> String {
        component("entity", self.keys.keys().copied(), part)
    }

    /// Its join keys as people read them.
    pub(super) fn title(&self) -> String {
        self.keys.keys().copied().collect::<Vec<_>>().join(", ")
    }

    /// Every name that a feature can be asked for by.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.features.iter().flat_map(|feature| {
            let full_name = Some(feature.full_name.as_str());
            feature.name.into_iter().chain(full_name)
        });
        names.collect()
    }

    /// A few features to show, by the shortest names that are clear.
    pub(super) fn some(&self) -> impl Iterator<Item = (&str, &'static ColumnDefinition)> {
        let name = |feature: &KeySetFeature| (feature.name, feature.column);
        self.features
            .iter()
            .take(3)
            .map(move |feature| match name(feature) {
                (Some(name), column) => (name, column),
                (None, column) => (feature.full_name.as_str(), column),
            })
    }
}
