//! Clients that are made from the description, and what judges it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::Tools;
use crate::Result;

/// What is installed with pip. The generator's package has its program in it, which wants Java.
const PYTHON: &[&str] = &[
    "aiopenapi3",
    "openapi-generator-cli==7.*",
    "openapi-python-client",
    "pydantic",
    "python-dateutil",
    "urllib3",
];

/// What is installed with npm.
const NODE: &[&str] = &[
    "@redocly/cli@2",
    "@stoplight/spectral-cli@6",
    "@types/node@20",
    "openapi-fetch",
    "openapi-typescript@7",
    "typescript@5",
];

/// The generators.
pub(super) struct Generated {
    /// Where the programs of the Python packages are.
    programs: PathBuf,
}

impl Generated {
    /// Installs the generators.
    pub(super) fn install(tools: &Tools) -> Result<Self> {
        let programs = tools.python("generators", PYTHON)?;
        tools.npm(NODE)?;
        Ok(Self { programs })
    }

    /// Judges the description of an example, makes clients of it and calls with each.
    pub(super) fn run(&self, tools: &Tools, example: &str, url: &str) -> Result<()> {
        self.script(tools, "aiopenapi3_client.py", &[url, example])?;
        let document = self.document(tools, url)?;
        lint(tools, &document)?;
        self.python_clients(tools, &document, url, example)?;
        self.typescript_clients(tools, &document, url, example)
    }

    fn document(&self, tools: &Tools, url: &str) -> Result<PathBuf> {
        let load = "import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1] + '/openapi.json', sys.argv[2])";
        let document = tools.directory.join("openapi.json");
        let mut command = Command::new(self.programs.join("python"));
        tools.succeed(command.args(["-c", load, url]).arg(&document))?;
        Ok(document)
    }

    fn python_clients(
        &self,
        tools: &Tools,
        document: &Path,
        url: &str,
        example: &str,
    ) -> Result<()> {
        let mut generate = Command::new(self.programs.join("openapi-python-client"));
        generate.args(["generate", "--meta", "none", "--overwrite", "--path"]);
        tools.succeed(generate.arg(document).args(["--output-path", "opc"]))?;
        self.generate(tools, document, &["-g", "python", "-o", "."])?;
        for generator in ["openapi-python-client", "openapi-generator"] {
            self.script(tools, "generated_client.py", &[url, generator, example])?;
        }
        Ok(())
    }

    fn typescript_clients(
        &self,
        tools: &Tools,
        document: &Path,
        url: &str,
        example: &str,
    ) -> Result<()> {
        let fetch = "typescript-fetch";
        let modules = "--additional-properties=importFileExtension=.js";
        self.generate(tools, document, &["-g", fetch, "-o", fetch, modules])?;
        let types = &mut tools.node_program("openapi-typescript");
        tools.succeed(types.arg(document).args(["--output", "schema.d.ts"]))?;
        tools.write(
            "package.json",
            "{\"private\": true, \"type\": \"module\"}\n",
        )?;
        for script in ["openapi_fetch", "typescript_fetch"] {
            let source = format!("{script}.ts");
            tools.copy(&Path::new(example).join(&source), &source)?;
            let compile = &mut tools.node_program("tsc");
            compile.args([
                "--strict",
                "--skipLibCheck",
                "--target",
                "es2022",
                "--module",
                "esnext",
            ]);
            compile.args(["--moduleResolution", "bundler", "--lib", "es2022,dom"]);
            tools.succeed(compile.args(["--types", "node", "--outDir", "out", &source]))?;
            let mut node = Command::new("node");
            tools.succeed(node.arg(format!("out/{script}.js")).arg(url))?;
        }
        Ok(())
    }

    fn generate(&self, tools: &Tools, document: &Path, arguments: &[&str]) -> Result<()> {
        let mut generate = Command::new(self.programs.join("openapi-generator-cli"));
        generate.arg("generate").arg("-i").arg(document);
        tools.succeed_quietly(generate.args(arguments))
    }

    fn script(&self, tools: &Tools, script: &str, arguments: &[&str]) -> Result<()> {
        tools.run(&self.programs.join("python"), script, arguments)
    }
}

fn lint(tools: &Tools, document: &Path) -> Result<()> {
    tools.write("spectral.yaml", "extends: [\"spectral:oas\"]\n")?;
    let mut spectral = tools.node_program("spectral");
    spectral.arg("lint").arg(document);
    tools.succeed(spectral.args(["--ruleset", "spectral.yaml"]))?;
    let mut redocly = tools.node_program("redocly");
    tools.succeed(redocly.arg("lint").arg(document))?;
    eprintln!("clients: spectral and redocly: no errors");
    Ok(())
}
