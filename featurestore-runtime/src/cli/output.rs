//! Printing: what a command found, as tables for people or as JSON for programs.

use std::error::Error;
use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use console::Term;
use serde::Serialize;

use super::CliError;

/// What a command found, in both forms.
#[derive(Debug)]
pub(super) struct Report {
    json: String,
    blocks: Vec<Block>,
}

/// A paragraph for people.
#[derive(Debug)]
enum Block {
    Text(String),
    Table(Table),
}

/// How wide tables are where there is no terminal.
const WIDTH: u16 = 160;

impl Report {
    /// Starts with the form for programs.
    pub(super) fn new(json: &impl Serialize) -> Result<Self, CliError> {
        Ok(Self {
            json: serde_json::to_string_pretty(json)?,
            blocks: Vec::new(),
        })
    }

    /// One line in either form, for what comes again and again.
    #[cfg(feature = "duckdb")]
    pub(super) fn line(json: &impl Serialize, text: &str) -> Result<Self, CliError> {
        Ok(Self {
            json: serde_json::to_string(json)?,
            blocks: vec![Block::Text(printable(text).replace('\n', " "))],
        })
    }

    /// The form for programs is that for people, too.
    pub(super) fn json_only(json: &impl Serialize) -> Result<Self, CliError> {
        let mut report = Self::new(json)?;
        report.blocks.push(Block::Text(report.json.clone()));
        Ok(report)
    }

    /// Adds a paragraph for people.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.blocks.push(Block::Text(printable(text)));
        self
    }

    /// Adds a table for people, where it has rows.
    pub(super) fn table<const N: usize>(
        mut self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_some() {
            let header = [header.map(str::to_uppercase)];
            self.blocks.push(table(header.into_iter().chain(rows)));
        }
        self
    }

    /// Adds names and their values for people; those without a value are left out.
    pub(super) fn facts<'a>(
        mut self,
        facts: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> Self {
        let rows = facts
            .into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value?]));
        self.blocks.push(table(rows));
        self
    }
}

/// Where reports go.
#[derive(Debug)]
pub(super) struct Output {
    json: bool,
    /// How wide tables may be; nothing where they may be as wide as they need.
    width: Option<u16>,
}

impl Output {
    /// `width` is what was asked for, 0 for no bound.
    pub(super) fn new(json: bool, width: Option<u16>) -> Self {
        let terminal = || Term::stdout().size_checked().map(|(_, columns)| columns);
        let width = width.unwrap_or_else(|| terminal().unwrap_or(WIDTH));
        Self {
            json,
            width: (width > 0).then_some(width),
        }
    }

    /// Prints a report.
    pub(super) fn print(&mut self, report: &Report) -> Result<(), CliError> {
        let text = if self.json {
            report.json.clone()
        } else {
            let blocks = report.blocks.iter().map(|block| block.text(self.width));
            blocks.collect::<Vec<_>>().join("\n\n")
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")
            .and_then(|()| out.flush())
            .map_err(CliError::Write)
    }
}

/// Prints a note for people where it doesn't get among the answers.
pub(super) fn print_note(note: &str) {
    // There is no other place to say that it can't be said.
    let _ = writeln!(io::stderr(), "{note}");
}

/// Prints an error with its causes.
pub(super) fn print_error(error: &CliError) {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    print_note(&format!("error: {}", printable(&message)));
}

/// What a cell shows where there is nothing.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.filter(|text| !text.is_empty())
        .unwrap_or_else(|| "-".to_owned())
}

/// A duration as people read it.
#[cfg(feature = "duckdb")]
pub(super) fn seconds(took: std::time::Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

impl Block {
    fn text(&self, width: Option<u16>) -> String {
        let table = match self {
            Self::Text(text) => return text.clone(),
            Self::Table(table) => table,
        };
        let Some(width) = width else {
            return table.trim_fmt();
        };
        let mut table = table.clone();
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
        table.trim_fmt()
    }
}

/// A table whose cells may have several lines.
fn table<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Block {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    for row in rows {
        table.add_row(row.map(|cell| printable(&cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    Block::Table(table)
}

/// A text without what moves a terminal's cursor or changes its colours.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\n' {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
