//! Whether a server drops rows where its memory is full.

use redis::{Cmd, Value};
use tokio::time::Instant;

use super::super::OnlineError;
use super::link::Link;
use super::nodes::Nodes;
use super::request::Request;

/// The policy by which one of the masters evicts keys that don't expire, as rows don't; nothing where
/// none does, or where none says.
pub(super) async fn policy(nodes: &Nodes) -> Result<Option<String>, OnlineError> {
    let deadline = nodes.deadline();
    for master in nodes.masters().await? {
        if let Some(policy) = of_server(&master, deadline).await? {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

async fn of_server(server: &Link, deadline: Instant) -> Result<Option<String>, OnlineError> {
    let mut info = Cmd::new();
    info.arg("INFO").arg("memory");
    Ok(match server.ask(Request::Command(&info), deadline).await? {
        Value::BulkString(text) => evicting(&String::from_utf8_lossy(&text)),
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => evicting(&text),
        // A user that may not ask.
        _ => None,
    })
}

/// The policy in what a server says of its memory, where it has a bound and takes keys of any kind.
fn evicting(info: &str) -> Option<String> {
    let value = |name: &str| {
        let mut lines = info.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let is_bounded = value("maxmemory").is_some_and(|bytes| bytes != "0");
    let policy = value("maxmemory_policy").filter(|policy| policy.starts_with("allkeys-"));
    policy
        .filter(|_| is_bounded)
        .map(|policy| format!("its maxmemory-policy is {policy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bounded_server_that_takes_any_key_evicts_rows() {
        let info = |bytes: u64, policy: &str| {
            format!(
                "# Memory\r\nmaxmemory:{bytes}\r\nmaxmemory_human:1K\r\nmaxmemory_policy:{policy}\r\n"
            )
        };
        let found = evicting(&info(1024, "allkeys-lru"));
        assert_eq!(
            found.as_deref(),
            Some("its maxmemory-policy is allkeys-lru")
        );
        for (bytes, policy) in [
            (0, "allkeys-lru"),
            (1024, "noeviction"),
            (1024, "volatile-lru"),
        ] {
            assert_eq!(evicting(&info(bytes, policy)), None, "{policy}");
        }
        assert_eq!(evicting(""), None);
    }
}
