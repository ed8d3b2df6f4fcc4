//! What time it is by a server's own clock.

use redis::{Cmd, Value};

use super::super::OnlineError;
use super::failure::Endpoint;
use super::nodes::Nodes;
use super::request::Request;
use crate::time::Timestamp;

/// The command that asks for it.
pub(super) fn command() -> Cmd {
    let mut command = Cmd::with_capacity(1, 4);
    command.arg("TIME");
    command
}

/// What a server answers: whole seconds since 1970 and the microseconds of the second.
pub(super) fn of(endpoint: &Endpoint, answer: &Value) -> Result<Timestamp, OnlineError> {
    let number = |value: &Value| match value {
        Value::BulkString(digits) => std::str::from_utf8(digits).ok()?.parse::<i64>().ok(),
        Value::Int(number) => Some(*number),
        _ => None,
    };
    let micros = match answer {
        Value::Array(parts) => match &parts[..] {
            [seconds, micros] => number(seconds).zip(number(micros)),
            _ => None,
        },
        _ => None,
    };
    let time = micros.and_then(|(seconds, micros)| {
        Timestamp::from_timestamp_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?)
    });
    time.ok_or_else(|| endpoint.unexpected(answer))
}

/// The earliest time of the servers that have keys of their own.
pub(super) async fn earliest(nodes: &Nodes) -> Result<Option<Timestamp>, OnlineError> {
    let (deadline, command) = (nodes.deadline(), command());
    let mut earliest: Option<Timestamp> = None;
    for master in nodes.masters().await? {
        let answer = master.ask(Request::Command(&command), deadline).await?;
        if let Value::ServerError(error) = &answer {
            return Err(master.refusal(error));
        }
        let time = of(master.endpoint(), &answer)?;
        earliest = Some(earliest.map_or(time, |earliest| earliest.min(time)));
    }
    Ok(earliest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::redis::settings::Settings;

    #[test]
    fn a_time_is_seconds_and_microseconds() {
        let settings = Settings::parse("redis://localhost").unwrap();
        let endpoint = Endpoint::new(&settings);
        let text = |digits: &str| Value::BulkString(digits.as_bytes().to_vec());
        let told = Value::Array(vec![text("1778191200"), text("000007")]);
        let time: Timestamp = "2026-05-07T22:00:00.000007Z".parse().unwrap();
        assert_eq!(of(&endpoint, &told).unwrap(), time);
        for other in [
            Value::Nil,
            Value::Array(vec![text("1778191200")]),
            Value::Array(vec![text("now"), text("0")]),
            Value::Array(vec![text("9223372036854775807"), text("0")]),
        ] {
            assert!(of(&endpoint, &other).is_err(), "{other:?}");
        }
    }
}
