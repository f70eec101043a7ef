//! Parameters of later versions, which a key does not see (CTAP 2.2 §8: unknown members are ignored).

use std::borrow::Cow;

use super::model::Model;
use super::version_line::{Feature, VersionLine};
use crate::cbor::{self, Value};
use crate::ctap2::{Command, Permissions};

/// A command's parameter that not every version has.
const LATER: &[(Command, i64, Feature)] = &[
    (Command::MAKE_CREDENTIAL, 0x0A, Feature::EnterpriseAttestation),
    (Command::MAKE_CREDENTIAL, 0x0B, Feature::AttestationFormats),
    (Command::CLIENT_PIN, 0x09, Feature::PinUvAuthTokens),
    (Command::CLIENT_PIN, 0x0A, Feature::PinUvAuthTokens),
];

/// Where the extension inputs are.
const EXTENSIONS: &[(Command, i64)] =
    &[(Command::MAKE_CREDENTIAL, 0x06), (Command::GET_ASSERTION, 0x04)];

/// Where permissions are asked for.
const PERMISSIONS: (Command, i64) = (Command::CLIENT_PIN, 0x09);

impl VersionLine {
    /// Returns the parameters without what later versions brought and the model lacks; what is malformed stays as it is.
    pub(super) fn known_parameters<'p>(
        self,
        command: Command,
        parameters: &'p [u8],
        model: &Model,
    ) -> Cow<'p, [u8]> {
        if self == VersionLine::default() && model.lacks.is_empty() {
            return Cow::Borrowed(parameters);
        }
        let Ok(Value::Map(members)) = cbor::from_slice(parameters) else {
            return Cow::Borrowed(parameters);
        };
        if cbor::leniency(parameters).is_some() {
            return Cow::Borrowed(parameters);
        }
        let known = members.into_iter().filter_map(|(key, value)| {
            let number = key.as_i64().unwrap_or_default();
            let later =
                LATER.iter().find(|(of, parameter, _)| (*of, *parameter) == (command, number));
            if later.is_some_and(|(.., feature)| !self.has(*feature)) {
                return None;
            }
            let value = match (command, number) {
                place if EXTENSIONS.contains(&place) => self.known_inputs(value, model),
                PERMISSIONS => self.known_permissions(value),
                _ => value,
            };
            Some((key, value))
        });
        Cow::Owned(cbor::to_vec(&Value::Map(known.collect())))
    }

    fn known_inputs(self, inputs: Value, model: &Model) -> Value {
        let Value::Map(mut inputs) = inputs else {
            return inputs;
        };
        inputs.retain(|(key, _)| {
            let knows = |name: &str| self.has_extension(name) && !model.lacks(name);
            key.as_text().is_none_or(knows)
        });
        Value::Map(inputs)
    }

    /// Bits without a meaning are ignored (CTAP 2.2 §6.5.5.7.2).
    fn known_permissions(self, bits: Value) -> Value {
        let read_only = Permissions::PERSISTENT_CREDENTIAL_MANAGEMENT_READ_ONLY.bits();
        match bits.as_i64().and_then(|bits| u64::try_from(bits).ok()) {
            Some(asked) if !self.has(Feature::PersistentTokens) => {
                i64::try_from(asked & !read_only).map_or(bits, Value::from)
            }
            _ => bits,
        }
    }
}
