//! What a point-in-time join reads, checked before anything is joined: files, columns, types.

use featurestore_schema::{Dtype, SourceDtype};

use crate::offline::OfflineError;
use crate::offline::duckdb::rule::RuleSql;
use crate::offline::duckdb::rule::rejected::count_rejected;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::source::columns::{is_nanos, nanos_to_micros, time};
use crate::offline::duckdb::source::relation::Relation;
use crate::offline::duckdb::source::{ViewRelation, view_relation};
use crate::offline::duckdb::stage::spine::check_type;
use crate::offline::duckdb::windows::GroupWindows;
use crate::offline::engine::Options;
use crate::offline::report::RejectedRows;
use crate::offline::spine::Spine;
use crate::pit::Rule;
use crate::service::{ServiceColumn, ServiceDefinition, ServiceFeature};
use crate::view::{Paths, Source, ViewDefinition};

/// A join that can be run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) service: &'static ServiceDefinition,
    pub(crate) spine: Relation,
    /// The indices of the join keys among the spine's columns, and their dtypes.
    pub(crate) keys: Vec<(usize, Dtype)>,
    /// The indices of the request fields among the spine's columns, and their dtypes.
    pub(crate) request: Vec<(usize, Dtype)>,
    /// The index of the spine's time.
    pub(crate) time: usize,
    /// Whether features are of what was known before a row's time, not at it.
    pub(crate) before: bool,
    pub(crate) views: Vec<PlannedView>,
    /// The columns that the service reads, in its order.
    pub(crate) features: Vec<PlannedFeature>,
    pub(crate) groups: Vec<Group>,
    pub(crate) sources: Vec<PlannedSource>,
    /// What the views reject of their sources.
    pub(crate) rejected: Vec<RejectedRows>,
    pub(crate) options: Options,
    /// Whether the table of what is computed is there.
    pub(crate) is_computed: bool,
}

/// A view whose source was looked at.
struct FoundView {
    view: &'static ViewDefinition,
    /// The indices of its join keys among the plan's keys.
    keys: Vec<usize>,
    source: ViewRelation,
    rule: RuleSql,
    windows: Option<GroupWindows>,
}

/// A view's part in a join.
#[derive(Debug)]
pub(crate) struct PlannedView {
    pub(crate) view: &'static ViewDefinition,
    pub(crate) rule: Rule,
    /// The index of its group.
    pub(crate) group: usize,
}

/// A column that the service reads, and where its values are found.
#[derive(Debug)]
pub(crate) struct PlannedFeature {
    pub(crate) feature: &'static ServiceColumn,
    pub(crate) dtype: Dtype,
    /// The index of its view.
    pub(crate) view: usize,
    /// The index of its column in the view's group.
    pub(crate) column: usize,
}

/// Views that one search finds the rows of: they have one source, and the same rows of it win.
#[derive(Debug)]
pub(crate) struct Group {
    /// The index of its source.
    pub(crate) source: usize,
    /// Per join key its index among the plan's keys, and its dtype.
    pub(crate) keys: Vec<(usize, Dtype)>,
    /// That of its views, with the longest of their TTLs.
    pub(crate) rule: RuleSql,
    /// The columns of its views' features.
    pub(crate) columns: Vec<SourceColumn>,
    /// What its views hold of their events, where they are window views.
    pub(crate) windows: Option<GroupWindows>,
    pub(crate) found: FoundTable,
}

/// Where the rows are that a group's search has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundTable {
    /// In a table with the numbers of the spine's rows.
    ByPlace,
    /// In such a table that has all of the spine's rows, with their columns.
    WithSpine,
    /// In a table by key, of which no two rows have the same.
    ByKey,
}

/// A source, and the columns of it that the join needs.
#[derive(Debug)]
pub(crate) struct PlannedSource {
    declared: Source,
    pub(crate) relation: Relation,
    pub(crate) columns: Vec<String>,
    /// How many groups read it.
    pub(crate) groups: usize,
}

pub(crate) type SourceColumn = crate::offline::duckdb::source::columns::SourceColumn;

