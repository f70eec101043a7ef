//! Built-in user verification (CTAP 2.2 §6.5.3.1, performBuiltInUv), and what it is performed for.

use std::time::Duration;

use super::Authenticator;
use super::bio_enrollment::AwaitedSample;
use super::credential_key::KeyType;
use super::dispatch::{AfterTouch, Outcome, Step, protocol, reply};
use super::finger::Finger;
use super::fingerprints::Fingerprints;
use super::limits::{
    MAX_UV_ATTEMPTS_FOR_INTERNAL_RETRIES, PREFERRED_PLATFORM_UV_ATTEMPTS, USER_PRESENCE_TIMEOUT,
};
use super::verification::PinUvAuth;
use super::version_line::Feature;
use crate::ctap2::client_pin::SubCommand;
use crate::ctap2::{
    ClientPinRequest, ClientPinResponse, GetAssertionRequest, GetInfoResponse,
    MakeCredentialRequest, Permissions, Status,
};
use crate::ctaphid::ChannelId;
use crate::pin_uv::SharedSecret;

/// Flag `fingerprint_internal` (FIDO Registry of Predefined Values §3.1).
const FINGERPRINT_INTERNAL: u64 = 0x02;

/// What a finger is awaited for.
pub(super) enum AwaitedFinger {
    /// To verify the user; so many wrong ones are taken within this request.
    Verification { attempts: u8, then: AfterUv },
    /// To be enrolled.
    Sample(AwaitedSample),
}

/// What the user is verified for.
pub(super) enum AfterUv {
    /// To be given a token.
    Token { shared_secret: SharedSecret, permissions: Permissions, rp_id: Option<String> },
    /// To make a credential.
    MakeCredential { request: Box<MakeCredentialRequest>, key_type: KeyType },
    /// To sign.
    GetAssertion { channel: ChannelId, request: Box<GetAssertionRequest> },
}

impl Authenticator {
    /// Tells whether the user can be verified: a PIN is set or a finger enrolled.
    pub(super) fn is_protected(&self) -> bool {
        self.pin_is_set() || self.has_fingerprints()
    }

    /// Tells whether built-in verification is configured.
    pub(super) fn has_fingerprints(&self) -> bool {
        self.state.fingerprints.as_ref().is_some_and(|known| !known.templates.is_empty())
    }

    /// Tells whether there is a fingerprint sensor.
    pub(super) fn has_sensor(&self) -> bool {
        self.state.fingerprints.is_some()
    }

    /// Tells whether a subcommand is one of those by which FIDO_2_1_PRE gives tokens, without
    /// permissions, by built-in verification (option `uvToken`).
    pub(super) fn has_uv_token(&self, sub_command: SubCommand) -> bool {
        let line = self.state.line();
        let of_uv_token =
            matches!(sub_command, SubCommand::GET_TOKEN_USING_UV | SubCommand::GET_UV_RETRIES);
        of_uv_token
            && self.has_sensor()
            && line.has(Feature::BioEnrollmentPreview)
            && !line.has(Feature::PinUvAuthTokens)
    }

    /// Tells whether option `uv` asks for built-in verification; a pinUvAuthParam makes it moot.
    pub(super) fn wants_built_in_uv(
        &self,
        uv: Option<bool>,
        pin_uv_auth: Option<&PinUvAuth<'_>>,
    ) -> Result<bool, Status> {
        match uv == Some(true) && pin_uv_auth.is_none() {
            true if self.has_fingerprints() => Ok(true),
            true => Err(Status::INVALID_OPTION),
            false => Ok(false),
        }
    }

    /// Tells whether a request without any verification is verified all the same, because the
    /// user always is and a finger can do it (CTAP 2.2 §6.1.2 step 6, §6.2.2 step 5).
    pub(super) fn always_uv_by_finger(&self, pin_uv_auth: &Option<PinUvAuth<'_>>) -> bool {
        self.state.settings.always_uv && pin_uv_auth.is_none() && self.has_fingerprints()
    }

    /// Says what a request lacks that came without any verification.
    pub(super) fn verification_missing(&self) -> Status {
        if self.pin_is_set() { Status::PUAT_REQUIRED } else { Status::OPERATION_DENIED }
    }

    pub(super) fn get_uv_retries(&self) -> Outcome {
        let uv_retries = Some(u64::from(self.uv_retries()));
        Outcome::results(&ClientPinResponse { uv_retries, ..Default::default() })
    }

    /// getPinUvAuthTokenUsingUvWithPermissions; in FIDO_2_1_PRE getUVToken, without any.
    pub(super) fn get_token_using_uv(
        &mut self,
        request: &ClientPinRequest,
    ) -> Result<Outcome, Status> {
        if !self.has_sensor() {
            return Err(Status::NOT_ALLOWED);
        }
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let peer = request.key_agreement.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let permissions = match request.permissions {
            None if !self.state.line().has(Feature::PinUvAuthTokens) => self.default_permissions(),
            _ => self.requested_permissions(request)?,
        };
        if !self.has_fingerprints() {
            return Err(Status::NOT_ALLOWED);
        }
        let shared_secret = self.agree(protocol, peer)?;
        let rp_id = request.rp_id.clone();
        self.perform_built_in_uv(AfterUv::Token { shared_secret, permissions, rp_id })
    }

