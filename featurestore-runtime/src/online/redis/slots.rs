//! Which node of a cluster has which slot.

use crc::{CRC_16_XMODEM, Crc};
use redis::{ConnectionAddr, ConnectionInfo, Value};

/// How many slots each cluster has.
const SLOTS: usize = 16384;

/// A server's host and port.
pub(super) type Node = (String, u16);

/// Which nodes have which slots.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slots {
    shards: Vec<Shard>,
    /// The index of its shard for each slot; beyond the shards where no node has it.
    of_slots: Vec<u16>,
}

/// A master and the replicas of what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) master: Node,
    pub(super) replicas: Vec<Node>,
}

impl Slots {
    /// Reads the answer to `CLUSTER SLOTS`, in which `asked` is who a node without a host is.
    pub(super) fn parse(answer: &Value, asked: &str) -> Option<Self> {
        let mut slots = Self {
            shards: Vec::new(),
            of_slots: vec![u16::MAX; SLOTS],
        };
        for range in answer.as_sequence()? {
            let [Value::Int(first), Value::Int(last), nodes @ ..] = range.as_sequence()? else {
                return None;
            };
            let nodes: Option<Vec<Node>> = nodes.iter().map(|value| node(value, asked)).collect();
            let (master, replicas) = nodes?
                .split_first()
                .map(|(master, replicas)| (master.clone(), replicas.to_vec()))?;
            let shard = Shard { master, replicas };
            let known = slots.shards.iter().position(|other| *other == shard);
            let index = known.unwrap_or_else(|| {
                slots.shards.push(shard);
                slots.shards.len() - 1
            });
            let range = usize::try_from(*first).ok()?..=usize::try_from(*last).ok()?;
            slots
                .of_slots
                .get_mut(range)?
                .fill(u16::try_from(index).ok()?);
        }
        Some(slots)
    }

    /// Who has a slot, if anybody has.
    pub(super) fn shard(&self, slot: u16) -> Option<&Shard> {
        let index = self.of_slots.get(usize::from(slot))?;
        self.shards.get(usize::from(*index))
    }

    /// All that have slots.
    pub(super) fn shards(&self) -> &[Shard] {
        &self.shards
    }
}

fn node(value: &Value, asked: &str) -> Option<Node> {
    let [host, Value::Int(port), ..] = value.as_sequence()? else {
        return None;
    };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) => host,
        Value::Nil => "",
        _ => return None,
    };
    let host = if host.is_empty() { asked } else { host };
    Some((host.to_owned(), u16::try_from(*port).ok()?))
}

/// The slot of a key. An address has no braces, so all of it counts.
pub(super) fn slot(key: &[u8]) -> u16 {
    const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);
    CRC.checksum(key) % 16384
}

/// Where a redirection such as `3999 127.0.0.1:6381` leads.
pub(super) fn redirection(details: &str, asked: &str) -> Option<Node> {
    let (host, port) = details.split_whitespace().nth(1)?.rsplit_once(':')?;
    let host = if host.is_empty() { asked } else { host };
    Some((host.to_owned(), port.parse().ok()?))
}

/// The settings of a server, for another one that is talked to the same way.
pub(super) fn with_address(info: &ConnectionInfo, host: String, port: u16) -> ConnectionInfo {
    let address = match info.addr() {
        ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        _ => ConnectionAddr::Tcp(host, port),
    };
    info.clone().set_addr(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_slot_that_the_servers_give_it() {
        // The reference of the specification, and `CLUSTER KEYSLOT`'s answers.
        assert_eq!(slot(b"123456789"), 12739);
        assert_eq!(slot(b"foo"), 12182);
        assert_eq!(slot(b"shop:user_id:8a2f"), 3165);
    }

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn a_node_without_a_host_is_the_one_that_was_asked() {
        let node = |host, port| Value::Array(vec![host, Value::Int(port), text("id")]);
        let range = |first, last, nodes: Vec<Value>| {
            let mut range = vec![Value::Int(first), Value::Int(last)];
            range.extend(nodes);
            Value::Array(range)
        };
        let answer = Value::Array(vec![
            range(0, 99, vec![node(text("a"), 1), node(Value::Nil, 2)]),
            range(200, 300, vec![node(text(""), 3)]),
            range(400, 400, vec![node(text("a"), 1), node(Value::Nil, 2)]),
        ]);
        let slots = Slots::parse(&answer, "asked").unwrap();
        let first = Shard {
            master: ("a".to_owned(), 1),
            replicas: vec![("asked".to_owned(), 2)],
        };
        assert_eq!(slots.shards().len(), 2);
        for slot in [0, 99, 400] {
            assert_eq!(slots.shard(slot), Some(&first));
        }
        assert_eq!(slots.shard(200).unwrap().master, ("asked".to_owned(), 3));
        for slot in [100, 199, 301, 16383, 16384] {
            assert_eq!(slots.shard(slot), None);
        }
        let beyond = range(16383, 16384, vec![node(text("a"), 1)]);
        assert_eq!(Slots::parse(&Value::Array(vec![beyond]), "asked"), None);
        assert_eq!(Slots::parse(&Value::Okay, "asked"), None);
    }

    #[test]
    fn a_redirection_names_a_node() {
        let node = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(redirection("3999 10.0.0.1:7", "b"), node("10.0.0.1", 7));
        assert_eq!(redirection("3999 :7", "b"), node("b", 7));
        assert_eq!(redirection("3999 ::1:7", "b"), node("::1", 7));
        assert_eq!(redirection("3999", "b"), None);
    }
}
