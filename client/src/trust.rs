//! TRUST: whose certificates are accepted.

use std::fmt;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Whose certificates are accepted: those that Mozilla's roots vouch for, and those of authorities
/// that the application adds, such as the one of a company. There is no way to accept all.
///
/// ```
/// use directline_client::Trust;
///
/// let refused = Trust::default().with_certificates(b"no certificate").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "certificates are none, allowed is X.509 in PEM or DER, at least one"
/// );
/// ```
///
/// All conversations opened with one value, or with the default, share one TLS configuration.
#[derive(Clone)]
pub struct Trust {
    roots: Arc<RootCertStore>,
    tls: Arc<ClientConfig>,
}

/// Certificates that cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// There is none among the bytes.
    #[error("certificates are none, allowed is X.509 in PEM or DER, at least one")]
    Nothing,
    /// It is PEM of something else.
    #[error("certificates are none, but PEM with {found:?}, allowed is \"CERTIFICATE\"")]
    OtherPem {
        /// What the first section calls itself.
        found: String,
    },
    /// It is DER of something else, such as PKCS #12 or #7.
    #[error(
        "certificates are none, but other DER, such as PKCS #12 or #7, allowed is X.509 in PEM or \
         DER"
    )]
    OtherDer,
    /// One of them cannot be read.
    #[error("certificate {number} is damaged, allowed is X.509 in PEM")]
    Damaged {
        /// Which one, counted from one.
        number: usize,
    },
}

impl Default for Trust {
    fn default() -> Trust {
        static MOZILLA: LazyLock<Trust> = LazyLock::new(|| {
            Trust::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
        });
        MOZILLA.clone()
    }
}

impl Trust {
    /// Trusts the authorities whose certificates these are, too: X.509 in PEM, of which other
    /// sections are passed over, or one in DER.
    ///
    /// # Errors
    ///
    /// When there is none, or when one cannot be read.
    pub fn with_certificates(self, bytes: &[u8]) -> Result<Trust, TrustError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (mut roots, mut number) = (Arc::unwrap_or_clone(self.roots), 0);
        if matches!(bytes, [DER_SEQUENCE, length, ..] if *length >= DER_LONG) {
            let der = CertificateDer::from(bytes.to_vec());
            roots.add(der).map_err(|_| TrustError::OtherDer)?;
            return Ok(Trust::new(roots));
        }
        for certificate in CertificateDer::pem_slice_iter(bytes) {
            number += 1;
            let certificate = certificate.map_err(|_| TrustError::Damaged { number })?;
            roots.add(certificate).map_err(|_| TrustError::Damaged { number })?;
        }
        if number == 0 { Err(nothing(bytes)) } else { Ok(Trust::new(roots)) }
    }

    fn new(roots: RootCertStore) -> Trust {
        let roots = Arc::new(roots);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("this provider offers the default versions")
            .with_root_certificates(Arc::clone(&roots))
            .with_no_client_auth();
        Trust { roots, tls: Arc::new(config) }
    }

    pub(crate) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("roots", &self.roots.len()).finish()
    }
}

/// What is there where no certificate is.
fn nothing(bytes: &[u8]) -> TrustError {
    let text = String::from_utf8_lossy(bytes);
    let label = text.split_once("-----BEGIN ").and_then(|(_, rest)| rest.split_once("-----"));
    match label {
        Some((found, _)) if found.len() <= LABEL_BYTES_MAX => {
            TrustError::OtherPem { found: found.into() }
        }
        _ => TrustError::Nothing,
    }
}

/// What every certificate in DER begins with: a sequence, and that its length takes more than this
/// byte. No text does.
const DER_SEQUENCE: u8 = 0x30;
const DER_LONG: u8 = 0x81;
/// Longer than any label in use.
const LABEL_BYTES_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_are_trusted_is_shown_and_not_who() {
        let count = webpki_roots::TLS_SERVER_ROOTS.len();
        assert_eq!(format!("{:?}", Trust::default()), format!("Trust {{ roots: {count} }}"));
    }

    #[test]
    fn what_is_too_long_for_a_label_is_not_repeated() {
        let pem = |label: &str| nothing(format!("-----BEGIN {label}-----\n").as_bytes());
        let found = "X".repeat(LABEL_BYTES_MAX);
        assert_eq!(pem(&found), TrustError::OtherPem { found: found.clone() });
        assert_eq!(pem(&format!("{found}X")), TrustError::Nothing);
    }
}
