//! Stock clients over the example watch-next as it is served: Feast's, beside Feast's own server, and
//! those that are made from `/openapi.json`. What they install and generate is in `target/clients`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Result;
use crate::process::{self, which};

/// Where the scripts of the clients are.
const SCRIPTS: &str = "tests/clients";

/// The versions of Feast whose clients are tried, each with what it runs on: the server of the older
/// one fails over newer versions of protobuf.
const FEAST: &[(&str, &[&str])] = &[
    ("0.63", &["feast==0.63.*", "protobuf<6"]),
    ("0.67", &["feast==0.67.*"]),
];

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

/// Runs every client.
///
/// # Errors
///
/// When a program is missing, or one of them fails: what it said is above.
pub(crate) fn run(checkout: &Path) -> Result<()> {
    for program in ["python3", "java", "npm", "node"] {
        which(program).ok_or_else(|| {
            format!(
                "the clients need {program}, which is not on PATH: install it and run this again"
            )
        })?;
    }
    let directory = checkout.join("target").join("clients");
    let failed =
        |error: std::io::Error| format!("cannot write to {}: {error}", directory.display());
    fs::create_dir_all(&directory).map_err(failed)?;
    let clients = Clients {
        scripts: checkout.join(SCRIPTS),
        directory: directory.clone(),
    };
    let server = Server::start(checkout, &directory)?;
    let generators = clients.python("generators", PYTHON)?;
    for (version, packages) in FEAST {
        let feast = clients.python(&format!("feast-{version}"), packages)?;
        clients.run(&feast.join("python"), "feast_client.py", &[&server.url])?;
    }
    clients.run(
        &generators.join("python"),
        "aiopenapi3_client.py",
        &[&server.url],
    )?;
    clients.node()?;
    let document = clients.document(&server)?;
    clients.lint(&document)?;
    clients.python_clients(&generators, &document, &server.url)?;
    clients.typescript_clients(&generators, &document, &server.url)
}

/// The example as it is served, until this is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(checkout: &Path, directory: &Path) -> Result<Self> {
        let program = |arguments: &[&str]| {
            let mut command = process::cargo(checkout);
            command.args(["run", "--quiet", "--locked", "--package", "watch-next"]);
            command.args(["--bin", "features", "--"]).args(arguments);
            let store = format!("embedded:{}", directory.join("online.redb").display());
            command.env("FEATURESTORE_ONLINE", store);
            command
        };
        succeed(&mut program(&["materialize"]))?;
        let mut serve = program(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = serve
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", process::line(&serve)))?;
        let stdout = process.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout)
            .lines()
            .map_while(std::result::Result::ok);
        let url = lines.find_map(|line| {
            let (_, url) = line.split_once("listening on ")?;
            url.split(',').next().map(str::to_owned)
        });
        // What it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(|line| eprintln!("{line}")));
        let server = Self {
            process,
            url: url.unwrap_or_default(),
        };
        if server.url.is_empty() {
            return Err(format!(
                "{} did not say where it listens",
                process::line(&serve)
            ));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            eprintln!("clients: the server did not end: {error}");
        }
    }
}

struct Clients {
    scripts: PathBuf,
    directory: PathBuf,
}

impl Clients {
    /// The programs of a virtual environment with these packages.
    fn python(&self, name: &str, packages: &[&str]) -> Result<PathBuf> {
        let environment = self.directory.join(name);
        let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
        if !programs.join("python").exists() {
            succeed(
                Command::new("python3")
                    .args(["-m", "venv"])
                    .arg(&environment),
            )?;
        }
        let mut install = Command::new(programs.join("python"));
        succeed(
            install
                .args(["-m", "pip", "install", "--quiet"])
                .args(packages),
        )?;
        Ok(programs)
    }

