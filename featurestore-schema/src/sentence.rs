//! Sentences that can be put together while the compiler evaluates constants, so that an error of
//! the compiler and one of the running store have the same words.

/// A text of bounded length; what does not fit is cut.
#[derive(Debug, Clone, Copy)]
pub struct Sentence {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Sentence {
    const CAPACITY: usize = 2048;

    /// No text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            length: 0,
        }
    }

    /// The text with another behind it.
    #[must_use]
    pub const fn with(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() && self.length < Self::CAPACITY {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    /// The text with a number behind it.
    #[must_use]
    pub(crate) const fn with_number(self, number: usize) -> Self {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let front = if number < 10 {
            self
        } else {
            self.with_number(number / 10)
        };
        front.with(DIGITS[number % 10])
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        // A cut in the midst of a letter is moved before it.
        let mut end = self.length;
        while end > 0 && end == Self::CAPACITY {
            match std::str::from_utf8(self.bytes.split_at(end).0) {
                Ok(_) => break,
                Err(error) => end = error.valid_up_to(),
            }
        }
        match std::str::from_utf8(self.bytes.split_at(end).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for Sentence {
    fn default() -> Self {
        Self::new()
    }
}
