//! A server's certificate and key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ConfigBuilder, ServerConfig};

use super::error::ServeError;

/// A certificate with its key, for a server that speaks TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls(Arc<ServerConfig>);

impl Tls {
    /// Reads a certificate, with those between it and its authority behind it, and its private key;
    /// both are PEM. A certificate that is renewed counts after a restart.
    ///
    /// # Errors
    ///
    /// A file that can't be read, has none of what it is to have, or a key of another certificate.
    pub fn from_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, ServeError> {
        let (certificate, key) = (certificate.as_ref(), key.as_ref());
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failure(certificate, reason(error, "certificate")))?;
        if chain.is_empty() {
            let reason = reason(PemError::NoItemsFound, "certificate");
            return Err(failure(certificate, reason));
        }
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| failure(key, reason(error, "private key")))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map(ConfigBuilder::<ServerConfig, _>::with_no_client_auth)
            .and_then(|config| config.with_single_cert(chain, private))
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    let certificate = certificate.display();
                    failure(
                        key,
                        format!("it is not the key of the certificate in {certificate}"),
                    )
                }
                error => failure(certificate, error.to_string()),
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

fn failure(path: &Path, reason: String) -> ServeError {
    ServeError::Tls {
        path: path.display().to_string(),
        reason,
    }
}

fn reason(error: PemError, what: &str) -> String {
    match error {
        PemError::Io(error) => error.to_string(),
        PemError::NoItemsFound => {
            format!("there is no {what} in it; it is to have one as PEM, `-----BEGIN ..`")
        }
        other => format!("it is not PEM: {other}"),
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}
