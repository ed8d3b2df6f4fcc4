//! Names in messages: what there is, and what may have been meant.

/// The name in `known` that `name` is most likely a misspelling of, if one is near enough.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A likeness is at most the ratio of the lengths. Names may come from anywhere, and comparing
    // takes time and memory by the product of the lengths.
    let similar_length = |candidate: &&str| {
        let lengths = [name.chars().count(), candidate.chars().count()];
        let [short, long] = if lengths[0] < lengths[1] {
            lengths
        } else {
            [lengths[1], lengths[0]]
        };
        short * 10 >= long * 6
    };
    known
        .into_iter()
        .filter(similar_length)
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(name, candidate),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// What may have been meant by the name of a column that is not there, and how it is read where it
/// differs in case, in how its words are put together, or in its Unicode form.
pub fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    let folded = |name: &str| name.replace('_', "").to_lowercase();
    let mut names = known.clone().into_iter();
    if let Some(alike) = names.find(|other| folded(other) == folded(name)) {
        return Some(format!(
            "did you mean `{alike}`? `#[column(rename = \"{alike}\")]` reads it"
        ));
    }
    let mut names = known.clone().into_iter();
    if let Some(other) = names.find(|other| differ_in_form(name, other)) {
        let escaped = |letter: char| match letter {
            mark if is_mark(mark) => mark.escape_unicode().to_string(),
            letter => letter.to_string(),
        };
        let literal: String = other.chars().map(escaped).collect();
        return Some(format!(
            "did you mean `{other}`, whose Unicode form is another? `#[column(rename = \"{literal}\")]` reads it"
        ));
    }
    Some(format!("did you mean `{}`?", nearest(name, known)?))
}

/// Whether two names are spelled alike, one of them with marks of their own behind the letters.
fn differ_in_form(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> Vec<char> { name.chars().filter(|c| !is_mark(*c)).collect() };
    let (left, right) = (letters(one), letters(other));
    let has_marks = one.chars().chain(other.chars()).any(is_mark);
    let same = |(left, right): (&char, &char)| {
        left.eq_ignore_ascii_case(right) || !left.is_ascii() || !right.is_ascii()
    };
    one != other && has_marks && left.len() == right.len() && left.iter().zip(&right).all(same)
}

/// Whether it is one of the combining diacritical marks, or of kana.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}')
}

/// What is said of two columns that `DuckDB` takes for one.
#[must_use]
pub fn alike(first: &str, second: &str) -> String {
    if first == second {
        format!("two columns `{first}`")
    } else {
        format!("the columns `{first}` and `{second}`, which differ in case alone")
    }
}

/// What there is, for the end of a message: `watch_count, user_id`, or `none` where there is
/// nothing.
pub fn listing<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = known.into_iter().collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_letter_finds_the_name_and_a_stranger_finds_none() {
        let known = ["user_id", "watch_count"];
        assert_eq!(nearest("watch_cuont", known), Some("watch_count"));
        assert_eq!(nearest("temperature", known), None);
    }

    #[test]
    fn a_name_that_is_spelled_alike_is_read_by_rename() {
        for (name, known, expected) in [
            (
                "watch_count",
                "watchCount",
                "`watchCount`? `#[column(rename = \"watchCount\")]` reads",
            ),
            (
                "user_id",
                "USER_ID",
                "`USER_ID`? `#[column(rename = \"USER_ID\")]` reads",
            ),
            ("n", "N", "`N`? `#[column(rename = \"N\")]` reads"),
            ("caf\u{e9}", "cafe\u{301}", "rename = \"cafe\\u{301}\""),
            ("\u{e9}", "e\u{301}", "whose Unicode form is another"),
            ("watch_cuont", "watch_count", "did you mean `watch_count`?"),
        ] {
            let hint = meant(name, [known, "other"]).unwrap();
            assert!(hint.contains(expected), "{hint}\nlacks {expected}");
        }
        assert_eq!(
            meant("cafe", ["caf\u{e9}s", "rue"]),
            Some("did you mean `caf\u{e9}s`?".to_owned())
        );
        assert_eq!(meant("temperature", ["n"]), None);
    }
}
