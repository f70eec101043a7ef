//! Client extension inputs in JSON (WebAuthn L3 §10.1, CTAP 2.2 §12); unknown ones are ignored.

use std::ops::RangeInclusive;

use super::creation_options::optional_text;
use super::member::Member;
use super::{CredProtect, CredentialDescriptor, OptionsError};

/// Extension inputs of a registration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreationExtensions {
    /// `credProps`: tell whether the credential is discoverable.
    pub cred_props: bool,
    /// `prf`.
    pub prf: Option<PrfCreation>,
    /// `largeBlob`: make room for a large blob.
    pub large_blob: Option<LargeBlobSupport>,
    /// `credentialProtectionPolicy`.
    pub cred_protect: Option<CredProtect>,
    /// `enforceCredentialProtectionPolicy`.
    pub enforce_cred_protect: bool,
    /// `credBlob`: bytes to keep with the credential.
    pub cred_blob: Option<Vec<u8>>,
    /// `minPinLength`: tell the least PIN length.
    pub min_pin_length: bool,
    /// `hmacCreateSecret`: make the credential able to derive secrets.
    pub hmac_create_secret: bool,
    /// `appidExclude`: the U2F application whose credentials are excluded too.
    pub app_id_exclude: Option<String>,
}

/// Extension inputs of an authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestExtensions {
    /// `prf`.
    pub prf: Option<PrfRequest>,
    /// `largeBlob`: what to do with the large blob.
    pub large_blob: Option<LargeBlobRequest>,
    /// `getCredBlob`: return the bytes that are kept with the credential.
    pub get_cred_blob: bool,
    /// `hmacGetSecret`: one or two salts.
    pub hmac_get_secret: Option<HmacSalts>,
    /// `appid`: the U2F application whose credentials may be used too.
    pub app_id: Option<String>,
}

/// Inputs of `prf`, of any length; they are hashed into salts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrfValues {
    /// The first.
    pub first: Vec<u8>,
    /// The second.
    pub second: Option<Vec<u8>>,
}

/// `prf` at registration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrfCreation {
    /// What to derive secrets from at once.
    pub eval: Option<PrfValues>,
}

/// `prf` at authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrfRequest {
    /// What to derive secrets from with a credential that is not listed.
    pub eval: Option<PrfValues>,
    /// What to derive them from with those that are.
    pub eval_by_credential: Vec<(Vec<u8>, PrfValues)>,
}

/// WebAuthn's two wishes for a large blob (WebAuthn L3 §10.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeBlobSupport {
    /// Or fail.
    Required,
    /// If the key can.
    Preferred,
}

/// `largeBlob` at authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LargeBlobRequest {
    /// Return it.
    Read,
    /// Put this in its place.
    Write(Vec<u8>),
}

/// Salts of `hmacGetSecret`, taken as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HmacSalts {
    /// The first.
    pub first: [u8; 32],
    /// The second.
    pub second: Option<[u8; 32]>,
}

impl CreationExtensions {
    pub(super) fn read(options: &Member<'_>) -> Result<Self, OptionsError> {
        let Some(inputs) = options.optional("extensions")? else {
            return Ok(CreationExtensions::default());
        };
        if let Some(app_id) = inputs.optional("appid")? {
            return Err(app_id.not_supported("this extension is for authentication only"));
        }
        Ok(CreationExtensions {
            cred_props: is_true(&inputs, "credProps")?,
            prf: inputs.optional("prf")?.map(|prf| PrfCreation::read(&prf)).transpose()?,
            large_blob: large_blob_support(&inputs)?,
            cred_protect: cred_protect(&inputs)?,
            enforce_cred_protect: is_true(&inputs, "enforceCredentialProtectionPolicy")?,
            cred_blob: inputs.optional("credBlob")?.map(|blob| blob.bytes()).transpose()?,
            min_pin_length: is_true(&inputs, "minPinLength")?,
            hmac_create_secret: is_true(&inputs, "hmacCreateSecret")?,
            app_id_exclude: optional_text(&inputs, "appidExclude")?,
        })
    }
}

impl RequestExtensions {
    pub(super) fn read(
        options: &Member<'_>,
        allow: &[CredentialDescriptor],
    ) -> Result<Self, OptionsError> {
        let Some(inputs) = options.optional("extensions")? else {
            return Ok(RequestExtensions::default());
        };
        if let Some(exclude) = inputs.optional("appidExclude")? {
            return Err(exclude.not_supported("this extension is for registration only"));
        }
        Ok(RequestExtensions {
            prf: inputs.optional("prf")?.map(|prf| PrfRequest::read(&prf, allow)).transpose()?,
            large_blob: large_blob_request(&inputs, allow)?,
            get_cred_blob: is_true(&inputs, "getCredBlob")?,
            hmac_get_secret: match inputs.optional("hmacGetSecret")? {
                Some(salts) if inputs.optional("prf")?.is_some() => {
                    return Err(salts.not_supported("either this or prf is wanted, not both"));
                }
                Some(salts) => Some(HmacSalts {
                    first: salt(&salts.required("salt1")?)?,
                    second: salts.optional("salt2")?.map(|second| salt(&second)).transpose()?,
                }),
                None => None,
            },
            app_id: optional_text(&inputs, "appid")?,
        })
    }
}

