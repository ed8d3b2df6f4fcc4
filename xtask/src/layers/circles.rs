//! Files of one part that import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Library, Target};
use super::table::Table;

type Edges<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Each circle with its part, its files in order.
pub(super) fn find(library: &Library, table: &Table) -> Vec<(String, Vec<String>)> {
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
        edges.entry(&used.file).or_default().insert(file);
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
            let names = circle.into_iter().map(str::to_owned).collect();
            circles.push((part.to_owned(), names));
        }
    }
    circles
}

/// All files that one leads to; itself only by a circle.
fn reach<'a>(edges: &Edges<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(file) = open.pop() {
        for &next in edges.get(file).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}
