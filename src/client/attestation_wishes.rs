//! Which attestation is wanted, and whether it came (CTAP 2.2 §6.1, §7.1).

use super::{Error, Shortfall, Unsupported};
use crate::ctap2::{GetInfoResponse, MakeCredentialRequest, MakeCredentialResponse};

/// Who decides that a relying party may learn the key's serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnterpriseAttestation {
    /// The key, by the list it was made with.
    VendorFacilitated,
    /// Whoever runs this client.
    PlatformManaged,
}

impl EnterpriseAttestation {
    fn number(self) -> u64 {
        match self {
            Self::VendorFacilitated => 1,
            Self::PlatformManaged => 2,
        }
    }
}

/// Wishes about a new credential's attestation; nothing special by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttestationWishes {
    /// An enterprise attestation, or fail.
    ///
    /// The standard lets a key answer a vendor-facilitated request of a relying party that is not
    /// on its list with its ordinary attestation. That is a shortfall here.
    pub enterprise: Option<EnterpriseAttestation>,
    /// Formats, best first, or fail; any if empty.
    pub formats: Vec<String>,
}

impl AttestationWishes {
    /// Adds to the request what the key can do.
    pub(super) fn prepare(
        &self,
        info: &GetInfoResponse,
        request: &mut MakeCredentialRequest,
    ) -> Result<(), Error> {
        if let Some(kind) = self.enterprise {
            match info.option("ep") {
                None => return Err(Error::Unsupported(Unsupported::Option("ep"))),
                Some(false) => return Err(Error::EnterpriseAttestationOff),
                Some(true) => request.enterprise_attestation = Some(kind.number()),
            }
        }
        // Keys that list no formats are older than the wish for one.
        if let Some(listed) = info.attestation_formats.as_ref().filter(|_| !self.formats.is_empty())
        {
            if !self.formats.iter().any(|wanted| wanted == "none" || listed.contains(wanted)) {
                let formats = self.formats.clone();
                return Err(Error::Unsupported(Unsupported::AttestationFormats(formats)));
            }
            request.attestation_formats_preference = Some(self.formats.clone());
        }
        Ok(())
    }

    /// Checks what came.
    pub(super) fn check(
        &self,
        answer: &MakeCredentialResponse,
        shortfall: Shortfall,
    ) -> Result<(), Error> {
        if self.enterprise.is_some() && answer.ep_att != Some(true) {
            shortfall.or((), Error::NoEnterpriseAttestation)?;
        }
        if !self.formats.is_empty() && !self.formats.contains(&answer.fmt) {
            shortfall.or((), Error::AttestationFormat(answer.fmt.clone()))?;
        }
        Ok(())
    }
}
