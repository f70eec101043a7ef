//! What extensions answer when a credential is made (CTAP 2.2 §12).

use super::Authenticator;
use super::hmac_secret::Salts;
use super::state::Credential;
use crate::cbor::Value;
use crate::ctap2::Status;
use crate::ctap2::extensions::{
    CRED_BLOB, CRED_PROTECT, HMAC_SECRET, HMAC_SECRET_MC, MakeCredentialExtensions,
    THIRD_PARTY_PAYMENT,
};

impl Authenticator {
    /// Opens the salts of `hmac-secret-mc`, which is nothing without `hmac-secret`, and unlike it
    /// names the protocol (CTAP 2.2 §12.8).
    pub(super) fn creation_salts(
        &mut self,
        inputs: &MakeCredentialExtensions,
    ) -> Result<Option<Salts>, Status> {
        let Some(input) = &inputs.hmac_secret_mc else {
            return Ok(None);
        };
        if inputs.hmac_secret != Some(true) || input.pin_uv_auth_protocol.is_none() {
            return Err(Status::MISSING_PARAMETER);
        }
        self.open_salts(input).map(Some)
    }

    /// Returns the outputs in authenticator data; only what was asked for is answered.
    ///
    /// Every credential can do `hmac-secret`, asked for or not.
    pub(super) fn creation_outputs(
        &mut self,
        inputs: &MakeCredentialExtensions,
        rp_id: &str,
        credential: &Credential,
        salts: Option<&Salts>,
        user_verified: bool,
    ) -> Result<Option<Value>, Status> {
        let mut outputs = Vec::new();
        if inputs.cred_blob.is_some() {
            outputs.push((CRED_BLOB, Value::from(credential.blobs.cred_blob.is_some())));
        }
        if inputs.cred_protect.is_some() {
            let level = i64::try_from(credential.cred_protect.level()).unwrap_or_default();
            outputs.push((CRED_PROTECT, Value::from(level)));
        }
        if inputs.hmac_secret == Some(true) {
            outputs.push((HMAC_SECRET, Value::from(true)));
        }
        if let Some(salts) = salts {
            let random = self.environment.random();
            outputs.push((HMAC_SECRET_MC, salts.output(random, credential, user_verified)?));
        }
        outputs.extend(self.state.pin_rule_outputs(inputs, rp_id));
        if inputs.third_party_payment == Some(true) {
            outputs.push((THIRD_PARTY_PAYMENT, Value::from(true)));
        }
        Ok((!outputs.is_empty()).then(|| Value::text_map(outputs)))
    }
}
