//! The personality of a real key, from what `fidoctl info --json` printed of it.

use std::time::Duration;

use serde_json::Value;

use super::habits::{Habits, WinkHabit};
use super::limits::{LARGE_BLOB_CAPACITIES, MAX_MESSAGE_SIZE};
use super::model::{MEMBERS, Model};
use super::{
    Authenticator, CreationOptions, Environment, FactorySettings, Interfaces, LargeBlobs,
    MAX_CAPACITY, Personality, PersonalityError, Presence, State, StoreError, VersionLine,
};
use crate::cose::Algorithm;
use crate::ctap2::GetInfoResponse;
use crate::pin_uv::{OsRandom, Random};
use crate::u2f::U2F_V2;

/// What the input says of itself.
const INFO_SCHEMA: &str = "fidoctl.info/1";

/// Members that are taken over in another form, or change by themselves.
const TAKEN_OVER: [&str; 7] = [
    "versions",
    "aaguid",
    "options",
    "certifications",
    "transportsForReset",
    "pinComplexityPolicyURL",
    "encCredStoreState",
];

impl Personality {
    /// Makes the personality of the key that `fidoctl info --json` described.
    pub fn from_info_json(text: &str) -> Result<Self, PersonalityError> {
        let document: Value = serde_json::from_str(text)?;
        let found = document.get("schema").and_then(Value::as_str).unwrap_or_default();
        if found != INFO_SCHEMA {
            let found = format!("{found}, where {INFO_SCHEMA} is due");
            return Err(PersonalityError::Schema { found });
        }
        let info = Info(document.get("get_info").unwrap_or(&Value::Null));
        let about = "A key as 'fidoctl info --json' described it.".to_owned();
        if info.0.is_null() {
            return Ok(Personality { protocols: Interfaces::U2f, ..Personality::new(about) });
        }
        let candidates = info.lines().iter().map(|line| info.as_line(*line, about.clone()));
        let mut candidates: Vec<_> = candidates.collect::<Result<_, _>>()?;
        // The version of which least is missing, the oldest of those.
        candidates.sort_by_key(|candidate| candidate.left_out.len());
        let best = candidates.into_iter().next();
        let mut best = best.ok_or_else(|| {
            PersonalityError::Value("a version of CTAP not known here".to_owned())
        })?;
        if document.pointer("/ctaphid/wink") == Some(&Value::Bool(false)) {
            best.habits = Habits { wink: Some(WinkHabit::Missing), ..best.habits };
        }
        let unknown = document.get("unknown_members").and_then(Value::as_object);
        best.left_out.extend(unknown.into_iter().flatten().map(|(key, _)| format!("member {key}")));
        best.check_made().map(|()| best)
    }

    fn check_made(&self) -> Result<(), PersonalityError> {
        let text = serde_json::to_string(self)?;
        Personality::from_json(&text).map(drop)
    }
}

/// Member `get_info` of the document.
struct Info<'d>(&'d Value);

