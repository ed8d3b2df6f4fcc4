//! A point-in-time join, step by step: the spine's keys, the rows that each group of views gives,
//! what was found. Every step leaves a table, so that each can spill by itself and the report
//! needs no second join.

use crate::offline::duckdb::tables;
use std::path::PathBuf;
use std::time::Instant;

use crate::offline::duckdb::plan::Plan;
use crate::offline::duckdb::search::GroupSearch;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::failed;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::stage::keys::SpineKeys;
use crate::offline::progress::Stages;
use crate::offline::report::Counts;
use crate::offline::{FeatureReport, OfflineError, SameTime, TrainingReport};

/// A join whose rows are found; what is left is to put them together.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) plan: Plan,
    pub(crate) rows: u64,
    pub(crate) features: Vec<FeatureReport>,
    pub(crate) same_time: Vec<SameTime>,
    pub(crate) stages: Stages,
}

impl Plan {
    /// Finds every view's rows.
    ///
    /// # Errors
    ///
    /// A row of the spine without a usable time; a spine or source that can't be read.
    pub(crate) fn run(mut self, session: &Session, stages: Stages) -> Result<Joined, OfflineError> {
        let spine = self.read_keys(session)?;
        let mut relations = Vec::with_capacity(self.sources.len());
        for index in 0..self.sources.len() {
            relations.push(self.stage_source(session, index)?);
        }
        let mut found = Vec::with_capacity(self.groups.len());
        for (index, group) in self.groups.iter().enumerate() {
            // One search finds the rows of all views of a group.
            for view in self.views.iter().filter(|view| view.group == index) {
                stages.begin(format!("joining view {}", view.view.name()));
            }
            let search = GroupSearch {
                session,
                plan: &self,
                spine: &spine,
                index,
                group,
                relation: &relations[group.source],
            };
            found.push(search.run()?);
        }
        for (group, found) in self.groups.iter_mut().zip(found) {
            group.found = found;
        }
        let SpineKeys { rows, .. } = spine;
        let features = self.report(session, rows)?;
        let same_time = self.same_time(session)?;
        Ok(Joined {
            plan: self,
            rows,
            features,
            same_time,
            stages,
        })
    }

    /// A source whose rows have no numbers, or that several groups read, is read once, into a
    /// table.
    fn stage_source(&self, session: &Session, index: usize) -> Result<Relation, OfflineError> {
        let source = &self.sources[index];
        let relation = &source.relation;
        if relation.is_numbered() && source.groups == 1 {
            return Ok(relation.clone());
        }
        let needed = |name: &str| source.columns.iter().any(|column| column == name);
        relation.stage(session, &tables::source(index), needed)
    }
}

impl Joined {
    pub(crate) fn report(&self, path: Option<PathBuf>, started: Instant) -> TrainingReport {
        let counts = Counts {
            features: self.features.clone(),
            rejected: self.plan.rejected.clone(),
            same_time: self.same_time.clone(),
        };
        let service = self.plan.service.name();
        TrainingReport::new(service, path, self.rows, counts, started.elapsed())
    }
}

/// The error of putting a result together.
pub(crate) fn joining(plan: &Plan, error: duckdb::Error) -> OfflineError {
    let (service, spine) = (plan.service.name(), &plan.spine.text);
    failed(
        format!("joining the features of service `{service}` onto {spine}"),
        error,
    )
}
