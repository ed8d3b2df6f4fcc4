//! Which columns of its files a query's column may be made of, by the query's tree.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What the columns of a query may be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lineage {
    /// It selects from files that are named once: what is here is made of columns, all else is a
    /// column under its own name.
    Plain(BTreeMap<String, Origin>),
    /// All of it may be of these.
    Whole(Origin),
}

/// Columns of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Named(BTreeSet<String>),
    Any,
}

impl Lineage {
    /// That of `SELECT * FROM (query)`.
    pub(crate) fn of(tree: &Value) -> Self {
        let query = &tree["statements"][0]["node"]["from_table"]["subquery"];
        plain(&query["node"]).unwrap_or_else(|| {
            let mut names = Names::default();
            names.walk(query);
            Self::Whole(names.origin())
        })
    }

    /// Whether the query's column may be made of its files' column.
    pub(crate) fn may_be_of(&self, column: &str, of: &str) -> bool {
        let (column, of) = (column.to_lowercase(), of.to_lowercase());
        let origin = match self {
            Self::Plain(made) => match made.get(&column) {
                Some(origin) => origin,
                None => return column == of,
            },
            Self::Whole(origin) => origin,
        };
        match origin {
            Origin::Named(names) => names.contains(&of),
            Origin::Any => true,
        }
    }
}

/// That of a query that selects from one file, or one call of a function that reads some.
fn plain(query: &Value) -> Option<Lineage> {
    let from = &query["from_table"];
    let is_file = from["type"] == "BASE_TABLE" || from["type"] == "TABLE_FUNCTION";
    let is_renamed = !is_none(&from["column_name_alias"]);
    let is_named = !is_none(&query["cte_map"]["map"]);
    if query["type"] != "SELECT_NODE" || !is_file || is_renamed || is_named {
        return None;
    }
    let mut made = BTreeMap::new();
    for item in query["select_list"].as_array()? {
        if item["type"] == "STAR" {
            let mut lists = ["replace_list", "rename_list"].into_iter();
            let is_all = lists.all(|list| is_none(&item[list])) && item["columns"] != true;
            is_all.then_some(())?;
            continue;
        }
        let mut names = Names::default();
        names.tables.extend(rows_of(from));
        names.walk(item);
        let alias = lower(&item["alias"]).filter(|alias| !alias.is_empty());
        let own = item["column_names"].as_array().map(Vec::as_slice);
        let name = match (alias, own) {
            (Some(alias), _) => alias,
            (None, Some([name])) => lower(name)?,
            // The name that it has is its text.
            (None, _) => return None,
        };
        let origin = names.origin();
        if origin != Origin::Named(BTreeSet::from([name.clone()])) {
            made.insert(name, origin);
        }
    }
    // A name may be that of another item of the list.
    let is_other = |(own, origin): (&String, &Origin)| match origin {
        Origin::Named(names) => names
            .iter()
            .any(|name| name != own && made.contains_key(name)),
        Origin::Any => false,
    };
    let is_plain = !made.iter().any(is_other);
    is_plain.then_some(Lineage::Plain(made))
}

/// The names in a query.
#[derive(Default)]
struct Names {
    columns: BTreeSet<String>,
    /// What rows are called, which are all of their columns.
    tables: BTreeSet<String>,
    /// Whether columns are taken that are not named.
    any: bool,
}

impl Names {
    /// What is made of them.
    fn origin(self) -> Origin {
        if self.any || !self.columns.is_disjoint(&self.tables) {
            return Origin::Any;
        }
        Origin::Named(self.columns)
    }

    fn walk(&mut self, node: &Value) {
        match node {
            Value::Object(fields) => {
                let kind = node["type"].as_str().unwrap_or_default();
                self.any |= matches!(kind, "STAR" | "PIVOT" | "POSITIONAL_REFERENCE");
                for list in ["column_names", "using_columns"] {
                    let names = node[list].as_array().into_iter().flatten();
                    self.columns.extend(names.filter_map(lower));
                }
                // Columns under names that are given to them by their order.
                let lists = ["column_name_alias", "aliases"];
                self.any |= lists.iter().any(|list| !is_none(&node[*list]));
                if !fields.contains_key("class") {
                    self.tables.extend(rows_of(node));
                }
                fields.values().for_each(|field| self.walk(field));
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => {}
        }
    }
}

/// What whole rows of a table, a file, a function or a query go by.
fn rows_of(from: &Value) -> impl Iterator<Item = String> {
    let function = &from["function"]["function_name"];
    let names = [&from["alias"], &from["table_name"], function].map(lower);
    let stem = |name: &String| {
        let stem = std::path::Path::new(name).file_stem()?;
        Some(stem.to_string_lossy().into_owned())
    };
    let stem = names[1].as_ref().and_then(stem);
    names.into_iter().chain([stem]).flatten()
}

fn is_none(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

fn lower(name: &Value) -> Option<String> {
    name.as_str().map(str::to_lowercase)
}
