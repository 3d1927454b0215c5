//! OBSTACLE: what the errors of the libraries below say about the way, by name.

use std::error::Error;
use std::io::{self, ErrorKind};

use directline::{Distrust, Failure, Obstacle, Unreached};
use rustls::CertificateError;

/// Why nothing was sent.
pub(crate) fn not_sent(error: &(dyn Error + 'static)) -> Failure {
    let unreached = chain(error).find_map(|error| error.downcast_ref::<Unreached>());
    unreached.cloned().map_or(Failure::NotSent, Failure::Unreached)
}

/// What was in the way of a connection without encryption.
pub(crate) fn of_dial(error: &(dyn Error + 'static)) -> Obstacle {
    if chain(error).any(|error| error.is::<Unresolved>()) {
        return Obstacle::Unresolved;
    }
    if let Some(unreached) = chain(error).find_map(|error| error.downcast_ref::<Unreached>()) {
        return unreached.obstacle();
    }
    match io_kind(error) {
        Some(ErrorKind::ConnectionRefused) => Obstacle::Refused,
        Some(
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
            | ErrorKind::TimedOut,
        ) => Obstacle::Unreachable,
        _ => Obstacle::Other,
    }
}

/// What was in the way of encryption.
pub(crate) fn of_tls(error: &(dyn Error + 'static)) -> Obstacle {
    let found = chain(error).find_map(|error| error.downcast_ref::<rustls::Error>());
    match found {
        Some(rustls::Error::InvalidCertificate(why)) => Obstacle::Untrusted(flaw(why)),
        // Whoever speaks something else answers with what is no message at all.
        Some(rustls::Error::InvalidMessage(_)) => Obstacle::NoTls,
        _ => Obstacle::TlsFailed,
    }
}

/// A name that leads to no address.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(crate) struct Unresolved;

fn io_kind(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

/// An error, and what is behind it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The source of an I/O error is the one of what is in it.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
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
        CertificateError::Revoked => Distrust::Revoked,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Distrust::Purpose
        }
        CertificateError::BadEncoding => Distrust::Damaged,
        CertificateError::Other(other)
            if matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)) =>
        {
            Distrust::Authority
        }
        _ => Distrust::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_has_a_name() {
        let other = |error| CertificateError::Other(OtherError(Arc::new(error)));
        for (why, distrust) in [
            (CertificateError::Revoked, Distrust::Revoked),
            (CertificateError::InvalidPurpose, Distrust::Purpose),
            (CertificateError::BadEncoding, Distrust::Damaged),
            (other(webpki::Error::CaUsedAsEndEntity), Distrust::Authority),
            (other(webpki::Error::EndEntityUsedAsCa), Distrust::Other),
            (CertificateError::ApplicationVerificationFailure, Distrust::Other),
        ] {
            assert_eq!(flaw(&why), distrust, "{why:?}");
        }
    }
}
