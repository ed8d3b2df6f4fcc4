//! `docs/lock-format.md` says what the code does: its example is read out of it and written back.

use featurestore_schema::lock::{Lock, SourceColumn, section};

const DOCUMENT: &str = include_str!("../../docs/lock-format.md");

fn example() -> &'static str {
    let start = DOCUMENT.find("\n```lock\n").expect("an example") + "\n```lock\n".len();
    let end = DOCUMENT[start..].find("```").expect("its end");
    &DOCUMENT[start..start + end]
}

#[test]
fn the_example_reads_back_to_the_same_bytes() {
    let lock = Lock::parse(example()).expect("a lock");
    assert_eq!(lock.to_string(), example());
    let counts = [
        lock.sources.len(),
        lock.event_sources.len(),
        lock.views.len(),
        lock.services.len(),
    ];
    assert_eq!(counts, [2, 1, 3, 1]);
}

#[test]
fn the_examples_layouts_have_the_ids_of_their_columns() {
    let lock = Lock::parse(example()).expect("a lock");
    for view in lock.views.values() {
        for (id, layout) in &view.layouts {
            assert_eq!(*id, layout.id(), "{:07x} is {layout}", layout.id());
        }
    }
}

#[test]
fn the_examples_sections_are_found_by_the_text_that_declares_them() {
    let sql = "SELECT user_id, at AS event_timestamp, segment FROM 'data/segments.csv'";
    for source in [sql, "data/watch_count_30d.parquet"] {
        let lines = section(example(), "source", source).expect("a section");
        let columns = lines.lines().map(SourceColumn::parse);
        assert!(
            columns
                .collect::<Option<Vec<_>>>()
                .is_some_and(|found| found.len() == 3)
        );
    }
}
