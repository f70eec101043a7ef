//! Producing assertions (CTAP 2.2 §6.2, §6.3), checked before they are reported.

use super::app_id::Whereabouts;
use super::authenticate_blobs::{AssertionBlobs, AuthenticationBlobs};
use super::credential_list::Probed;
use super::hmac_secret::{HmacSecrets, Salts};
use super::interaction::{Account, Declined, TouchReason};
use super::key_agreement::{self, Agreement, agree};
use super::register_blobs::LargeBlobWay;
use super::verification::{Authorization, Need, perform};
use super::{
    Error, Protocol, Requirement, Session, Shortfall, Unsupported, Verification, answer, app_id,
    credential_list, salts_by_credential, u2f,
};
use crate::cose::CoseKey;
use crate::ctap2::extensions::{
    CRED_BLOB, GetAssertionExtensions, HMAC_SECRET, THIRD_PARTY_PAYMENT,
};
use crate::ctap2::get_assertion::GetAssertionOptions;
use crate::ctap2::{
    GetAssertionRequest, GetAssertionResponse, GetNextAssertion, Permissions, Request,
};
use crate::relying_party::{self, signature};
use crate::webauthn::{AuthenticatorData, CredentialDescriptor, UserEntity};

/// More accounts than this no key holds for one relying party.
const MAX_ASSERTIONS: u64 = 255;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The relying party.
    pub rp_id: String,
    /// SHA-256 of the client data.
    pub client_data_hash: [u8; 32],
    /// Credentials that may be used; empty asks for discoverable ones.
    pub allow: Vec<AllowedCredential>,
    /// Verify the person.
    pub user_verification: Requirement,
    /// Test user presence; false asks for a silent assertion.
    pub user_presence: bool,
    /// Derive secrets.
    pub hmac_secret: Option<Salts>,
    /// Derive them from other salts with these credentials of the allow list, named by their IDs.
    pub salts_by_credential: Vec<(Vec<u8>, Salts)>,
    /// Ask whether others than the relying party may use the credential for payments
    /// (thirdPartyPayment).
    pub third_party_payment: bool,
    /// credBlob and large blob.
    pub blobs: AuthenticationBlobs,
    /// Return every account's assertion instead of asking which.
    pub all_accounts: bool,
    /// The application ID under which credentials of [`Self::allow`] may have been made over U2F
    /// (appid); it takes the RP ID's place if they were.
    pub app_id: Option<String>,
    /// What becomes of an extension that the key does not do.
    pub shortfall: Shortfall,
}

impl Authentication {
    fn derives_secrets(&self) -> bool {
        self.hmac_secret.is_some() || !self.salts_by_credential.is_empty()
    }
}

/// A credential that may be used, with its public key if that is known.
#[derive(Clone, Debug)]
pub struct AllowedCredential {
    /// The credential.
    pub descriptor: CredentialDescriptor,
    /// If given, the signature is checked with it.
    pub public_key: Option<CoseKey>,
}

/// An assertion, checked.
#[derive(Debug)]
pub struct Assertion {
    /// The credential ID.
    pub credential_id: Vec<u8>,
    /// Authenticator data as signed.
    pub encoded_authenticator_data: Vec<u8>,
    /// Authenticator data, read.
    pub authenticator_data: AuthenticatorData,
    /// The signature.
    pub signature: Vec<u8>,
    /// The account, if the key named it.
    pub user: Option<UserEntity>,
    /// Derived secrets; with [`Authentication::all_accounts`], `None` for a credential that
    /// cannot derive any.
    pub hmac_secrets: Option<HmacSecrets>,
    /// Whether the credential is for payments too; `None` if that was not asked.
    pub third_party_payment: Option<bool>,
    /// credBlob and large blob.
    pub blobs: AssertionBlobs,
    /// True if the signature was checked with a public key given.
    pub signature_verified: bool,
    /// Whether the credential is the application ID's; `None` if none was given.
    pub app_id_used: Option<bool>,
    /// How the person was verified.
    pub verification: Verification,
    /// Which protocol it was produced with.
    pub protocol: Protocol,
}

