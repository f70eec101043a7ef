//! Whether a new credential is for payments (thirdPartyPayment, CTAP 2.2 §12.9).

use super::interaction::TouchReason;
use super::{Error, Session, answer};
use crate::ctap2::extensions::{GetAssertionExtensions, THIRD_PARTY_PAYMENT};
use crate::ctap2::get_assertion::GetAssertionOptions;
use crate::ctap2::{GetAssertionRequest, MakeCredentialRequest};
use crate::webauthn::{AuthenticatorData, CredentialDescriptor};

/// What the assertion signs: of no use to anybody.
const NO_HASH: [u8; 32] = [0; 32];

/// Makes sure that a credential asked to be for payments is. Some keys say so only in assertions
/// (Nitrokey): they are asked for a silent one. No message where the answer says it, else one.
pub(super) fn confirm(
    session: &mut Session<'_>,
    request: &MakeCredentialRequest,
    made: &AuthenticatorData,
) -> Result<(), Error> {
    let asked = request.extensions.as_ref().and_then(|inputs| inputs.third_party_payment);
    if asked != Some(true) {
        return Ok(());
    }
    let told = match answer::truth_output(made, THIRD_PARTY_PAYMENT)? {
        Some(told) => Some(told),
        None => ask(session, &request.rp.id, made)?,
    };
    if told == Some(true) { Ok(()) } else { Err(Error::ExtensionNotApplied(THIRD_PARTY_PAYMENT)) }
}

fn ask(
    session: &mut Session<'_>,
    rp_id: &str,
    made: &AuthenticatorData,
) -> Result<Option<bool>, Error> {
    let Some(credential) = &made.attested_credential else {
        return Ok(None);
    };
    let request = GetAssertionRequest {
        rp_id: rp_id.to_owned(),
        client_data_hash: NO_HASH.to_vec().into(),
        allow_list: Some(vec![CredentialDescriptor::new(credential.credential_id.clone())]),
        extensions: Some(GetAssertionExtensions {
            third_party_payment: Some(true),
            ..Default::default()
        }),
        options: Some(GetAssertionOptions { up: Some(false), ..Default::default() }),
        pin_uv_auth_param: None,
        pin_uv_auth_protocol: None,
    };
    match session.call(&request, TouchReason::Enroll) {
        Ok(answer) => {
            let data = AuthenticatorData::parse(&answer.auth_data, session.limits().strictness)?;
            answer::check_rp_id(&data, rp_id)?;
            answer::truth_output(&data, THIRD_PARTY_PAYMENT)
        }
        Err(Error::NoCredentials | Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
