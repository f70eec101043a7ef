//! Options of a relying party in, its response out.

use fidoctl::client::Session;
use fidoctl::client::authenticate::{AllowedCredential, Authentication, authenticate as sign};
use fidoctl::client::hmac_secret::Salts;
use fidoctl::webauthn::{
    AuthenticationResponseJson, AuthenticatorAssertionResponseJson, Base64Url, Ceremony,
    CollectedClientData, RequestOptions,
};
use serde_json::{Value, json};

use super::assert::extension_results;
use super::rp_id::OriginArgs;
use crate::failure::{Failure, Kind};

pub fn authenticate(
    session: &mut Session<'_>,
    options: RequestOptions,
    origin: &OriginArgs,
) -> Result<Value, Failure> {
    let (origin, rp_id) = origin.resolve(options.rp_id.as_deref())?;
    let client_data = CollectedClientData::to_json(Ceremony::Get, &options.challenge, &origin);
    let salts = options.extensions.hmac_get_secret.as_ref();
    let wanted = Authentication {
        rp_id,
        client_data_hash: CollectedClientData::hash(&client_data),
        allow: options
            .allow
            .into_iter()
            .map(|descriptor| AllowedCredential { descriptor, public_key: None })
            .collect(),
        user_verification: options.user_verification,
        user_presence: true,
        hmac_secret: salts.map(|salts| Salts { first: salts.first, second: salts.second }),
        third_party_payment: false,
        blobs: Default::default(),
        all_accounts: false,
        app_id: None,
    };
    let assertion = sign(session, &wanted)?.into_iter().next().ok_or_else(|| {
        Failure::message(Kind::INTERNAL, "an assertion without an assertion passed the checks")
    })?;
    let response = AuthenticatorAssertionResponseJson {
        client_data_json: Base64Url(client_data),
        authenticator_data: Base64Url(assertion.encoded_authenticator_data.clone()),
        signature: Base64Url(assertion.signature.clone()),
        user_handle: assertion.user.as_ref().map(|user| Base64Url(user.id.to_vec())),
    };
    let results = extension_results(&assertion);
    Ok(json!(AuthenticationResponseJson::new(assertion.credential_id.clone(), response, results)))
}
