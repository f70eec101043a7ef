//! authenticatorBioEnrollment (CTAP 2.2 §6.7), and its prototype in FIDO_2_1_PRE.

use std::time::Duration;

use super::Authenticator;
use super::built_in_uv::AwaitedFinger;
use super::dispatch::{AfterTouch, Outcome, protocol};
use super::finger::Finger;
use super::fingerprints::Template;
use super::limits::{
    ENROLMENT_TIMEOUT, MAX_FINGERPRINT_NAME_LENGTH, MAX_FINGERPRINTS, SAMPLES_FOR_ENROLMENT,
    USER_PRESENCE_TIMEOUT,
};
use crate::cbor::{ByteVec, Error, LossyText, Strictness};
use crate::ctap2::bio_enrollment::{FINGERPRINT, SubCommand, SubCommandParams, TemplateInfo};
use crate::ctap2::{
    BioEnrollmentRequest, BioEnrollmentResponse, Message, Permissions, SampleStatus, Status,
};
use crate::webauthn::Base64Url;

/// A sensor that is touched, not swiped.
const TOUCH_SENSOR: u64 = 1;

/// An enrolment of which samples are still missing.
pub(super) struct Enrolment {
    template_id: Vec<u8>,
    remaining: u8,
    last_sample: Duration,
}

/// A sample that is waited for.
pub(super) struct AwaitedSample {
    /// How long.
    pub(super) patience: Duration,
    /// True for the first sample, with which the platform learns the template's ID.
    first: bool,
}

impl Authenticator {
    /// Answers the command, by whichever of its two bytes it came.
    pub(super) fn bio_enrollment(
        &mut self,
        request: &BioEnrollmentRequest,
    ) -> Result<Outcome, Status> {
        let now = self.now();
        self.enrolment.take_if(|enrolment| {
            now.checked_sub(enrolment.last_sample).is_none_or(|age| age > ENROLMENT_TIMEOUT)
        });
        let Some(sub_command) = request.sub_command else {
            let modality = Some(FINGERPRINT);
            let asked = request.get_modality == Some(true);
            let response = BioEnrollmentResponse { modality, ..Default::default() };
            return asked.then(|| Outcome::results(&response)).ok_or(Status::MISSING_PARAMETER);
        };
        match request.modality {
            None => return Err(Status::MISSING_PARAMETER),
            Some(FINGERPRINT) => {}
            Some(_) => return Err(Status::INVALID_PARAMETER),
        }
        let params = params(request)?;
        match sub_command {
            SubCommand::CANCEL_CURRENT_ENROLLMENT => {
                self.enrolment = None;
                return Ok(Outcome::nothing());
            }
            SubCommand::GET_FINGERPRINT_SENSOR_INFO => return Ok(sensor_info()),
            SubCommand::ENROLL_BEGIN
            | SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE
            | SubCommand::ENUMERATE_ENROLLMENTS
            | SubCommand::SET_FRIENDLY_NAME
            | SubCommand::REMOVE_ENROLLMENT => {}
            _ => return Err(Status::INVALID_SUBCOMMAND),
        }
        let name = params.template_friendly_name.as_ref();
        if name.is_some_and(|name| name.0.len() > MAX_FINGERPRINT_NAME_LENGTH) {
            return Err(Status::INVALID_LENGTH);
        }
        self.authorize_bio_enrollment(request)?;
        match sub_command {
            SubCommand::ENROLL_BEGIN => self.begin_enrolment(&params),
            SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE => self.continue_enrolment(&params),
            SubCommand::ENUMERATE_ENROLLMENTS => self.enumerate_fingerprints(),
            SubCommand::SET_FRIENDLY_NAME => self.name_fingerprint(params),
            _ => self.remove_fingerprint(&params),
        }
    }

    fn authorize_bio_enrollment(&mut self, request: &BioEnrollmentRequest) -> Result<(), Status> {
        let param = request.pin_uv_auth_param.as_ref().ok_or(Status::PUAT_REQUIRED)?;
        let protocol = protocol(request.pin_uv_auth_protocol)?;
        let token = self.token.as_mut().ok_or(Status::PIN_AUTH_INVALID)?;
        let may = token.verify(protocol, &request.authenticated_bytes(), param)
            && token.has(Permissions::BIO_ENROLLMENT);
        if may { Ok(()) } else { Err(Status::PIN_AUTH_INVALID) }
    }

    fn begin_enrolment(&mut self, params: &SubCommandParams) -> Result<Outcome, Status> {
        self.enrolment = None;
        let now = self.now();
        let known = self.state.fingerprints.as_ref().ok_or(Status::INVALID_COMMAND)?;
        if known.templates.len() >= MAX_FINGERPRINTS {
            return Err(Status::FP_DATABASE_FULL);
        }
        let (template_id, remaining) = (known.new_id(), SAMPLES_FOR_ENROLMENT);
        self.enrolment = Some(Enrolment { template_id, remaining, last_sample: now });
        Ok(await_sample(params, true))
    }