impl PrfCreation {
    fn read(prf: &Member<'_>) -> Result<Self, OptionsError> {
        if let Some(by_credential) = prf.optional("evalByCredential")? {
            return Err(by_credential.not_supported("this is for authentication only"));
        }
        Ok(PrfCreation { eval: eval(prf)? })
    }
}

impl PrfRequest {
    fn read(prf: &Member<'_>, allow: &[CredentialDescriptor]) -> Result<Self, OptionsError> {
        let mut eval_by_credential = Vec::new();
        if let Some(by_credential) = prf.optional("evalByCredential")? {
            for (id, values) in by_credential.entries()? {
                if allow.is_empty() {
                    let problem = "allowCredentials must name the credentials";
                    return Err(by_credential.not_supported(problem));
                }
                let known = by_credential
                    .id_readings(id)
                    .into_iter()
                    .find(|id| allow.iter().any(|allowed| allowed.id.as_slice() == id));
                let Some(known) = known.filter(|id| !id.is_empty()) else {
                    let problem = "this is not the ID of a credential in allowCredentials";
                    return Err(OptionsError::Syntax { member: values.path(), problem });
                };
                eval_by_credential.push((known, PrfValues::read(&values)?));
            }
        }
        Ok(PrfRequest { eval: eval(prf)?, eval_by_credential })
    }

    /// Returns the inputs that go for a credential.
    pub fn values_for(&self, credential_id: &[u8]) -> Option<&PrfValues> {
        let listed = self.eval_by_credential.iter().find(|(id, _)| id == credential_id);
        listed.map(|(_, values)| values).or(self.eval.as_ref())
    }
}

impl PrfValues {
    fn read(values: &Member<'_>) -> Result<Self, OptionsError> {
        Ok(PrfValues {
            first: values.required("first")?.bytes()?,
            second: values.optional("second")?.map(|second| second.bytes()).transpose()?,
        })
    }
}

fn eval(prf: &Member<'_>) -> Result<Option<PrfValues>, OptionsError> {
    prf.optional("eval")?.map(|eval| PrfValues::read(&eval)).transpose()
}

fn is_true(inputs: &Member<'_>, name: &str) -> Result<bool, OptionsError> {
    inputs.optional(name)?.map_or(Ok(false), |member| member.truth())
}

fn salt(member: &Member<'_>) -> Result<[u8; 32], OptionsError> {
    const LENGTHS: RangeInclusive<usize> = 32..=32;
    let bytes = member.bytes_of(LENGTHS, "base64url of 32 bytes")?;
    let mut salt = [0; 32];
    salt.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    Ok(salt)
}

/// Reads a policy. An unknown one is an error: ignoring it would leave the credential without the
/// protection that was asked for.
fn cred_protect(inputs: &Member<'_>) -> Result<Option<CredProtect>, OptionsError> {
    let Some(policy) = inputs.optional("credentialProtectionPolicy")? else {
        return Ok(None);
    };
    match CredProtect::from_name(policy.text()?) {
        Some(level) => Ok(Some(level)),
        None => Err(policy.not_supported("this policy is not known")),
    }
}

fn large_blob_support(inputs: &Member<'_>) -> Result<Option<LargeBlobSupport>, OptionsError> {
    let Some(large_blob) = inputs.optional("largeBlob")? else {
        return Ok(None);
    };
    for name in ["read", "write"] {
        if let Some(member) = large_blob.optional(name)? {
            return Err(member.not_supported("this is for authentication only"));
        }
    }
    Ok(Some(match optional_text(&large_blob, "support")?.as_deref() {
        Some("required") => LargeBlobSupport::Required,
        _ => LargeBlobSupport::Preferred,
    }))
}

fn large_blob_request(
    inputs: &Member<'_>,
    allow: &[CredentialDescriptor],
) -> Result<Option<LargeBlobRequest>, OptionsError> {
    let Some(large_blob) = inputs.optional("largeBlob")? else {
        return Ok(None);
    };
    if let Some(support) = large_blob.optional("support")? {
        return Err(support.not_supported("this is for registration only"));
    }
    let reads = is_true(&large_blob, "read")?;
    let Some(write) = large_blob.optional("write")? else {
        return Ok(reads.then_some(LargeBlobRequest::Read));
    };
    if large_blob.optional("read")?.is_some() {
        return Err(large_blob.not_supported("either read or write is wanted, not both"));
    }
    // An ID that can be read in two ways is in the list twice.
    if allow.len() != 1 {
        return Err(write.not_supported("allowCredentials must name one credential"));
    }
    Ok(Some(LargeBlobRequest::Write(write.bytes()?)))
}
