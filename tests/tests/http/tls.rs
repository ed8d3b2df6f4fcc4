//! The service over TLS.

use std::sync::Arc;

use featurestore::http::{HttpSettings, Tls};
use featurestore_tests::redis_tls::Files;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

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

/// A client that trusts nobody, for requests without TLS.
pub(super) fn no_roots() -> ClientConfig {
    client(RootCertStore::empty(), &[])
}

#[tokio::test]
async fn the_client_chooses_http_2_or_1_over_tls() {
    let files = Files::new().unwrap();
    let tls = Tls::from_files(files.path("server.pem"), files.path("server.key")).unwrap();
    let running = Running::start(HttpSettings::new().tls(tls)).await;
    let url = format!(
        "https://localhost:{}/get-online-features",
        running.address.port()
    );
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(files.path("ca.pem")).unwrap())
        .unwrap();
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], reqwest::Version::HTTP_2),
        (&["http/1.1"], reqwest::Version::HTTP_11),
    ] {
        let config = client(roots.clone(), protocols);
        let client = featurestore_tests::http_client().tls_backend_preconfigured(config);
        let answer = client
            .build()
            .unwrap()
            .post(&url)
            .body(BODY)
            .send()
            .await
            .unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (version, 200));
        assert!(answer.text().await.unwrap().contains("power_user"));
    }
    let stranger = featurestore_tests::http_client().tls_backend_preconfigured(no_roots());
    let refused = stranger.build().unwrap().post(&url).body(BODY).send().await;
    assert!(refused.is_err());
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
