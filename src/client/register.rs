//! Making a credential (CTAP 2.2 §6.1), checked before it is reported.

use super::attestation_wishes::AttestationWishes;
use super::creation_secrets::{self, CreationSecrets};
use super::credential_list::Probed;
use super::hmac_secret::{HmacSecrets, Salts};
use super::interaction::TouchReason;
use super::pin_rules::{PinRuleWishes, PinRules};
use super::register_blobs::{RegisteredBlobs, RegistrationBlobs};
use super::verification::{Authorization, Need, perform};
use super::{
    Error, Protocol, Requirement, Session, Shortfall, Unsupported, Verification, answer, app_id,
    creation_extensions, creation_payment, creation_protection, credential_list, credentials,
    names, u2f,
};
use crate::cbor::{Strictness, Value};
use crate::cose::Algorithm;
use crate::ctap2::extensions::{CredProtect, MakeCredentialExtensions};
use crate::ctap2::make_credential::MakeCredentialOptions;
use crate::ctap2::{
    GetInfoResponse, MakeCredentialRequest, MakeCredentialResponse, Permissions, Request, Status,
};
use crate::relying_party::{self, Attestation};
use crate::webauthn::{
    AttestationObject, AuthenticatorData, CredentialDescriptor, CredentialParameters, RpEntity,
    UserEntity,
};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Registration {
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// The relying party.
    pub rp: RpEntity,
    /// The account.
    pub user: UserEntity,
    /// Algorithms, best first; only those that the key lists are sent.
    pub algorithms: Vec<Algorithm>,
    /// Credentials that must not be on this key.
    pub exclude: Vec<CredentialDescriptor>,
    /// Make it discoverable.
    pub resident_key: Requirement,
    /// Verify the person.
    pub user_verification: Requirement,
    /// credProtect: the level, and whether a lower one is an error.
    pub cred_protect: Option<(CredProtect, bool)>,
    /// Make the credential able to derive secrets (hmac-secret).
    pub hmac_secret: bool,
    /// credBlob and large blob.
    pub blobs: RegistrationBlobs,
    /// The attestation.
    pub attestation: AttestationWishes,
    /// Rules for PINs that the relying party wants to know.
    pub pin_rules: PinRuleWishes,
    /// Derive secrets at once (hmac-secret-mc); takes [`Self::hmac_secret`] along.
    pub hmac_secret_salts: Option<Salts>,
    /// Let others than the relying party use the credential for payments (thirdPartyPayment).
    pub third_party_payment: bool,
    /// The application ID of credentials in [`Self::exclude`] made over U2F (appidExclude).
    pub app_id_exclude: Option<String>,
    /// What becomes of an extension or an attestation that does not come.
    pub shortfall: Shortfall,
}

/// What was made and checked.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The attestation object.
    pub attestation_object: AttestationObject,
    /// Its authenticator data, read.
    pub authenticator_data: AuthenticatorData,
    /// What the attestation proves; `None` if its format or algorithm cannot be checked here.
    pub attestation: Option<Attestation>,
    /// True if the credential is discoverable.
    pub discoverable: bool,
    /// How the person was verified.
    pub verification: Verification,
    /// Derived secrets, if they were asked for.
    pub hmac_secrets: Option<HmacSecrets>,
    /// credBlob and large blob.
    pub blobs: RegisteredBlobs,
    /// Which protocol it was made with.
    pub protocol: Protocol,
    /// True if this is an enterprise attestation, which names the device.
    pub enterprise_attestation: bool,
    /// Rules for PINs that the key told.
    pub pin_rules: PinRules,
}

impl Registration {
    pub(super) fn derives_secrets(&self) -> bool {
        self.hmac_secret || self.hmac_secret_salts.is_some()
    }
}

