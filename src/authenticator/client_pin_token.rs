//! The PIN against a pinUvAuthToken (CTAP 2.2 §6.5.5.7), and key agreement (§6.5.5.4).

use super::Authenticator;
use super::dispatch::{Outcome, protocol};
use super::limits::{MAX_MISMATCHES_PER_POWER_CYCLE, MAX_PIN_RETRIES};
use super::secret::Secret;
use super::token::Token;
use super::version_line::Feature;
use crate::cose::CoseKey;
use crate::ctap2::{ClientPinRequest, ClientPinResponse, Permissions, Status};
use crate::pin_uv::{KeyAgreementKey, PinUvAuthProtocol, SharedSecret};

/// What getPinToken gives.
const DEFAULT: Permissions = Permissions::MAKE_CREDENTIAL.union(Permissions::GET_ASSERTION);

/// What the persistent token is for; it is never asked for together with anything else.
const PERSISTENT: Permissions = Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY;

/// One key pair for each protocol, made when first needed.
#[derive(Default)]
pub(super) struct KeyAgreementKeys {
    one: Option<KeyAgreementKey>,
    two: Option<KeyAgreementKey>,
}

impl KeyAgreementKeys {
    fn slot(&mut self, protocol: PinUvAuthProtocol) -> &mut Option<KeyAgreementKey> {
        match protocol {
            PinUvAuthProtocol::One => &mut self.one,
            PinUvAuthProtocol::Two => &mut self.two,
        }
    }
}

impl Authenticator {
    pub(super) fn get_key_agreement(
        &mut self,
        request: &ClientPinRequest,
    ) -> Result<Outcome, Status> {
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let key = self.key_agreement_key(protocol)?.public_key();
        let response = ClientPinResponse { key_agreement: Some(key), ..Default::default() };
        Ok(Outcome::results(&response))
    }

    fn key_agreement_key(
        &mut self,
        protocol: PinUvAuthProtocol,
    ) -> Result<&KeyAgreementKey, Status> {
        let line = self.state.line();
        let younger =
            protocol == PinUvAuthProtocol::Two && !line.has(Feature::PinUvAuthProtocolTwo);
        if younger || !self.state.model.has_protocol(protocol) {
            return Err(Status::INVALID_PARAMETER);
        }
        let slot = self.key_agreement_keys.slot(protocol);
        match slot {
            Some(key) => Ok(key),
            None => {
                let key = KeyAgreementKey::generate(self.environment.random());
                Ok(slot.insert(key.map_err(|_| Status::OTHER)?))
            }
        }
    }

    /// Agrees on a secret with the platform's key (`decapsulate`).
    pub(super) fn agree(
        &mut self,
        protocol: PinUvAuthProtocol,
        peer: &CoseKey,
    ) -> Result<SharedSecret, Status> {
        let key = self.key_agreement_key(protocol)?;
        key.agree(protocol, peer).map_err(|_| Status::INVALID_PARAMETER)
    }

    /// getPinToken: the default permissions, bound to the first RP it is used for.
    pub(super) fn get_pin_token(&mut self, request: &ClientPinRequest) -> Result<Outcome, Status> {
        if request.permissions.is_some() || request.rp_id.is_some() {
            return Err(Status::INVALID_PARAMETER);
        }
        self.issue_token(request, self.default_permissions(), Status::PIN_INVALID)
    }

    pub(super) fn get_token_using_pin(
        &mut self,
        request: &ClientPinRequest,
    ) -> Result<Outcome, Status> {
        protocol(request.pin_uv_auth_protocol)?;
        let permissions = self.requested_permissions(request)?;
        self.issue_token(request, permissions, Status::PIN_POLICY_VIOLATION)
    }

    /// Checks the PIN and issues a token; `forced` is the refusal where the PIN must be changed.
    fn issue_token(
        &mut self,
        request: &ClientPinRequest,
        permissions: Permissions,
        forced: Status,
    ) -> Result<Outcome, Status> {
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let peer = request.key_agreement.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let pin_hash_enc = request.pin_hash_enc.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        self.check_pin_usable()?;
        let shared_secret = self.agree(protocol, peer)?;
        self.check_pin(&shared_secret, pin_hash_enc)?;
        if self.state.pin.force_change {
            return Err(forced);
        }
        self.give_token(&shared_secret, permissions, request.rp_id.clone(), false)
    }

