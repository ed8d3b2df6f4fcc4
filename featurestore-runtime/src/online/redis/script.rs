//! Scripts, which servers run by their hash once they were told the code.

use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Cmd, Script as Code};

/// A script.
#[derive(Debug)]
pub(super) struct Script {
    code: String,
    hash: String,
}

impl Script {
    pub(super) fn new(code: String) -> Self {
        let hash = Code::new(&code).get_hash().to_owned();
        Self { code, hash }
    }

    /// Tells a server the script.
    pub(super) fn load(&self) -> Cmd {
        let mut load = Cmd::new();
        load.arg("SCRIPT").arg("LOAD").arg(&self.code);
        load
    }

    /// Begins a call for so many keys, which are to follow; with room for so many arguments of so
    /// many bytes, the keys included.
    pub(super) fn call(&self, keys: usize, arguments: usize, bytes: usize) -> Cmd {
        let mut call = Cmd::with_capacity(3 + arguments, 64 + bytes);
        call.arg("EVALSHA").arg(&self.hash).arg(keys);
        call
    }
}

/// The scripts that the server at the end of a connection knows.
#[derive(Debug, Default)]
pub(super) struct KnownScripts(Mutex<Vec<&'static Script>>);

impl KnownScripts {
    pub(super) fn has(&self, script: &'static Script) -> bool {
        let known = self.lock();
        known.iter().any(|known| std::ptr::eq(*known, script))
    }

    pub(super) fn add(&self, script: &'static Script) {
        let mut known = self.lock();
        if !known.iter().any(|known| std::ptr::eq(*known, script)) {
            known.push(script);
        }
    }

    /// The server lost them.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<&'static Script>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
