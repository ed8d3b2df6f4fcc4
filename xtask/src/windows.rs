//! What Windows needs besides the library: the import library that npm's package lacks, and the
//! DLL beside the programs, since Windows has no rpath. The import library is tested on every
//! platform; nothing here has been run on Windows yet.

use std::fs;
use std::path::Path;

use implib::{Flavor, ImportLibrary, MachineType};
use object::{Architecture, Object};

use crate::Result;

/// Writes `duckdb.lib` beside `duckdb.dll`.
pub(crate) fn write_import_library(dll: &Path) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        format!(
            "cannot make an import library for {}: {error}",
            dll.display()
        )
    };
    let content = fs::read(dll).map_err(|error| failed(&error))?;
    let (names, machine) = exports(&content).map_err(|error| failed(&error))?;
    let library = import_library(&names, machine).map_err(|error| failed(&error))?;
    fs::write(dll.with_extension("lib"), library).map_err(|error| failed(&error))
}

/// The functions of DuckDB's C API in a DLL. What it exports of C++ besides is of no use to Rust.
fn exports(dll: &[u8]) -> Result<(Vec<String>, MachineType)> {
    let file = object::File::parse(dll).map_err(|error| error.to_string())?;
    let machine = match file.architecture() {
        Architecture::X86_64 => MachineType::AMD64,
        Architecture::Aarch64 => MachineType::ARM64,
        other => return Err(format!("it is for {other:?}")),
    };
    let exports = file.exports().map_err(|error| error.to_string())?;
    let names = exports
        .iter()
        .map(|export| String::from_utf8_lossy(export.name()).into_owned());
    let names: Vec<String> = names.filter(|name| name.starts_with("duckdb_")).collect();
    if names.is_empty() {
        return Err("it exports no function of DuckDB's C API".to_owned());
    }
    Ok((names, machine))
}

fn import_library(names: &[String], machine: MachineType) -> Result<Vec<u8>> {
    let definition = format!("LIBRARY duckdb.dll\nEXPORTS\n{}\n", names.join("\n"));
    let library = ImportLibrary::new(&definition, machine, Flavor::Msvc);
    let mut content = std::io::Cursor::new(Vec::new());
    library
        .and_then(|library| library.write_to(&mut content))
        .map_err(|error| error.to_string())?;
    Ok(content.into_inner())
}

/// Copies the DLL to where the programs that cargo runs look for it: beside them.
#[cfg(windows)]
pub(crate) fn place(dll: &Path) -> Result<()> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // This program is `<target directory>/debug/xtask.exe`.
    let target = program.ancestors().nth(2).unwrap_or(&program);
    place_below(target, dll)
}

fn place_below(target: &Path, dll: &Path) -> Result<()> {
    let bytes = |file: &Path| fs::metadata(file).map(|metadata| metadata.len()).ok();
    for profile in ["debug", "release"] {
        for folder in ["", "deps", "examples"] {
            let folder = target.join(profile).join(folder);
            let copy = folder.join("duckdb.dll");
            if bytes(&copy) != bytes(dll) {
                fs::create_dir_all(&folder)
                    .and_then(|()| fs::copy(dll, &copy))
                    .map_err(|error| format!("cannot write {}: {error}", copy.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// The symbols that a linker finds in an import library.
    fn symbols(library: &[u8]) -> Vec<String> {
        let archive = object::read::archive::ArchiveFile::parse(library).unwrap();
        let symbols = archive
            .symbols()
            .unwrap()
            .expect("an archive with an index");
        symbols
            .map(|symbol| String::from_utf8_lossy(symbol.unwrap().name()).into_owned())
            .collect()
    }

    #[test]
    fn an_import_library_has_each_function_and_its_address() {
        for machine in [MachineType::AMD64, MachineType::ARM64] {
            let library =
                import_library(&names(&["duckdb_open", "duckdb_close"]), machine).unwrap();
            let symbols = symbols(&library);
            for name in [
                "duckdb_open",
                "__imp_duckdb_open",
                "duckdb_close",
                "__imp_duckdb_close",
            ] {
                assert!(
                    symbols.iter().any(|symbol| symbol == name),
                    "{name} in {symbols:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_dll_is_refused_and_named() {
        let dll = std::env::temp_dir().join(format!("xtask-no-dll-{}.dll", std::process::id()));
        fs::write(&dll, b"not a DLL").unwrap();
        let message = write_import_library(&dll).unwrap_err();
        fs::remove_file(&dll).unwrap();
        assert!(message.contains("xtask-no-dll"), "{message}");
        assert!(!dll.with_extension("lib").exists());
    }

    #[test]
    fn the_dll_is_placed_beside_every_program() {
        let target = std::env::temp_dir().join(format!("xtask-place-{}", std::process::id()));
        fs::create_dir_all(&target).unwrap();
        let dll = target.join("duckdb.dll");
        fs::write(&dll, b"content").unwrap();
        place_below(&target, &dll).unwrap();
        for place in [
            "debug",
            "debug/deps",
            "debug/examples",
            "release",
            "release/deps",
        ] {
            assert_eq!(
                fs::read(target.join(place).join("duckdb.dll")).unwrap(),
                b"content"
            );
        }
        fs::remove_dir_all(&target).unwrap();
    }
}
