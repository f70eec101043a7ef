//! authenticatorGetAssertion (CTAP 2.2 §6.2).

use super::Authenticator;
use super::built_in_uv::AfterUv;
use super::dispatch::{AfterTouch, Outcome};
use super::get_next_assertion::RememberedAssertions;
use super::hmac_secret::Salts;
use super::state::Credential;
use super::verification::{check_hash, is_visible, pin_uv_auth};
use crate::cbor::{ByteVec, LossyText, Value};
use crate::ctap2::extensions::{
    CRED_BLOB, GetAssertionExtensions, HMAC_SECRET, LargeBlobAccess, THIRD_PARTY_PAYMENT,
};
use crate::ctap2::{GetAssertionRequest, GetAssertionResponse, Permissions, Status};
use crate::ctaphid::ChannelId;
use crate::webauthn::{AuthenticatorData, CredentialDescriptor, Flags, UserEntity, rp_id_hash};

/// A request of which only the touch is missing.
pub(super) struct PreparedAssertion {
    channel: ChannelId,
    credentials: Vec<Credential>,
    listed: bool,
    inputs: GetAssertionExtensions,
    /// An allow list names one credential.
    single: bool,
    ceremony: Ceremony,
}

/// What is the same for every assertion of a request.
pub(super) struct Ceremony {
    rp_id_hash: [u8; 32],
    client_data_hash: Vec<u8>,
    user_present: bool,
    user_verified: bool,
    salts: Option<Salts>,
    third_party_payment: bool,
    cred_blob: bool,
    large_blob_key: bool,
    large_blob: Option<LargeBlobAccess>,
}

/// How much of the account is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// The user handle.
    IdOnly,
    /// The names too.
    Names,
}

