//! authenticatorMakeCredential (CTAP 2.2 §6.1).

use super::Authenticator;
use super::built_in_uv::AfterUv;
use super::credential_blobs::CredentialBlobs;
use super::credential_id::Traits;
use super::credential_key::{CredentialKey, KeyType};
use super::dispatch::{AfterTouch, Outcome};
use super::limits::MAX_USER_ID_LENGTH;
use super::secret::Secret;
use super::state::{DiscoverableCredential, State};
use super::verification::{check_hash, is_visible, pin_uv_auth};
use super::version_line::Feature;
use crate::cbor::{LossyText, Value};
use crate::ctap2::extensions::CredProtect;
use crate::ctap2::{MakeCredentialRequest, MakeCredentialResponse, Permissions, Status};
use crate::pin_uv::random_bytes;
use crate::webauthn::{
    AttestedCredentialData, AuthenticatorData, Base64Url, Flags, PUBLIC_KEY, rp_id_hash,
};

/// Length of the ID of a discoverable credential in bytes.
const DISCOVERABLE_ID_LENGTH: usize = 32;

/// A request of which only the touch is missing.
pub(super) struct PreparedCredential {
    request: MakeCredentialRequest,
    key_type: KeyType,
    user_verified: bool,
}

impl Authenticator {
    pub(super) fn make_credential(
        &mut self,
        request: &MakeCredentialRequest,
    ) -> Result<Outcome, Status> {
        let param = request.pin_uv_auth_param.as_ref().map(|param| param.as_slice());
        if let Some(probe) = self.touch_probe(param) {
            return Ok(probe);
        }
        let pin_uv_auth = pin_uv_auth(param, request.pin_uv_auth_protocol)?;
        check_hash(&request.client_data_hash)?;
        check_user_id(&request.user.id)?;
        let key_type = request
            .pub_key_cred_params
            .iter()
            .filter(|wanted| wanted.credential_type == PUBLIC_KEY)
            .find_map(|wanted| self.state.model.key_type(wanted.algorithm))
            .ok_or(Status::UNSUPPORTED_ALGORITHM)?;
        let options = request.options.clone().unwrap_or_default();
        let built_in_uv = self.wants_built_in_uv(options.uv, pin_uv_auth.as_ref())?;
        if options.up == Some(false) {
            return Err(Status::INVALID_OPTION);
        }
        let discoverable = options.rk.unwrap_or(false);
        let built_in_uv = built_in_uv || self.always_uv_by_finger(&pin_uv_auth);
        let verified = pin_uv_auth.is_some() || built_in_uv;
        self.check_always_uv(verified)?;
        // makeCredUvNotRqd: without verification only server-side credentials, and older keys none.
        let verification_spared =
            !discoverable && self.state.line().has(Feature::MakeCredUvNotRequired);
        if self.is_protected() && !verified && !verification_spared {
            return Err(self.verification_missing());
        }
        self.enterprise_attestation(request.enterprise_attestation, &request.rp.id)?;
        if built_in_uv {
            let request = Box::new(request.clone());
            return self.perform_built_in_uv(AfterUv::MakeCredential { request, key_type });
        }
        let user_verified = self.verify_user(
            pin_uv_auth.as_ref(),
            &request.client_data_hash,
            Permissions::MAKE_CREDENTIAL,
            &request.rp.id,
        )?;
        let outcome = self.make_verified_credential(request, key_type, user_verified)?;
        self.touch_unless_present(pin_uv_auth.as_ref(), outcome)
    }

    /// Goes on once it is known whether the user is verified.
    pub(super) fn make_verified_credential(
        &mut self,
        request: &MakeCredentialRequest,
        key_type: KeyType,
        user_verified: bool,
    ) -> Result<Outcome, Status> {
        let excluded =
            self.listed(&request.rp.id, request.exclude_list.as_deref().unwrap_or_default())?;
        if excluded.iter().any(|credential| is_visible(credential, user_verified, true)) {
            return Ok(Outcome::Touch(AfterTouch::Exclude));
        }
        let prepared = PreparedCredential { request: request.clone(), key_type, user_verified };
        Ok(Outcome::Touch(AfterTouch::MakeCredential(Box::new(prepared))))
    }

