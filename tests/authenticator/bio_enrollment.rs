//! authenticatorBioEnrollment: samples, names, and what it takes to be let in.

use fidoctl::authenticator::{Finger, Presence, Step};
use fidoctl::cbor::{EncodedItem, LossyText, Value};
use fidoctl::ctap2::bio_enrollment::{SubCommand, SubCommandParams};
use fidoctl::ctap2::{
    BioEnrollmentRequest, BioEnrollmentResponse, GetInfo, Permissions, PreviewBioEnrollmentRequest,
    Request, SampleStatus, Status,
};
use fidoctl::pin_uv::PinUvAuthToken;

use crate::built_in_uv::key_with_sensor;
use crate::rig::{CHANNEL, Key, MC, RP, parse};

const BE: Permissions = Permissions::BIO_ENROLLMENT;

fn sensor() -> (Key, PinUvAuthToken) {
    let mut key = key_with_sensor(false);
    let token = key.token("1234", BE, None).unwrap();
    (key, token)
}

fn with_id(id: &[u8]) -> SubCommandParams {
    SubCommandParams { template_id: Some(id.to_vec().into()), ..Default::default() }
}

fn named(id: &[u8], name: &str) -> SubCommandParams {
    SubCommandParams { template_friendly_name: Some(LossyText(name.to_owned())), ..with_id(id) }
}

fn authorized(
    token: &PinUvAuthToken,
    sub_command: SubCommand,
    params: Option<&SubCommandParams>,
) -> BioEnrollmentRequest {
    let mut request = BioEnrollmentRequest::new(sub_command, params);
    let param = token.authenticate(&request.authenticated_bytes());
    request.pin_uv_auth_param = Some(param.into());
    request.pin_uv_auth_protocol = Some(token.protocol().id());
    request
}

fn send(
    key: &mut Key,
    token: &PinUvAuthToken,
    sub_command: SubCommand,
    params: Option<&SubCommandParams>,
) -> Result<BioEnrollmentResponse, Status> {
    key.send(&authorized(token, sub_command, params))
}

fn begin(key: &mut Key, token: &PinUvAuthToken) -> BioEnrollmentResponse {
    send(key, token, SubCommand::ENROLL_BEGIN, None).unwrap()
}

fn next(key: &mut Key, token: &PinUvAuthToken, id: &[u8]) -> Result<BioEnrollmentResponse, Status> {
    send(key, token, SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE, Some(&with_id(id)))
}

/// Enrols a finger and returns its ID.
pub fn enrol(key: &mut Key, token: &PinUvAuthToken) -> Vec<u8> {
    let mut answer = begin(key, token);
    let id = answer.template_id.clone().unwrap().to_vec();
    while answer.remaining_samples != Some(0) {
        answer = next(key, token, &id).unwrap();
    }
    id
}

/// The same by the prototype command.
pub fn enrol_by_preview(key: &mut Key, token: &PinUvAuthToken) {
    let request = authorized(token, SubCommand::ENROLL_BEGIN, None);
    let mut answer = key.send(&PreviewBioEnrollmentRequest(request)).unwrap();
    let params = with_id(&answer.template_id.clone().unwrap());
    while answer.remaining_samples != Some(0) {
        let sub_command = SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE;
        let request = authorized(token, sub_command, Some(&params));
        answer = key.send(&PreviewBioEnrollmentRequest(request)).unwrap();
    }
}

type Named = (Vec<u8>, Option<String>);

fn list(key: &mut Key, token: &PinUvAuthToken) -> Result<Vec<Named>, Status> {
    let answer = send(key, token, SubCommand::ENUMERATE_ENROLLMENTS, None)?;
    let infos = answer.template_infos.unwrap().into_iter();
    let name = |name: LossyText| name.0;
    Ok(infos.map(|one| (one.template_id.into(), one.template_friendly_name.map(name))).collect())
}

