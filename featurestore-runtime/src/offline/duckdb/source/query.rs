//! A declared query: its paths start at the data root, as all of a declaration do, and what is wrong
//! in it is told by line and column. `DuckDB` itself says what is a path: it gives the query's tree
//! (`json_serialize_sql`), each name with its position in the text.

use featurestore_schema::literal_pattern;
use serde_json::Value;

use crate::offline::OfflineError;
use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::failure::{reason, unreadable};
use crate::offline::duckdb::session::sql::Params;
use crate::offline::duckdb::source::finer;
use crate::offline::duckdb::source::lineage::{Lineage, Origin};
use crate::offline::duckdb::source::relation::{Queried, Relation};
use crate::offline::duckdb::source::scan::Scan;
use crate::view::{NotLocal, Paths};

/// What stands before a query where its tree and its mistakes are asked for.
const BEFORE: &str = "SELECT * FROM (\n";

/// A text that stands for another one in the query.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// A query whose paths are those of this machine.
struct Query<'a> {
    written: &'a str,
    edits: Vec<Edit>,
    /// What it reads, as patterns of this machine.
    files: Vec<String>,
    lineage: Lineage,
}

/// A look at the rows of a query.
pub(crate) fn relation(
    session: &Session,
    sql: &str,
    paths: &Paths,
    what: String,
    text: String,
) -> Result<Relation, OfflineError> {
    let query = Query::of(session, sql, paths, &what, &text)?;
    let files = session.note_query(&what, &text, query.files.clone())?;
    let scan = Scan::Query(query.located());
    let described = Relation::describe(session, scan, what.clone(), text.clone());
    let relation = described.map_err(|error| {
        // Whether a file is there is no mistake of the text.
        match error {
            OfflineError::Unreadable { .. } => {
                query.mistake(session, &what, &text).unwrap_or(error)
            }
            other => other,
        }
    })?;
    let rounded = finer::columns(&files);
    let rounded = rounded.map_err(|error| OfflineError::unreadable(what, text, error))?;
    Ok(Relation {
        rounded,
        queried: Some(Queried {
            files,
            lineage: query.lineage,
        }),
        ..relation
    })
}

impl<'a> Query<'a> {
    fn of(
        session: &Session,
        sql: &'a str,
        paths: &Paths,
        what: &str,
        text: &str,
    ) -> Result<Self, OfflineError> {
        let written = sql.trim_end().trim_end_matches(';');
        let mut query = Self {
            written,
            edits: Vec::new(),
            files: Vec::new(),
            lineage: Lineage::Whole(Origin::Any),
        };
        let wrong = |position: Option<usize>, reason: &str| {
            let text = position.map_or_else(
                || text.to_owned(),
                |position| query_position(written, text, position),
            );
            OfflineError::Unreadable {
                what: what.to_owned(),
                source_text: text,
                reason: reason.to_owned(),
                source: None,
            }
        };
        let mut params = Params::default();
        let whole = params.push(format!("{BEFORE}{written}\n)"));
        let tree = session
            .texts(
                &format!("SELECT CAST(json_serialize_sql(CAST({whole} AS VARCHAR)) AS VARCHAR)"),
                &params,
            )
            .map_err(|error| unreadable(what.to_owned(), text.to_owned(), error))?;
        let tree = tree.into_iter().next().flatten().unwrap_or_default();
        let tree: Value = serde_json::from_str(&tree)
            .map_err(|error| wrong(None, &format!("DuckDB's tree of it can't be read: {error}")))?;
        if tree["error"] == Value::Bool(true) {
            // What is no SQL is told by its position, when its columns are asked for.
            if tree["error_type"] == "parser" {
                return Ok(query);
            }
            return Err(wrong(
                None,
                "only a query that selects can be a source; a `PIVOT` names its values, as in `ON kind IN ('a', 'b')`",
            ));
        }
        query.lineage = Lineage::of(&tree);
        let mut found = NamedFiles::default();
        found.walk(&tree);
        for path in found.paths {
            let position = path
                .position
                .and_then(|position| position.checked_sub(BEFORE.len()));
            let Some(declared) = path.text else {
                return Err(wrong(
                    position,
                    "a file is named by a plain text here, so that it is found below the data root; an expression can't be one",
                ));
            };
            if path.is_name && found.names.contains(&declared) {
                continue;
            }
            if std::path::Path::new(&declared).is_absolute() {
                query.files.push(declared);
                continue;
            }
            let local =
                local(paths, &declared).map_err(|error| OfflineError::not_local(what, error))?;
            let Some((start, end)) =
                position.and_then(|position| literal(written, position, &declared))
            else {
                return Err(wrong(
                    position,
                    &format!("write the path `{declared}` in single quotes, as it is"),
                ));
            };
            let text = format!("'{}'", local.replace('\'', "''"));
            query.edits.push(Edit { start, end, text });
            query.files.push(local);
        }
        query.edits.sort_by_key(|edit| edit.start);
        query.edits.dedup_by_key(|edit| edit.start);
        Ok(query)
    }

