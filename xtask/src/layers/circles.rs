//! Files of one part that import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Library, Target};
use super::table::Table;

/// What each file imports: the files, with the names that it takes from each.
type Edges<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>;

/// Files that lead to each other.
pub(super) struct Circle {
    pub(super) part: String,
    pub(super) files: Vec<String>,
    /// `file -> file: names`, of which some must go.
    pub(super) imports: Vec<String>,
}

pub(super) fn find(library: &Library, table: &Table) -> Vec<Circle> {
    let mut parts: BTreeMap<&str, Edges<'_>> = BTreeMap::new();
    for used in &library.uses {
        let Target::Module(target) = &used.target else {
            continue;
        };
        let Some(part) = table.part_of(&used.module) else {
            continue;
        };
        let Some(file) = library.modules.get(target) else {
            continue;
        };
        // What a `mod.rs` only exports again is not used there.
        if used.exported || table.part_of(target) != Some(part) || *file == used.file {
            continue;
        }
        let edges = parts.entry(part).or_default();
        let name = used.text.rsplit("::").next().unwrap_or_default();
        let names = edges
            .entry(&used.file)
            .or_default()
            .entry(file)
            .or_default();
        names.insert(name);
    }
    let mut circles = Vec::new();
    for (part, edges) in parts {
        let reached: BTreeMap<&str, BTreeSet<&str>> = edges
            .keys()
            .map(|&file| (file, reach(&edges, file)))
            .collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (&file, from_here) in &reached {
            if !from_here.contains(file) || seen.contains(file) {
                continue;
            }
            let circle: Vec<&str> = from_here
                .iter()
                .copied()
                .filter(|other| reached.get(other).is_some_and(|back| back.contains(file)))
                .collect();
            seen.extend(circle.iter().copied());
            circles.push(Circle {
                part: part.to_owned(),
                imports: imports(&edges, &circle),
                files: circle.into_iter().map(str::to_owned).collect(),
            });
        }
    }
    circles
}

fn imports(edges: &Edges<'_>, circle: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for file in circle {
        for (other, names) in edges.get(file).into_iter().flatten() {
            if circle.contains(other) {
                let names = names.iter().copied().collect::<Vec<_>>().join(", ");
                lines.push(format!("{file} -> {other}: {names}"));
            }
        }
    }
    lines
}

/// All files that one leads to; itself only by a circle.
fn reach<'a>(edges: &Edges<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(file) = open.pop() {
        for &next in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}