/// Produces one assertion, or one per account in the key's order.
///
/// With a PIN: tries left, key agreement, token, getAssertion; the key agreement serves
/// `hmac_secret` too.
pub fn authenticate(
    session: &mut Session<'_>,
    wanted: &Authentication,
) -> Result<Vec<Assertion>, Error> {
    session.refresh_if_stale()?;
    if wanted.derives_secrets() && !session.info().has_extension(HMAC_SECRET) {
        return Err(Error::Unsupported(Unsupported::Extension(HMAC_SECRET)));
    }
    if wanted.third_party_payment && !session.info().has_extension(THIRD_PARTY_PAYMENT) {
        return Err(Error::Unsupported(Unsupported::Extension(THIRD_PARTY_PAYMENT)));
    }
    let listed = wanted.allow.iter().map(|allowed| &allowed.descriptor);
    let allow = credential_list::possible(session.info(), listed);
    if allow.is_empty() && !wanted.allow.is_empty() {
        // Without a list the key would offer credentials that were not asked for.
        return Err(Error::NoCredentials);
    }
    let Some(app_id) = wanted.app_id.as_deref().filter(|_| !allow.is_empty()) else {
        return authenticate_at(session, wanted, &allow, wanted.app_id.as_ref().map(|_| false));
    };
    let of_app_id = Authentication { rp_id: app_id.to_owned(), ..wanted.clone() };
    match app_id::find(session, &wanted.rp_id, app_id, &allow)? {
        Whereabouts::RpId => authenticate_at(session, wanted, &allow, Some(false)),
        Whereabouts::AppId(found) => authenticate_at(session, &of_app_id, &[found], Some(true)),
        Whereabouts::Untold => match authenticate_at(session, wanted, &allow, Some(false)) {
            Err(Error::NoCredentials) => authenticate_at(session, &of_app_id, &allow, Some(true)),
            outcome => outcome,
        },
    }
}

/// Produces assertions for the RP ID in `wanted`, which may be an application ID.
fn authenticate_at(
    session: &mut Session<'_>,
    wanted: &Authentication,
    allow: &[CredentialDescriptor],
    app_id_used: Option<bool>,
) -> Result<Vec<Assertion>, Error> {
    let way = wanted.blobs.plan(session.info(), wanted.allow.len(), wanted.all_accounts)?;
    let need = Need {
        requirement: wanted.user_verification,
        demanded: wanted.user_presence && session.info().option_is_true("alwaysUv")
            || wanted.blobs.demands_verification(session.info(), way),
        permissions: Permissions::GET_ASSERTION | wanted.blobs.permissions(way),
        rp_id: Some(&wanted.rp_id),
        user_presence: wanted.user_presence,
    };
    let mut assertions = perform(session, &need, &mut |session, authorization| {
        let assertions = assert(session, wanted, allow, way, authorization)?;
        let mut assertions = if wanted.all_accounts || assertions.len() <= 1 {
            assertions
        } else {
            vec![choose(session, assertions)?]
        };
        // Here, while the token lives.
        wanted.blobs.finish(session, authorization, wanted, way, &mut assertions)?;
        Ok(assertions)
    })?;
    let lacks_secrets = assertions.iter().any(|assertion| assertion.hmac_secrets.is_none());
    if wanted.derives_secrets() && !wanted.all_accounts && lacks_secrets {
        wanted.shortfall.or((), Error::ExtensionNotApplied(HMAC_SECRET))?;
    }
    assertions.iter_mut().for_each(|assertion| assertion.app_id_used = app_id_used);
    Ok(assertions)
}