impl Authenticator {
    pub(super) fn get_assertion(
        &mut self,
        channel: ChannelId,
        request: &GetAssertionRequest,
    ) -> Result<Outcome, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        if let Some(probe) = self.touch_probe(param) {
            return Ok(probe);
        }
        let pin_uv_auth = pin_uv_auth(param, request.pin_uv_auth_protocol)?;
        check_hash(&request.client_data_hash)?;
        let options = request.options.clone().unwrap_or_default();
        let built_in_uv = self.wants_built_in_uv(options.uv, pin_uv_auth.as_ref())?;
        if options.rk.is_some() {
            return Err(Status::UNSUPPORTED_OPTION);
        }
        let user_present = options.up.unwrap_or(true);
        let built_in_uv = built_in_uv || (user_present && self.always_uv_by_finger(&pin_uv_auth));
        if user_present {
            self.check_always_uv(pin_uv_auth.is_some() || built_in_uv)?;
        }
        if built_in_uv {
            let request = Box::new(request.clone());
            return self.perform_built_in_uv(AfterUv::GetAssertion { channel, request });
        }
        let user_verified = self.verify_user(
            pin_uv_auth.as_ref(),
            &request.client_data_hash,
            Permissions::GET_ASSERTION,
            &request.rp_id,
        )?;
        let outcome = self.get_verified_assertion(channel, request, user_verified)?;
        self.touch_unless_present(pin_uv_auth.as_ref(), outcome)
    }

    /// Goes on once it is known whether the user is verified.
    pub(super) fn get_verified_assertion(
        &mut self,
        channel: ChannelId,
        request: &GetAssertionRequest,
        user_verified: bool,
    ) -> Result<Outcome, Status> {
        let user_present = request.options.as_ref().and_then(|options| options.up).unwrap_or(true);
        let allow_list = request.allow_list.as_deref().filter(|list| !list.is_empty());
        let listed = allow_list.is_some();
        let mut credentials = match allow_list {
            Some(list) => self.listed(&request.rp_id, list)?,
            None => self.state.discover(&request.rp_id),
        };
        credentials.retain(|credential| is_visible(credential, user_verified, listed));
        if credentials.is_empty() {
            // With a touch, so that nobody learns unseen which accounts are not here.
            return if user_present {
                Ok(Outcome::Touch(AfterTouch::Answer(Status::NO_CREDENTIALS)))
            } else {
                Err(Status::NO_CREDENTIALS)
            };
        }
        let inputs = request.extensions.clone().unwrap_or_default();
        let single = allow_list.is_some_and(|list| list.len() == 1);
        let ceremony = Ceremony {
            rp_id_hash: rp_id_hash(&request.rp_id),
            client_data_hash: request.client_data_hash.to_vec(),
            user_present,
            user_verified,
            salts: None,
            third_party_payment: inputs.third_party_payment == Some(true),
            cred_blob: inputs.cred_blob == Some(true),
            large_blob_key: inputs.large_blob_key == Some(true),
            large_blob: inputs.large_blob.clone(),
        };
        let prepared = PreparedAssertion { channel, credentials, listed, inputs, single, ceremony };
        if user_present {
            Ok(Outcome::Touch(AfterTouch::GetAssertion(Box::new(prepared))))
        } else {
            Ok(Outcome::results(&self.finish_get_assertion(prepared)?))
        }
    }

    pub(super) fn finish_get_assertion(
        &mut self,
        prepared: PreparedAssertion,
    ) -> Result<GetAssertionResponse, Status> {
        let PreparedAssertion { channel, credentials, listed, inputs, single, mut ceremony } =
            prepared;
        self.check_blob_inputs(&inputs, single, ceremony.user_verified)?;
        if let Some(input) = &inputs.hmac_secret {
            if !ceremony.user_present {
                return Err(Status::UNSUPPORTED_OPTION);
            }
            ceremony.salts = Some(self.open_salts(input)?);
        }
        let count = u64::try_from(credentials.len()).unwrap_or(u64::MAX);
        let mut rest = credentials.into_iter();
        let first = rest.next().ok_or(Status::NO_CREDENTIALS)?;
        let account = match ceremony.user_verified && !listed {
            true => Account::Names,
            false => Account::IdOnly,
        };
        let mut response = self.assert(&first, &ceremony, account)?;
        if single && self.state.habits.omits_only_credential {
            response.credential = None;
        }
        if !listed && count > 1 {
            response.number_of_credentials = Some(count);
            let now = self.now();
            self.remembered =
                Some(RememberedAssertions::new(channel, rest, ceremony, account, now));
        }
        Ok(response)
    }

    /// Signs with one credential.
    pub(super) fn assert(
        &mut self,
        credential: &Credential,
        ceremony: &Ceremony,
        account: Account,
    ) -> Result<GetAssertionResponse, Status> {
        let random = self.environment.random();
        let mut outputs = Vec::new();
        if ceremony.cred_blob {
            outputs.push((CRED_BLOB, credential.blobs.cred_blob_output()));
        }
        if let Some(salts) = &ceremony.salts {
            let secrets = salts.output(random, credential, ceremony.user_verified)?;
            outputs.push((HMAC_SECRET, secrets));
        }
        if ceremony.third_party_payment {
            outputs.push((THIRD_PARTY_PAYMENT, Value::from(credential.third_party_payment)));
        }
        let extensions = (!outputs.is_empty()).then(|| Value::text_map(outputs));
        let count = self.next_count();
        let mut flags = Flags::empty();
        flags.set(Flags::UP, ceremony.user_present);
        flags.set(Flags::UV, ceremony.user_verified);
        let flags = self.state.habits.assertion_flags(flags);
        let auth_data = AuthenticatorData {
            rp_id_hash: ceremony.rp_id_hash,
            flags,
            sign_count: count.value,
            attested_credential: None,
            extensions,
        }
        .to_vec();
        let signed = [auth_data.as_slice(), &ceremony.client_data_hash].concat();
        let access = ceremony.large_blob.as_ref();
        let mut change = access.map(|_| self.state.clone());
        let unsigned_extension_outputs =
            change.as_mut().and_then(|next| self.access_large_blob(next, credential, access));
        self.commit_count(count, change)?;
        let large_blob_key = credential.blobs.large_blob_key().filter(|_| ceremony.large_blob_key);
        Ok(GetAssertionResponse {
            credential: Some(CredentialDescriptor::new(credential.id.clone())),
            auth_data: auth_data.into(),
            signature: credential.key.sign(&signed).into(),
            user: user_entity(credential, account),
            number_of_credentials: None,
            user_selected: None,
            large_blob_key,
            unsigned_extension_outputs,
        })
    }
}

fn user_entity(credential: &Credential, account: Account) -> Option<UserEntity> {
    let user = credential.user.as_ref()?;
    let told =
        |name: &Option<String>| name.clone().filter(|_| account == Account::Names).map(LossyText);
    Some(UserEntity {
        id: ByteVec::from(user.id.clone()),
        name: told(&user.name),
        display_name: told(&user.display_name),
    })
}
