//! Fingerprints: the sensor, and what is enrolled on it (CTAP 2.2 §6.7).

use std::time::Duration;

use super::interaction::{Notice, TouchReason};
use super::verification::{authorize_without_rp, token_by_pin_after_all};
use super::{Error, Session, Unsupported, Verification, token};
use crate::cbor::LossyText;
use crate::ctap2::bio_enrollment::{SubCommand, SubCommandParams};
use crate::ctap2::{
    BioEnrollmentRequest, BioEnrollmentResponse, Command, GetInfoResponse, Permissions,
    PreviewBioEnrollmentRequest, SampleStatus, Status,
};
use crate::pin_uv::PinUvAuthToken;

/// How long the key waits for one sample before it says that there was none.
const SAMPLE_PATIENCE: Duration = Duration::from_secs(10);

/// More samples than this no enrolment takes, good or bad.
const MAX_SAMPLES: u64 = 100;

/// How long the key may take to hear that an enrolment is over.
const LAST_WORD_PATIENCE: Duration = Duration::from_secs(2);

/// What a key says of its sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// How the finger is put on it, if the key says so.
    pub kind: Option<SensorKind>,
    /// The most good samples that an enrolment takes.
    pub max_samples: Option<u64>,
    /// The longest name of a fingerprint in bytes.
    pub max_name_length: Option<u64>,
}

/// How a finger is put on a sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorKind {
    /// Laid on it.
    Touch,
    /// Drawn across it.
    Swipe,
    /// In some other way.
    Other(u64),
}

/// A fingerprint that is enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Its number on the key.
    pub id: Vec<u8>,
    /// Its name; untrusted text.
    pub name: Option<String>,
}

/// Asks what the sensor is like. One message, which wants no authorisation.
pub fn sensor(session: &mut Session<'_>) -> Result<Sensor, Error> {
    session.refresh_if_stale()?;
    let command = command(session.info())?;
    let request = BioEnrollmentRequest::new(SubCommand::GET_FINGERPRINT_SENSOR_INFO, None);
    let answer = send(session, command, request)?;
    Ok(Sensor {
        kind: answer.fingerprint_kind.map(|kind| match kind {
            1 => SensorKind::Touch,
            2 => SensorKind::Swipe,
            other => SensorKind::Other(other),
        }),
        max_samples: answer.max_capture_samples_required_for_enroll,
        max_name_length: answer.max_template_friendly_name,
    })
}

/// The fingerprints of a key, with a token that lets them be seen and changed.
pub struct FingerprintStore<'s, 'a> {
    session: &'s mut Session<'a>,
    token: PinUvAuthToken,
    /// True if the PIN can take the place of the finger that the token was got by.
    pin_can_help: bool,
    command: Command,
}

impl<'s, 'a> FingerprintStore<'s, 'a> {
    /// Gets a token for fingerprints. With a PIN: tries left, key agreement, token.
    pub fn open(session: &'s mut Session<'a>) -> Result<Self, Error> {
        session.refresh_if_stale()?;
        let command = command(session.info())?;
        if session.info().option("clientPin") == Some(false) && !session.info().is_protected() {
            return Err(Error::PinNotSet);
        }
        let authorization = authorize_without_rp(session, Permissions::BIO_ENROLLMENT)?;
        let by_finger = authorization.verification == Verification::BuiltIn;
        let pin_can_help = by_finger && session.info().pin_is_set();
        let token = authorization.into_token()?;
        Ok(FingerprintStore { session, token, pin_can_help, command })
    }

    /// Lists the fingerprints. One message.
    pub fn list(&mut self) -> Result<Vec<Fingerprint>, Error> {
        let answer = match self.authorized(SubCommand::ENUMERATE_ENROLLMENTS, None) {
            // What keys say that have none.
            Err(Error::NoSuchFingerprint) => return Ok(Vec::new()),
            answer => answer?,
        };
        let infos = answer.template_infos.unwrap_or_default();
        let fingerprints = infos.into_iter().map(|info| Fingerprint {
            id: info.template_id.into(),
            name: info.template_friendly_name.map(|name| name.0).filter(|name| !name.is_empty()),
        });
        Ok(fingerprints.collect())
    }

