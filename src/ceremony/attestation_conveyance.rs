//! How much of an attestation a relying party gets (WebAuthn L3 §5.1.3, step "attestation
//! conveyance").

use crate::cbor::{Strictness, Value};
use crate::webauthn::{AttestationConveyance, AttestationObject, AuthenticatorData};

/// Returns the attestation object that the relying party gets.
///
/// For `none` the statement goes and the AAGUID stays; a self attestation of a model without an
/// AAGUID tells nothing, and stays too.
pub fn convey(object: &AttestationObject, conveyance: AttestationConveyance) -> AttestationObject {
    if conveyance != AttestationConveyance::None || tells_nothing(object) {
        return object.clone();
    }
    AttestationObject {
        format: "none".to_owned(),
        statement: Value::Map(Vec::new()),
        authenticator_data: object.authenticator_data.clone(),
    }
}

fn tells_nothing(object: &AttestationObject) -> bool {
    let data = AuthenticatorData::parse(&object.authenticator_data, Strictness::Tolerant);
    let credential = data.ok().and_then(|data| data.attested_credential);
    let has_certificate = object.statement.get("x5c").is_some();
    object.format == "packed" && !has_certificate && credential.is_some_and(|c| c.aaguid == [0; 16])
}
