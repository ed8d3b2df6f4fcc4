//! What a point-in-time join reads, checked before anything is joined: files, columns, types.

use featurestore_schema::{Dtype, SourceDtype, drift_sentence, listing};

use super::OfflineError;
use super::columns::is_nanos;
use super::relation::{Format, Params, Relation, Scan};
use super::session::Session;
use super::spine::Spine;
use crate::error::Error;
use crate::service::ServiceDefinition;
use crate::store::Paths;
use crate::view::{Source, ViewDefinition};

/// A join that can be run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) service: &'static ServiceDefinition,
    pub(crate) spine: Relation,
    /// The places of the join keys among the spine's columns, and their dtypes.
    pub(crate) keys: Vec<(usize, Dtype)>,
    /// The place of the spine's time.
    pub(crate) time: usize,
    pub(crate) views: Vec<PlannedView>,
}

/// A view's part in a join.
#[derive(Debug)]
pub(crate) struct PlannedView {
    pub(crate) view: &'static ViewDefinition,
    pub(crate) relation: ViewRelation,
    /// Per join key of the view, its place among the plan's keys.
    pub(crate) keys: Vec<usize>,
    /// Whether times are compared in nanoseconds.
    pub(crate) nanos: bool,
}

/// A view's source, with the types of the columns that the view declares.
#[derive(Debug)]
pub(crate) struct ViewRelation {
    pub(crate) relation: Relation,
    pub(crate) keys: Vec<SourceDtype>,
    pub(crate) timestamp: SourceDtype,
    pub(crate) created: Option<SourceDtype>,
    pub(crate) features: Vec<SourceDtype>,
}