    /// Gives a token and begins to use it, whichever way the user was verified.
    pub(super) fn give_token(
        &mut self,
        shared_secret: &SharedSecret,
        permissions: Permissions,
        rp_id: Option<String>,
        user_present: bool,
    ) -> Result<Outcome, Status> {
        let is_persistent = permissions == PERSISTENT;
        let bytes = if is_persistent {
            self.persistent_token()?
        } else {
            Secret::generate(self.environment.random())?
        };
        let encrypted = shared_secret
            .encrypt(self.environment.random(), bytes.as_bytes())
            .map_err(|_| Status::OTHER)?;
        if !is_persistent {
            let (now, protocol) = (self.now(), shared_secret.protocol());
            let token = Token::new(bytes, protocol, permissions, rp_id, now);
            self.token = Some(if user_present { token.with_user_present() } else { token });
        }
        let response =
            ClientPinResponse { pin_uv_auth_token: Some(encrypted.into()), ..Default::default() };
        Ok(Outcome::results(&response))
    }

    /// Refuses where no PIN can be tried.
    pub(super) fn check_pin_usable(&self) -> Result<(), Status> {
        if !self.pin_is_set() {
            Err(Status::PIN_NOT_SET)
        } else if self.state.pin.retries == 0 {
            Err(Status::PIN_BLOCKED)
        } else if self.pin_awaits_power_cycle() {
            Err(Status::PIN_AUTH_BLOCKED)
        } else {
            Ok(())
        }
    }

    /// Tells whether too many wrong PINs came since the last power-up.
    pub(super) fn pin_awaits_power_cycle(&self) -> bool {
        self.state.power.pin_mismatches >= MAX_MISMATCHES_PER_POWER_CYCLE
    }

    /// Compares the PIN's hash. The try is paid for before it is looked at.
    pub(super) fn check_pin(
        &mut self,
        shared_secret: &SharedSecret,
        pin_hash_enc: &[u8],
    ) -> Result<(), Status> {
        let mut next = self.state.clone();
        next.pin.retries = next.pin.retries.saturating_sub(1);
        next.power.pin_mismatches = next.power.pin_mismatches.saturating_add(1);
        self.commit(next)?;
        let hash = shared_secret.decrypt(pin_hash_enc).unwrap_or_default();
        if !self.state.pin.pin.as_ref().is_some_and(|pin| pin.hash.matches(&hash)) {
            *self.key_agreement_keys.slot(shared_secret.protocol()) = None;
            return Err(if self.state.pin.retries == 0 {
                Status::PIN_BLOCKED
            } else if self.pin_awaits_power_cycle() {
                Status::PIN_AUTH_BLOCKED
            } else {
                Status::PIN_INVALID
            });
        }
        let mut next = self.state.clone();
        next.pin.retries = MAX_PIN_RETRIES;
        next.power.pin_mismatches = 0;
        if let Some(fingerprints) = &mut next.fingerprints {
            fingerprints.pin_was_right();
        }
        self.commit(next)
    }

    /// Reads the permissions; bits without a meaning are ignored.
    pub(super) fn requested_permissions(
        &self,
        request: &ClientPinRequest,
    ) -> Result<Permissions, Status> {
        let bits = request.permissions.ok_or(Status::MISSING_PARAMETER)?;
        if bits == 0 {
            return Err(Status::INVALID_PARAMETER);
        }
        let permissions = Permissions::from_bits_truncate(bits);
        if self.available_permissions().contains(permissions) || permissions == PERSISTENT {
            Ok(permissions)
        } else {
            Err(Status::UNAUTHORIZED_PERMISSION)
        }
    }

    /// What a token can be asked for; the commands behind the others are missing.
    fn available_permissions(&self) -> Permissions {
        let mut available =
            DEFAULT | Permissions::CREDENTIAL_MANAGEMENT | Permissions::AUTHENTICATOR_CONFIGURATION;
        available.set(Permissions::LARGE_BLOB_WRITE, self.state.has_large_blob_array());
        available.set(Permissions::BIO_ENROLLMENT, self.has_sensor());
        available
    }

    /// What a token may do that was asked for without permissions.
    pub(super) fn default_permissions(&self) -> Permissions {
        let mut permissions = DEFAULT;
        // The prototypes of management came before permissions.
        let before_permissions = !self.state.line().has(Feature::PinUvAuthTokens);
        permissions.set(Permissions::CREDENTIAL_MANAGEMENT, before_permissions);
        permissions.set(Permissions::BIO_ENROLLMENT, before_permissions && self.has_sensor());
        permissions
    }
}