/// Makes a credential. With a PIN: tries left, key agreement, token, makeCredential.
pub fn register(session: &mut Session<'_>, wanted: &Registration) -> Result<Registered, Error> {
    session.refresh_if_stale()?;
    let mut request = prepare(session.info(), wanted)?;
    names::fit(session, &mut request.rp, &mut request.user);
    let exclude = credential_list::possible(session.info(), wanted.exclude.iter());
    if let Some(app_id) = &wanted.app_id_exclude {
        app_id::exclude(session, app_id, &exclude)?;
    }
    let with_list = with_exclude_list(&request, &exclude);
    let length = length_to_come(&with_list, wanted);
    let probing = !credential_list::fits(session, exclude.len(), length);
    let mut permissions = Permissions::MAKE_CREDENTIAL;
    permissions.set(Permissions::GET_ASSERTION, probing);
    let need = Need {
        requirement: wanted.user_verification,
        demanded: verification_is_demanded(session.info(), &request),
        permissions,
        rp_id: Some(&wanted.rp.id),
        user_presence: true,
    };
    perform(session, &need, &mut |session, authorization| {
        let request = if probing {
            match credential_list::find(session, &wanted.rp.id, &exclude, authorization)? {
                // The key waits for a touch before it refuses.
                Probed::Found(found) => with_exclude_list(&request, &[found]),
                Probed::Nothing => request.clone(),
                Probed::Unable => with_list.clone(),
            }
        } else {
            with_list.clone()
        };
        let mut request = authorize(request, authorization);
        let salts = wanted.hmac_secret_salts.as_ref();
        let secrets = CreationSecrets::add_input(session, salts, authorization, &mut request)?;
        let answer =
            make_credential(session, &request, &wanted.client_data_hash).map_err(|error| {
                match error {
                    Error::Refused { status: Status::UNSUPPORTED_ALGORITHM, .. } => {
                        Error::Unsupported(Unsupported::Algorithms(wanted.algorithms.clone()))
                    }
                    error => error,
                }
            })?;
        let made = rk(&request).then(|| credential_id(&answer)).flatten();
        let checked = check(session, wanted, &request, answer, authorization.verification);
        let opened = checked
            .and_then(|registered| with_secrets(registered, wanted.shortfall, secrets.as_ref()));
        let confirmed = opened.and_then(|registered| {
            creation_payment::confirm(session, &request, &registered.authenticator_data)?;
            creation_protection::confirm(session, wanted.cred_protect, &registered)?;
            Ok(registered)
        });
        confirmed.map_err(|cause| match made {
            // One that is not discoverable leaves nothing on the key.
            None => cause,
            Some(credential_id) => {
                credentials::discard(session, &credential_id, authorization.verification, cause)
            }
        })
    })
}

fn make_credential(
    session: &mut Session<'_>,
    request: &MakeCredentialRequest,
    client_data_hash: &[u8; 32],
) -> Result<MakeCredentialResponse, Error> {
    match session.protocol() {
        Protocol::Ctap2 => session.call(request, TouchReason::Enroll),
        Protocol::U2f => u2f::make_credential(session, request, client_data_hash),
    }
}

/// Puts together what does not depend on verification, from what the key lists.
fn prepare(info: &GetInfoResponse, wanted: &Registration) -> Result<MakeCredentialRequest, Error> {
    let user_id = wanted.user.id.len();
    if !(1..=64).contains(&user_id) {
        return Err(Error::UserIdLength(user_id));
    }
    // Most keys refuse a list with one unknown algorithm, whatever else is in it.
    let unlisted = info.algorithms.is_none();
    let es256_will_not_do = unlisted && !wanted.algorithms.contains(&Algorithm::ES256);
    let algorithms: Vec<_> = wanted
        .algorithms
        .iter()
        .filter(|algorithm| info.supports_algorithm(**algorithm) || es256_will_not_do)
        .map(|algorithm| CredentialParameters::new(*algorithm))
        .collect();
    if algorithms.is_empty() {
        let algorithms = wanted.algorithms.clone();
        return Err(Error::Unsupported(Unsupported::Algorithms(algorithms)));
    }
    let rk = match wanted.resident_key {
        Requirement::Required if !info.option_is_true("rk") => {
            return Err(Error::Unsupported(Unsupported::Option("rk")));
        }
        Requirement::Required => true,
        Requirement::Preferred => info.option_is_true("rk"),
        Requirement::Discouraged => false,
    };
    let mut extensions = creation_extensions::inputs(info, wanted)?;
    wanted.blobs.add_inputs(info, rk, &mut extensions)?;
    let mut request = MakeCredentialRequest {
        client_data_hash: wanted.client_data_hash.to_vec().into(),
        rp: wanted.rp.clone(),
        user: wanted.user.clone(),
        pub_key_cred_params: algorithms,
        exclude_list: None,
        extensions: (extensions != MakeCredentialExtensions::default()).then_some(extensions),
        options: rk.then(|| MakeCredentialOptions { rk: Some(true), ..Default::default() }),
        pin_uv_auth_param: None,
        pin_uv_auth_protocol: None,
        enterprise_attestation: None,
        attestation_formats_preference: None,
    };
    wanted.attestation.prepare(info, &mut request)?;
    Ok(request)
}

