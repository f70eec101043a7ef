//! Authentication: from request options to the response (WebAuthn L3 §5.1.4).

use super::authentication_results::{AskedAtAuthentication, authentication_response};
use super::registration::{salts, verification};
use super::{Error, Site};
use crate::client::authenticate::{self as client, AllowedCredential, Assertion, Authentication};
use crate::client::authenticate_blobs::{AuthenticationBlobs, LargeBlobAction};
use crate::client::hmac_secret::Salts;
use crate::client::register_blobs::LargeBlobWay;
use crate::client::{self as client_error, Session, Shortfall};
use crate::ctap2::GetInfoResponse;
use crate::ctap2::extensions::{CRED_BLOB, HMAC_SECRET};
use crate::webauthn::extensions::LargeBlobRequest;
use crate::webauthn::{AuthenticationResponseJson, Ceremony, CollectedClientData, RequestOptions};

/// An assertion that was produced.
#[derive(Debug)]
pub struct Authenticated {
    /// What the key answered.
    pub assertion: Assertion,
    /// clientDataJSON.
    pub client_data_json: Vec<u8>,
    /// What the relying party gets.
    pub response: AuthenticationResponseJson,
}

/// Produces an assertion as the options want it; of several accounts, the one that is chosen.
///
/// Extensions that the key does not know are left out, and the response tells so.
pub fn authenticate(
    session: &mut Session<'_>,
    options: &RequestOptions,
    site: &Site,
) -> Result<Authenticated, Error> {
    let ceremony = Ceremony::Get;
    let client_data_json = CollectedClientData::to_json(ceremony, &options.challenge, &site.origin);
    let mut wanted = wanted(session.info(), options, site, &client_data_json);
    wanted.app_id = site.app_id(options.extensions.app_id.as_deref())?;
    let of_client = |error| Error::of_client(error, ceremony);
    let assertion = client::authenticate(session, &wanted)
        .map_err(of_client)?
        .pop()
        .ok_or_else(|| of_client(client_error::Error::NoCredentials))?;
    let asked = AskedAtAuthentication {
        prf: options.extensions.prf.is_some(),
        large_blob: options.extensions.large_blob.as_ref(),
    };
    let response =
        authentication_response(&assertion, &client_data_json, asked.results(&assertion));
    Ok(Authenticated { assertion, client_data_json, response })
}

fn wanted(
    info: &GetInfoResponse,
    options: &RequestOptions,
    site: &Site,
    client_data_json: &[u8],
) -> Authentication {
    let inputs = &options.extensions;
    let derives = info.has_extension(HMAC_SECRET);
    let prf = inputs.prf.as_ref().filter(|_| derives);
    let raw = inputs.hmac_get_secret.as_ref().filter(|_| derives);
    let hmac_secret = match prf.and_then(|prf| prf.eval.as_ref()) {
        Some(values) => Some(salts(values)),
        None => raw.map(|raw| Salts { first: raw.first, second: raw.second }),
    };
    let by_credential = prf.map(|prf| prf.eval_by_credential.as_slice()).unwrap_or_default();
    let prf_derives = prf.is_some_and(|prf| prf.eval.is_some()) || !by_credential.is_empty();
    let large_blob = match &inputs.large_blob {
        _ if LargeBlobWay::of(info).is_none() => None,
        None => None,
        Some(LargeBlobRequest::Read) => Some(LargeBlobAction::Read),
        Some(LargeBlobRequest::Write(blob)) => {
            Some(LargeBlobAction::Write { blob: blob.clone(), replace: true })
        }
    };
    Authentication {
        rp_id: site.rp_id.clone(),
        client_data_hash: CollectedClientData::hash(client_data_json),
        allow: options
            .allow
            .iter()
            .map(|descriptor| AllowedCredential {
                descriptor: descriptor.clone(),
                public_key: None,
            })
            .collect(),
        user_verification: verification(options.user_verification, prf_derives),
        user_presence: true,
        hmac_secret,
        salts_by_credential: by_credential
            .iter()
            .map(|(id, values)| (id.clone(), salts(values)))
            .collect(),
        third_party_payment: false,
        blobs: AuthenticationBlobs {
            cred_blob: inputs.get_cred_blob && info.has_extension(CRED_BLOB),
            large_blob,
        },
        all_accounts: false,
        app_id: None,
        shortfall: Shortfall::IsTold,
    }
}