    pub(super) fn finish_make_credential(
        &mut self,
        prepared: &PreparedCredential,
    ) -> Result<MakeCredentialResponse, Status> {
        let PreparedCredential { request, key_type, user_verified } = prepared;
        let inputs = request.extensions.clone().unwrap_or_default();
        let cred_protect = match inputs.cred_protect {
            Some(level) => CredProtect::from_level(level).ok_or(Status::INVALID_OPTION)?,
            None => CredProtect::Optional,
        };
        let third_party_payment = inputs.third_party_payment == Some(true);
        let traits = Traits { cred_protect, third_party_payment };
        let salts = self.creation_salts(&inputs)?;
        let key = CredentialKey::generate(*key_type, self.environment.random())?;
        let public_key = key.public_key();
        let mut next = self.state.clone();
        let count = self.next_count();
        let rk = request.options.as_ref().and_then(|options| options.rk);
        let discoverable = rk == Some(true);
        let blobs = self.new_blobs(&inputs, discoverable)?;
        let credential_id = if discoverable {
            self.keep(&mut next, request, key.clone(), traits, blobs.clone())?
        } else {
            let hash = rp_id_hash(&request.rp.id);
            next.wrapping_keys.wrap(self.environment.random(), &hash, &key, traits)?
        };
        let credential = next.find(&request.rp.id, &credential_id).ok_or(Status::OTHER)?;
        let extensions = self.creation_outputs(
            &inputs,
            &request.rp.id,
            &credential,
            salts.as_ref(),
            *user_verified,
        )?;
        let mut flags = Flags::UP;
        flags.set(Flags::UV, *user_verified);
        let flags = next.habits.creation_flags(flags);
        let authenticator_data = AuthenticatorData {
            rp_id_hash: rp_id_hash(&request.rp.id),
            flags,
            sign_count: count.value,
            attested_credential: Some(AttestedCredentialData {
                aaguid: next.aaguid(),
                credential_id,
                public_key,
            }),
            extensions,
        };
        let auth_data = authenticator_data.to_vec();
        let wants_none = wants_no_attestation(request.attestation_formats_preference.as_deref());
        let mut ep_att = None;
        let (fmt, statement) = if wants_none {
            ("none", Value::Map(Vec::new()))
        } else {
            let signed = [auth_data.as_slice(), &request.client_data_hash].concat();
            let enterprise =
                self.enterprise_attestation(request.enterprise_attestation, &request.rp.id)?;
            ep_att = enterprise.map(|_| true);
            let attestation = enterprise.map_or(&next.attestation, |this| &this.attestation);
            ("packed", attestation.statement(&key, &signed))
        };
        self.commit_count(count, discoverable.then_some(next))?;
        Ok(MakeCredentialResponse {
            fmt: fmt.to_owned(),
            auth_data: auth_data.into(),
            att_stmt: Some(statement),
            ep_att,
            large_blob_key: blobs.large_blob_key(),
            unsigned_extension_outputs: self.unsigned_outputs(&inputs, &blobs),
        })
    }

    /// Puts a discoverable credential in the place of the same account's, or beside the others.
    fn keep(
        &mut self,
        next: &mut State,
        request: &MakeCredentialRequest,
        key: CredentialKey,
        traits: Traits,
        blobs: CredentialBlobs,
    ) -> Result<Vec<u8>, Status> {
        let (rp, user) = (&request.rp, &request.user);
        next.credentials
            .retain(|other| other.rp_id != rp.id || other.user_id.0 != user.id.as_slice());
        if next.free_slots() == 0 {
            return Err(Status::KEY_STORE_FULL);
        }
        let random = self.environment.random();
        let id = random_bytes::<DISCOVERABLE_ID_LENGTH>(random)?.to_vec();
        next.persistent.credentials_changed(random)?;
        let text = |text: &Option<LossyText>| text.as_ref().map(|text| text.0.clone());
        next.credentials.push(DiscoverableCredential {
            id: Base64Url(id.clone()),
            rp_id: rp.id.clone(),
            rp_name: text(&rp.name),
            user_id: Base64Url(user.id.to_vec()),
            user_name: text(&user.name),
            user_display_name: text(&user.display_name),
            key,
            cred_protect: traits.cred_protect,
            cred_random_with_uv: Secret::generate(random)?,
            cred_random_without_uv: Secret::generate(random)?,
            third_party_payment: traits.third_party_payment,
            blobs,
        });
        Ok(id)
    }
}

fn check_user_id(id: &[u8]) -> Result<(), Status> {
    if (1..=MAX_USER_ID_LENGTH).contains(&id.len()) { Ok(()) } else { Err(Status::INVALID_LENGTH) }
}

/// Tells whether `none` comes first of the formats that can be had here.
fn wants_no_attestation(preference: Option<&[String]>) -> bool {
    let mut known = preference.unwrap_or_default().iter();
    known.find(|format| matches!(format.as_str(), "none" | "packed")).is_some_and(|f| f == "none")
}
