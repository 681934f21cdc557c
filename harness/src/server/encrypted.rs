//! An encrypted connection for the sessions that attack: sqlx brings its own. What each `sslmode` checks is what libpq
//! documents, as in <https://www.postgresql.org/docs/current/libpq-ssl.html>.

use std::io;
use std::sync::Arc;

use sqlx::postgres::PgSslMode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::address::{Address, Tls};

/// PostgreSQL's SSLRequest: a message of eight bytes with this number.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What came of asking the server for encryption.
pub(super) enum Asked {
    Encrypted(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// Connects, encrypted where the server and the mode want it.
pub(super) async fn connect(address: &Address) -> io::Result<Asked> {
    let mut stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.set_nodelay(true)?;
    if matches!(address.tls.mode, PgSslMode::Disable | PgSslMode::Allow) {
        return Ok(Asked::Plain(stream));
    }
    stream.write_all(&REQUEST).await?;
    match stream.read_u8().await? {
        b'S' => {}
        _ if address.tls.is_needed() => {
            return Err(io::Error::other("the server does not encrypt connections"));
        }
        _ => return Ok(Asked::Plain(stream)),
    }
    let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
    let config = config(&address.tls)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Ok(Asked::Encrypted(Box::new(stream)))
}

fn config(tls: &Tls) -> io::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let checked = match (tls.mode, &tls.root) {
        (PgSslMode::VerifyFull, _) => Checked::Name,
        // As libpq has it: with a file of certificates, `require` checks them, too.
        (PgSslMode::VerifyCa, _) | (PgSslMode::Require, Some(_)) => Checked::Signature,
        _ => Checked::Nothing,
    };
    let signed = if checked == Checked::Nothing {
        None
    } else {
        let roots = Arc::new(roots(tls)?);
        Some(
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                .build()
                .map_err(io::Error::other)?,
        )
    };
    let verifier = Verifier {
        checked,
        signed,
        provider: Arc::clone(&provider),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn roots(tls: &Tls) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match &tls.root {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(io::Error::other)? {
                roots
                    .add(certificate.map_err(io::Error::other)?)
                    .map_err(io::Error::other)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}

/// What of a certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checked {
    /// Nobody listens in who does not also act: `require`.
    Nothing,
    /// Who signed it: `verify-ca`.
    Signature,
    /// That, and the name: `verify-full`.
    Name,
}

#[derive(Debug)]
struct Verifier {
    checked: Checked,
    signed: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(signed) = &self.signed else {
            return Ok(ServerCertVerified::assertion());
        };
        match signed.verify_server_cert(certificate, between, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.checked == Checked::Signature => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
