//! The table in `ARCHITECTURE.md`.

use crate::Result;

const HEAD: &str = "| part | may use |";

/// A part: a folder or file of the library, and what it may use beside itself.
pub(super) struct Row {
    pub(super) part: String,
    pub(super) parts: Vec<String>,
    /// Outside crates that only the parts which name them here may name.
    pub(super) crates: Vec<String>,
}

pub(super) struct Table {
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().skip_while(|line| !line.starts_with(HEAD));
        lines.next().ok_or_else(|| {
            format!(
                "ARCHITECTURE.md has no table that begins `{HEAD}`, of which part may use which"
            )
        })?;
        let rows: Vec<Row> = lines
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .map(row)
            .collect::<Result<_>>()?;
        Ok(Self { rows })
    }

    /// The row whose folder a module lies in: the innermost where one is within another.
    pub(super) fn part_of(&self, module: &[String]) -> Option<&str> {
        (1..=module.len()).rev().find_map(|length| {
            let name = module.get(..length)?.join("/");
            self.row(&name).map(|row| row.part.as_str())
        })
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.row(part).is_some()
    }

    pub(super) fn may_use(&self, part: &str, other: &str) -> bool {
        self.row(part)
            .is_some_and(|row| row.parts.iter().any(|allowed| allowed == other))
    }

    pub(super) fn confined(&self, name: &str) -> bool {
        self.rows
            .iter()
            .any(|row| row.crates.iter().any(|allowed| allowed == name))
    }

    pub(super) fn may_name(&self, part: &str, name: &str) -> bool {
        self.row(part)
            .is_some_and(|row| row.crates.iter().any(|allowed| allowed == name))
    }

    fn row(&self, part: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.part == part)
    }
}

fn row(line: &str) -> Result<Row> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
    let [part, parts, crates] = cells.as_slice() else {
        return Err(format!(
            "a row of the table of parts has three cells: {line}"
        ));
    };
    let names = |cell: &str| {
        cell.split(',')
            .map(|name| name.trim().trim_matches('`').to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    Ok(Row {
        part: part.trim().trim_matches('`').to_owned(),
        parts: names(parts),
        crates: names(crates),
    })
}
