//! TRUST: whose certificates are accepted, and what is wrong with those that are not.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock};

use directline::{Distrust, Failure};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// Whose certificates are accepted: those that Mozilla's roots vouch for, and those of authorities
/// that the application adds, such as the one of a company. There is no way to accept all.
///
/// ```
/// use directline_client::Trust;
///
/// let refused = Trust::default().with_pem(b"no certificate").unwrap_err();
/// assert_eq!(refused.to_string(), "certificates are none, allowed is PEM with at least one");
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
    /// There is no certificate in the text.
    #[error("certificates are none, allowed is PEM with at least one")]
    Nothing,
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
    /// Trusts the authorities whose certificates are in `pem`, too. Other sections are passed over.
    ///
    /// # Errors
    ///
    /// When there is none, or when one cannot be read.
    pub fn with_pem(self, pem: &[u8]) -> Result<Trust, TrustError> {
        let (mut roots, mut number) = (Arc::unwrap_or_clone(self.roots), 0);
        for certificate in CertificateDer::pem_slice_iter(pem) {
            number += 1;
            let certificate = certificate.map_err(|_| TrustError::Damaged { number })?;
            roots.add(certificate).map_err(|_| TrustError::Damaged { number })?;
        }
        if number == 0 { Err(TrustError::Nothing) } else { Ok(Trust::new(roots)) }
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

/// Why nothing was sent.
pub(crate) fn not_sent(error: &(dyn Error + 'static)) -> Failure {
    distrust(error).map_or(Failure::NotSent, Failure::Untrusted)
}

/// What is wrong with the certificate, if that is what an error is about.
fn distrust(error: &(dyn Error + 'static)) -> Option<Distrust> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(flaw(why));
        }
        // The source of an I/O error is the one of what is in it.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

fn flaw(why: &CertificateError) -> Distrust {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Distrust::Issuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Distrust::Host
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Distrust::Time,
        _ => Distrust::Other,
    }
}
