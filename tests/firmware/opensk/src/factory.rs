//! What the factory leaves on a key.

use opensk::api::persist::{Attestation, AttestationId, Persist};
use opensk::ctap::status_code::CtapResult;

use crate::store::Store;

/// The certificate of the attestation key names the same model.
const AAGUID: &[u8; 16] = b"opensk-0.1.0-sim";

/// CTAP2 registrations are self-attested; U2F refuses to work without a certificate.
pub fn provision(store: &mut Store) -> CtapResult<()> {
    let batch = AttestationId::Batch;
    // A key that has one takes no other.
    if store.get_attestation(batch)?.is_some() {
        return Ok(());
    }
    let attestation = Attestation {
        wrapped_private_key: include_bytes!("../attestation.key").to_vec(),
        certificate: include_bytes!("../attestation.der").to_vec(),
    };
    store.set_aaguid(AAGUID)?;
    store.set_attestation(batch, Some(&attestation))
}
