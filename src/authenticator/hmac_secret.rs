//! Salts of `hmac-secret` and `hmac-secret-mc`, and what comes of them (CTAP 2.2 §12.7, §12.8).

use zeroize::Zeroizing;

use super::Authenticator;
use super::credential_id::hmac;
use super::dispatch::protocol;
use super::state::Credential;
use crate::cbor::Value;
use crate::ctap2::Status;
use crate::ctap2::extensions::HmacSecretInput;
use crate::pin_uv::{Random, SharedSecret};

const SALT_LENGTH: usize = 32;

/// One or two salts, decrypted, and the secret under which the outputs go back.
pub(super) struct Salts {
    shared_secret: SharedSecret,
    salts: Zeroizing<Vec<u8>>,
}

impl Authenticator {
    /// Checks and decrypts the salts.
    pub(super) fn open_salts(&mut self, input: &HmacSecretInput) -> Result<Salts, Status> {
        let protocol = protocol(Some(input.pin_uv_auth_protocol.unwrap_or(1)))?;
        let shared_secret = self.agree(protocol, &input.key_agreement)?;
        if !shared_secret.verify(&input.salt_enc, &input.salt_auth) {
            return Err(Status::PIN_AUTH_INVALID);
        }
        let salts =
            shared_secret.decrypt(&input.salt_enc).map_err(|_| Status::INVALID_PARAMETER)?;
        if salts.len() != SALT_LENGTH && salts.len() != 2 * SALT_LENGTH {
            return Err(Status::INVALID_PARAMETER);
        }
        Ok(Salts { shared_secret, salts })
    }
}

impl Salts {
    /// Derives the credential's secrets and encrypts them; the extension's output.
    pub(super) fn output(
        &self,
        random: &mut dyn Random,
        credential: &Credential,
        user_verified: bool,
    ) -> Result<Value, Status> {
        let cred_random = if user_verified {
            &credential.cred_random_with_uv
        } else {
            &credential.cred_random_without_uv
        };
        let mut secrets = Zeroizing::new(Vec::with_capacity(2 * SALT_LENGTH));
        for salt in self.salts.chunks(SALT_LENGTH) {
            secrets.extend_from_slice(Zeroizing::new(hmac(cred_random, &[salt])).as_slice());
        }
        let encrypted = self.shared_secret.encrypt(random, &secrets).map_err(|_| Status::OTHER)?;
        Ok(Value::from(encrypted))
    }
}