fn assert(
    session: &mut Session<'_>,
    wanted: &Authentication,
    allow: &[CredentialDescriptor],
    way: Option<LargeBlobWay>,
    authorization: &Authorization,
) -> Result<Vec<Assertion>, Error> {
    let (allow, salts) = salts_by_credential::find(session, wanted, allow, authorization)?;
    let own_agreement;
    let agreement = match (salts, &authorization.agreement) {
        (None, _) => None,
        (Some(_), Some(shared)) => Some(shared.as_ref()),
        (Some(_), None) => {
            own_agreement = agree(session, key_agreement::protocol(session.info())?)?;
            Some(own_agreement.as_ref())
        }
    };
    let secrets = salts.zip(agreement);
    let mut request = prepare(session, wanted, &allow, secrets, way, authorization)?;
    if !credential_list::fits(session, allow.len(), request.to_message().len()) {
        match credential_list::find(session, &wanted.rp_id, &allow, authorization)? {
            Probed::Found(found) => request.allow_list = Some(vec![found]),
            Probed::Nothing => return Err(Error::NoCredentials),
            Probed::Unable => {}
        }
    }
    let first = match session.protocol() {
        Protocol::Ctap2 => session.call(&request, TouchReason::Assert)?,
        Protocol::U2f => u2f::get_assertion(session, &request, &wanted.client_data_hash)?,
    };
    let count = count(&first, wanted, &request)?;
    let mut assertions = Vec::new();
    let check = Check { wanted, request: &request, secrets, way, authorization };
    assertions.push(check.check(session, first)?);
    for _ in 1..count {
        let next = session.call(&GetNextAssertion, TouchReason::Assert)?;
        assertions.push(check.check(session, next)?);
    }
    Ok(assertions)
}

fn prepare(
    session: &mut Session<'_>,
    wanted: &Authentication,
    allow: &[CredentialDescriptor],
    secrets: Option<(&Salts, &Agreement)>,
    way: Option<LargeBlobWay>,
    authorization: &Authorization,
) -> Result<GetAssertionRequest, Error> {
    let mut extensions = GetAssertionExtensions {
        hmac_secret: secrets
            .map(|(salts, agreement)| salts.to_input(session.random(), agreement))
            .transpose()?,
        third_party_payment: wanted.third_party_payment.then_some(true),
        ..Default::default()
    };
    wanted.blobs.add_inputs(way, &mut extensions)?;
    let options = GetAssertionOptions {
        rk: None,
        up: (!wanted.user_presence).then_some(false),
        uv: authorization.uv_option(),
    };
    Ok(GetAssertionRequest {
        rp_id: wanted.rp_id.clone(),
        client_data_hash: wanted.client_data_hash.to_vec().into(),
        allow_list: (!allow.is_empty()).then(|| allow.to_vec()),
        extensions: (extensions != GetAssertionExtensions::default()).then_some(extensions),
        options: (options != GetAssertionOptions::default()).then_some(options),
        pin_uv_auth_param: authorization.pin_uv_auth_param(&wanted.client_data_hash),
        pin_uv_auth_protocol: authorization.pin_uv_auth_protocol(),
    })
}

/// Says how many assertions to fetch.
fn count(
    first: &GetAssertionResponse,
    wanted: &Authentication,
    request: &GetAssertionRequest,
) -> Result<u64, Error> {
    let claimed = first.number_of_credentials.unwrap_or(1);
    if claimed > MAX_ASSERTIONS {
        let command = GetAssertionRequest::COMMAND;
        return Err(Error::TooMany { command, what: "assertions", claimed });
    }
    // CTAP 2.0 keys may count the matches of an allow list too, of which any one will do.
    let any_one_will_do = request.allow_list.is_some() && !wanted.all_accounts;
    Ok(if any_one_will_do { 1 } else { claimed })
}

fn choose(session: &mut Session<'_>, mut assertions: Vec<Assertion>) -> Result<Assertion, Error> {
    let accounts: Vec<_> = assertions.iter().map(account).collect();
    let declined = |reason| Error::Declined { what: "account", reason };
    let index = session.interaction().choose_account(&accounts).map_err(declined)?;
    if index < assertions.len() {
        Ok(assertions.swap_remove(index))
    } else {
        Err(declined(Declined::Cancelled))
    }
}