/// Tells whether the key makes this credential only with verification (CTAP 2.2 §6.1.2, steps 5
/// to 8).
fn verification_is_demanded(info: &GetInfoResponse, request: &MakeCredentialRequest) -> bool {
    let discoverable = rk(request);
    info.option_is_true("alwaysUv")
        || (info.is_protected() && (discoverable || !info.option_is_true("makeCredUvNotRqd")))
}

fn rk(request: &MakeCredentialRequest) -> bool {
    request.options.as_ref().is_some_and(|options| options.rk == Some(true))
}

fn with_exclude_list(
    request: &MakeCredentialRequest,
    exclude: &[CredentialDescriptor],
) -> MakeCredentialRequest {
    let exclude_list = (!exclude.is_empty()).then(|| exclude.to_vec());
    MakeCredentialRequest { exclude_list, ..request.clone() }
}

fn authorize(
    mut request: MakeCredentialRequest,
    authorization: &Authorization,
) -> MakeCredentialRequest {
    request.pin_uv_auth_param = authorization.pin_uv_auth_param(&request.client_data_hash);
    request.pin_uv_auth_protocol = authorization.pin_uv_auth_protocol();
    if let Some(uv) = authorization.uv_option() {
        request.options.get_or_insert_default().uv = Some(uv);
    }
    request
}

/// Returns the length of the message once it carries the longest pinUvAuthParam there is, and the
/// salts.
fn length_to_come(request: &MakeCredentialRequest, wanted: &Registration) -> usize {
    let mut request = request.clone();
    request.pin_uv_auth_param = Some(vec![0; 32].into());
    request.pin_uv_auth_protocol = Some(2);
    let salts = wanted.hmac_secret_salts.as_ref().map(|_| creation_secrets::LENGTH_OF_INPUT);
    request.to_message().len() + salts.unwrap_or_default()
}

/// Opens the secrets derived at once, if they were asked for.
fn with_secrets(
    mut registered: Registered,
    shortfall: Shortfall,
    secrets: Option<&CreationSecrets<'_>>,
) -> Result<Registered, Error> {
    if let Some(secrets) = secrets {
        registered.hmac_secrets = secrets.open(&registered.authenticator_data, shortfall)?;
    }
    Ok(registered)
}

/// Reads the new credential's ID out of an answer that may be worth nothing else.
fn credential_id(answer: &MakeCredentialResponse) -> Option<Vec<u8>> {
    let data = AuthenticatorData::parse(&answer.auth_data, Strictness::Tolerant).ok()?;
    let id = data.attested_credential?.credential_id;
    (!id.is_empty()).then_some(id)
}

fn check(
    session: &Session<'_>,
    wanted: &Registration,
    request: &MakeCredentialRequest,
    answer: MakeCredentialResponse,
    verification: Verification,
) -> Result<Registered, Error> {
    let data = AuthenticatorData::parse(&answer.auth_data, session.limits().strictness)?;
    answer::check_rp_id(&data, &wanted.rp.id)?;
    let verification = answer::check_flags(&data, true, verification)?;
    let credential =
        data.attested_credential.as_ref().ok_or(relying_party::Error::NoAttestedCredential)?;
    if credential.credential_id.is_empty() {
        let command = MakeCredentialRequest::COMMAND;
        return Err(Error::Incomplete { command, what: "credential ID" });
    }
    let algorithm = credential.public_key.algorithm();
    if !request.pub_key_cred_params.iter().any(|sent| sent.algorithm == algorithm) {
        return Err(relying_party::Error::UnexpectedAlgorithm(algorithm).into());
    }
    creation_extensions::check(&data, wanted, request.extensions.as_ref())?;
    let sent = request.extensions.clone().unwrap_or_default();
    let blobs = wanted.blobs.outputs(&sent, &data, &answer)?;
    let pin_rules = wanted.pin_rules.read(&data, wanted.shortfall)?;
    wanted.attestation.check(&answer, wanted.shortfall)?;
    let enterprise_attestation = answer.ep_att == Some(true);
    let object = AttestationObject {
        format: answer.fmt,
        statement: answer.att_stmt.unwrap_or_else(|| Value::Map(Vec::new())),
        authenticator_data: answer.auth_data,
    };
    let attestation = answer::check_attestation(&object, &data, &wanted.client_data_hash)?;
    Ok(Registered {
        attestation_object: object,
        authenticator_data: data,
        attestation,
        discoverable: rk(request),
        verification,
        hmac_secrets: None,
        blobs,
        protocol: session.protocol(),
        enterprise_attestation,
        pin_rules,
    })
}
