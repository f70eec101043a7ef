//! Extensions at registration, but blobs and secrets: what goes to the key, and what must come back
//! (CTAP 2.2 §12).

use super::register::Registration;
use super::{Error, Unsupported, answer, creation_protection};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{
    CRED_BLOB, CRED_PROTECT, HMAC_SECRET, HMAC_SECRET_MC, MakeCredentialExtensions,
    THIRD_PARTY_PAYMENT,
};
use crate::webauthn::AuthenticatorData;

/// Puts together what does not depend on verification, from what the key lists.
pub(super) fn inputs(
    info: &GetInfoResponse,
    wanted: &Registration,
) -> Result<MakeCredentialExtensions, Error> {
    let mut extensions = MakeCredentialExtensions {
        cred_protect: creation_protection::input(info, wanted.cred_protect)?,
        ..Default::default()
    };
    if wanted.derives_secrets() {
        if !info.has_extension(HMAC_SECRET) {
            return Err(Error::Unsupported(Unsupported::Extension(HMAC_SECRET)));
        }
        extensions.hmac_secret = Some(true);
    }
    wanted.pin_rules.prepare(info, &mut extensions)?;
    if wanted.hmac_secret_salts.is_some() && !info.has_extension(HMAC_SECRET_MC) {
        return Err(Error::Unsupported(Unsupported::Extension(HMAC_SECRET_MC)));
    }
    if wanted.third_party_payment {
        if !info.has_extension(THIRD_PARTY_PAYMENT) {
            return Err(Error::Unsupported(Unsupported::Extension(THIRD_PARTY_PAYMENT)));
        }
        extensions.third_party_payment = Some(true);
    }
    Ok(extensions)
}

/// Checks that only extensions answered that were asked, and what they answered.
pub(super) fn check(
    data: &AuthenticatorData,
    wanted: &Registration,
    sent: Option<&MakeCredentialExtensions>,
) -> Result<(), Error> {
    let no_extensions = MakeCredentialExtensions::default();
    let sent = sent.unwrap_or(&no_extensions);
    let mut asked = Vec::new();
    asked.extend(sent.cred_blob.as_ref().map(|_| CRED_BLOB));
    asked.extend(sent.cred_protect.map(|_| CRED_PROTECT));
    asked.extend(sent.hmac_secret.map(|_| HMAC_SECRET));
    asked.extend(wanted.pin_rules.identifiers());
    asked.extend(sent.hmac_secret_mc.as_ref().map(|_| HMAC_SECRET_MC));
    asked.extend(sent.third_party_payment.map(|_| THIRD_PARTY_PAYMENT));
    answer::check_extensions(data, &asked)?;
    if wanted.derives_secrets() && answer::truth_output(data, HMAC_SECRET)? != Some(true) {
        return wanted.shortfall.or((), Error::ExtensionNotApplied(HMAC_SECRET));
    }
    Ok(())
}