fn account(assertion: &Assertion) -> Account {
    let user = assertion.user.as_ref();
    Account {
        user_id: user.map(|user| user.id.to_vec()).unwrap_or_default(),
        name: user.and_then(|user| user.name.as_ref()).map(|name| name.0.clone()),
        display_name: user.and_then(|user| user.display_name.as_ref()).map(|name| name.0.clone()),
        credential_id: assertion.credential_id.clone(),
    }
}

/// What every answer is checked against.
struct Check<'c> {
    wanted: &'c Authentication,
    request: &'c GetAssertionRequest,
    secrets: Option<(&'c Salts, &'c Agreement)>,
    way: Option<LargeBlobWay>,
    authorization: &'c Authorization,
}

impl Check<'_> {
    fn check(
        &self,
        session: &Session<'_>,
        answer: GetAssertionResponse,
    ) -> Result<Assertion, Error> {
        let data = AuthenticatorData::parse(&answer.auth_data, session.limits().strictness)?;
        answer::check_rp_id(&data, &self.wanted.rp_id)?;
        let (user_presence, verification) =
            (self.wanted.user_presence, self.authorization.verification);
        let verification = answer::check_flags(&data, user_presence, verification)?;
        let mut asked = Vec::new();
        asked.extend(self.secrets.map(|_| HMAC_SECRET));
        asked.extend(self.wanted.third_party_payment.then_some(THIRD_PARTY_PAYMENT));
        asked.extend(self.wanted.blobs.cred_blob.then_some(CRED_BLOB));
        answer::check_extensions(&data, &asked)?;
        let credential_id = self.credential_id(&answer)?;
        let signature_verified = self.verify_signature(&credential_id, &answer)?;
        let hmac_secrets = self.open_secrets(&data)?;
        let third_party_payment = answer::truth_output(&data, THIRD_PARTY_PAYMENT)?;
        if self.wanted.third_party_payment && third_party_payment.is_none() {
            return Err(Error::ExtensionNotApplied(THIRD_PARTY_PAYMENT));
        }
        let blobs = self.wanted.blobs.outputs(self.way, &data, &answer)?;
        Ok(Assertion {
            credential_id,
            encoded_authenticator_data: answer.auth_data.into(),
            authenticator_data: data,
            signature: answer.signature.into(),
            user: answer.user,
            hmac_secrets,
            third_party_payment,
            blobs,
            signature_verified,
            app_id_used: None,
            verification,
            protocol: session.protocol(),
        })
    }

    fn credential_id(&self, answer: &GetAssertionResponse) -> Result<Vec<u8>, Error> {
        let sent = self.request.allow_list.as_deref().unwrap_or_default();
        match (&answer.credential, sent) {
            (Some(credential), []) => Ok(credential.id.to_vec()),
            (Some(credential), sent) if sent.iter().any(|one| one.id == credential.id) => {
                Ok(credential.id.to_vec())
            }
            (Some(_), _) => Err(relying_party::Error::UnexpectedCredential.into()),
            (None, [only]) => Ok(only.id.to_vec()),
            (None, _) => {
                let command = GetAssertionRequest::COMMAND;
                Err(Error::Incomplete { command, what: "credential" })
            }
        }
    }

    fn verify_signature(
        &self,
        credential_id: &[u8],
        answer: &GetAssertionResponse,
    ) -> Result<bool, Error> {
        let same = |allowed: &&AllowedCredential| allowed.descriptor.id.as_slice() == credential_id;
        let allowed = self.wanted.allow.iter().find(same);
        let Some(public_key) = allowed.and_then(|allowed| allowed.public_key.as_ref()) else {
            return Ok(false);
        };
        let message = [answer.auth_data.as_slice(), &self.wanted.client_data_hash].concat();
        signature::verify(public_key, &message, &answer.signature)?;
        Ok(true)
    }

    fn open_secrets(&self, data: &AuthenticatorData) -> Result<Option<HmacSecrets>, Error> {
        match self.secrets {
            Some((salts, agreement)) => salts.open_output(agreement, data, HMAC_SECRET),
            None => Ok(None),
        }
    }
}