    /// Enrols a finger. One message a sample, each told as a notice, a listing before and after;
    /// with a name two messages more.
    ///
    /// An enrolment that fails, or is given up, leaves nothing on the key.
    pub fn add(&mut self, name: Option<&str>) -> Result<Fingerprint, Error> {
        if let Some(name) = name {
            self.check_name(name)?;
        }
        let before = self.list()?;
        self.session.mark_info_stale();
        let told = self.enrol()?;
        let id = match self.lasting_id(&told, &before) {
            Ok(id) => id,
            Err(error) => return Err(self.take_back(told, error)),
        };
        if let Some(name) = name
            && let Err(error) = self.rename(&id, name)
        {
            return Err(self.take_back(id, error));
        }
        Ok(Fingerprint { id, name: name.map(str::to_owned) })
    }

    /// Finds the ID under which the key keeps a new fingerprint: some keys (OpenSK) tell another
    /// one for the time of the enrolment, because the sensor chooses the ID in the end.
    fn lasting_id(&mut self, told: &[u8], before: &[Fingerprint]) -> Result<Vec<u8>, Error> {
        let after = self.list()?;
        if after.iter().any(|fingerprint| fingerprint.id == told) {
            return Ok(told.to_vec());
        }
        let is_new = |found: &Fingerprint| before.iter().all(|known| known.id != found.id);
        let mut new = after.into_iter().filter(is_new);
        match (new.next(), new.next()) {
            (Some(new), None) => Ok(new.id),
            _ => Err(self.incomplete("new fingerprint")),
        }
    }

    fn take_back(&mut self, id: Vec<u8>, why: Error) -> Error {
        let params = SubCommandParams { template_id: Some(id.into()), ..Default::default() };
        self.last_word(SubCommand::REMOVE_ENROLLMENT, Some(&params));
        why
    }

    /// Names a fingerprint. One message.
    pub fn rename(&mut self, id: &[u8], name: &str) -> Result<(), Error> {
        let params = SubCommandParams {
            template_id: Some(id.to_vec().into()),
            template_friendly_name: Some(LossyText(name.to_owned())),
            timeout_milliseconds: None,
        };
        match self.authorized(SubCommand::SET_FRIENDLY_NAME, Some(&params)) {
            Err(Error::Refused { status: Status::INVALID_LENGTH, .. }) => {
                Err(Error::FingerprintNameLength { length: name.len(), maximum: None })
            }
            answer => answer.map(drop),
        }
    }

    /// Removes a fingerprint. One message.
    pub fn remove(&mut self, id: &[u8]) -> Result<(), Error> {
        self.session.mark_info_stale();
        let params =
            SubCommandParams { template_id: Some(id.to_vec().into()), ..Default::default() };
        self.authorized(SubCommand::REMOVE_ENROLLMENT, Some(&params)).map(drop)
    }

    fn check_name(&mut self, name: &str) -> Result<(), Error> {
        let maximum = sensor(self.session)?.max_name_length;
        let length = name.len();
        let fits = |maximum| u64::try_from(length).is_ok_and(|length| length <= maximum);
        if maximum.is_none_or(fits) {
            Ok(())
        } else {
            Err(Error::FingerprintNameLength { length, maximum })
        }
    }

    fn enrol(&mut self) -> Result<Vec<u8>, Error> {
        let first = match self.sample(SubCommand::ENROLL_BEGIN, None) {
            // The key may have begun all the same.
            Err(error @ Error::Transport(_)) => return Err(self.cancel_enrolment(error)),
            first => first?,
        };
        let id = first.template_id.clone().ok_or_else(|| self.incomplete("template ID"));
        let id = id.map_err(|error| self.cancel_enrolment(error))?;
        self.take_samples(&id, first).map_err(|error| self.cancel_enrolment(error))?;
        Ok(id.into())
    }

    fn take_samples(&mut self, id: &[u8], first: BioEnrollmentResponse) -> Result<(), Error> {
        let mut answer = first;
        for _ in 0..MAX_SAMPLES {
            let remaining = answer.remaining_samples;
            let remaining = remaining.ok_or_else(|| self.incomplete("remaining samples"))?;
            let status = answer.last_enroll_sample_status.unwrap_or(SampleStatus::GOOD);
            self.session.interaction().notice(&Notice::SampleTaken { status, remaining });
            if remaining == 0 {
                return Ok(());
            }
            answer = self.sample(SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE, Some(id))?;
        }
        Err(Error::TooMany { command: self.command, what: "samples", claimed: MAX_SAMPLES })
    }

