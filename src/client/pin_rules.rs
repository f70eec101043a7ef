//! The extensions that tell a relying party the rules for PINs (CTAP 2.3 §12.5, §12.6).

use super::{Error, Shortfall, Unsupported};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{MIN_PIN_LENGTH, MakeCredentialExtensions, PIN_COMPLEXITY_POLICY};
use crate::relying_party;
use crate::webauthn::AuthenticatorData;

/// Which rules a relying party wants to know; a key tells only those that it was told to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinRuleWishes {
    /// The least PIN length.
    pub min_pin_length: bool,
    /// Whether further rules are in force.
    pub pin_complexity_policy: bool,
}

/// What the key told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinRules {
    /// The least PIN length in code points.
    pub min_pin_length: Option<u64>,
    /// Whether further rules are in force.
    pub pin_complexity_policy: Option<bool>,
}

impl PinRuleWishes {
    /// Adds to the extensions what the key can do.
    pub(super) fn prepare(
        self,
        info: &GetInfoResponse,
        extensions: &mut MakeCredentialExtensions,
    ) -> Result<(), Error> {
        let ask = |wanted: bool, identifier| match wanted {
            false => Ok(None),
            true if info.has_extension(identifier) => Ok(Some(true)),
            true => Err(Error::Unsupported(Unsupported::Extension(identifier))),
        };
        extensions.min_pin_length = ask(self.min_pin_length, MIN_PIN_LENGTH)?;
        extensions.pin_complexity_policy = ask(self.pin_complexity_policy, PIN_COMPLEXITY_POLICY)?;
        Ok(())
    }

    /// Returns the identifiers that may answer.
    pub(super) fn identifiers(self) -> impl Iterator<Item = &'static str> {
        let asked = [
            (self.min_pin_length, MIN_PIN_LENGTH),
            (self.pin_complexity_policy, PIN_COMPLEXITY_POLICY),
        ];
        asked.into_iter().filter(|(asked, _)| *asked).map(|(_, identifier)| identifier)
    }

    /// Reads what came; what was asked for and not told is a shortfall.
    pub(super) fn read(
        self,
        data: &AuthenticatorData,
        shortfall: Shortfall,
    ) -> Result<PinRules, Error> {
        if let Some(missing) = self.identifiers().find(|asked| data.extension(asked).is_none()) {
            shortfall.or((), Error::PinRulesWithheld(missing))?;
        }
        let wrong = relying_party::Error::ExtensionOutput;
        let min_pin_length = match data.extension(MIN_PIN_LENGTH) {
            None => None,
            Some(output) => {
                let length = output.as_i64().and_then(|length| u64::try_from(length).ok());
                Some(length.ok_or(wrong(MIN_PIN_LENGTH))?)
            }
        };
        let pin_complexity_policy = match data.extension(PIN_COMPLEXITY_POLICY) {
            None => None,
            Some(output) => Some(output.as_bool().ok_or(wrong(PIN_COMPLEXITY_POLICY))?),
        };
        Ok(PinRules { min_pin_length, pin_complexity_policy })
    }
}
