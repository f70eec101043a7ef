//! The key's end of authenticatorMakeCredential and authenticatorGetAssertion.

use fidoctl::cbor::Value;
use fidoctl::cose::CoseKey;
use fidoctl::ctap2::{
    GetAssertionRequest, GetAssertionResponse, MakeCredentialRequest, MakeCredentialResponse,
    Message, Status,
};
use fidoctl::pin_uv::{OsRandom, PinUvAuthProtocol};
use fidoctl::webauthn::{
    AttestedCredentialData, AuthenticatorData, CredentialDescriptor, Flags, UserEntity, rp_id_hash,
};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;

use super::ScriptedKey;

impl ScriptedKey {
    pub(super) fn make_credential(
        &mut self,
        request: MakeCredentialRequest,
    ) -> Result<Vec<u8>, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        if param.is_some_and(<[u8]>::is_empty) {
            return Err(if self.pin.is_some() { Status::PIN_INVALID } else { Status::PIN_NOT_SET });
        }
        let mut verified =
            self.verify(&request.client_data_hash, param, request.pin_uv_auth_protocol)?;
        if request.options.is_some_and(|options| options.uv == Some(true)) {
            match self.uv_outcomes.pop_front() {
                None | Some(Status::SUCCESS) => verified = Flags::UV,
                Some(status) => return Err(status),
            }
        }
        let excluded = request.exclude_list.unwrap_or_default();
        if excluded.iter().any(|entry| self.credentials.contains(&Vec::from(entry.id.clone()))) {
            return Err(Status::CREDENTIAL_EXCLUDED);
        }
        let mut outputs = Vec::new();
        if let Some(extensions) = request.extensions {
            if let Some(level) = extensions.cred_protect {
                outputs.push(("credProtect", Value::from(i64::try_from(level).unwrap())));
            }
            if extensions.hmac_secret == Some(true) {
                outputs.push(("hmac-secret", Value::from(true)));
            }
        }
        let mut data = AuthenticatorData {
            rp_id_hash: rp_id_hash(&request.rp.id),
            flags: Flags::UP | verified,
            sign_count: 1,
            attested_credential: Some(AttestedCredentialData {
                aaguid: [7; 16],
                credential_id: vec![9; 16],
                public_key: public_key(),
            }),
            extensions: (!outputs.is_empty()).then(|| Value::text_map(outputs)),
        };
        (self.alter_data)(&mut data);
        let response = MakeCredentialResponse {
            fmt: "none".to_owned(),
            auth_data: data.to_vec().into(),
            att_stmt: None,
            ep_att: None,
            large_blob_key: None,
            unsigned_extension_outputs: None,
        };
        Ok(response.to_vec())
    }

    pub(super) fn get_assertion(
        &mut self,
        request: GetAssertionRequest,
    ) -> Result<Vec<u8>, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        let verified =
            self.verify(&request.client_data_hash, param, request.pin_uv_auth_protocol)?;
        let up = request.options.as_ref().is_none_or(|options| options.up != Some(false));
        let flags = if up { Flags::UP | verified } else { verified };
        let list = request.allow_list.as_deref();
        let id = match list {
            None => self.credentials.first().cloned(),
            Some(list) => {
                let listed = |id: &&Vec<u8>| list.iter().any(|entry| entry.id.as_slice() == **id);
                self.credentials.iter().find(listed).cloned()
            }
        };
        let id = id.ok_or(Status::NO_CREDENTIALS)?;
        let number = if list.is_none() { self.number_of_credentials } else { None };
        self.next = 1;
        let mut outputs = None;
        if let Some(input) = request.extensions.and_then(|extensions| extensions.hmac_secret) {
            let protocol =
                PinUvAuthProtocol::from_id(input.pin_uv_auth_protocol.unwrap_or(1)).unwrap();
            let secret = self.agreement_key.agree(protocol, &input.key_agreement).unwrap();
            assert!(secret.verify(&input.salt_enc, &input.salt_auth));
            let salts = secret.decrypt(&input.salt_enc).unwrap();
            let derived: Vec<u8> = salts.iter().map(|byte| byte ^ 0xFF).collect();
            let output = secret.encrypt(&mut OsRandom, &derived).unwrap();
            outputs = Some(Value::text_map([("hmac-secret", Value::from(output))]));
        }
        let hash: [u8; 32] = request.client_data_hash.as_slice().try_into().unwrap();
        Ok(self.assertion(&request.rp_id, &hash, &id, flags, number, outputs).to_vec())
    }

    pub(super) fn assertion(
        &mut self,
        rp_id: &str,
        hash: &[u8; 32],
        id: &[u8],
        flags: Flags,
        number: Option<u64>,
        extensions: Option<Value>,
    ) -> GetAssertionResponse {
        let mut data = AuthenticatorData {
            rp_id_hash: rp_id_hash(rp_id),
            flags,
            sign_count: 2,
            attested_credential: None,
            extensions,
        };
        (self.alter_data)(&mut data);
        let data = data.to_vec();
        let message = [data.as_slice(), hash].concat();
        let id = self.answer_with_credential.as_deref().unwrap_or(id);
        let signature: p256::ecdsa::DerSignature = signing_key().sign(&message);
        GetAssertionResponse {
            credential: (!self.omit_credential).then(|| CredentialDescriptor::new(id)),
            auth_data: data.into(),
            signature: signature.as_bytes().to_vec().into(),
            user: Some(UserEntity { id: id.to_vec().into(), name: None, display_name: None }),
            number_of_credentials: number,
            user_selected: None,
            large_blob_key: None,
            unsigned_extension_outputs: None,
        }
    }
}

fn signing_key() -> SigningKey {
    SigningKey::from_slice(&[0x11; 32]).unwrap()
}

/// The public key of every credential on the key.
pub(crate) fn public_key() -> CoseKey {
    let point = signing_key().verifying_key().to_sec1_point(false);
    CoseKey::es256((*point.x().unwrap()).into(), (*point.y().unwrap()).into())
}