    /// Waits for the right finger, and then goes on.
    pub(super) fn perform_built_in_uv(&mut self, then: AfterUv) -> Result<Outcome, Status> {
        let pin_is_blocked = self.pin_is_set() && self.state.pin.retries == 0;
        if pin_is_blocked && self.uv_retries() > 0 {
            self.commit_fingerprints(|known| known.uv_retries = 0)?;
        }
        if self.uv_retries() == 0 {
            return Err(self.uv_failure(&then));
        }
        // A platform that tries again by itself wants to hear of every wrong finger.
        let attempts = match then {
            AfterUv::Token { .. } if PREFERRED_PLATFORM_UV_ATTEMPTS > 1 => 1,
            _ => MAX_UV_ATTEMPTS_FOR_INTERNAL_RETRIES,
        };
        let awaited = AwaitedFinger::Verification { attempts, then };
        Ok(Outcome::Touch(AfterTouch::Finger(Box::new(awaited))))
    }

    /// Goes on with a request that awaits a finger.
    pub(super) fn poll_finger(&mut self, since: Duration, awaited: AwaitedFinger) -> Step {
        let waited = self.now().saturating_sub(since);
        let result = match (awaited, self.environment.finger(since)) {
            (AwaitedFinger::Sample(sample), Finger::Waiting) if waited >= sample.patience => {
                self.no_sample(&sample)
            }
            (AwaitedFinger::Verification { .. }, Finger::Waiting)
                if waited >= USER_PRESENCE_TIMEOUT =>
            {
                Err(Status::USER_ACTION_TIMEOUT)
            }
            (awaited, Finger::Waiting) => return self.await_finger(since, awaited),
            (AwaitedFinger::Sample(sample), finger) => self.take_sample(&sample, finger),
            (AwaitedFinger::Verification { attempts, then }, finger) => {
                match self.compare_finger(finger) {
                    Ok(true) => self.go_on_verified(then),
                    Ok(false) if attempts > 1 && self.uv_retries() > 0 => {
                        let attempts = attempts - 1;
                        let awaited = AwaitedFinger::Verification { attempts, then };
                        self.await_finger(self.now(), awaited);
                        return self.go_on();
                    }
                    Ok(false) => Err(self.uv_failure(&then)),
                    Err(status) => Err(status),
                }
            }
        };
        Step::Reply(match result {
            Ok(results) => reply(Status::SUCCESS, results),
            Err(status) => reply(status, Vec::new()),
        })
    }

    fn await_finger(&mut self, since: Duration, awaited: AwaitedFinger) -> Step {
        self.waiting = Some((since, AfterTouch::Finger(Box::new(awaited))));
        Step::AwaitTouch
    }

    /// Compares a finger. The try is paid for before it is looked at.
    fn compare_finger(&mut self, finger: Finger) -> Result<bool, Status> {
        self.commit_fingerprints(|known| known.uv_retries = known.uv_retries.saturating_sub(1))?;
        if finger == Finger::Right {
            self.commit_fingerprints(Fingerprints::finger_was_right)?;
        }
        Ok(finger == Finger::Right)
    }

    fn go_on_verified(&mut self, then: AfterUv) -> Result<Vec<u8>, Status> {
        let outcome = match then {
            AfterUv::Token { shared_secret, permissions, rp_id } => {
                self.give_token(&shared_secret, permissions, rp_id, true)?
            }
            AfterUv::MakeCredential { request, key_type } => {
                self.make_verified_credential(&request, key_type, true)?
            }
            AfterUv::GetAssertion { channel, mut request } => {
                // Whoever laid a finger on the sensor was there, asked for or not.
                request.options.get_or_insert_default().up = Some(true);
                self.get_verified_assertion(channel, &request, true)?
            }
        };
        self.touched_already(outcome)
    }

    /// Goes on with what a touch sets going where there was one: the finger on the sensor.
    pub(super) fn touched_already(&mut self, outcome: Outcome) -> Result<Vec<u8>, Status> {
        match outcome {
            Outcome::Results(results) => Ok(results),
            Outcome::Touch(after) => self.touched(after),
        }
    }

    fn uv_failure(&self, then: &AfterUv) -> Status {
        let blocked = self.uv_retries() == 0;
        match then {
            AfterUv::Token { .. } if blocked => Status::UV_BLOCKED,
            AfterUv::Token { .. } => Status::UV_INVALID,
            _ if self.pin_is_set() && self.state.pin.retries > 0 => Status::PUAT_REQUIRED,
            _ if blocked => Status::PIN_BLOCKED,
            _ => Status::OPERATION_DENIED,
        }
    }

    fn uv_retries(&self) -> u8 {
        self.state.fingerprints.as_ref().map_or(0, |known| known.uv_retries)
    }

    /// Changes what is kept of fingers.
    pub(super) fn commit_fingerprints(
        &mut self,
        change: impl FnOnce(&mut Fingerprints),
    ) -> Result<(), Status> {
        let mut next = self.state.clone();
        change(next.fingerprints.as_mut().ok_or(Status::OTHER)?);
        self.commit(next)
    }

    /// Returns the options that the sensor has a say in.
    pub(super) fn sensor_options(&self) -> Vec<(&'static str, bool)> {
        if !self.has_sensor() {
            return Vec::new();
        }
        let configured = self.has_fingerprints();
        let mut options = vec![
            ("uv", configured),
            ("userVerificationMgmtPreview", configured),
            ("bioEnroll", configured),
            ("uvBioEnroll", true),
            ("uvAcfg", true),
        ];
        let later = self.state.line().has(Feature::PinUvAuthTokens);
        options.extend((!later).then_some(("uvToken", true)));
        options
    }

    /// Adds the members that the sensor has a say in.
    pub(super) fn describe_sensor(&self, info: &mut GetInfoResponse) {
        if let Some(known) = &self.state.fingerprints {
            info.preferred_platform_uv_attempts = Some(PREFERRED_PLATFORM_UV_ATTEMPTS);
            info.uv_modality = Some(FINGERPRINT_INTERNAL);
            info.uv_count_since_last_pin_entry = Some(known.uv_count_since_last_pin_entry.into());
        }
    }
}
