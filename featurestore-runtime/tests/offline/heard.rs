//! What the library's events say, queries among them, for whoever looks for a mark in them.

use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once};

use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The lines that have a mark in them, which no other test's lines have.
pub(crate) struct Heard(&'static str);

static LINES: Mutex<Vec<(&'static str, Vec<String>)>> = Mutex::new(Vec::new());

impl Heard {
    /// Listens for `mark` from now on. What is said on other threads is heard as well.
    pub(crate) fn of(mark: &'static str) -> Self {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        LINES.lock().unwrap().push((mark, Vec::new()));
        Self(mark)
    }

    /// What was heard since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut lines = LINES.lock().unwrap();
        let own = lines.iter_mut().find(|(mark, _)| *mark == self.0);
        own.map(|(_, lines)| std::mem::take(lines)).unwrap()
    }
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("featurestore")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            let _ = write!(line, " {field}={value:?}");
        });
        for (mark, lines) in LINES.lock().unwrap().iter_mut() {
            if line.contains(*mark) {
                lines.push(line.clone());
            }
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
