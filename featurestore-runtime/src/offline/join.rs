//! A point-in-time join, step by step: the spine's keys, the rows that each group of views gives,
//! what was found. Every step leaves a table, so that each can spill by itself and the report
//! needs no second join.

use super::OfflineError;
use super::keys::SpineKeys;
use super::plan::Plan;
use super::relation::{Params, Relation, Scan, quote};
use super::report::FeatureReport;
use super::search::GroupSearch;
use super::session::{Session, unreadable};

/// A join whose rows are found; what is left is to put them together.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(super) plan: Plan,
    pub(super) rows: u64,
    pub(super) features: Vec<FeatureReport>,
}

impl Plan {
    /// Finds every view's rows.
    ///
    /// # Errors
    ///
    /// A row of the spine without a usable time; a spine or source that can't be read.
    pub(crate) fn run(mut self, session: &Session) -> Result<Joined, OfflineError> {
        let spine = self.read_keys(session)?;
        let mut relations = Vec::with_capacity(self.sources.len());
        for place in 0..self.sources.len() {
            relations.push(self.stage_source(session, place)?);
        }
        let mut by_key = Vec::with_capacity(self.groups.len());
        for (place, group) in self.groups.iter().enumerate() {
            let search = GroupSearch {
                session,
                plan: &self,
                spine: &spine,
                place,
                group,
                relation: &relations[group.source],
            };
            by_key.push(search.run()?);
        }
        for (group, by_key) in self.groups.iter_mut().zip(by_key) {
            group.by_key = by_key;
        }
        let SpineKeys { rows, .. } = spine;
        let features = self.report(session, rows)?;
        Ok(Joined {
            plan: self,
            rows,
            features,
        })
    }

    /// A source whose rows have no numbers, or that several groups read, is read once, into a
    /// table.
    fn stage_source(&self, session: &Session, place: usize) -> Result<Relation, OfflineError> {
        let source = &self.sources[place];
        let relation = &source.relation;
        if relation.is_numbered() && source.groups == 1 {
            return Ok(relation.clone());
        }
        let table = format!("source_{place}");
        let mut params = Params::default();
        let columns: Vec<String> = source.columns.iter().map(|name| quote(name)).collect();
        let sql = format!(
            "CREATE TABLE {table} AS SELECT {} FROM {}",
            columns.join(", "),
            relation.scan.from(&mut params)
        );
        session
            .execute(&sql, &params)
            .map_err(|error| unreadable(relation.what.clone(), relation.text.clone(), &error))?;
        let needed = |name: &str| source.columns.iter().any(|column| column == name);
        let columns = relation
            .columns
            .iter()
            .filter(|column| needed(&column.name));
        Ok(Relation {
            scan: Scan::Staged(table),
            columns: columns.cloned().collect(),
            ..relation.clone()
        })
    }
}
