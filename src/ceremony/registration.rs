//! Registration: from creation options to the response (WebAuthn L3 §5.1.3).

use super::attestation_conveyance::convey;
use super::registration_results::{AskedAtRegistration, registration_response, transports};
use super::{Error, Problem, Site};
use crate::cbor::{ByteVec, LossyText};
use crate::client::attestation_wishes::{AttestationWishes, EnterpriseAttestation};
use crate::client::hmac_secret::Salts;
use crate::client::pin_rules::PinRuleWishes;
use crate::client::register::{self as client, Registered, Registration};
use crate::client::register_blobs::RegistrationBlobs;
use crate::client::{Session, Shortfall};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{HMAC_SECRET, HMAC_SECRET_MC, MIN_PIN_LENGTH};
use crate::webauthn::extensions::PrfValues;
use crate::webauthn::{
    AttestationConveyance, AttestationObject, Ceremony, CollectedClientData, CreationOptions,
    RegistrationResponseJson, Requirement, RpEntity, UserEntity,
};

/// A credential that was made.
#[derive(Clone, Debug)]
pub struct Created {
    /// What was asked of the key.
    pub wanted: Registration,
    /// What the key answered.
    pub registered: Registered,
    /// The attestation object that the relying party gets.
    pub conveyed: AttestationObject,
    /// clientDataJSON.
    pub client_data_json: Vec<u8>,
    /// What the relying party gets.
    pub response: RegistrationResponseJson,
}

/// Makes a credential as the options want it.
///
/// Extensions that the key does not know are left out, and the response tells so; where the
/// options demand one, that is an error.
pub fn register(
    session: &mut Session<'_>,
    options: &CreationOptions,
    site: &Site,
) -> Result<Created, Error> {
    if !options.admits_security_keys() {
        return Err(Problem::PlatformWanted.into());
    }
    let ceremony = Ceremony::Create;
    let client_data_json = CollectedClientData::to_json(ceremony, &options.challenge, &site.origin);
    let mut wanted = wanted(session.info(), options, site, &client_data_json);
    wanted.app_id_exclude = site.app_id(options.extensions.app_id_exclude.as_deref())?;
    let registered =
        client::register(session, &wanted).map_err(|error| Error::of_client(error, ceremony))?;
    let conveyed = convey(&registered.attestation_object, options.attestation);
    let asked = AskedAtRegistration {
        cred_props: options.extensions.cred_props,
        prf: options.extensions.prf.is_some(),
        hmac_create_secret: options.extensions.hmac_create_secret,
        app_id_exclude: wanted.app_id_exclude.is_some(),
    };
    let response = registration_response(
        &registered,
        &conveyed,
        transports(session.info()),
        &client_data_json,
        asked.results(&registered),
    );
    Ok(Created { wanted, registered, conveyed, client_data_json, response })
}

fn wanted(
    info: &GetInfoResponse,
    options: &CreationOptions,
    site: &Site,
    client_data_json: &[u8],
) -> Registration {
    let inputs = &options.extensions;
    let prf = inputs.prf.as_ref();
    let derives = (prf.is_some() || inputs.hmac_create_secret) && info.has_extension(HMAC_SECRET);
    let salts = prf
        .and_then(|prf| prf.eval.as_ref())
        .filter(|_| derives && info.has_extension(HMAC_SECRET_MC))
        .map(salts);
    Registration {
        client_data_hash: CollectedClientData::hash(client_data_json),
        rp: RpEntity { id: site.rp_id.clone(), name: Some(LossyText(options.rp_name.clone())) },
        user: UserEntity {
            id: ByteVec::from(options.user_id.clone()),
            name: Some(LossyText(options.user_name.clone())),
            display_name: Some(LossyText(options.user_display_name.clone())),
        },
        algorithms: options.algorithms.clone(),
        exclude: options.exclude.clone(),
        resident_key: options.resident_key,
        user_verification: verification(options.user_verification, salts.is_some()),
        cred_protect: inputs.cred_protect.map(|level| (level, inputs.enforce_cred_protect)),
        hmac_secret: derives,
        blobs: RegistrationBlobs {
            cred_blob: inputs.cred_blob.clone().map(|blob| (blob, false)),
            large_blob: inputs.large_blob,
        },
        attestation: attestation(info, options),
        pin_rules: PinRuleWishes {
            min_pin_length: inputs.min_pin_length && info.has_extension(MIN_PIN_LENGTH),
            pin_complexity_policy: false,
        },
        hmac_secret_salts: salts,
        third_party_payment: false,
        app_id_exclude: None,
        shortfall: Shortfall::IsTold,
    }
}

/// `prf` knows only the secrets with user verification (WebAuthn L3 §10.1.4): others would change
/// as soon as a PIN is set.
pub(super) fn verification(wish: Requirement, prf_derives: bool) -> Requirement {
    if prf_derives { Requirement::Required } else { wish }
}

pub(super) fn salts(values: &PrfValues) -> Salts {
    Salts::of_prf(&values.first, values.second.as_deref())
}

/// Asks for what the key has; formats are a preference (WebAuthn L3 §5.4).
fn attestation(info: &GetInfoResponse, options: &CreationOptions) -> AttestationWishes {
    let names_the_key = options.attestation == AttestationConveyance::Enterprise;
    let listed = info.attestation_formats.as_deref().unwrap_or_default();
    let formats = options.attestation_formats.iter().filter(|wanted| listed.contains(wanted));
    AttestationWishes {
        enterprise: (names_the_key && info.option_is_true("ep"))
            .then_some(EnterpriseAttestation::VendorFacilitated),
        formats: formats.cloned().collect(),
    }
}
