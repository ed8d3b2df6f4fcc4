//! What an error that a server answered with means for its command.

use redis::ServerError;

/// What such an error means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the answer.
    Answer,
    /// The server can't answer it yet.
    Later,
    /// The server is not the key's master, or does not know the others.
    Elsewhere,
    /// Another node has the key: for good, or while its slot moves.
    Moved { asking: bool },
    /// The server does not know the script.
    Script,
}

pub(super) fn verdict(error: &ServerError) -> Verdict {
    match error.code() {
        "LOADING" | "TRYAGAIN" | "BUSY" => Verdict::Later,
        "READONLY" | "MASTERDOWN" | "CLUSTERDOWN" => Verdict::Elsewhere,
        "MOVED" => Verdict::Moved { asking: false },
        "ASK" => Verdict::Moved { asking: true },
        "NOSCRIPT" => Verdict::Script,
        // Before Redis 7, an error inside a script has its code within the text.
        "ERR"
            if error
                .details()
                .is_some_and(|text| text.contains("-READONLY")) =>
        {
            Verdict::Elsewhere
        }
        _ => Verdict::Answer,
    }
}