    /// The text that runs.
    fn located(&self) -> String {
        let (mut text, mut end) = (String::new(), 0);
        for edit in &self.edits {
            text.push_str(&self.written[end..edit.start]);
            text.push_str(&edit.text);
            end = edit.end;
        }
        text.push_str(&self.written[end..]);
        text
    }

    /// Where in the text as it is written a position of the one that runs is.
    fn as_written(&self, position: usize) -> usize {
        let mut shift = 0;
        for edit in &self.edits {
            let start = edit.start + shift;
            if position < start {
                break;
            }
            if position < start + edit.text.len() {
                return edit.start;
            }
            shift = shift + edit.text.len() - (edit.end - edit.start);
        }
        position - shift
    }

    /// What is wrong with the text, by its position, where `DuckDB` tells one.
    fn mistake(&self, session: &Session, what: &str, text: &str) -> Option<OfflineError> {
        let as_json =
            |on| session.execute(&format!("SET errors_as_json = {on}"), &Params::default());
        as_json(true).ok()?;
        let described = session.describe(&format!("(\n{}\n)", self.located()), &Params::default());
        as_json(false).ok()?;
        let error = described.err()?;
        let message = reason(&error);
        let told: Value = serde_json::from_str(&message[message.find('{')?..]).ok()?;
        let position: usize = told["position"].as_str()?.parse().ok()?;
        let before = "DESCRIBE SELECT * FROM (\n".len();
        let position = self.as_written(position.checked_sub(before)?);
        Some(OfflineError::Unreadable {
            what: what.to_owned(),
            source_text: query_position(self.written, text, position),
            reason: told["exception_message"].as_str()?.replace('\n', " "),
            source: Some(error.into()),
        })
    }
}

/// ``the query, line 3, column 8 (`FORM watch`)``: a position for people, who count from 1.
fn query_position(written: &str, text: &str, position: usize) -> String {
    let position = position.min(written.len());
    let position = (0..=position)
        .rev()
        .find(|position| written.is_char_boundary(*position));
    let (before, behind) = written.split_at(position.unwrap_or_default());
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].chars().count() + 1;
    let shown: String = behind
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(60)
        .collect();
    let shown = shown.trim_end();
    let shown = if shown.is_empty() {
        ", at its end".to_owned()
    } else {
        format!(" (`{shown}`)")
    };
    format!("{text}, line {line}, column {column}{shown}")
}

/// The path of this machine, as a pattern of which only the declared part is one.
fn local(paths: &Paths, declared: &str) -> Result<String, NotLocal> {
    let path = paths.resolve(declared.as_ref())?;
    let path = path.to_string_lossy();
    let rest = path.bytes().rev().zip(declared.bytes().rev());
    let rest = rest.take_while(|(left, right)| left == right).count();
    let (directory, rest) = path.split_at(path.len() - rest);
    Ok(literal_pattern(directory) + rest)
}

/// Where the literal, or the quoted or plain name, that begins at `position` and means `declared` is.
fn literal(written: &str, position: usize, declared: &str) -> Option<(usize, usize)> {
    let text = written.get(position..)?;
    let end = match text.chars().next()? {
        quote @ ('\'' | '"') => {
            let quoted = declared.replace(quote, &format!("{quote}{quote}"));
            let quoted = format!("{quote}{quoted}{quote}");
            text.starts_with(&quoted).then_some(quoted.len())?
        }
        _ => text.starts_with(declared).then_some(declared.len())?,
    };
    Some((position, position + end))
}