impl Info<'_> {
    fn number(&self, member: &str) -> Option<u64> {
        self.0.get(member)?.as_u64()
    }

    fn is_true(&self, member: &str) -> bool {
        self.0.get(member) == Some(&Value::Bool(true))
    }

    fn texts(&self, member: &str) -> Option<Vec<String>> {
        let texts = self.0.get(member)?.as_array()?.iter();
        Some(texts.filter_map(|text| text.as_str().map(str::to_owned)).collect())
    }

    fn option(&self, name: &str) -> Option<bool> {
        self.0.get("options")?.get(name)?.as_bool()
    }

    fn has_version(&self, version: &str) -> bool {
        self.texts("versions").unwrap_or_default().iter().any(|listed| listed == version)
    }

    fn has_extension(&self, identifier: &str) -> bool {
        self.texts("extensions").unwrap_or_default().iter().any(|listed| listed == identifier)
    }

    /// Returns the versions that a key of these version strings may be of, oldest first.
    fn lines(&self) -> &'static [VersionLine] {
        use VersionLine::{Ctap2_0, Ctap2_1, Ctap2_1Pre, Ctap2_2, Ctap2_3};
        if self.has_version("FIDO_2_3") {
            &[Ctap2_3]
        } else if self.has_version("FIDO_2_1") || self.has_version("FIDO_2_2") {
            &[Ctap2_1, Ctap2_2]
        } else if self.has_version("FIDO_2_1_PRE") {
            &[Ctap2_1Pre]
        } else if self.has_version("FIDO_2_0") {
            &[Ctap2_0]
        } else {
            &[]
        }
    }

    /// Describes the key as one of this version.
    fn as_line(&self, ctap: VersionLine, about: String) -> Result<Personality, PersonalityError> {
        let mut left_out = Vec::new();
        let sensor = ["bioEnroll", "userVerificationMgmtPreview", "uv"];
        let size = self.number("maxSerializedLargeBlobArray").and_then(|n| u32::try_from(n).ok());
        let u2f = self.has_version(U2F_V2);
        let mut personality = Personality {
            ctap,
            protocols: if u2f { Interfaces::Ctap2AndU2f } else { Interfaces::Ctap2 },
            aaguid: self.0.get("aaguid").and_then(Value::as_str).map(str::to_owned),
            capacity: self
                .number("remainingDiscoverableCredentials")
                .and_then(|left| u32::try_from(left).ok())
                .filter(|left| (1..=MAX_CAPACITY).contains(left)),
            large_blobs: Some(if self.option("largeBlobs") == Some(true) {
                LargeBlobs::LargeBlobKey
            } else if self.has_extension("largeBlob") {
                LargeBlobs::LargeBlob
            } else {
                LargeBlobs::None
            }),
            large_blob_size: size
                .map(|n| n.clamp(LARGE_BLOB_CAPACITIES.0, LARGE_BLOB_CAPACITIES.1)),
            fingerprint: sensor.iter().any(|option| self.option(option).is_some()),
            enterprise_attestation: Some(self.option("ep").is_some()),
            settings: self.settings(),
            model: self.model(&mut left_out),
            ..Personality::new(about)
        };
        let ours = what_it_says(&personality.options(None))
            .ok_or_else(|| PersonalityError::Value("what no virtual key can be".to_owned()))?;
        personality.model.lacks = self.lacking(&ours);
        left_out.extend(self.surplus(&ours));
        personality.left_out = left_out;
        Ok(personality)
    }

    fn settings(&self) -> FactorySettings {
        let usual = FactorySettings::default();
        let length = |member| self.number(member).and_then(|length| u8::try_from(length).ok());
        let url = self.0.get("pinComplexityPolicyURL").and_then(Value::as_str);
        FactorySettings {
            min_pin_length: length("minPINLength").unwrap_or(usual.min_pin_length),
            max_pin_length: length("maxPINLength").unwrap_or(usual.max_pin_length),
            pin_complexity_policy: self.is_true("pinComplexityPolicy"),
            pin_complexity_policy_url: url.map(str::to_owned),
            always_uv: self.option("alwaysUv") == Some(true),
            long_touch_for_reset: self.is_true("longTouchForReset"),
            transports_for_reset: self.texts("transportsForReset"),
            ..usual
        }
    }

    fn model(&self, left_out: &mut Vec<String>) -> Model {
        let most = u64::try_from(MAX_MESSAGE_SIZE).unwrap_or(u64::MAX);
        let max_msg_size = self.number("maxMsgSize").filter(|size| {
            if *size > most {
                left_out.push(format!("maxMsgSize {size}: the virtual key takes {most}"));
            }
            *size <= most
        });
        let numbers = |member: &str| -> Option<Vec<u64>> {
            let numbers = self.0.get(member)?.as_array()?.iter();
            Some(numbers.filter_map(Value::as_u64).collect())
        };
        let listed = self.0.get("algorithms").and_then(Value::as_array);
        let listed = listed.map(|all| all.iter().filter_map(|one| one.get("alg")?.as_i64()));
        let everything = Model::default();
        let algorithms = listed.map(|algorithms| {
            let (known, unknown): (Vec<i64>, Vec<i64>) =
                algorithms.partition(|number| everything.key_type(Algorithm(*number)).is_some());
            left_out.extend(unknown.iter().map(|n| format!("algorithm {}", Algorithm(*n))));
            known
        });
        let short = |member| self.number(member).and_then(|number| u16::try_from(number).ok());
        let certifications = self.0.get("certifications").and_then(Value::as_object).map(|all| {
            all.iter().filter_map(|(name, level)| Some((name.clone(), level.as_u64()?))).collect()
        });
        Model {
            lacks: Vec::new(),
            max_msg_size: max_msg_size.and_then(|size| u16::try_from(size).ok()),
            max_credential_count_in_list: short("maxCredentialCountInList"),
            algorithms,
            pin_uv_auth_protocols: numbers("pinUvAuthProtocols"),
            transports: self.texts("transports"),
            firmware_version: self.number("firmwareVersion"),
            certifications,
        }
    }

    /// Names what our key says and this one does not.
    fn lacking(&self, ours: &GetInfoResponse) -> Vec<String> {
        let mut lacking = Vec::new();
        let extensions = ours.extensions.iter().flatten();
        lacking.extend(extensions.filter(|name| !self.has_extension(name)).cloned());
        let options = ours.options.iter().flat_map(|options| options.iter());
        let absent = options.map(|(name, _)| name).filter(|name| self.option(name).is_none());
        lacking.extend(absent.map(str::to_owned));
        let members = MEMBERS.iter().filter(|(name, leave_out)| {
            let mut without = ours.clone();
            leave_out(&mut without);
            without != *ours && self.0.get(*name).is_none()
        });
        lacking.extend(members.map(|(name, _)| (*name).to_owned()));
        lacking
    }

    /// Names what this key says and ours cannot.
    fn surplus(&self, ours: &GetInfoResponse) -> Vec<String> {
        let mut surplus = Vec::new();
        let extensions = self.texts("extensions").unwrap_or_default();
        let unknown = extensions.iter().filter(|name| !ours.has_extension(name));
        surplus.extend(unknown.map(|name| format!("extension {name}")));
        let options = self.0.get("options").and_then(Value::as_object);
        let unknown = options.into_iter().flatten().filter(|(name, _)| ours.option(name).is_none());
        surplus.extend(unknown.map(|(name, _)| format!("option {name}")));
        let members = self.0.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let unknown = members.filter(|name| {
            let sets = MEMBERS.iter().find(|(known, _)| known == name).is_some_and(|(_, clear)| {
                let mut without = ours.clone();
                clear(&mut without);
                without != *ours
            });
            !sets && !TAKEN_OVER.contains(name)
        });
        surplus.extend(unknown.map(|name| format!("member {name}")));
        surplus
    }
}

/// Returns what getInfo of such a key would say.
fn what_it_says(options: &CreationOptions) -> Option<GetInfoResponse> {
    let state = State::create(options, &mut OsRandom, Duration::ZERO).ok()?;
    Some(Authenticator::new(state, Box::new(Nowhere(OsRandom))).get_info())
}

/// Where a key is that is only asked what it is.
struct Nowhere(OsRandom);

impl Environment for Nowhere {
    fn random(&mut self) -> &mut dyn Random {
        &mut self.0
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn user_presence(&mut self, _: Duration) -> Presence {
        Presence::Waiting
    }

    fn save(&mut self, _: &State) -> Result<(), StoreError> {
        Ok(())
    }
}
