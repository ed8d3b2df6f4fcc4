//! What a server says, without the passwords that it repeats. A server that does not know a command
//! repeats its arguments, `AUTH`'s too; nothing else that is said has a password in it.

/// Where a server begins to repeat a command's arguments, which it cuts, and so the passwords.
const ARGUMENTS: &str = "with args beginning with:";

/// A server's words without the passwords in them.
pub(super) fn without(secrets: &[String], words: &str) -> String {
    let words = match words.find(ARGUMENTS) {
        Some(start) => format!("{}with arguments that are left out", &words[..start]),
        None => words.to_owned(),
    };
    secrets
        .iter()
        .fold(words, |words, secret| blank(secret, &words))
}

/// Blanks a password where it stands by itself: in quotes, or between what no word goes on with. One
/// of letters alone is left where it is not in quotes, since words of a sentence are that too.
fn blank(secret: &str, words: &str) -> String {
    let is_word = secret.chars().all(char::is_alphabetic);
    let mut blanked = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(place) = rest.find(secret) {
        let (before, from) = rest.split_at(place);
        let after = &from[secret.len()..];
        let (left, right) = (
            before
                .chars()
                .next_back()
                .or_else(|| blanked.chars().next_back()),
            after.chars().next(),
        );
        let quoted = |side: Option<char>| side.is_some_and(|side| "'\"`".contains(side));
        let alone = |side: Option<char>| !side.is_some_and(char::is_alphanumeric);
        let stands = (quoted(left) && quoted(right)) || (!is_word && alone(left) && alone(right));
        blanked.push_str(before);
        blanked.push_str(if stands { "***" } else { secret });
        rest = after;
    }
    blanked.push_str(rest);
    blanked
}

#[cfg(test)]
mod tests {
    use super::without;

    fn said(secret: &str, words: &str) -> String {
        without(&[secret.to_owned()], words)
    }

    #[test]
    fn words_of_a_message_are_no_passwords() {
        for (secret, words) in [
            ("command", "ERR unknown command 'HGETALLS', in a script"),
            ("the", "ERR the database is gone"),
            ("a", "LOADING Redis is loading the dataset in memory"),
            ("password", "ERR Client sent AUTH, but no password is set"),
            (
                "6",
                "READONLY You can't write against a replica of 10.0.0.16:63790",
            ),
        ] {
            assert_eq!(said(secret, words), words, "{secret}");
        }
    }

    #[test]
    fn a_password_that_a_server_repeats_is_left_out() {
        for (secret, words) in [
            (
                "s3cret",
                "ERR unknown command 'AUTH', with args beginning with: 'app' 's3cret' ",
            ),
            (
                "s3cret",
                "ERR unknown command `AUTH`, with args beginning with: `app`, `s3cre",
            ),
            ("hush", "ERR what is \"hush\""),
            ("hush", "ERR 'hush' 'hush'"),
            ("p@ss:w/rd", "ERR AUTH app p@ss:w/rd is not known"),
            ("s3cret", "s3cret"),
        ] {
            let said = said(secret, words);
            assert!(!said.contains(&secret[..4]), "{said}");
            assert_eq!(&said[..3], if words == secret { "***" } else { "ERR" });
        }
    }
}
