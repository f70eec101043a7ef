//! A tenant's policy as Microsoft Graph tells it: `fido2AuthenticationMethodConfiguration`.
//!
//! Members that say who is meant, and `@odata` members, are stepped over.

use serde_json::Value;

use super::{Aaguid, AttestationRule, Clause, EntraRules, Policy, PolicyError};
use crate::webauthn::unmarked_text;

/// The object's `id`, and how a policy that holds several finds it.
const IDENTIFIER: &str = "fido2";

const NO_PROFILE: &str = "a passkey profile of this name or id is not there";

impl Policy {
    /// Reads a tenant's policy, as `GET …/authenticationMethodConfigurations/fido2` returns it or as
    /// part of `GET /policies/authenticationMethodsPolicy`.
    ///
    /// With `profile`, a name or an id, only that passkey profile counts; otherwise one of them
    /// has to be fulfilled, as for users who are in all of them. UTF-8 and, with a byte-order
    /// mark, UTF-16 are understood.
    pub fn from_entra_json(bytes: &[u8], profile: Option<&str>) -> Result<Self, PolicyError> {
        let text = unmarked_text(bytes).ok_or(PolicyError::Text)?;
        let json: Value =
            serde_json::from_str(&text).map_err(|error| PolicyError::Json(error.to_string()))?;
        let configuration = find_configuration(&json)?;
        let state = match text_member(configuration, "", "state")? {
            "enabled" => true,
            "disabled" => false,
            _ => return Err(wrong("state", "\"enabled\" or \"disabled\" is wanted")),
        };
        let mut settled = vec![Clause::Settled {
            name: "entra-state",
            met: state,
            why: if state {
                "the tenant's policy for passkeys is enabled"
            } else {
                "the tenant's policy for passkeys is disabled"
            },
        }];
        if let Some(allowed) = optional_bool(configuration, "", "isSelfServiceRegistrationAllowed")?
        {
            settled.push(Clause::Settled {
                name: "entra-self-service",
                met: allowed,
                why: if allowed {
                    "self-service set-up is allowed"
                } else {
                    "self-service set-up is not allowed, without which nothing can be registered"
                },
            });
        }
        Ok(Policy::entra_with(settled, &rules(configuration, profile)?))
    }
}

fn find_configuration(json: &Value) -> Result<&Value, PolicyError> {
    let Some(list) = json.get("authenticationMethodConfigurations") else {
        return Ok(json);
    };
    let mut all = list.as_array().into_iter().flatten();
    let is_wanted = |object: &&Value| {
        let id = object.get("id").and_then(Value::as_str);
        id.is_some_and(|id| id.eq_ignore_ascii_case(IDENTIFIER))
    };
    all.find(is_wanted).ok_or_else(|| {
        wrong("authenticationMethodConfigurations", "the configuration \"Fido2\" is not there")
    })
}

fn rules(configuration: &Value, profile: Option<&str>) -> Result<Vec<EntraRules>, PolicyError> {
    let profiles = match present(configuration, "passkeyProfiles") {
        None => &[],
        Some(list) => {
            list.as_array().ok_or_else(|| wrong("passkeyProfiles", "a list is wanted"))?.as_slice()
        }
    };
    if profiles.is_empty() {
        // Before passkey profiles, the rules stood in the policy itself.
        if profile.is_some() {
            return Err(wrong("passkeyProfiles", NO_PROFILE));
        }
        let enforced = optional_bool(configuration, "", "isAttestationEnforced")?
            .ok_or_else(|| wrong("isAttestationEnforced", "true or false is wanted"))?;
        return Ok(vec![restrict(EntraRules::new(attestation(enforced)), configuration, "")?]);
    }
    let mut wanted = Vec::new();
    for (index, object) in profiles.iter().enumerate() {
        let rules = profile_rules(object, &format!("passkeyProfiles[{index}]."))?;
        let id = object.get("id").and_then(Value::as_str);
        if profile.is_none_or(|wanted| rules.name.as_deref() == Some(wanted) || id == Some(wanted))
        {
            wanted.push(rules);
        }
    }
    if wanted.is_empty() { Err(wrong("passkeyProfiles", NO_PROFILE)) } else { Ok(wanted) }
}

fn profile_rules(profile: &Value, path: &str) -> Result<EntraRules, PolicyError> {
    let enforced = match text_member(profile, path, "attestationEnforcement")? {
        "registrationOnly" => true,
        "disabled" => false,
        _ => {
            return Err(wrong_at(
                path,
                "attestationEnforcement",
                "\"registrationOnly\" or \"disabled\" is wanted",
            ));
        }
    };
    let mut synced = None;
    let mut both = false;
    for kind in text_member(profile, path, "passkeyTypes")?.split(',').map(str::trim) {
        let kind = match kind {
            "deviceBound" => false,
            "synced" => true,
            _ => {
                let wanted = "\"deviceBound\", \"synced\" or both with a comma are wanted";
                return Err(wrong_at(path, "passkeyTypes", wanted));
            }
        };
        both |= synced.is_some_and(|other| other != kind);
        synced = Some(kind);
    }
    let rules = EntraRules {
        name: Some(text_member(profile, path, "name")?.to_owned()),
        synced: synced.filter(|_| !both),
        ..EntraRules::new(attestation(enforced))
    };
    restrict(rules, profile, path)
}

/// Adds `keyRestrictions`.
fn restrict(rules: EntraRules, object: &Value, path: &str) -> Result<EntraRules, PolicyError> {
    let Some(restrictions) = present(object, "keyRestrictions") else {
        return Ok(rules);
    };
    let path = format!("{path}keyRestrictions.");
    if optional_bool(restrictions, &path, "isEnforced")? != Some(true) {
        return Ok(rules);
    }
    let wrong_list = || wrong_at(&path, "aaGuids", "a list of AAGUIDs is wanted");
    let listed =
        present(restrictions, "aaGuids").and_then(Value::as_array).ok_or_else(wrong_list)?;
    let listed: Option<Vec<_>> =
        listed.iter().map(|item| item.as_str().and_then(Aaguid::parse)).collect();
    let listed = Some(listed.ok_or_else(wrong_list)?);
    match text_member(restrictions, &path, "enforcementType")? {
        "allow" => Ok(EntraRules { allow: listed, ..rules }),
        "block" => Ok(EntraRules { block: listed, ..rules }),
        _ => Err(wrong_at(&path, "enforcementType", "\"allow\" or \"block\" is wanted")),
    }
}

fn attestation(enforced: bool) -> AttestationRule {
    if enforced { AttestationRule::Enforced } else { AttestationRule::Off }
}

/// Returns a member; `null` counts as left out.
fn present<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn text_member<'a>(object: &'a Value, path: &str, name: &str) -> Result<&'a str, PolicyError> {
    let text = present(object, name).and_then(Value::as_str);
    text.ok_or_else(|| wrong_at(path, name, "a string is wanted"))
}

fn optional_bool(object: &Value, path: &str, name: &str) -> Result<Option<bool>, PolicyError> {
    let value = present(object, name);
    let wrong_type = || wrong_at(path, name, "true or false is wanted");
    value.map(|value| value.as_bool().ok_or_else(wrong_type)).transpose()
}

fn wrong(member: &str, wanted: &'static str) -> PolicyError {
    wrong_at("", member, wanted)
}

fn wrong_at(path: &str, member: &str, wanted: &'static str) -> PolicyError {
    PolicyError::Member { member: format!("{path}{member}"), wanted }
}
