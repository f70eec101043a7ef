//! Whether a new credential is for payments (thirdPartyPayment, CTAP 2.3 §12.9).

use super::interaction::TouchReason;
use super::verification::Authorization;
use super::{Error, Session, Verification, answer, token};
use crate::ctap2::extensions::{GetAssertionExtensions, THIRD_PARTY_PAYMENT};
use crate::ctap2::get_assertion::GetAssertionOptions;
use crate::ctap2::{GetAssertionRequest, MakeCredentialRequest, Permissions};
use crate::webauthn::{AuthenticatorData, CredentialDescriptor};

/// What the assertion signs: of no use to anybody.
const NO_HASH: [u8; 32] = [0; 32];

/// Makes sure that a credential asked to be for payments is. Some keys say so only in assertions
/// (Nitrokey): they are asked for a silent one. No message where the answer says it, else one; a
/// credential that shows itself only after verification takes three more.
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
    match told {
        Some(true) => Ok(()),
        Some(false) => Err(Error::ExtensionNotApplied(THIRD_PARTY_PAYMENT)),
        None => Err(Error::ExtensionNotConfirmed(THIRD_PARTY_PAYMENT)),
    }
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
    match output(session, &request) {
        // Credentials of the highest protection level show themselves only after verification.
        Err(Error::NoCredentials) => {
            let permissions = Permissions::GET_ASSERTION;
            match token::using_proven_pin(session, permissions, Some(rp_id))? {
                None => Ok(None),
                Some(token) => {
                    let verified = Authorization::with_token(token, Verification::Pin);
                    refused_is_silence(output(session, &authorized(request, &verified)))
                }
            }
        }
        outcome => refused_is_silence(outcome),
    }
}

fn authorized(
    mut request: GetAssertionRequest,
    authorization: &Authorization,
) -> GetAssertionRequest {
    request.pin_uv_auth_param = authorization.pin_uv_auth_param(&NO_HASH);
    request.pin_uv_auth_protocol = authorization.pin_uv_auth_protocol();
    request
}

fn refused_is_silence(outcome: Result<Option<bool>, Error>) -> Result<Option<bool>, Error> {
    match outcome {
        Err(Error::NoCredentials | Error::Refused { .. }) => Ok(None),
        outcome => outcome,
    }
}

fn output(session: &mut Session<'_>, request: &GetAssertionRequest) -> Result<Option<bool>, Error> {
    let answer = session.call(request, TouchReason::Enroll)?;
    let data = AuthenticatorData::parse(&answer.auth_data, session.limits().strictness)?;
    answer::check_rp_id(&data, &request.rp_id)?;
    answer::truth_output(&data, THIRD_PARTY_PAYMENT)
}
