//! authenticatorBioEnrollment (CTAP 2.2 §6.7), and its prototype in FIDO_2_1_PRE.

use minicbor::{Decode, Encode};

use super::{Command, Request, SampleStatus};
use crate::cbor::{ByteVec, EncodedItem, LossyText};

/// The only modality there is.
pub const FINGERPRINT: u64 = 1;

/// A subcommand's number; unknown ones are kept so that a key can refuse them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SubCommand(#[n(0)] pub u64);

impl SubCommand {
    /// enrollBegin
    pub const ENROLL_BEGIN: Self = Self(0x01);
    /// enrollCaptureNextSample
    pub const ENROLL_CAPTURE_NEXT_SAMPLE: Self = Self(0x02);
    /// cancelCurrentEnrollment
    pub const CANCEL_CURRENT_ENROLLMENT: Self = Self(0x03);
    /// enumerateEnrollments
    pub const ENUMERATE_ENROLLMENTS: Self = Self(0x04);
    /// setFriendlyName
    pub const SET_FRIENDLY_NAME: Self = Self(0x05);
    /// removeEnrollment
    pub const REMOVE_ENROLLMENT: Self = Self(0x06);
    /// getFingerprintSensorInfo
    pub const GET_FINGERPRINT_SENSOR_INFO: Self = Self(0x07);
}

/// Parameters of a subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SubCommandParams {
    /// The fingerprint meant.
    #[n(0x01)]
    pub template_id: Option<ByteVec>,
    /// Its name for people.
    #[n(0x02)]
    pub template_friendly_name: Option<LossyText>,
    /// How long to wait for a finger.
    #[n(0x03)]
    pub timeout_milliseconds: Option<u64>,
}

/// Parameters of bioEnrollment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BioEnrollmentRequest {
    /// [`FINGERPRINT`].
    #[n(0x01)]
    pub modality: Option<u64>,
    /// What to do.
    #[n(0x02)]
    pub sub_command: Option<SubCommand>,
    /// [`SubCommandParams`], as the bytes that are sent.
    #[n(0x03)]
    pub sub_command_params: Option<EncodedItem>,
    /// The protocol of `pin_uv_auth_param`.
    #[n(0x04)]
    pub pin_uv_auth_protocol: Option<u64>,
    /// MAC over [`Self::authenticated_bytes`].
    #[n(0x05)]
    pub pin_uv_auth_param: Option<ByteVec>,
    /// True, and nothing else in the request, asks which modality there is.
    #[n(0x06)]
    pub get_modality: Option<bool>,
}

impl BioEnrollmentRequest {
    /// Starts a request that nothing authorises yet.
    pub fn new(sub_command: SubCommand, params: Option<&SubCommandParams>) -> Self {
        BioEnrollmentRequest {
            modality: Some(FINGERPRINT),
            sub_command: Some(sub_command),
            sub_command_params: params.map(EncodedItem::of),
            ..Self::default()
        }
    }

    /// Returns what `pin_uv_auth_param` covers: the modality, the subcommand, and its parameters
    /// as sent.
    pub fn authenticated_bytes(&self) -> Vec<u8> {
        // Neither modalities nor subcommands that there are need more than a byte.
        let byte = |number: Option<u64>| number.and_then(|n| u8::try_from(n).ok());
        let numbers = [byte(self.modality), byte(self.sub_command.map(|sub| sub.0))];
        let mut message: Vec<u8> = numbers.map(Option::unwrap_or_default).into();
        message.extend(self.sub_command_params.iter().flat_map(EncodedItem::as_bytes));
        message
    }
}

/// The same under the command byte of FIDO_2_1_PRE.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct PreviewBioEnrollmentRequest(#[n(0)] pub BioEnrollmentRequest);

/// A fingerprint that is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TemplateInfo {
    /// Its number on the key.
    #[n(0x01)]
    pub template_id: ByteVec,
    /// Its name for people.
    #[n(0x02)]
    pub template_friendly_name: Option<LossyText>,
}

/// Results of bioEnrollment; which are there depends on the subcommand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BioEnrollmentResponse {
    /// [`FINGERPRINT`].
    #[n(0x01)]
    pub modality: Option<u64>,
    /// 1 touch, 2 swipe.
    #[n(0x02)]
    pub fingerprint_kind: Option<u64>,
    /// The most good samples that an enrolment takes.
    #[n(0x03)]
    pub max_capture_samples_required_for_enroll: Option<u64>,
    /// The fingerprint that is being enrolled.
    #[n(0x04)]
    pub template_id: Option<ByteVec>,
    /// What became of the last sample.
    #[n(0x05)]
    pub last_enroll_sample_status: Option<SampleStatus>,
    /// Good samples still wanted; at zero the fingerprint is enrolled.
    #[n(0x06)]
    pub remaining_samples: Option<u64>,
    /// The fingerprints that are enrolled.
    #[n(0x07)]
    pub template_infos: Option<Vec<TemplateInfo>>,
    /// The longest name in bytes.
    #[n(0x08)]
    pub max_template_friendly_name: Option<u64>,
}

impl Request for BioEnrollmentRequest {
    const COMMAND: Command = Command::BIO_ENROLLMENT;
    type Response = BioEnrollmentResponse;
}

impl Request for PreviewBioEnrollmentRequest {
    const COMMAND: Command = Command::BIO_ENROLLMENT_PREVIEW;
    type Response = BioEnrollmentResponse;
}