    fn continue_enrolment(&mut self, params: &SubCommandParams) -> Result<Outcome, Status> {
        let template_id = params.template_id.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let enrolment = self.enrolment.as_ref().ok_or(Status::NOT_ALLOWED)?;
        if enrolment.template_id != template_id.as_slice() {
            return Err(Status::INVALID_PARAMETER);
        }
        Ok(await_sample(params, false))
    }

    /// Takes what the sensor felt into the enrolment, and ends it with the last good sample.
    pub(super) fn take_sample(
        &mut self,
        awaited: &AwaitedSample,
        finger: Finger,
    ) -> Result<Vec<u8>, Status> {
        let last_sample = self.now();
        let enrolment = self.enrolment.as_mut().ok_or(Status::NOT_ALLOWED)?;
        enrolment.last_sample = last_sample;
        let status = match finger {
            Finger::Unusable(status) => status,
            Finger::Waiting => SampleStatus::NO_USER_ACTIVITY,
            Finger::Right | Finger::Wrong => {
                enrolment.remaining = enrolment.remaining.saturating_sub(1);
                SampleStatus::GOOD
            }
        };
        let (remaining, template_id) = (enrolment.remaining, enrolment.template_id.clone());
        if remaining == 0 {
            self.enrolment = None;
            let template = Template { id: Base64Url(template_id.clone()), name: None };
            self.commit_fingerprints(|known| known.templates.push(template))?;
        }
        let response = BioEnrollmentResponse {
            template_id: awaited.first.then(|| template_id.into()),
            last_enroll_sample_status: Some(status),
            remaining_samples: Some(remaining.into()),
            ..Default::default()
        };
        Ok(response.to_vec())
    }

    /// Says that nobody came: a sample like any other if the platform set the time, the end of the
    /// enrolment if the key did.
    pub(super) fn no_sample(&mut self, awaited: &AwaitedSample) -> Result<Vec<u8>, Status> {
        if awaited.patience < USER_PRESENCE_TIMEOUT {
            return self.take_sample(awaited, Finger::Waiting);
        }
        self.enrolment = None;
        Err(Status::USER_ACTION_TIMEOUT)
    }

    fn enumerate_fingerprints(&self) -> Result<Outcome, Status> {
        let templates = self.state.fingerprints.iter().flat_map(|known| &known.templates);
        let infos: Vec<_> = templates
            .map(|template| TemplateInfo {
                template_id: ByteVec::from(template.id.0.clone()),
                // There are clients that take the name for granted.
                template_friendly_name: Some(LossyText(template.name.clone().unwrap_or_default())),
            })
            .collect();
        if infos.is_empty() {
            return Err(Status::INVALID_OPTION);
        }
        let template_infos = Some(infos);
        Ok(Outcome::results(&BioEnrollmentResponse { template_infos, ..Default::default() }))
    }

    fn name_fingerprint(&mut self, params: SubCommandParams) -> Result<Outcome, Status> {
        let id = params.template_id.ok_or(Status::MISSING_PARAMETER)?;
        let name = params.template_friendly_name.ok_or(Status::MISSING_PARAMETER)?.0;
        let mut next = self.state.clone();
        let template = next.fingerprints.as_mut().and_then(|known| known.find(&id));
        template.ok_or(Status::INVALID_OPTION)?.name = Some(name).filter(|name| !name.is_empty());
        self.commit(next)?;
        Ok(Outcome::nothing())
    }

    fn remove_fingerprint(&mut self, params: &SubCommandParams) -> Result<Outcome, Status> {
        let id = params.template_id.as_ref().ok_or(Status::MISSING_PARAMETER)?;
        let mut next = self.state.clone();
        let known = next.fingerprints.as_mut().ok_or(Status::INVALID_OPTION)?;
        known.find(id).ok_or(Status::INVALID_OPTION)?;
        known.templates.retain(|template| template.id.0 != id.as_slice());
        self.commit(next)?;
        Ok(Outcome::nothing())
    }
}

fn await_sample(params: &SubCommandParams, first: bool) -> Outcome {
    let wished = params.timeout_milliseconds.map(Duration::from_millis);
    let patience = wished.unwrap_or(USER_PRESENCE_TIMEOUT).min(USER_PRESENCE_TIMEOUT);
    let awaited = AwaitedFinger::Sample(AwaitedSample { patience, first });
    Outcome::Touch(AfterTouch::Finger(Box::new(awaited)))
}

fn sensor_info() -> Outcome {
    Outcome::results(&BioEnrollmentResponse {
        modality: Some(FINGERPRINT),
        fingerprint_kind: Some(TOUCH_SENSOR),
        max_capture_samples_required_for_enroll: Some(SAMPLES_FOR_ENROLMENT.into()),
        max_template_friendly_name: u64::try_from(MAX_FINGERPRINT_NAME_LENGTH).ok(),
        ..Default::default()
    })
}

fn params(request: &BioEnrollmentRequest) -> Result<SubCommandParams, Status> {
    let Some(params) = &request.sub_command_params else {
        return Ok(SubCommandParams::default());
    };
    params.decode(Strictness::Canonical).map_err(|error| match error {
        Error::Canonical(_) => Status::INVALID_CBOR,
        Error::Missing(_) => Status::MISSING_PARAMETER,
        _ => Status::CBOR_UNEXPECTED_TYPE,
    })
}
