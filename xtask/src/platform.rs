//! What a platform calls DuckDB's library, and what the npm package for it is called.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Linux,
    Mac,
    Windows,
    /// Any other Unix.
    Other,
}

/// The platform that cargo builds for: this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Platform {
    pub(crate) system: System,
    architecture: &'static str,
    musl: bool,
}

impl Platform {
    pub(crate) fn here() -> Self {
        let system = match std::env::consts::OS {
            "linux" => System::Linux,
            "macos" => System::Mac,
            "windows" => System::Windows,
            _ => System::Other,
        };
        Self {
            system,
            architecture: std::env::consts::ARCH,
            musl: cfg!(target_env = "musl"),
        }
    }

    /// npm's name of the operating system.
    pub(crate) fn os(self) -> &'static str {
        match self.system {
            System::Linux => "linux",
            System::Mac => "darwin",
            System::Windows => "win32",
            System::Other => std::env::consts::OS,
        }
    }

    /// npm's name of the processor.
    pub(crate) fn cpu(self) -> &'static str {
        match self.architecture {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        }
    }

    /// The folder in the cache.
    pub(crate) fn name(self) -> String {
        let libc = if self.musl { "-musl" } else { "" };
        format!("{}-{}{libc}", self.os(), self.cpu())
    }

    /// The npm package that carries DuckDB's library for this platform, where there is one.
    pub(crate) fn npm_package(self) -> Option<String> {
        let known = self.system != System::Other && matches!(self.cpu(), "x64" | "arm64");
        (known && !self.musl).then(|| format!("@duckdb/node-bindings-{}", self.name()))
    }

    /// The file that is loaded when a program starts.
    pub(crate) fn shared_library(self) -> &'static str {
        match self.system {
            System::Linux | System::Other => "libduckdb.so",
            System::Mac => "libduckdb.dylib",
            System::Windows => "duckdb.dll",
        }
    }

    /// The file that becomes part of a program, under the name that `libduckdb-sys` links.
    pub(crate) fn static_library(self) -> &'static str {
        match self.system {
            System::Windows => "duckdb_static.lib",
            _ => "libduckdb_static.a",
        }
    }

    /// What a static DuckDB needs from the system, as linker arguments.
    pub(crate) fn static_needs(self) -> &'static [&'static str] {
        match self.system {
            System::Linux | System::Other => &["-lstdc++"],
            System::Mac => &["-lc++"],
            System::Windows => &["ws2_32.lib", "rstrtmgr.lib", "bcrypt.lib"],
        }
    }

    /// Whether a program can carry the directory of its libraries.
    pub(crate) fn has_rpath(self) -> bool {
        self.system != System::Windows
    }
}

#[cfg(test)]
impl Platform {
    pub(crate) const LINUX: Self = Self {
        system: System::Linux,
        architecture: "x86_64",
        musl: false,
    };
    pub(crate) const WINDOWS: Self = Self {
        system: System::Windows,
        architecture: "x86_64",
        musl: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(system: System, architecture: &'static str, musl: bool) -> Option<String> {
        Platform {
            system,
            architecture,
            musl,
        }
        .npm_package()
    }

    #[test]
    fn npm_packages_by_platform() {
        let expected = [
            (System::Linux, "x86_64", "linux-x64"),
            (System::Linux, "aarch64", "linux-arm64"),
            (System::Mac, "x86_64", "darwin-x64"),
            (System::Mac, "aarch64", "darwin-arm64"),
            (System::Windows, "x86_64", "win32-x64"),
            (System::Windows, "aarch64", "win32-arm64"),
        ];
        for (system, architecture, name) in expected {
            let expected = format!("@duckdb/node-bindings-{name}");
            assert_eq!(package(system, architecture, false), Some(expected));
        }
    }

    #[test]
    fn no_package_for_musl_nor_for_other_platforms() {
        assert_eq!(package(System::Linux, "x86_64", true), None);
        assert_eq!(package(System::Linux, "riscv64", false), None);
        assert_eq!(package(System::Other, "x86_64", false), None);
    }
}
