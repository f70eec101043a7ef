//! The platform's side of the extensions hmac-secret and hmac-secret-mc (CTAP 2.2 §12.7, §12.8).

use zeroize::Zeroizing;

use super::Error;
use super::key_agreement::Agreement;
use crate::ctap2::extensions::HmacSecretInput;
use crate::pin_uv::{PinUvAuthProtocol, Random};
use crate::relying_party;
use crate::webauthn::{AuthenticatorData, prf_salt};

/// One or two salts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salts {
    /// The first salt.
    pub first: [u8; 32],
    /// The second, if two secrets are wanted.
    pub second: Option<[u8; 32]>,
}

/// The secrets derived from the salts.
#[derive(Clone)]
pub struct HmacSecrets {
    /// From the first salt.
    pub first: Zeroizing<[u8; 32]>,
    /// From the second.
    pub second: Option<Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for HmacSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HmacSecrets")
    }
}

impl Salts {
    /// Makes the salts of WebAuthn's `prf` inputs (WebAuthn L3 §10.1.4); their secrets are those
    /// with user verification.
    pub fn of_prf(first: &[u8], second: Option<&[u8]>) -> Self {
        Salts { first: prf_salt(first), second: second.map(prf_salt) }
    }

    /// Encrypts the salts for the key.
    pub(super) fn to_input(
        &self,
        random: &mut dyn Random,
        agreement: &Agreement,
    ) -> Result<HmacSecretInput, Error> {
        let mut salts = Zeroizing::new(self.first.to_vec());
        salts.extend(self.second.iter().flatten());
        let salt_enc = agreement.secret.encrypt(random, &salts)?;
        let protocol = agreement.secret.protocol();
        Ok(HmacSecretInput {
            key_agreement: agreement.platform_key.clone(),
            salt_auth: agreement.secret.authenticate(&salt_enc).into(),
            salt_enc: salt_enc.into(),
            // Keys older than protocol two do not know this member.
            pin_uv_auth_protocol: (protocol != PinUvAuthProtocol::One).then(|| protocol.id()),
        })
    }

    /// Decrypts what the key derived, if it answered the extension: as many secrets as there are
    /// salts, of 32 bytes each.
    pub(super) fn open_output(
        &self,
        agreement: &Agreement,
        data: &AuthenticatorData,
        extension: &'static str,
    ) -> Result<Option<HmacSecrets>, Error> {
        let wrong = relying_party::Error::ExtensionOutput(extension);
        let Some(output) = data.extension(extension) else {
            return Ok(None);
        };
        let output = output.as_bytes().ok_or_else(|| wrong.clone())?;
        let Ok(secrets) = agreement.secret.decrypt(output) else {
            return Err(wrong.into());
        };
        let (first, rest) = secrets.split_first_chunk::<32>().ok_or_else(|| wrong.clone())?;
        let second = match self.second {
            None if rest.is_empty() => None,
            Some(_) => Some(Zeroizing::new(rest.try_into().map_err(|_| wrong)?)),
            None => return Err(wrong.into()),
        };
        Ok(Some(HmacSecrets { first: Zeroizing::new(*first), second }))
    }
}
