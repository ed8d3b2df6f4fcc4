//! `cargo xtask layers`: which part of the library may use which, as the table in
//! `ARCHITECTURE.md` says, and that no files of a part import each other in a circle.

mod circles;
mod source;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use crate::Result;
use source::{Library, Target};
use table::Table;

pub(crate) fn task(checkout: &Path, arguments: &[String]) -> Result<ExitCode> {
    if let Some(argument) = arguments.first() {
        return Ok(crate::unknown_argument("layers", argument));
    }
    check(checkout)?;
    eprintln!("layers: every part uses what it may, and no files import each other in a circle");
    Ok(ExitCode::SUCCESS)
}

/// # Errors
///
/// Every violation, a line each, those of a part together.
pub(crate) fn check(checkout: &Path) -> Result<()> {
    let file = checkout.join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(&file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let table = Table::parse(&text)?;
    let library = Library::read(&checkout.join("featurestore-runtime/src"))?;
    let found = violations(&table, &library);
    if found.is_empty() {
        return Ok(());
    }
    let count: usize = found.values().map(BTreeSet::len).sum();
    let mut message = format!("{count} violations of the table in ARCHITECTURE.md\n");
    for (part, lines) in found {
        message.push_str(&format!("\n{part} ({})\n", lines.len()));
        for line in lines {
            message.push_str(&format!("  {line}\n"));
        }
    }
    Err(message)
}

/// By part.
fn violations(table: &Table, library: &Library) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut say = |part: &str, line: String| found.entry(part.to_owned()).or_default().insert(line);
    let mut inhabited = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (module, file) in &library.modules {
        // What stands in `lib.rs` itself, the root and the prelude, is above all.
        let Some(first) = module.first().filter(|_| file != "lib.rs") else {
            continue;
        };
        match table.part_of(module) {
            Some(part) => {
                inhabited.insert(part.to_owned());
            }
            None => {
                say(first, format!("no row of the table is for src/{first}"));
            }
        }
    }
    for used in &library.uses {
        // The root and what has no row: the root stands above all, the rest was said above.
        let Some(part) = table.part_of(&used.module) else {
            continue;
        };
        let at = format!("{}:{}", used.file, used.line);
        match &used.target {
            Target::Module(target) => {
                let Some(other) = table.part_of(target) else {
                    if target.is_empty() {
                        say(part, format!("{at} uses the root: {}", used.text));
                    }
                    continue;
                };
                if other != part && !table.may_use(part, other) {
                    say(part, format!("{at} uses {other}: {}", used.text));
                }
            }
            Target::Outside(name) => {
                if table.confined(name) && !table.may_name(part, name) {
                    say(part, format!("{at} names the crate {name}: {}", used.text));
                }
                named.insert((part.to_owned(), name.clone()));
            }
        }
    }
    for row in &table.rows {
        if !inhabited.contains(&row.part) {
            say(&row.part, "the table's row is for no folder or file".into());
        }
        for other in row.parts.iter().filter(|other| !table.has(other)) {
            say(&row.part, format!("its row names {other}, which has none"));
        }
        for name in &row.crates {
            if !named.contains(&(row.part.clone(), name.clone())) {
                say(
                    &row.part,
                    format!("its row allows the crate {name}, which it does not name"),
                );
            }
        }
    }
    for circle in circles::find(library, table) {
        let mut line = format!(
            "{} files import each other in a circle: {}",
            circle.files.len(),
            circle.files.join(", ")
        );
        for import in &circle.imports {
            line.push_str(&format!("\n    {import}"));
        }
        say(&circle.part, line);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
| part | may use | may name the crates |
|---|---|---|
| `http` | `online` | axum |
| `online` | `types` | |
| `online/redis` | `online`, `types` | redis |
| `types` | | |
";

    /// What is wrong with these files, as `part: line`.
    fn wrong(files: &[(&str, &str)]) -> Vec<String> {
        let directory = std::env::temp_dir().join(format!(
            "featurestore-layers-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        let root = [
            (
                "lib.rs",
                "mod http; mod online; mod types; pub use online::Store;",
            ),
            ("http.rs", "use axum::Router;"),
            (
                "online/mod.rs",
                "mod redis; pub struct Store; use crate::types::Value;",
            ),
            ("online/redis.rs", "use redis::Client; use super::Store;"),
            ("types.rs", "pub struct Value;"),
        ];
        for (name, text) in root.iter().chain(files) {
            let file = directory.join(name);
            std::fs::create_dir_all(file.parent().expect("a file is in a folder"))
                .expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
        let library = Library::read(&directory).expect("these parse");
        std::fs::remove_dir_all(&directory).expect("the folder is ours");
        let table = Table::parse(TABLE).expect("a table");
        violations(&table, &library)
            .into_iter()
            .flat_map(|(part, lines)| lines.into_iter().map(move |line| format!("{part}: {line}")))
            .collect()
    }

    #[test]
    fn what_the_table_allows_is_silent() {
        assert_eq!(wrong(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_use_upwards_is_found_in_every_form() {
        for (text, path) in [
            ("use crate::online::Store;", "crate::online::Store"),
            ("use crate::{online::Store as It};", "crate::online::Store"),
            ("use crate::Store;", "crate::Store"),
            ("use super::online;", "super::online"),
            (
                "fn f() -> crate::online::Store { loop {} }",
                "crate::online::Store",
            ),
            (
                "macro_rules! m { () => { $crate::online::Store } }",
                "crate::online::Store",
            ),
            (
                "fn f() { vec![crate::online::Store]; }",
                "crate::online::Store",
            ),
            (
                "mod inner { use super::super::online::Store; }",
                "super::super::online::Store",
            ),
        ] {
            assert_eq!(
                wrong(&[("types.rs", text)]),
                [format!("types: types.rs:1 uses online: {path}")],
                "{text}"
            );
        }
    }

    #[test]
    fn what_an_expansion_calls_is_no_use_of_the_macros_part() {
        let root = "#[path = \"online/mod.rs\"] mod __private_1; mod http; mod types;";
        let body = "macro_rules! m { () => { $crate::__private_1::Store } }";
        assert_eq!(
            wrong(&[("lib.rs", root), ("types.rs", body)]),
            Vec::<String>::new()
        );
        let own = "fn f() -> crate::__private_1::Store { loop {} }";
        assert_eq!(
            wrong(&[("lib.rs", root), ("types.rs", own)]),
            ["types: types.rs:1 uses online: crate::__private_1::Store"]
        );
    }

    #[test]
    fn a_crate_is_named_only_where_its_row_is() {
        assert_eq!(
            wrong(&[("types.rs", "fn f(_: redis::Client, _: ::axum::Router) {}")]),
            [
                "types: types.rs:1 names the crate axum: axum::Router",
                "types: types.rs:1 names the crate redis: redis::Client"
            ]
        );
    }

    #[test]
    fn tests_may_use_anything() {
        let text = "pub struct Value; #[cfg(test)] use crate::online::Store;
            #[cfg(all(test, feature = \"x\"))] mod tests { use redis::Client; }
            #[cfg(test)] mod more;";
        let more = ("types/more.rs", "use crate::online::Store;");
        assert_eq!(wrong(&[("types.rs", text), more]), Vec::<String>::new());
    }

    #[test]
    fn parts_without_a_row_and_rows_without_a_part_are_found() {
        let root = "mod cli; mod online; mod types; pub use online::Store;";
        assert_eq!(
            wrong(&[("lib.rs", root), ("cli.rs", "")]),
            [
                "cli: no row of the table is for src/cli",
                "http: its row allows the crate axum, which it does not name",
                "http: the table's row is for no folder or file",
            ]
        );
    }

    #[test]
    fn files_in_a_circle_are_found_through_what_is_exported_again() {
        let folder = [
            (
                "types.rs",
                "mod a; mod b; mod c; pub use a::A; pub use b::B; pub use c::C;",
            ),
            ("types/a.rs", "pub struct A(super::B);"),
            ("types/b.rs", "use super::a::A; pub struct B;"),
            ("types/c.rs", "use super::A; pub struct C;"),
        ];
        assert_eq!(
            wrong(&folder),
            [
                "types: 2 files import each other in a circle: types/a.rs, types/b.rs\n    \
                 types/a.rs -> types/b.rs: B\n    types/b.rs -> types/a.rs: A"
            ]
        );
    }
}
