//! The rules' codes: in the sources, in `docs/errors`, and in the cases. And the table of wrong
//! declarations in `docs`, which is made of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What no case can show: a value of an environment variable, and what the registry says at run time.
const NOT_OF_CASES: [&str; 3] = ["FS0067", "FS0080", "FS0081"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The codes in a text: `FS` and four digits.
fn codes(text: &str) -> BTreeSet<String> {
    let code = |(start, _)| {
        let code: String = text[start..].chars().take(6).collect();
        let digits = code.bytes().skip(2).filter(u8::is_ascii_digit).count();
        (digits == 4).then_some(code)
    };
    text.match_indices("FS").filter_map(code).collect()
}

fn codes_of(folder: &str, extension: &str) -> BTreeSet<String> {
    let files = files(&root().join(folder), extension);
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("the file is text"));
    texts.flat_map(|text| codes(&text)).collect()
}

fn in_sources() -> BTreeSet<String> {
    [
        "featurestore-macros",
        "featurestore-schema",
        "featurestore-runtime",
    ]
    .iter()
    .flat_map(|package| codes_of(&format!("{package}/src"), "rs"))
    .chain(NOT_OF_CASES.map(str::to_owned))
    .collect()
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let pages: BTreeMap<String, String> = files(&root().join("docs/errors"), "md")
        .into_iter()
        .map(|page| {
            let name = page.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(page).unwrap())
        })
        .collect();
    let sources = in_sources();
    let index = &pages["README"];
    assert_eq!(codes(index), sources, "the index of docs/errors");
    for code in &sources {
        let page = pages.get(code);
        let page = page.unwrap_or_else(|| panic!("{code} has no page in docs/errors"));
        let title = page.lines().next().unwrap_or_default();
        let title = title.strip_prefix(&format!("# {code}: "));
        let title = title.unwrap_or_else(|| panic!("the page of {code} starts with its code"));
        let row = format!("| [{code}]({code}.md) | {title} |");
        assert!(index.contains(&row), "the index has no line `{row}`");
        let lines = page.lines().count();
        assert!(
            (8..=20).contains(&lines),
            "the page of {code} has {lines} lines"
        );
    }
    for (name, page) in &pages {
        assert!(name == "README" || sources.contains(name), "{name}");
        let unknown: Vec<_> = codes(page).difference(&sources).cloned().collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
}

#[test]
fn every_code_is_shown_by_a_case() {
    let shown = codes_of("tests/compile-fail/cases", "stderr");
    let missing: Vec<_> = in_sources()
        .into_iter()
        .filter(|code| !shown.contains(code) && !NOT_OF_CASES.contains(&code.as_str()))
        .collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

const HEAD: &str = "\
# Wrong declarations

Eleven declarations that do not fit their data. A feature store that takes a declaration's word for
it serves wrong numbers from each; here each is an error at its field. Every row is a case in
`tests/compile-fail/cases/wrong_declarations`, where the whole message is.

| declared | unnoticed, it | the error |
|---|---|---|
";

#[test]
fn the_table_of_wrong_declarations_is_made_of_its_cases() {
    let cases = root().join("tests/compile-fail/cases/wrong_declarations");
    let mut table = HEAD.to_owned();
    for case in files(&cases, "rs") {
        let source = fs::read_to_string(&case).unwrap();
        let comment = |name: &str| {
            let line = source.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{} has no `{name}`", case.display()))
        };
        let errors = fs::read_to_string(case.with_extension("stderr")).unwrap();
        let errors: Vec<&str> = errors
            .lines()
            .filter(|line| line.starts_with("error"))
            .collect();
        let [error] = &errors[..] else {
            panic!("{} has {} errors", case.display(), errors.len());
        };
        let error = &error[error.find("FS").unwrap()..];
        let (declared, unnoticed) = (comment("// Declared: "), comment("// Unnoticed: "));
        let (code, message) = error.split_once(": ").unwrap();
        let message = message.replace('|', "\\|");
        table.push_str(&format!(
            "| {declared} | {unnoticed} | [{code}](errors/{code}.md): {message} |\n"
        ));
    }
    assert_eq!(
        table.matches("\n| ").count(),
        12,
        "the table has eleven rows"
    );
    let path = root().join("docs/wrong-declarations.md");
    if std::env::var("TRYBUILD").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &table).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table);
}
