//! Keys of the table.

/// How much room a key has behind its address, most often enough for a field.
const ROOM: usize = 64;

/// A key of the table, made without allocating for each.
#[derive(Default)]
pub(super) struct Key {
    bytes: Vec<u8>,
    address: usize,
}

impl Key {
    /// What follows is of this address.
    pub(super) fn start(&mut self, address: &[u8]) {
        self.bytes.clear();
        self.bytes.reserve(address.len() + ROOM);
        self.bytes.extend_from_slice(address);
        self.bytes.push(0);
        self.address = self.bytes.len();
    }

    pub(super) fn with_field(&mut self, field: &str) -> &[u8] {
        self.bytes.truncate(self.address);
        self.bytes.extend_from_slice(field.as_bytes());
        &self.bytes
    }

    /// The address and the field of a key. No address has a zero byte: control characters are
    /// escaped in it.
    pub(super) fn parts(key: &[u8]) -> (&[u8], &[u8]) {
        match key.iter().position(|byte| *byte == 0) {
            Some(end) => (&key[..end], &key[end + 1..]),
            None => (key, &[]),
        }
    }
}