    fn node(&self) -> Result<()> {
        let module = "{\"private\": true, \"type\": \"module\"}\n";
        self.write("package.json", module)?;
        self.write("spectral.yaml", "extends: [\"spectral:oas\"]\n")?;
        let mut install = Command::new("npm");
        install.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]);
        self.succeed(install.args(NODE))
    }

    fn document(&self, server: &Server) -> Result<PathBuf> {
        let load = "import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1] + '/openapi.json', sys.argv[2])";
        let document = self.directory.join("openapi.json");
        let mut command = Command::new("python3");
        succeed(command.args(["-c", load, &server.url]).arg(&document))?;
        Ok(document)
    }

    fn lint(&self, document: &Path) -> Result<()> {
        let rules = self.directory.join("spectral.yaml");
        let spectral = &mut self.tool("spectral");
        self.succeed(
            spectral
                .arg("lint")
                .arg(document)
                .arg("--ruleset")
                .arg(rules),
        )?;
        let redocly = &mut self.tool("redocly");
        self.succeed(redocly.arg("lint").arg(document))?;
        eprintln!("clients: spectral and redocly: no errors");
        Ok(())
    }

    fn python_clients(&self, programs: &Path, document: &Path, url: &str) -> Result<()> {
        let mut generate = Command::new(programs.join("openapi-python-client"));
        generate.args(["generate", "--meta", "none", "--overwrite", "--path"]);
        self.succeed(generate.arg(document).args(["--output-path", "opc"]))?;
        self.generate(programs, document, &["-g", "python", "-o", "."])?;
        for generator in ["openapi-python-client", "openapi-generator"] {
            self.run(
                &programs.join("python"),
                "generated_client.py",
                &[url, generator],
            )?;
        }
        Ok(())
    }

    fn typescript_clients(&self, programs: &Path, document: &Path, url: &str) -> Result<()> {
        let fetch = "typescript-fetch";
        let modules = "--additional-properties=importFileExtension=.js";
        self.generate(programs, document, &["-g", fetch, "-o", fetch, modules])?;
        let types = &mut self.tool("openapi-typescript");
        self.succeed(types.arg(document).args(["--output", "schema.d.ts"]))?;
        for script in ["openapi_fetch", "typescript_fetch"] {
            let source = format!("{script}.ts");
            let copied = fs::copy(self.scripts.join(&source), self.directory.join(&source));
            copied.map_err(|error| format!("cannot copy {source}: {error}"))?;
            let compile = &mut self.tool("tsc");
            compile.args([
                "--strict",
                "--skipLibCheck",
                "--target",
                "es2022",
                "--module",
                "esnext",
            ]);
            compile.args(["--moduleResolution", "bundler", "--lib", "es2022,dom"]);
            self.succeed(compile.args(["--types", "node", "--outDir", "out", &source]))?;
            let mut node = Command::new("node");
            self.succeed(node.arg(format!("out/{script}.js")).arg(url))?;
        }
        Ok(())
    }

    fn generate(&self, programs: &Path, document: &Path, arguments: &[&str]) -> Result<()> {
        let mut generate = Command::new(programs.join("openapi-generator-cli"));
        generate
            .arg("generate")
            .arg("-i")
            .arg(document)
            .args(arguments);
        self.succeed(generate.stdout(Stdio::null()))
    }

    /// Runs a script of the repository, which finds what was generated.
    fn run(&self, python: &Path, script: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(python);
        command.env("PYTHONPATH", &self.directory);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        self.succeed(command.arg(self.scripts.join(script)).args(arguments))
    }

    fn tool(&self, name: &str) -> Command {
        Command::new(self.directory.join("node_modules").join(".bin").join(name))
    }

    fn succeed(&self, command: &mut Command) -> Result<()> {
        succeed(command.current_dir(&self.directory))
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.directory.join(name);
        fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
    }
}

fn succeed(command: &mut Command) -> Result<()> {
    eprintln!("clients: {}", process::line(command));
    if process::status(command)?.success() {
        return Ok(());
    }
    Err(format!("{} failed (above)", process::line(command)))
}
