//! Validity (RFC 5280 §4.1.2.5).

use std::time::SystemTime;

use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::time::Time;

use super::certificate::Certificate;
use super::chain::CertificateProblem;

/// Checks that a certificate is valid at a time.
pub(super) fn check(
    certificate: &Certificate<'_>,
    at: SystemTime,
) -> Result<(), CertificateProblem> {
    let (not_before, not_after) =
        read(certificate.validity).map_err(|_| CertificateProblem::Dates)?;
    if at < not_before {
        return Err(CertificateProblem::NotYetValid);
    }
    if at > not_after {
        return Err(CertificateProblem::Expired);
    }
    Ok(())
}

fn read(validity: &[u8]) -> der::Result<(SystemTime, SystemTime)> {
    let mut reader = SliceReader::new(validity)?;
    let (not_before, not_after) = (Time::decode(&mut reader)?, Time::decode(&mut reader)?);
    reader.finish()?;
    Ok((not_before.to_system_time(), not_after.to_system_time()))
}
