//! Authenticator extension outputs: asked for, and of the right type (WebAuthn L3 §9, CTAP 2.2 §12).

use super::Error;
use crate::cbor::Value;
use crate::webauthn::Ceremony;

/// Checks the outputs; without a list of what was asked for, any extension may answer.
///
/// Outputs of extensions not known here may be anything.
pub(super) fn check(
    outputs: &Value,
    ceremony: Ceremony,
    asked: Option<&[String]>,
) -> Result<(), Error> {
    let Value::Map(members) = outputs else {
        return Err(Error::AuthenticatorData("extension outputs are not a map".to_owned()));
    };
    for (identifier, output) in members {
        let Some(identifier) = identifier.as_text() else {
            return Err(Error::AuthenticatorData("an extension's name is not text".to_owned()));
        };
        if asked.is_some_and(|asked| !asked.iter().any(|name| name == identifier)) {
            return Err(Error::UnexpectedExtension(identifier.to_owned()));
        }
        if let Some((name, right_type)) = known(identifier, ceremony)
            && !right_type(output)
        {
            return Err(Error::ExtensionOutput(name));
        }
    }
    Ok(())
}

type TypeTest = fn(&Value) -> bool;

/// Returns an extension's name and the test of its output.
fn known(identifier: &str, ceremony: Ceremony) -> Option<(&'static str, TypeTest)> {
    let is_bool: TypeTest = |output| output.as_bool().is_some();
    let is_bytes: TypeTest = |output| output.as_bytes().is_some();
    let at_get = |then: TypeTest, otherwise: TypeTest| match ceremony {
        Ceremony::Create => otherwise,
        Ceremony::Get => then,
    };
    Some(match identifier {
        "credProtect" => {
            ("credProtect", |output| output.as_i64().is_some_and(|level| (1..=3).contains(&level)))
        }
        "credBlob" => ("credBlob", at_get(is_bytes, is_bool)),
        "hmac-secret" => ("hmac-secret", at_get(is_bytes, is_bool)),
        "hmac-secret-mc" => ("hmac-secret-mc", is_bytes),
        "minPinLength" => {
            ("minPinLength", |output| output.as_i64().is_some_and(|length| length >= 0))
        }
        "thirdPartyPayment" => ("thirdPartyPayment", is_bool),
        _ => return None,
    })
}
