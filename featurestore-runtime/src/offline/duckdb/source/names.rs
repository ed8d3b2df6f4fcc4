//! Columns that `DuckDB` takes for one: it finds names in whatever case, and gives the second of two
//! another name (`X_1` beside `x`), under which nobody knows it.

use featurestore_schema::FileFormat;
use featurestore_schema::lock::SourceRecord;

use crate::offline::duckdb::session::Session;
use crate::offline::duckdb::session::sql::{Params, quote};
use crate::offline::duckdb::source::columns::SourceColumn;
use crate::offline::duckdb::source::scan::Files;

/// Two names.
pub(crate) type Alike = (String, String);

/// The columns of files, as `DuckDB` describes them, that are taken for one.
pub(crate) fn of_files(
    session: &Session,
    files: &Files,
    columns: &[SourceColumn],
    footer: Option<&SourceRecord>,
) -> Result<Vec<Alike>, duckdb::Error> {
    if let Some(footer) = footer {
        let alike = footer.alike();
        return Ok(alike
            .map(|(one, other)| (one.to_owned(), other.to_owned()))
            .collect());
    }
    let numbered: Vec<Alike> = columns
        .iter()
        .filter_map(|column| numbered(&column.name, columns))
        .collect();
    if numbered.is_empty() {
        return Ok(numbered);
    }
    match files.format() {
        FileFormat::Csv => header(session, files),
        _ => absent(session, files, columns, numbered),
    }
}

/// The names of a query's own columns that are taken for one, where they can be asked for.
pub(crate) fn of_query(session: &Session, sql: &str) -> Vec<Alike> {
    let names = session.describe_query(sql).unwrap_or_default();
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    pairs(&names)
}

/// The pairs of names that are equal in whatever case.
pub(crate) fn pairs(names: &[String]) -> Vec<Alike> {
    let mut pairs = Vec::new();
    for (index, first) in names.iter().enumerate() {
        let later = names[index + 1..].iter();
        let alike = later.filter(|second| first.eq_ignore_ascii_case(second));
        pairs.extend(alike.map(|second| (first.clone(), second.clone())));
    }
    pairs
}

/// The column that another one, but for a number behind its name, is alike, and that name.
fn numbered(name: &str, columns: &[SourceColumn]) -> Option<Alike> {
    let (own, number) = name.rsplit_once('_')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut names = columns.iter().map(|column| &column.name);
    let first = names.find(|other| other.eq_ignore_ascii_case(own))?;
    Some((first.clone(), own.to_owned()))
}

/// What the first line of a CSV file has alike.
fn header(session: &Session, files: &Files) -> Result<Vec<Alike>, duckdb::Error> {
    let mut params = Params::default();
    let list = files.list(|path| params.push(path));
    let sql = format!(
        "SELECT * FROM read_csv({list}, header = false, all_varchar = true, hive_partitioning = false) LIMIT 1"
    );
    let names = session.texts_of_any(&sql, &params)?.unwrap_or_default();
    let names: Vec<String> = names.into_iter().flatten().collect();
    Ok(pairs(&names))
}

/// The names with numbers that no object of JSON files has, so that they are `DuckDB`'s.
fn absent(
    session: &Session,
    files: &Files,
    columns: &[SourceColumn],
    alike: Vec<Alike>,
) -> Result<Vec<Alike>, duckdb::Error> {
    let mut absent = Vec::new();
    for (first, second) in alike {
        let made = columns.iter().filter(|column| {
            let name = column.name.strip_prefix(second.as_str());
            name.is_some_and(|rest| rest.starts_with('_'))
                && numbered(&column.name, columns).is_some()
        });
        for column in made {
            let mut params = Params::default();
            let list = files.list(|path| params.push(path));
            let name = quote(&column.name);
            let literal = column.name.replace('\'', "''");
            let sql = format!(
                "SELECT CAST(count(*) AS UBIGINT) FROM (SELECT 1 FROM read_json({list}, \
                 columns = {{'{literal}': 'JSON'}}, hive_partitioning = false) WHERE {name} IS NOT NULL LIMIT 1)"
            );
            if session.count(&sql, &params)? == 0 {
                absent.push((first.clone(), second.clone()));
            }
        }
    }
    Ok(absent)
}