/// A text that may name a file.
struct Named {
    /// Nothing where an expression stands.
    text: Option<String>,
    position: Option<usize>,
    /// Whether it stands where a table's name does.
    is_name: bool,
}

/// What a tree names.
#[derive(Default)]
struct NamedFiles {
    paths: Vec<Named>,
    /// What `WITH` names.
    names: Vec<String>,
}

impl NamedFiles {
    fn walk(&mut self, node: &Value) {
        match node {
            Value::Object(fields) => {
                if let Some(Value::Array(entries)) = fields.get("cte_map").map(|map| &map["map"]) {
                    let names = entries.iter().filter_map(|entry| entry["key"].as_str());
                    self.names.extend(names.map(str::to_owned));
                }
                match node["type"].as_str() {
                    Some("BASE_TABLE") => self.table(node),
                    Some("TABLE_FUNCTION") => self.function(&node["function"]),
                    _ => {}
                }
                fields.values().for_each(|field| self.walk(field));
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => {}
        }
    }

    /// A table's name that is a file's: the run's own database has no table of the user's.
    fn table(&mut self, node: &Value) {
        let part = |name: &str| node[name].as_str().filter(|part| !part.is_empty());
        let (Some(name), None) = (part("table_name"), part("catalog_name")) else {
            return;
        };
        let is_format = ["parquet", "csv", "tsv", "json", "jsonl", "ndjson"].contains(&name);
        let text = match part("schema_name") {
            // `FROM a.csv`
            Some(schema) if is_format => format!("{schema}.{name}"),
            None if name.contains(['.', '/']) => name.to_owned(),
            _ => return,
        };
        self.paths.push(Named {
            text: Some(text),
            position: position_of(node),
            is_name: true,
        });
    }

    /// The first argument of a function that reads files: a text, or a list of them.
    fn function(&mut self, function: &Value) {
        let name = function["function_name"].as_str().unwrap_or_default();
        let is_reader = ["read_", "parquet_", "sniff_"]
            .iter()
            .any(|start| name.starts_with(start))
            || ["glob", "query", "query_table", "delta_scan", "iceberg_scan"].contains(&name);
        let Some(first) = function["children"].get(0).filter(|_| is_reader) else {
            return;
        };
        let is_list = first["function_name"] == "list_value";
        let texts = first["children"].as_array().filter(|_| is_list);
        let texts = texts.map_or_else(|| vec![first], |texts| texts.iter().collect());
        for text in texts {
            // What these read is in the text of another query.
            let is_path = !name.starts_with("query");
            let value = text["value"]["value"].as_str().filter(|_| is_path);
            self.paths.push(Named {
                text: value.map(str::to_owned),
                position: position_of(text),
                is_name: false,
            });
        }
    }
}

fn position_of(node: &Value) -> Option<usize> {
    node["query_location"].as_u64()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_the_text_as_it_is_written() {
        let written = "SELECT é,\n  x FROM 'a' JOIN 'b' ON y";
        let edit = |text: &str, to: &str| {
            let start = written.find(text).unwrap();
            let (end, text) = (start + text.len(), to.to_owned());
            Edit { start, end, text }
        };
        let edits = vec![edit("'a'", "'/root/a'"), edit("'b'", "'b'")];
        let query = Query {
            written,
            edits,
            files: Vec::new(),
            lineage: Lineage::Whole(Origin::Any),
        };
        let runs = query.located();
        for (at, expected) in [
            ("x FROM", "q, line 2, column 3 (`x FROM 'a' JOIN 'b' ON y`)"),
            ("root", "q, line 2, column 10 (`'a' JOIN 'b' ON y`)"),
            ("ON y", "q, line 2, column 23 (`ON y`)"),
        ] {
            let position = query.as_written(runs.find(at).unwrap());
            assert_eq!(query_position(written, "q", position), expected);
        }
        let end = query_position(written, "q", written.len());
        assert_eq!(end, "q, line 2, column 27, at its end");
    }
}
