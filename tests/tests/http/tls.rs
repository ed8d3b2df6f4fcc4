//! The service over TLS.

use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Version};
use featurestore::http::{HttpSettings, Tls};
use featurestore_tests::redis_tls::Files;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{BODY, Running};

fn client(roots: RootCertStore, protocols: &[&str]) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    config
}

/// Posts a request for features over TLS, by the protocol that was agreed on: its version, the
/// answer's status and text.
async fn post(running: &Running, config: ClientConfig) -> io::Result<(Version, u16, String)> {
    let stream = TcpStream::connect(running.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await?;
    let is_2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let stream = TokioIo::new(stream);
    let request = Request::post("https://localhost/get-online-features");
    let request = request.header("host", "localhost");
    let request = request.body(Body::from(BODY)).unwrap();
    let answer = if is_2 {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await
    };
    let (parts, body) = answer.unwrap().into_parts();
    let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    Ok((parts.version, parts.status.as_u16(), text))
}

#[tokio::test]
async fn the_client_chooses_http_2_or_1_over_tls() {
    let files = Files::new().unwrap();
    let tls = Tls::from_files(files.path("server.pem"), files.path("server.key")).unwrap();
    let running = Running::start(HttpSettings::new().tls(tls)).await;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(files.path("ca.pem")).unwrap())
        .unwrap();
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
    ] {
        let config = client(roots.clone(), protocols);
        let (by, status, text) = post(&running, config).await.unwrap();
        assert_eq!((by, status), (version, 200));
        assert!(text.contains("power_user"), "{text}");
    }
    let stranger = client(RootCertStore::empty(), &[]);
    assert!(post(&running, stranger).await.is_err());
    // Who speaks no TLS gets no answer.
    let answer = running.ask("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(!answer.await.contains("200"));
    running.stop.send(()).unwrap();
    running.task.await.unwrap().unwrap();
}

#[test]
fn a_certificate_that_can_not_be_used_is_named_with_what_is_wrong() {
    let files = Files::new().unwrap();
    let other = Files::new().unwrap();
    let (pem, key) = (files.path("server.pem"), files.path("server.key"));
    let sentence = |pem: &std::path::Path, key: &std::path::Path| {
        Tls::from_files(pem, key).unwrap_err().to_string()
    };
    let missing = files.path("missing.pem");
    let message = sentence(&missing, &key);
    assert!(
        message.starts_with(&format!("{}: No such file", missing.display())),
        "{message}"
    );
    let message = sentence(&pem, &missing);
    assert!(
        message.starts_with(&format!("{}: No such file", missing.display())),
        "{message}"
    );
    assert_eq!(
        sentence(&key, &key),
        format!(
            "{}: there is no certificate in it; it is to have one as PEM, `-----BEGIN ..`",
            key.display()
        )
    );
    assert_eq!(
        sentence(&pem, &pem),
        format!(
            "{}: there is no private key in it; it is to have one as PEM, `-----BEGIN ..`",
            pem.display()
        )
    );
    let wrong = other.path("server.key");
    assert_eq!(
        sentence(&pem, &wrong),
        format!(
            "{}: it is not the key of the certificate in {}",
            wrong.display(),
            pem.display()
        )
    );
    let broken = files.path("broken.pem");
    std::fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    let message = sentence(&broken, &key);
    assert!(
        message.starts_with(&format!("{}: it is not PEM: ", broken.display())),
        "{message}"
    );
}