    fn sample(
        &mut self,
        sub_command: SubCommand,
        id: Option<&[u8]>,
    ) -> Result<BioEnrollmentResponse, Error> {
        let params = SubCommandParams {
            template_id: id.map(|id| id.to_vec().into()),
            template_friendly_name: None,
            timeout_milliseconds: u64::try_from(SAMPLE_PATIENCE.as_millis()).ok(),
        };
        self.authorized(sub_command, Some(&params))
    }

    fn cancel_enrolment(&mut self, why: Error) -> Error {
        self.last_word(SubCommand::CANCEL_CURRENT_ENROLLMENT, None);
        why
    }

    /// Tells the key what it should hear whatever else went wrong; its answer changes nothing.
    fn last_word(&mut self, sub_command: SubCommand, params: Option<&SubCommandParams>) {
        let mut request = BioEnrollmentRequest::new(sub_command, params);
        if params.is_some() {
            self.authorize(&mut request);
        }
        let _answer = self
            .session
            .past_the_end(LAST_WORD_PATIENCE, |session| send(session, self.command, request));
    }

    fn authorize(&self, request: &mut BioEnrollmentRequest) {
        let param = self.token.authenticate(&request.authenticated_bytes());
        request.pin_uv_auth_param = Some(param.into());
        request.pin_uv_auth_protocol = Some(self.token.protocol().id());
    }

    fn authorized(
        &mut self,
        sub_command: SubCommand,
        params: Option<&SubCommandParams>,
    ) -> Result<BioEnrollmentResponse, Error> {
        match self.authorized_once(sub_command, params) {
            Err(Error::Refused { status: Status::PIN_AUTH_INVALID, .. }) => {
                // Nothing came of it; the token may have grown too old.
                let permissions = Permissions::BIO_ENROLLMENT;
                let Some((token, _)) = token::using_proven_pin(self.session, permissions, None)?
                else {
                    let status = Status::PIN_AUTH_INVALID;
                    return Err(Error::Refused { command: self.command, status });
                };
                self.token = token;
                self.authorized_once(sub_command, params)
            }
            outcome => outcome,
        }
    }

    fn authorized_once(
        &mut self,
        sub_command: SubCommand,
        params: Option<&SubCommandParams>,
    ) -> Result<BioEnrollmentResponse, Error> {
        let mut request = BioEnrollmentRequest::new(sub_command, params);
        self.authorize(&mut request);
        match send(self.session, self.command, request.clone()) {
            // There are keys that let fingers be managed by the PIN only.
            Err(
                why @ Error::Refused {
                    status: Status::PUAT_REQUIRED | Status::PIN_AUTH_INVALID,
                    ..
                },
            ) if self.pin_can_help => {
                self.pin_can_help = false;
                let permissions = Permissions::BIO_ENROLLMENT;
                self.token = token_by_pin_after_all(self.session, permissions, &why)?;
                self.authorize(&mut request);
                send(self.session, self.command, request)
            }
            answer => answer,
        }
    }

    fn incomplete(&self, what: &'static str) -> Error {
        Error::Incomplete { command: self.command, what }
    }
}

/// Sends a request under the byte that this key knows.
fn send(
    session: &mut Session<'_>,
    command: Command,
    request: BioEnrollmentRequest,
) -> Result<BioEnrollmentResponse, Error> {
    let reason = TouchReason::TakeSample;
    let answer = if command == Command::BIO_ENROLLMENT {
        session.call(&request, reason)
    } else {
        session.call(&PreviewBioEnrollmentRequest(request), reason)
    };
    answer.map_err(|error| match error {
        Error::Refused { status: Status::FP_DATABASE_FULL, .. } => Error::FingerprintStoreFull,
        Error::Refused { status: Status::INVALID_OPTION, .. } => Error::NoSuchFingerprint,
        error => error,
    })
}

/// Chooses the final command where the key has it, else the prototype.
fn command(info: &GetInfoResponse) -> Result<Command, Error> {
    if info.option("bioEnroll").is_some() {
        Ok(Command::BIO_ENROLLMENT)
    } else if info.option("userVerificationMgmtPreview").is_some() {
        Ok(Command::BIO_ENROLLMENT_PREVIEW)
    } else {
        Err(Error::Unsupported(Unsupported::Option("bioEnroll")))
    }
}