impl Plan {
    pub(crate) fn new(
        session: &Session,
        service: &'static ServiceDefinition,
        spine: &Spine,
        options: Options,
        paths: &Paths,
    ) -> Result<Self, OfflineError> {
        let join_keys = service.join_keys();
        let relation = spine.relation(session, service, paths, options.known_at)?;
        let mut keys = Vec::with_capacity(join_keys.len());
        let given = |name: &'static str, dtype, what| {
            let found = relation.column(name, what);
            let (index, actual) = found.map_err(OfflineError::of_spine)?;
            check_type(session, &relation, (name, actual), service, dtype)?;
            Ok::<_, OfflineError>((index, dtype))
        };
        for (name, dtype) in &join_keys {
            keys.push(given(name, *dtype, "join key")?);
        }
        let request = service.request().iter();
        let request = request.map(|field| given(field.name(), field.dtype(), "request field"));
        let request = request.collect::<Result<_, _>>()?;
        let column = spine.timestamp_column();
        let found = relation.column(column, "timestamp");
        let (time, actual) = found.map_err(OfflineError::of_spine)?;
        check_type(
            session,
            &relation,
            (column, actual),
            service,
            Dtype::Timestamp,
        )?;
        relation.check_exact(column)?;
        let mut plan = Self {
            service,
            keys,
            request,
            time,
            before: spine.is_before(),
            views: Vec::new(),
            features: Vec::with_capacity(service.columns().len()),
            groups: Vec::new(),
            sources: Vec::new(),
            rejected: Vec::new(),
            options,
            is_computed: false,
            spine: relation,
        };
        plan.check_names()?;
        plan.spine.check_kept()?;
        let spine_nanos = is_nanos(&plan.spine.columns[time].dtype);
        let mut found = Vec::with_capacity(service.views().len());
        for view in service.views() {
            let names = view.join_keys().iter().map(|key| {
                let index = join_keys.iter().position(|(name, _)| *name == key.name());
                index.ok_or_else(|| {
                    OfflineError::missing_key(key.name(), join_keys.iter().map(|(name, _)| *name))
                })
            });
            let names: Vec<usize> = names.collect::<Result<_, _>>()?;
            let source = view_relation(session, view, paths)?;
            let rule = Rule::of(view).known_at(plan.options.known_at);
            let rule = RuleSql::new(session, rule, &source, spine_nanos, None)?;
            let windows = GroupWindows::of(view, &source.features)?;
            found.push(FoundView {
                view,
                keys: names,
                source,
                rule,
                windows,
            });
        }
        read_alike(&mut found)?;
        plan.count_rejected(session, &mut found)?;
        let mut of_views = Vec::with_capacity(found.len());
        for found in found {
            of_views.push(match &found.windows {
                Some(windows) => windows.columns().iter().map(|it| it.dtype).collect(),
                None => found.source.features.clone(),
            });
            plan.add(found);
        }
        for feature in service.columns() {
            plan.add_feature(feature, &of_views)?;
        }
        Ok(plan)
    }

    /// The time that a row of the spine asks for, whose time is in `column`: a number since 1970, of
    /// microseconds or nanoseconds.
    pub(crate) fn asked(&self, column: &str, nanos: bool) -> String {
        let dtype = &self.spine.columns[self.time].dtype;
        let exact = |nanos| time(column, dtype, nanos);
        match (self.before, nanos, is_nanos(dtype)) {
            (false, ..) => exact(nanos),
            (true, false, true) => nanos_to_micros(&format!("({} - 1)", exact(true))),
            (true, ..) => format!("({} - 1)", exact(nanos)),
        }
    }

    /// The same for windows, whose times are whole microseconds: what is before a row's time is no event of
    /// its own microsecond.
    pub(crate) fn asked_whole(&self, column: &str) -> String {
        let whole = time(column, &self.spine.columns[self.time].dtype, false);
        if self.before {
            format!("({whole} - 1)")
        } else {
            whole
        }
    }

    /// The name that a feature has in the result.
    pub(crate) fn name(&self, feature: &ServiceFeature) -> String {
        if self.options.full_names {
            let of_view = feature.view().map(ViewDefinition::name);
            let of = of_view.unwrap_or_else(|| self.service.name());
            format!("{of}__{}", feature.name())
        } else {
            feature.name().to_owned()
        }
    }

    /// No feature has the name of a column of the spine.
    fn check_names(&self) -> Result<(), OfflineError> {
        for feature in self.service.features() {
            let name = self.name(feature);
            let mut columns = self.spine.columns.iter();
            if columns.any(|column| column.name.eq_ignore_ascii_case(&name)) {
                return Err(OfflineError::Collision {
                    feature: name,
                    service: self.service.name(),
                    source_text: self.spine.text.clone(),
                });
            }
        }
        Ok(())
    }

    /// Counts what the views of each source reject of it.
    fn count_rejected(
        &mut self,
        session: &Session,
        found: &mut [FoundView],
    ) -> Result<(), OfflineError> {
        let sources: Vec<Source> = found.iter().map(|it| it.view.source()).collect();
        for (index, source) in sources.iter().enumerate() {
            if sources[..index].contains(source) {
                continue;
            }
            let mut of_source = found.iter_mut().filter(|it| it.view.source() == *source);
            let Some(first) = of_source.next() else {
                continue;
            };
            let relation = first.source.relation.clone();
            let mut views = vec![(first.view, &mut first.rule)];
            views.extend(of_source.map(|it| (it.view, &mut it.rule)));
            let rejected = count_rejected(session, &relation, &mut views, None)?;
            self.rejected.extend(rejected);
        }
        Ok(())
    }

    /// Adds a view to the group that finds its rows already, or to a new one.
    fn add(&mut self, found: FoundView) {
        let FoundView {
            view,
            keys,
            source: found,
            rule: own,
            windows,
        } = found;
        let rule = *own.rule();
        let keys = view.join_keys().iter().zip(keys);
        let keys: Vec<_> = keys.map(|(key, index)| (index, key.dtype())).collect();
        let declared = view.source();
        let known = self
            .sources
            .iter()
            .position(|source| source.declared == declared);
        let source = known.unwrap_or_else(|| {
            self.sources.push(PlannedSource {
                declared,
                relation: found.relation.clone(),
                columns: Vec::new(),
                groups: 0,
            });
            self.sources.len() - 1
        });
        let is_alike = |group: &Group| match (&group.windows, &windows) {
            (None, None) => true,
            (Some(one), Some(other)) => one.has_events_of(other),
            _ => false,
        };
        let group = self.groups.iter().position(|group| {
            group.source == source && group.rule.has_winners_of(&own) && is_alike(group)
        });
        let group = group.unwrap_or_else(|| {
            self.sources[source].groups += 1;
            for name in own.column_names() {
                self.sources[source].need(name);
            }
            self.groups.push(Group {
                source,
                keys,
                rule: own,
                columns: Vec::new(),
                windows: None,
                found: FoundTable::ByPlace,
            });
            self.groups.len() - 1
        });
        self.groups[group].rule.widen(&rule);
        if let Some(windows) = windows {
            for name in windows.column_names() {
                self.sources[source].need(name);
            }
            let group = &mut self.groups[group];
            match &mut group.windows {
                Some(own) => own.add(windows),
                None => group.windows = Some(windows),
            }
            let windows = group.windows.iter();
            group.columns = windows.flat_map(GroupWindows::columns).collect();
        }
        self.views.push(PlannedView { view, rule, group });
    }

    /// Adds a feature to the columns that its view's group reads; `of_views` are the types of each
    /// view's columns in its source.
    fn add_feature(
        &mut self,
        feature: &'static ServiceColumn,
        of_views: &[Vec<SourceDtype>],
    ) -> Result<(), OfflineError> {
        let index = feature.view_index();
        let found = self.views.get(index).zip(of_views.get(index));
        let found = found.and_then(|(view, dtypes)| {
            let dtype = dtypes.get(feature.column_index())?;
            Some((view, dtype))
        });
        let Some((view, dtype)) = found else {
            let (service, feature) = (self.service.name(), feature.name());
            let what = format!("feature `{feature}` of service `{service}` is of no column");
            return Err(OfflineError::internal(what));
        };
        let definition = feature.column();
        let group = &mut self.groups[view.group];
        let swept = group.windows.as_ref().and_then(|windows| {
            let column = feature.column_index();
            windows.index_of(view.view, column)
        });
        let column = swept.unwrap_or_else(|| {
            let name = definition.source_column();
            self.sources[group.source].need(name);
            let known = group.columns.iter().position(|column| column.name == name);
            known.unwrap_or_else(|| {
                group.columns.push(SourceColumn {
                    name: name.to_owned(),
                    dtype: *dtype,
                });
                group.columns.len() - 1
            })
        });
        self.features.push(PlannedFeature {
            feature,
            dtype: definition.dtype(),
            view: index,
            column,
        });
        Ok(())
    }
}

/// Lets the views of a source of text read it together: the first one's relation has what all declare.
fn read_alike(found: &mut [FoundView]) -> Result<(), OfflineError> {
    for index in 1..found.len() {
        let (before, rest) = found.split_at_mut(index);
        let Some(own) = rest.first() else { continue };
        let source = own.view.source();
        let first = before.iter_mut().find(|it| it.view.source() == source);
        if let Some(first) = first
            && !first.source.relation.also(&own.source.relation)
        {
            let views = (first.view.name(), own.view.name());
            return Err(own.source.relation.declared_twice(views));
        }
    }
    Ok(())
}

impl PlannedSource {
    fn need(&mut self, column: &str) {
        if !self.columns.iter().any(|known| known == column) {
            self.columns.push(column.to_owned());
        }
    }
}
