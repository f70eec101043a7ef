//! AuthenticationResponseJSON against a credential record.

use std::fs;

use anyhow::{Context, Result, ensure};
use ciborium::{Value, cbor};
use ctap_hid_fido2::fidokey::get_assertion::get_assertion_params::Assertion;
use ctap_hid_fido2::fidokey::get_assertion::get_assertion_response::parse_cbor;
use ctap_hid_fido2::verifier::verify_assertion;

use crate::response::{Response, bytes};
use crate::{Verdict, must, public_key};

pub fn verify(response: &Response, rp: &str, record: &str) -> Result<Verdict> {
    let record = fs::read_to_string(record).with_context(|| record.to_owned())?;
    let record: serde_json::Value =
        serde_json::from_str(&record).context("the record is no JSON")?;
    ensure!(record["schema"] == "fidoctl.credential/1", "no credential record");
    let key = public_key::from_pem(record["public_key_pem"].as_str().context("public_key_pem")?)?;
    let (_, algorithm) = public_key::describe(&key)?;

    let assertion = read(response)?;
    must!(response.client_data_type() == "webauthn.get", "the client data are not an assertion's");
    must!(record["rp_id"] == rp, "the record belongs to another RP ID");
    let id = response.credential_id()?;
    must!(id.is_some(), "id and rawId differ");
    let recorded = bytes(&record["credential_id"]).context("credential_id")?;
    must!(id == Some(recorded), "the record belongs to another credential");
    must!(assertion.flags.user_present_result, "nobody was present");
    must!(
        verify_assertion(rp, &key, &response.client_data, &assertion),
        format!("the signature does not hold for {rp}")
    );
    Ok(Ok(format!("assertion, algorithm {algorithm}")))
}

/// The library reads authenticator data only as part of what a key sends.
fn read(response: &Response) -> Result<Assertion> {
    let id = Value::Bytes(response.credential_id()?.unwrap_or_default());
    let authenticator_data = Value::Bytes(response.bytes("authenticatorData")?);
    let signature = Value::Bytes(response.bytes("signature")?);
    let message = cbor!({ 1 => { "id" => id }, 2 => authenticator_data, 3 => signature })?;
    let mut bytes = Vec::new();
    ciborium::into_writer(&message, &mut bytes)?;
    parse_cbor(&bytes, None)
}