#[test]
fn each_good_sample_brings_the_enrolment_nearer_and_the_last_one_ends_it() {
    let (mut key, token) = sensor();
    let first = begin(&mut key, &token);
    assert_eq!(first.last_enroll_sample_status, Some(SampleStatus::GOOD));
    let id = first.template_id.unwrap().to_vec();
    let remaining = |answer: &BioEnrollmentResponse| answer.remaining_samples.unwrap();
    assert_eq!(first.remaining_samples, Some(3));
    for expected in [2, 1] {
        let answer = next(&mut key, &token, &id).unwrap();
        assert_eq!((remaining(&answer), answer.template_id), (expected, None));
        assert_eq!(list(&mut key, &token).unwrap_err(), Status::INVALID_OPTION);
    }
    assert_eq!(remaining(&next(&mut key, &token, &id).unwrap()), 0);
    assert_eq!(list(&mut key, &token).unwrap(), [(id.clone(), Some(String::new()))]);
    assert_eq!(next(&mut key, &token, &id).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn a_sample_of_no_use_is_told_and_does_not_count() {
    let (mut key, token) = sensor();
    let id = begin(&mut key, &token).template_id.unwrap();
    for status in [SampleStatus::TOO_FAST, SampleStatus::EXISTS] {
        key.world.get().fingers = [Finger::Unusable(status)].into();
        let answer = next(&mut key, &token, &id).unwrap();
        assert_eq!(answer.last_enroll_sample_status, Some(status));
        assert_eq!(answer.remaining_samples, Some(3));
    }
}

#[test]
fn no_finger_within_the_platform_s_time_is_told_as_a_sample() {
    let (mut key, token) = sensor();
    key.world.get().fingers = [Finger::Waiting; 2].into();
    let params = SubCommandParams { timeout_milliseconds: Some(2000), ..Default::default() };
    let request = authorized(&token, SubCommand::ENROLL_BEGIN, Some(&params));
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
    key.pass_seconds(2);
    let Step::Reply(reply) = key.authenticator.poll() else { panic!("no reply") };
    let answer = parse::<BioEnrollmentRequest>(&reply).unwrap();
    assert_eq!(answer.last_enroll_sample_status, Some(SampleStatus::NO_USER_ACTIVITY));
    assert_eq!(answer.remaining_samples, Some(4));
    next(&mut key, &token, &answer.template_id.unwrap()).unwrap();
}

#[test]
fn no_finger_within_the_key_s_own_time_ends_the_enrolment() {
    let (mut key, token) = sensor();
    let id = begin(&mut key, &token).template_id.unwrap().to_vec();
    key.world.get().fingers = [Finger::Waiting; 2].into();
    let sub_command = SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE;
    let request = authorized(&token, sub_command, Some(&with_id(&id)));
    assert_eq!(key.authenticator.begin(CHANNEL, &request.to_message()), Step::AwaitTouch);
    key.pass_seconds(30);
    let timed_out = Step::Reply(vec![Status::USER_ACTION_TIMEOUT.0]);
    assert_eq!(key.authenticator.poll(), timed_out);
    assert_eq!(next(&mut key, &token, &id).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn samples_want_no_touch_besides() {
    let (mut key, token) = sensor();
    key.world.get().presence = Presence::Waiting;
    enrol(&mut key, &token);
}

#[test]
fn another_template_s_sample_is_refused() {
    let (mut key, token) = sensor();
    begin(&mut key, &token);
    assert_eq!(next(&mut key, &token, &[9, 9]).unwrap_err(), Status::INVALID_PARAMETER);
    let unnamed = send(&mut key, &token, SubCommand::ENROLL_CAPTURE_NEXT_SAMPLE, None);
    assert_eq!(unnamed.unwrap_err(), Status::MISSING_PARAMETER);
}

#[test]
fn a_new_enrolment_ends_the_one_that_runs() {
    let (mut key, token) = sensor();
    let first = begin(&mut key, &token).template_id.unwrap().to_vec();
    next(&mut key, &token, &first).unwrap();
    assert_eq!(begin(&mut key, &token).remaining_samples, Some(3));
}

#[test]
fn another_command_or_half_a_minute_ends_an_enrolment() {
    let (mut key, token) = sensor();
    let id = begin(&mut key, &token).template_id.unwrap().to_vec();
    key.send(&GetInfo).unwrap();
    assert_eq!(next(&mut key, &token, &id).unwrap_err(), Status::NOT_ALLOWED);
    let id = begin(&mut key, &token).template_id.unwrap().to_vec();
    key.pass_seconds(31);
    assert_eq!(next(&mut key, &token, &id).unwrap_err(), Status::NOT_ALLOWED);
}

#[test]
fn cancelling_wants_no_token_and_always_succeeds() {
    let (mut key, token) = sensor();
    let cancel = BioEnrollmentRequest::new(SubCommand::CANCEL_CURRENT_ENROLLMENT, None);
    key.send(&cancel).unwrap();
    let id = begin(&mut key, &token).template_id.unwrap().to_vec();
    key.send(&cancel).unwrap();
    assert_eq!(next(&mut key, &token, &id).unwrap_err(), Status::NOT_ALLOWED);
    assert_eq!(list(&mut key, &token).unwrap_err(), Status::INVALID_OPTION);
}

#[test]
fn a_full_sensor_says_so() {
    let (mut key, token) = sensor();
    let ids: Vec<_> = (0..5).map(|_| enrol(&mut key, &token)).collect();
    let full = send(&mut key, &token, SubCommand::ENROLL_BEGIN, None).unwrap_err();
    assert_eq!(full, Status::FP_DATABASE_FULL);
    send(&mut key, &token, SubCommand::REMOVE_ENROLLMENT, Some(&with_id(&ids[2]))).unwrap();
    let newest = enrol(&mut key, &token);
    let left: Vec<_> = list(&mut key, &token).unwrap().into_iter().map(|(id, _)| id).collect();
    let kept = [&ids[0], &ids[1], &ids[3], &ids[4], &newest];
    assert_eq!(left.iter().collect::<Vec<_>>(), kept);
}

#[test]
fn a_name_is_kept_and_an_empty_one_takes_it_away() {
    let (mut key, token) = sensor();
    let id = enrol(&mut key, &token);
    let name = "ringförmiger Daumen";
    let set = |key: &mut Key, name| {
        send(key, &token, SubCommand::SET_FRIENDLY_NAME, Some(&named(&id, name))).map(drop)
    };
    set(&mut key, name).unwrap();
    assert_eq!(list(&mut key, &token).unwrap(), [(id.clone(), Some(name.to_owned()))]);
    set(&mut key, "").unwrap();
    assert_eq!(list(&mut key, &token).unwrap(), [(id.clone(), Some(String::new()))]);
}

#[test]
fn names_of_sixty_four_bytes_fit_and_longer_ones_are_refused_before_anything_else() {
    let (mut key, token) = sensor();
    let id = enrol(&mut key, &token);
    let longest = "x".repeat(64);
    let params = named(&id, &longest);
    send(&mut key, &token, SubCommand::SET_FRIENDLY_NAME, Some(&params)).unwrap();
    let params = named(&id, &"x".repeat(65));
    let unauthorized = BioEnrollmentRequest::new(SubCommand::SET_FRIENDLY_NAME, Some(&params));
    assert_eq!(key.send(&unauthorized).unwrap_err(), Status::INVALID_LENGTH);
}

#[test]
fn fingerprints_that_are_not_there_are_neither_named_nor_removed() {
    let (mut key, token) = sensor();
    enrol(&mut key, &token);
    let (name, remove) = (SubCommand::SET_FRIENDLY_NAME, SubCommand::REMOVE_ENROLLMENT);
    for (sub_command, params) in [(name, named(&[9], "x")), (remove, with_id(&[9]))] {
        let refused = send(&mut key, &token, sub_command, Some(&params)).unwrap_err();
        assert_eq!(refused, Status::INVALID_OPTION);
    }
}

#[test]
fn removing_the_last_finger_ends_built_in_verification() {
    let (mut key, token) = sensor();
    let id = enrol(&mut key, &token);
    assert_eq!(key.info().option("uv"), Some(true));
    send(&mut key, &token, SubCommand::REMOVE_ENROLLMENT, Some(&with_id(&id))).unwrap();
    assert_eq!(key.info().option("uv"), Some(false));
}

#[test]
fn fingerprints_are_there_after_a_power_cycle() {
    let (mut key, token) = sensor();
    enrol(&mut key, &token);
    key.authenticator.power_cycle().unwrap();
    let saved = key.world.get().saved.clone().unwrap();
    assert_eq!(saved.summary().sensor.unwrap().fingerprints.len(), 1);
}

#[test]
fn the_sensor_tells_of_itself_without_a_token() {
    let (mut key, _) = sensor();
    let request = BioEnrollmentRequest { get_modality: Some(true), ..Default::default() };
    assert_eq!(key.send(&request).unwrap().modality, Some(1));
    let request = BioEnrollmentRequest::new(SubCommand::GET_FINGERPRINT_SENSOR_INFO, None);
    let told = key.send(&request).unwrap();
    assert_eq!((told.modality, told.fingerprint_kind), (Some(1), Some(1)));
    assert_eq!(told.max_capture_samples_required_for_enroll, Some(4));
    assert_eq!(told.max_template_friendly_name, Some(64));
}

#[test]
fn everything_else_wants_a_token_for_it() {
    let (mut key, _) = sensor();
    let other = key.token("1234", MC, Some(RP)).unwrap();
    let params = named(&[0, 1], "x");
    for sub_command in [1, 2, 4, 5, 6].map(SubCommand) {
        let mut request = BioEnrollmentRequest::new(sub_command, Some(&params));
        assert_eq!(key.send(&request).unwrap_err(), Status::PUAT_REQUIRED);
        request.pin_uv_auth_param = Some(vec![0; 32].into());
        assert_eq!(key.send(&request).unwrap_err(), Status::MISSING_PARAMETER);
        request.pin_uv_auth_protocol = Some(7);
        assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
        request.pin_uv_auth_protocol = Some(2);
        assert_eq!(key.send(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
        let without_permission = authorized(&other, sub_command, Some(&params));
        assert_eq!(key.send(&without_permission).unwrap_err(), Status::PIN_AUTH_INVALID);
    }
}

#[test]
fn the_mac_covers_modality_subcommand_and_parameters() {
    let (mut key, token) = sensor();
    let params = named(&[0, 1], "x");
    let right = authorized(&token, SubCommand::SET_FRIENDLY_NAME, Some(&params));
    let signed = right.authenticated_bytes();
    assert_eq!(signed[..2], [1, 5]);
    assert_eq!(&signed[2..], right.sub_command_params.as_ref().unwrap().as_bytes());
    let mut other_params = right.clone();
    other_params.sub_command_params = Some(EncodedItem::of(&named(&[0, 1], "y")));
    let mut other_sub_command = right;
    other_sub_command.sub_command = Some(SubCommand::REMOVE_ENROLLMENT);
    for altered in [other_params, other_sub_command] {
        assert_eq!(key.send(&altered).unwrap_err(), Status::PIN_AUTH_INVALID);
    }
}

#[test]
fn requests_without_a_modality_or_with_another_are_refused() {
    let (mut key, token) = sensor();
    let mut request = authorized(&token, SubCommand::ENUMERATE_ENROLLMENTS, None);
    request.modality = None;
    assert_eq!(key.send(&request).unwrap_err(), Status::MISSING_PARAMETER);
    request.modality = Some(2);
    assert_eq!(key.send(&request).unwrap_err(), Status::INVALID_PARAMETER);
    assert_eq!(key.send(&BioEnrollmentRequest::default()).unwrap_err(), Status::MISSING_PARAMETER);
    let unknown = BioEnrollmentRequest::new(SubCommand(0x30), None);
    assert_eq!(key.send(&unknown).unwrap_err(), Status::INVALID_SUBCOMMAND);
}

#[test]
fn parameters_of_another_shape_are_refused() {
    let (mut key, token) = sensor();
    let mut request = BioEnrollmentRequest::new(SubCommand::REMOVE_ENROLLMENT, None);
    request.sub_command_params = Some(EncodedItem::of(&Value::from(7)));
    let param = token.authenticate(&request.authenticated_bytes());
    request.pin_uv_auth_param = Some(param.into());
    request.pin_uv_auth_protocol = Some(2);
    assert_eq!(key.send(&request).unwrap_err(), Status::CBOR_UNEXPECTED_TYPE);
}

#[test]
fn keys_without_a_sensor_know_neither_command_and_preview_keys_only_the_prototype() {
    let sensor_info = BioEnrollmentRequest::new(SubCommand::GET_FINGERPRINT_SENSOR_INFO, None);
    let preview_info = PreviewBioEnrollmentRequest(sensor_info.clone());
    let mut none = Key::new();
    assert_eq!(none.send(&sensor_info).unwrap_err(), Status::INVALID_COMMAND);
    assert_eq!(none.send(&preview_info).unwrap_err(), Status::INVALID_COMMAND);
    let mut key = key_with_sensor(true);
    key.send(&preview_info).unwrap();
    assert_eq!(key.send(&sensor_info).unwrap_err(), Status::INVALID_COMMAND);
}

#[test]
fn the_prototype_stays_beside_the_final_command() {
    let (mut key, token) = sensor();
    enrol_by_preview(&mut key, &token);
    assert_eq!(list(&mut key, &token).unwrap().len(), 1);
    let info = key.info();
    assert_eq!(info.option("bioEnroll"), Some(true));
    assert_eq!(info.option("userVerificationMgmtPreview"), Some(true));
    assert_eq!(info.option("uvToken"), None);
}

#[test]
fn the_prototype_takes_the_token_of_its_time() {
    let mut key = key_with_sensor(true);
    let token = key.legacy_token("1234").unwrap();
    enrol_by_preview(&mut key, &token);
    assert_eq!(key.info().option("userVerificationMgmtPreview"), Some(true));
    assert_eq!(key.info().option("bioEnroll"), None);
}
