//! TLS: which authorities are trusted, and who the client says it is.

use redis::{Client, ClientTlsConfig, ConnectionInfo, TlsCertificates};

use super::parameters::Fault;

/// Reads the files that the parameters `ca`, `cert` and `key` name. Without `ca`, the system's
/// authorities are trusted.
pub(super) fn secure<'a>(
    info: ConnectionInfo,
    parameter: impl Fn(&str) -> Option<&'a str>,
) -> Result<ConnectionInfo, Fault> {
    // Where a program links several implementations, rustls wants one to be chosen.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let file = |name: &str, section: &str| {
        let Some(path) = parameter(name) else {
            return Ok(None);
        };
        let bytes = std::fs::read(path).map_err(|error| {
            let reason = format!("{name}: `{path}` can't be read: {error}");
            Fault::File(reason, error)
        })?;
        if String::from_utf8_lossy(&bytes).contains(section) {
            Ok(Some(bytes))
        } else {
            let reason = format!("{name}: `{path}` has no {section} in PEM form");
            Err(Fault::Url(reason))
        }
    };
    let client_tls = match (file("cert", "CERTIFICATE")?, file("key", "PRIVATE KEY")?) {
        (Some(client_cert), Some(client_key)) => Some(ClientTlsConfig {
            client_cert,
            client_key,
        }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Fault::Url(
                "cert: it needs `key`, its private key".to_owned(),
            ));
        }
        (None, Some(_)) => {
            return Err(Fault::Url(
                "key: it needs `cert`, its certificate".to_owned(),
            ));
        }
    };
    let root_cert = file("ca", "CERTIFICATE")?;
    if client_tls.is_none() && root_cert.is_none() {
        return Ok(info);
    }
    let certificates = TlsCertificates {
        client_tls,
        root_cert,
    };
    let client = Client::build_with_tls(info, certificates)
        .map_err(|error| format!("`ca`, `cert` and `key` can't be used: {error}"))?;
    Ok(client.get_connection_info().clone())
}
