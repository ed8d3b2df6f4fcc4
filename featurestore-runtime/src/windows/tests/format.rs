//! `docs/online-format.md` says what states are: its examples are read out of it and compared.

use super::super::aggregate::{Aggregate, Finished, Measure};
use super::super::event::{Arrival, EventId};
use super::super::feature::Feature;
use super::super::scalar::{Kind, Scalar};
use super::super::state::{Answer, Limits, Loaded, Plan, Row, Stored};
use super::super::window::Window;

const DOCUMENT: &str = include_str!("../../../../docs/online-format.md");

/// A document's example: a word and what follows it, line by line.
type Example = Vec<(&'static str, &'static str)>;

fn examples() -> Vec<Example> {
    let blocks = DOCUMENT.split("\n```").skip(1).step_by(2);
    let own = blocks.filter_map(|block| block.strip_prefix("state\n"));
    own.map(|block| {
        let lines = block.lines().map(|line| line.split_once(' ').unwrap());
        lines.map(|(word, rest)| (word, rest.trim())).collect()
    })
    .collect()
}

fn all<'a>(example: &'a Example, word: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let lines = example.iter().filter(move |(first, _)| *first == word);
    lines.map(|(_, rest)| *rest)
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn feature(text: &str, kinds: &[Kind]) -> Feature {
    let [aggregate, column, window] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let aggregate = match aggregate {
        "sum" => Aggregate::Sum,
        "last" => Aggregate::Last,
        other => panic!("{other}"),
    };
    let column = number(column);
    Feature {
        measure: Measure::new(aggregate, Some(kinds[column])).unwrap(),
        column: Some(column),
        filter: None,
        window: Window::new(Some(number(window)), None, 0).unwrap(),
    }
}

fn event(text: &str, place: usize) -> Loaded {
    let [time, id, created, decimal, words] = text.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let text = (words != "null").then(|| Scalar::Bytes(words.as_bytes().into()));
    Loaded {
        row: Row {
            time: number(time),
            id: EventId(number(id)),
            created: (created != "-").then(|| number(created)),
            deleted: false,
            values: vec![Some(Scalar::Integer(number(decimal))), text],
        },
        arrived: None,
        place: place as u64,
    }
}

/// The example's fields: their names behind the view's, and bytes, which two spaces set off from comments.
fn fields(example: &Example) -> Vec<(&'static str, Vec<u8>)> {
    let mut fields: Vec<(&str, Vec<u8>)> = Vec::new();
    for (word, rest) in example {
        if *word == "field" {
            fields.push((rest, Vec::new()));
        }
        if *word == "bytes" {
            let digits = rest.split("  ").next().unwrap().split(' ');
            let bytes = digits.map(|digits| u8::from_str_radix(digits, 16).unwrap());
            fields.last_mut().unwrap().1.extend(bytes);
        }
    }
    fields
}

fn answer(answer: &Answer) -> String {
    match answer {
        Ok(Finished::One(Scalar::Integer(value))) => value.to_string(),
        Ok(Finished::One(Scalar::Bytes(text))) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_states_of_the_document_are_what_the_code_writes_and_reads() {
    assert!(examples().len() > 1);
    for example in examples() {
        let kinds = all(&example, "column").map(|kind| match kind {
            "decimal" => Kind::Integer { scale: 2 },
            "text" => Kind::Bytes,
            other => panic!("{other}"),
        });
        let kinds: Vec<Kind> = kinds.collect();
        let features = all(&example, "feature").map(|text| feature(text, &kinds));
        let arrival = Arrival {
            lateness: 3_600_000_000,
            settling: 0,
        };
        let summary = all(&example, "summary").next().map(number);
        let limits = Limits {
            summary: summary.unwrap_or(Limits::default().summary),
            ..Limits::default()
        };
        let plan = Plan::new(
            0x00c_0ffe,
            kinds.clone(),
            features.collect(),
            arrival,
            limits,
        );
        let plan = plan.unwrap();
        let events = all(&example, "event").enumerate();
        let events = events.map(|(place, text)| event(text, place));
        let made = number(all(&example, "made").next().unwrap());
        let before: u64 = number(all(&example, "number").next().unwrap());
        let changes = plan.rebuild(events, made, before - 1).unwrap();
        let written: Vec<(String, bytes::Bytes)> = changes
            .iter()
            .map(|(field, bytes)| (format!("v{field}"), bytes.clone().unwrap()))
            .collect();
        let hex = |bytes: &[u8]| {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.join(" ")
        };
        let said: Vec<(String, String)> = fields(&example)
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), hex(bytes)))
            .collect();
        let done: Vec<(String, String)> = written
            .iter()
            .map(|(name, bytes)| (name.clone(), hex(bytes)))
            .collect();
        assert_eq!(said, done);
        let stored: Stored = changes
            .into_iter()
            .map(|(field, bytes)| (field, bytes.unwrap()))
            .collect();
        let answers = plan.read(&stored, made).unwrap().unwrap();
        let read: Vec<String> = answers.iter().map(answer).collect();
        let reads: Vec<&str> = all(&example, "reads").collect();
        assert_eq!(read, reads);
    }
}
