//! A view's source: where its rows are, and the types of what the view declares of it.

pub(crate) mod columns;
pub(crate) mod finer;
mod lineage;
pub(crate) mod literal;
pub(crate) mod names;
pub(crate) mod query;
pub(crate) mod relation;
pub(crate) mod scan;
pub(crate) mod signed;
pub(crate) mod text;
pub(crate) mod typed;

use crate::offline::duckdb::tables::{CREATED, EVENT, FEATURE, FILE, KEY, PLACE, SHOWN_PLACE};
use featurestore_schema::{Dtype, Role, SourceDrift, SourceDtype, shortened};

use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::scan::Scan;
use crate::offline::{OfflineError, drift};
use crate::view::{LocalSource, Paths, Source, ViewDefinition};

/// A view's source, with the types of the columns that the view declares.
#[derive(Debug)]
pub(crate) struct ViewRelation {
    pub(crate) relation: Relation,
    pub(crate) keys: Vec<SourceDtype>,
    pub(crate) timestamp: SourceDtype,
    pub(crate) created: Option<SourceDtype>,
    pub(crate) features: Vec<SourceDtype>,
}

/// A look at a view's rows, whatever the view declares of them.
fn view_rows(
    session: &Session,
    view: &ViewDefinition,
    paths: &Paths,
) -> Result<Relation, OfflineError> {
    let what = view.called();
    let local = paths.source(view.source());
    match local.map_err(|error| OfflineError::not_local(what.as_str(), error))? {
        LocalSource::Files(files) => Relation::of_files(session, &files, None, what),
        LocalSource::Sql(sql) => {
            let text = format!("`{}`", shortened(sql));
            query::relation(session, sql, paths, what, text)
        }
        LocalSource::Table(table) => {
            let Some(from) = session.table(table)? else {
                let view = view.name();
                return Err(OfflineError::NoTable { view, table });
            };
            // A view of the database has no row numbers.
            let numbered = format!("(SELECT rowid FROM {from} LIMIT 0)");
            let numbered = session.describe(&numbered, &Params::default()).is_ok();
            let text = format!("table `{table}`");
            Relation::describe(session, Scan::Table(from, numbered), what, text)
        }
    }
}

/// The columns of its source that a view declares, and as what.
fn declared(view: &ViewDefinition) -> Vec<(&'static str, Dtype)> {
    let keys = view.join_keys().iter();
    let keys = keys.map(|key| (key.source_column(), key.dtype()));
    let times = [Some(view.timestamp_column()), view.created_column()];
    let times = times.into_iter().flatten();
    let features = view.columns().iter();
    keys.chain(times.map(|name| (name, Dtype::Timestamp)))
        .chain(features.map(|column| (column.source_column(), column.dtype())))
        .collect()
}

/// The columns of a view's source, whatever the view declares of them.
pub(crate) fn source_columns(
    session: &Session,
    view: &ViewDefinition,
    paths: &Paths,
) -> Result<Vec<(String, SourceDtype)>, OfflineError> {
    let view = view.source_rows();
    let relation = view_rows(session, view, paths)?.declared(session, &declared(view))?;
    let columns = relation.columns.into_iter();
    Ok(columns.map(|column| (column.name, column.dtype)).collect())
}

/// A view's source, after a look at it: it is there, has what the view declares, and losslessly so.
pub(crate) fn view_relation(
    session: &Session,
    view: &'static ViewDefinition,
    paths: &Paths,
) -> Result<ViewRelation, OfflineError> {
    let view = view.source_rows();
    drift::check(view, paths)?;
    let relation = view_rows(session, view, paths)?.declared(session, &declared(view))?;
    let mut drift = Vec::new();
    let files = match view.source() {
        Source::Path(text) | Source::Glob(text) | Source::Url(text) => {
            featurestore_schema::relation(text)
        }
        Source::Table(_) | Source::Sql(_) => String::new(),
    };
    let mut column = |name: &str, role, declared: Dtype| {
        let word = match role {
            Role::Key => "join key",
            Role::Timestamp => "event timestamp",
            Role::Created => "created timestamp",
            Role::Feature => "column",
        };
        let (_, actual) = relation.column(name, word)?;
        if !declared.accepts(actual) {
            let found = SourceDrift {
                view: view.name(),
                column: name,
                role,
                source_column: name,
                source_dtype: *actual,
                source: &relation.text,
                relation: &files,
            };
            let sentence = found.sentence(Some(declared));
            drift.push(sentence.as_str().to_owned());
        }
        Ok::<_, OfflineError>(*actual)
    };
    let keys = view
        .join_keys()
        .iter()
        .map(|key| column(key.source_column(), Role::Key, key.dtype()))
        .collect::<Result<_, _>>()?;
    let timestamp = column(view.timestamp_column(), Role::Timestamp, Dtype::Timestamp)?;
    let created = view
        .created_column()
        .map(|name| column(name, Role::Created, Dtype::Timestamp))
        .transpose()?;
    for name in [Some(view.timestamp_column()), view.created_column()] {
        name.map_or(Ok(()), |name| relation.check_exact(name))?;
    }
    let features = view
        .columns()
        .iter()
        .map(|feature| column(feature.source_column(), Role::Feature, feature.dtype()))
        .collect::<Result<_, _>>()?;
    if !drift.is_empty() {
        return Err(OfflineError::Drift { messages: drift });
    }
    for feature in view.columns() {
        relation.check_rounded_down(feature.source_column())?;
    }
    Ok(ViewRelation {
        relation,
        keys,
        timestamp,
        created,
        features,
    })
}

impl ViewRelation {
    /// `(SELECT .. FROM ..) AS source(k0, .., t, c, f0, .., n, file, place)`: the declared columns
    /// under names of this build's own, which no column of the source can share, and where a row
    /// is: for the order, and for people.
    pub(crate) fn placed(&self, view: &ViewDefinition, params: &mut Params) -> String {
        let mut names: Vec<String> = (0..self.keys.len())
            .map(|index| format!("{KEY}{index}"))
            .collect();
        names.push(EVENT.to_owned());
        names.extend(self.created.as_ref().map(|_| CREATED.to_owned()));
        names.extend((0..self.features.len()).map(|index| format!("{FEATURE}{index}")));
        names.extend([PLACE, FILE, SHOWN_PLACE].map(str::to_owned));
        let (file, place) = self.relation.shown_place();
        format!(
            "(SELECT {}, {}, {file}, {place} FROM {}) AS source({})",
            view.projection(),
            self.relation.order(),
            self.relation.scan.from(params),
            names.join(", ")
        )
    }
}
