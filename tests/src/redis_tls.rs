//! A real `redis-server` that speaks only TLS, and wants a certificate, a user and a password.

use std::io;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tempfile::TempDir;

use crate::RedisServer;
use crate::redis_server::free_port;

/// The user that a test's server has.
pub const USER: &str = "features";
/// The user's password, which has signs that an address must escape.
pub const PASSWORD: &str = "p@ss:w/rd";

/// A Redis server over TLS, with certificates that are made for it.
#[derive(Debug)]
pub struct RedisTls {
    server: RedisServer,
    port: u16,
    files: Files,
}

/// Certificates and keys in PEM form, in a directory of their own.
#[derive(Debug)]
pub struct Files {
    directory: TempDir,
}

impl Files {
    /// Makes an authority, and certificates for `localhost` and for a client that it signed.
    ///
    /// # Errors
    ///
    /// A directory that can't be written.
    pub fn new() -> io::Result<Self> {
        let directory = TempDir::new()?;
        let write = |name: &str, text: String| std::fs::write(directory.path().join(name), text);
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let issuer = CertifiedIssuer::self_signed(authority, key).map_err(io::Error::other)?;
        write("ca.pem", issuer.pem())?;
        for (name, names, usages) in [
            (
                "server",
                vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
                // A cluster's nodes are each other's clients.
                vec![
                    ExtendedKeyUsagePurpose::ServerAuth,
                    ExtendedKeyUsagePurpose::ClientAuth,
                ],
            ),
            (
                "client",
                vec!["client".to_owned()],
                vec![ExtendedKeyUsagePurpose::ClientAuth],
            ),
        ] {
            let key = KeyPair::generate().map_err(io::Error::other)?;
            let mut certificate = CertificateParams::new(names).map_err(io::Error::other)?;
            certificate
                .distinguished_name
                .push(DnType::CommonName, name);
            certificate.extended_key_usages = usages;
            let certificate = certificate
                .signed_by(&key, &issuer)
                .map_err(io::Error::other)?;
            write(&format!("{name}.pem"), certificate.pem())?;
            write(&format!("{name}.key"), key.serialize_pem())?;
        }
        Ok(Self { directory })
    }

    /// One of the files: `ca.pem`, `server.pem`, `server.key`, `client.pem` or `client.key`.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// An address's parameters that name all of them.
    #[must_use]
    pub fn parameters(&self) -> String {
        let [ca, cert, key] = ["ca.pem", "client.pem", "client.key"].map(|name| self.path(name));
        format!(
            "ca={}&cert={}&key={}",
            ca.display(),
            cert.display(),
            key.display()
        )
    }

    /// The arguments of a server that speaks TLS with them on a port, and nothing else.
    #[must_use]
    pub fn arguments(&self, port: u16) -> Vec<String> {
        let path = |name| self.path(name).display().to_string();
        let arguments = [
            ("--port", "0".to_owned()),
            ("--tls-port", port.to_string()),
            ("--tls-cert-file", path("server.pem")),
            ("--tls-key-file", path("server.key")),
            ("--tls-ca-cert-file", path("ca.pem")),
            ("--tls-auth-clients", "yes".to_owned()),
        ];
        arguments
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect()
    }
}

impl RedisTls {
    /// Starts a server with the user [`USER`], who may do just what a store does.
    ///
    /// # Errors
    ///
    /// A server that does not start, or was built without TLS.
    pub fn start() -> io::Result<Self> {
        let files = Files::new()?;
        let port = free_port()?;
        let mut arguments = files.arguments(port);
        let rights = format!(
            "user {USER} on >{PASSWORD} ~* +ping +time +hmget +hset +hget +hsetnx +hgetall +hkeys +hdel +eval +evalsha +exists \
             +script|load +scan +unlink +hello +select"
        );
        arguments.extend(["--user".to_owned()]);
        arguments.extend(rights.split_whitespace().skip(1).map(str::to_owned));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let server = RedisServer::start_with(&arguments)?;
        Ok(Self {
            server,
            port,
            files,
        })
    }

    /// Its address with the user, the password and the certificates.
    #[must_use]
    pub fn url(&self) -> String {
        let parameters = self.files.parameters();
        format!("{}?{parameters}", self.url_with(USER, "p%40ss%3Aw%2Frd"))
    }

    /// Its address with a user and a password, as they stand in an address.
    #[must_use]
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("rediss://{user}:{password}@localhost:{}/0", self.port)
    }

    /// The certificates.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The server itself.
    #[must_use]
    pub fn server(&self) -> &RedisServer {
        &self.server
    }

    /// The directory of the certificates.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.files.directory.path()
    }
}
