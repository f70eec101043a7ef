//! What a relying party knows beforehand.

use std::time::SystemTime;

use super::signature::Sha1;
use crate::cose::{Algorithm, CoseKey};

/// What a response is held against. `None` leaves a check out, and the report says so.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// Origins allowed, as clients write them: `https://example.com`.
    pub origins: Option<Vec<String>>,
    /// The RP ID; without it, the hosts of `origins` are RP IDs.
    pub rp_id: Option<String>,
    /// The challenge that was sent.
    pub challenge: Option<Vec<u8>>,
    /// Take responses made in a frame of another origin, whatever page it is in.
    pub allow_cross_origin: bool,
    /// Origins of pages that a frame may be in; it is then allowed if its page is named.
    pub top_origins: Option<Vec<String>>,
    /// Take responses for which nobody was present.
    pub allow_user_absent: bool,
    /// Demand that the person was verified.
    pub require_user_verification: bool,
    /// Take no credential that can leave its key.
    pub refuse_backup_eligible: bool,
    /// Algorithms that were asked for.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Extensions that were asked for.
    pub extensions: Option<Vec<String>>,
    /// Demand an attestation by a certificate.
    pub require_attestation: bool,
    /// Where attestation certificates must lead; with it, a registration without any is refused.
    pub trust: Option<Trust>,
    /// Whether a TPM's attestation may rest on SHA-1.
    pub sha1: Sha1,
    /// Attestation statement formats that are taken.
    pub formats: Option<Vec<String>>,
    /// Models that are taken.
    pub aaguids: Option<Vec<[u8; 16]>>,
}

/// Roots, and the time at which certificates must be valid.
#[derive(Clone, Debug)]
pub struct Trust {
    /// DER certificates; what is none is passed over.
    pub roots: Vec<Vec<u8>>,
    /// Without a time, dates are not looked at.
    pub at: Option<SystemTime>,
}

/// What was kept of a credential when it was registered.
#[derive(Clone, Debug)]
pub struct StoredCredential {
    /// The public key.
    pub public_key: CoseKey,
    /// The credential ID.
    pub id: Option<Vec<u8>>,
    /// The account.
    pub user_handle: Option<Vec<u8>>,
    /// The signature counter after the last use.
    pub sign_count: Option<u32>,
    /// Flag BE.
    pub backup_eligible: Option<bool>,
}

impl StoredCredential {
    /// Starts with nothing but the key.
    pub fn new(public_key: CoseKey) -> Self {
        StoredCredential {
            public_key,
            id: None,
            user_handle: None,
            sign_count: None,
            backup_eligible: None,
        }
    }
}

impl Expectations {
    /// Returns the RP IDs that a response may be for; `None` if nothing says.
    pub(super) fn rp_ids(&self) -> Option<Vec<&str>> {
        match (&self.rp_id, &self.origins) {
            (Some(rp_id), _) => Some(vec![rp_id]),
            (None, Some(origins)) => Some(origins.iter().filter_map(|o| host(o)).collect()),
            (None, None) => None,
        }
    }
}

/// Returns the host of an origin on the web.
fn host(origin: &str) -> Option<&str> {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    authority.split([':', '/']).next()
}
