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
}
