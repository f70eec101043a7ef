//! Enterprise attestation (CTAP 2.2 §7.1): a certificate with the key's serial number in it.

use serde::{Deserialize, Serialize};

use super::Authenticator;
use super::attestation::Attestation;
use crate::ctap2::Status;

/// What enterprise attestations are made with, and for whom without the platform's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnterpriseAttestation {
    pub(super) attestation: Attestation,
    /// Relying parties of vendor-facilitated enterprise attestation.
    pub(super) rp_ids: Vec<String>,
}

impl Authenticator {
    /// Returns what attests where `kind` is asked for (CTAP 2.2 §6.1.2 step 9); `None` for the
    /// ordinary attestation.
    pub(super) fn enterprise_attestation(
        &self,
        kind: Option<u64>,
        rp_id: &str,
    ) -> Result<Option<&EnterpriseAttestation>, Status> {
        let Some(kind) = kind else {
            return Ok(None);
        };
        let enterprise = self.state.enterprise.as_ref();
        let enabled = enterprise.filter(|_| self.state.settings.enterprise_attestation);
        let enterprise = enabled.ok_or(Status::INVALID_PARAMETER)?;
        match kind {
            1 => Ok(enterprise.rp_ids.iter().any(|known| known == rp_id).then_some(enterprise)),
            2 => Ok(Some(enterprise)),
            _ => Err(Status::INVALID_OPTION),
        }
    }
}