impl Plan {
    pub(crate) fn new(
        session: &Session,
        service: &'static ServiceDefinition,
        views: &[&'static ViewDefinition],
        spine: &Spine,
        paths: &Paths,
    ) -> Result<Self, Error> {
        let join_keys = service.join_keys();
        let relation = spine.relation(session, service, paths)?;
        let mut keys = Vec::with_capacity(join_keys.len());
        for (name, dtype) in &join_keys {
            let (place, actual) = relation.column(name, "join key")?;
            check_spine_type(&relation, name, actual, service, *dtype)?;
            keys.push((place, *dtype));
        }
        let column = spine.timestamp_column();
        let (time, actual) = relation.column(column, "timestamp")?;
        check_spine_type(&relation, column, actual, service, Dtype::Timestamp)?;
        let spine_nanos = is_nanos(actual);
        for feature in service.features() {
            let name = feature.name();
            if relation
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
            {
                return Err(OfflineError::Collision {
                    feature: name,
                    service: service.name(),
                    source_text: relation.text.clone(),
                }
                .into());
            }
        }
        let mut planned = Vec::with_capacity(views.len());
        for view in views {
            let keys = view.join_keys().iter().map(|key| {
                let place = join_keys.iter().position(|(name, _)| *name == key.name());
                place.ok_or_else(|| Error::MissingKey {
                    key: key.name().to_owned(),
                    wanted: listing(join_keys.iter().map(|(name, _)| *name)),
                })
            });
            let keys = keys.collect::<Result<_, _>>()?;
            let relation = view_relation(session, view, paths)?;
            planned.push(PlannedView {
                view,
                nanos: spine_nanos || is_nanos(&relation.timestamp),
                relation,
                keys,
            });
        }
        Ok(Self {
            service,
            spine: relation,
            keys,
            time,
            views: planned,
        })
    }
}

/// Where a view's rows are, and how messages name it.
fn view_scan(view: &ViewDefinition, paths: &Paths) -> Result<(Scan, String), OfflineError> {
    match view.source() {
        Source::Path(path) => {
            let path = paths.resolve(path);
            let text = path.to_string_lossy().into_owned();
            Ok((Scan::File(Format::of(&path), text.clone()), text))
        }
        Source::Sql(sql) => Ok((Scan::Query(sql.to_owned()), format!("`{sql}`"))),
        Source::Table(table) => {
            let view = view.name();
            Err(OfflineError::NoTable { view, table })
        }
    }
}

/// The columns of a view's source, whatever the view declares of them.
#[cfg(feature = "cli")]
pub(crate) fn source_columns(
    session: &Session,
    view: &ViewDefinition,
    paths: &Paths,
) -> Result<Vec<(String, SourceDtype)>, OfflineError> {
    let (scan, text) = view_scan(view, paths)?;
    let relation = Relation::describe(session, scan, format!("view `{}`", view.name()), text)?;
    let columns = relation.columns.into_iter();
    Ok(columns.map(|column| (column.name, column.dtype)).collect())
}

/// A view's source, after a look at it: it is there, has what the view declares, and losslessly so.
pub(crate) fn view_relation(
    session: &Session,
    view: &'static ViewDefinition,
    paths: &Paths,
) -> Result<ViewRelation, OfflineError> {
    let (scan, text) = view_scan(view, paths)?;
    let relation = Relation::describe(session, scan, format!("view `{}`", view.name()), text)?;
    let mut drift = Vec::new();
    let mut column = |name: &str, role, declared: Dtype| {
        let (_, actual) = relation.column(name, role)?;
        if !declared.accepts(actual) {
            let source = &relation.text;
            let sentence = drift_sentence(view.name(), name, declared, name, *actual, source);
            drift.push(sentence.as_str().to_owned());
        }
        Ok::<_, OfflineError>(*actual)
    };
    let keys = view
        .join_keys()
        .iter()
        .map(|key| column(key.source_column(), "join key", key.dtype()))
        .collect::<Result<_, _>>()?;
    let timestamp = column(view.timestamp_column(), "event timestamp", Dtype::Timestamp)?;
    let created = view
        .created_column()
        .map(|name| column(name, "created timestamp", Dtype::Timestamp))
        .transpose()?;
    let features = view
        .columns()
        .iter()
        .map(|feature| column(feature.source_column(), "column", feature.dtype()))
        .collect::<Result<_, _>>()?;
    if !drift.is_empty() {
        return Err(OfflineError::Drift { messages: drift });
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
    /// `(SELECT .. FROM ..) AS source(k0, .., t, c, f0, .., n)`: the declared columns under names
    /// of this build's own, which no column of the source can share.
    pub(crate) fn from(&self, view: &ViewDefinition, params: &mut Params) -> String {
        self.select(view, &[], params)
    }

    /// As [`from`](Self::from), and behind `n` where a row is, for people: `file` and `place`.
    pub(crate) fn placed(&self, view: &ViewDefinition, params: &mut Params) -> String {
        let (file, place) = self.relation.place();
        self.select(view, &[(file, "file"), (place, "place")], params)
    }

    fn select(
        &self,
        view: &ViewDefinition,
        more: &[(&str, &'static str)],
        params: &mut Params,
    ) -> String {
        let mut names: Vec<String> = (0..self.keys.len())
            .map(|index| format!("k{index}"))
            .collect();
        names.push("t".to_owned());
        names.extend(self.created.as_ref().map(|_| "c".to_owned()));
        names.extend((0..self.features.len()).map(|index| format!("f{index}")));
        names.push("n".to_owned());
        let mut output = vec![view.projection().to_owned(), self.relation.order()];
        for (expression, name) in more {
            output.push((*expression).to_owned());
            names.push((*name).to_owned());
        }
        format!(
            "(SELECT {} FROM {}) AS source({})",
            output.join(", "),
            self.relation.scan.from(params),
            names.join(", ")
        )
    }
}

fn check_spine_type(
    spine: &Relation,
    column: &str,
    actual: &SourceDtype,
    service: &ServiceDefinition,
    expected: Dtype,
) -> Result<(), OfflineError> {
    if expected.accepts(actual) {
        return Ok(());
    }
    Err(OfflineError::SpineType {
        column: column.to_owned(),
        source_text: spine.text.clone(),
        actual: actual.to_string(),
        what: format!("service `{}`", service.name()),
        expected,
    })
}
