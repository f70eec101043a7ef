//! RegistrationResponseJSON: the attestation signature, and that all members tell one story.
//! The library takes the key out of the certificate and looks at nothing else in it.

use anyhow::{Context, Result, bail};
use ciborium::Value;
use ctap_hid_fido2::fidokey::get_assertion::get_assertion_params::Assertion;
use ctap_hid_fido2::fidokey::make_credential::make_credential_params::Attestation;
use ctap_hid_fido2::fidokey::make_credential::make_credential_response::parse_cbor;
use ctap_hid_fido2::verifier::{verify_assertion, verify_attestation};

use crate::response::Response;
use crate::{Verdict, must, public_key};

pub fn verify(response: &Response, rp: &str) -> Result<Verdict> {
    let attestation = read(&response.bytes("attestationObject")?)?;
    let (info, algorithm) = public_key::describe(&attestation.credential_publickey)?;
    let id = &attestation.credential_descriptor.id;

    must!(
        response.client_data_type() == "webauthn.create",
        "the client data are not a registration's"
    );
    must!(attestation.flags.user_present_result, "nobody was present");
    must!(
        attestation.flags.attested_credential_data_included,
        "no credential in the authenticator data"
    );
    must!(response.credential_id()?.as_ref() == Some(id), "id or rawId is not the credential's");
    must!(
        response.bytes("authenticatorData")? == attestation.auth_data,
        "two different authenticator data"
    );
    must!(response.bytes("publicKey")? == info, "publicKey is not the credential's");
    must!(
        response.public_key_algorithm() == Some(algorithm),
        "publicKeyAlgorithm is not the credential's"
    );

    let (kind, genuine) = match (attestation.fmt.as_str(), attestation.attstmt_x5c.is_empty()) {
        ("packed", false) => {
            must!(
                attestation.attstmt_alg == -7,
                "a certificate attests by an algorithm the library does not verify"
            );
            let result = verify_attestation(rp, &response.client_data, &attestation);
            ("packed with a certificate", result.is_success)
        }
        ("packed", true) => {
            must!(
                i64::from(attestation.attstmt_alg) == algorithm,
                "self attestation by another algorithm"
            );
            (
                "packed, self",
                verify_by_credential(response, rp, &attestation, &attestation.attstmt_sig),
            )
        }
        (format, _) => bail!("attestation format {format:?}, which the library cannot verify"),
    };
    must!(genuine, format!("the {kind} attestation does not hold for {rp}"));
    Ok(Ok(format!("registration, {kind}, algorithm {algorithm}")))
}

/// The attestation object of WebAuthn has names where the library expects CTAP's numbers.
fn read(object: &[u8]) -> Result<Attestation> {
    let object: Value = ciborium::from_reader(object).context("attestationObject")?;
    let members = object.into_map().ok().context("attestationObject is no map")?;
    let mut numbered = Vec::new();
    for (name, value) in members {
        let number = match name.as_text() {
            Some("fmt") => 1,
            Some("authData") => 2,
            Some("attStmt") => 3,
            _ => bail!("attestationObject has a member it should not have"),
        };
        numbered.push((Value::from(number), value));
    }
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Map(numbered), &mut bytes)?;
    parse_cbor(&bytes)
}

/// The library looks for a certificate always. Self attestation is signed just like an assertion.
fn verify_by_credential(
    response: &Response,
    rp: &str,
    attestation: &Attestation,
    signature: &[u8],
) -> bool {
    let assertion = Assertion {
        rpid_hash: attestation.rpid_hash.clone(),
        auth_data: attestation.auth_data.clone(),
        signature: signature.to_vec(),
        ..Assertion::default()
    };
    verify_assertion(rp, &attestation.credential_publickey, &response.client_data, &assertion)
}
