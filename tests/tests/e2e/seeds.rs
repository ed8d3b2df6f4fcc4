//! The watch-next example's data is what its seed says.

use std::path::Path;

use crate::support::{query, sql};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/watch-next/data");

fn parquet_files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".parquet")).collect();
    names.sort();
    names
}

#[test]
fn the_seed_gives_the_committed_files_row_by_row() {
    let directory = tempfile::tempdir().unwrap();
    let seed = std::fs::read_to_string(Path::new(DATA).join("seed.sql")).unwrap();
    // The seed writes to the working directory, which all tests of a process share.
    let target = format!(") TO '{}/", directory.path().display());
    assert_eq!(seed.matches(") TO '").count(), 4);
    sql(&seed.replace(") TO '", &target));
    let seeded = parquet_files(directory.path());
    assert_eq!(
        seeded,
        [
            "last_genre.parquet",
            "messages.parquet",
            "user_segment.parquet",
            "watch_count_30d.parquet"
        ]
    );
    assert_eq!(parquet_files(Path::new(DATA)), seeded);
    for name in seeded {
        let of = |directory: &Path| {
            let file = format!("'{}'", directory.join(&name).display());
            let columns = query(&format!(
                "SELECT column_name, column_type FROM (DESCRIBE FROM {file})"
            ));
            (columns, query(&format!("SELECT * FROM {file}")))
        };
        let (columns, rows) = of(directory.path());
        assert_eq!(rows.len(), 3, "{name}");
        assert_eq!(of(Path::new(DATA)), (columns, rows), "{name}");
    }
}
