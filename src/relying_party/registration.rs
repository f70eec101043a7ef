//! Registering a new credential (WebAuthn L3 §7.1).

use super::client_data::ClientData;
use super::report::Verdict;
use super::{
    Error, Expectations, Report, attestation, attestation_checks, authenticator_data, signature,
};
use crate::cose::CoseKey;
use crate::webauthn::{
    AttestationObject, AttestedCredentialData, AuthenticatorData, Ceremony, PUBLIC_KEY,
    RegistrationResponseJson,
};

/// A registration without a client's JSON around it.
#[derive(Clone, Copy, Debug)]
pub struct RawRegistration<'a> {
    /// The attestation object.
    pub attestation_object: &'a [u8],
    /// The client data or their hash.
    pub client_data: ClientData<'a>,
}

/// Verifies what a client returned.
pub fn verify(response: &RegistrationResponseJson, wanted: &Expectations) -> Report {
    let raw = RawRegistration {
        attestation_object: &response.response.attestation_object.0,
        client_data: ClientData::Json(&response.response.client_data_json.0),
    };
    run(Some(response), &raw, wanted)
}

/// Verifies what a key returned; the checks of a client's JSON are left out.
pub fn verify_raw(registration: &RawRegistration<'_>, wanted: &Expectations) -> Report {
    run(None, registration, wanted)
}

const NO_RESPONSE: &str = "no client's response given";
const NO_CREDENTIAL: &str = "there is no attested credential";

fn run(
    response: Option<&RegistrationResponseJson>,
    raw: &RawRegistration<'_>,
    wanted: &Expectations,
) -> Report {
    let mut report = Report::default();
    report.add(
        "credential-type",
        Verdict::of(response, NO_RESPONSE, |response| {
            let found = &response.credential_type;
            Verdict::ensure(found == PUBLIC_KEY, Error::CredentialType(found.clone()))
        }),
    );
    raw.client_data.check(Ceremony::Create, wanted, &mut report);

    let object = AttestationObject::from_slice(raw.attestation_object)
        .map_err(|error| Error::AttestationObject(error.to_string()));
    let data = object
        .as_ref()
        .ok()
        .map(|object| authenticator_data::parse(&object.authenticator_data).map(|d| (object, d)));
    report.add("attestation-object", object.as_ref().map(|_| ()).map_err(Clone::clone));
    report.add(
        "authenticator-data",
        Verdict::of(data.as_ref(), "the attestation object cannot be read", |data| {
            data.as_ref().map(|_| ()).map_err(Clone::clone)
        }),
    );
    report.add(
        "authenticator-data-member",
        Verdict::of(object.as_ref().ok(), "the attestation object cannot be read", |object| {
            check_repeated_data(response, object)
        }),
    );
    let (object, data) = data.and_then(Result::ok).unzip();
    authenticator_data::check(data.as_ref(), Ceremony::Create, wanted, &mut report);
    check_credential(response, data.as_ref(), wanted, &mut report);

    let attestation = object.zip(data.as_ref()).map(|(object, data)| {
        attestation::verify_with(object, data, &raw.client_data.hash(), wanted.sha1)
    });
    attestation_checks::check(attestation.as_ref(), data.as_ref(), wanted, &mut report);
    report.attestation = attestation.and_then(Result::ok);
    report.authenticator_data = data;
    report
}

fn check_credential(
    response: Option<&RegistrationResponseJson>,
    data: Option<&AuthenticatorData>,
    wanted: &Expectations,
    report: &mut Report,
) {
    let credential = data.and_then(|data| data.attested_credential.as_ref());
    report.add(
        "attested-credential",
        Verdict::of(data, authenticator_data::UNREADABLE, |_| {
            Verdict::ensure(credential.is_some(), Error::NoAttestedCredential)
        }),
    );
    report.add(
        "credential-id",
        Verdict::of(credential, NO_CREDENTIAL, |credential| check_id(response, credential)),
    );
    let key = credential.map(|credential| &credential.public_key);
    report.add(
        "algorithm",
        Verdict::of(key, NO_CREDENTIAL, |key| {
            Verdict::of(wanted.algorithms.as_ref(), "any algorithm is allowed", |algorithms| {
                let algorithm = key.algorithm();
                Verdict::ensure(
                    algorithms.contains(&algorithm),
                    Error::UnexpectedAlgorithm(algorithm),
                )
            })
        }),
    );
    report.add(
        "public-key",
        Verdict::of(key, NO_CREDENTIAL, |key| match signature::check_key(key) {
            Err(Error::UnsupportedAlgorithm(_)) => {
                Verdict::NotChecked("keys of this algorithm cannot be checked here")
            }
            result => result.into(),
        }),
    );
    report.add(
        "public-key-member",
        Verdict::of(key, NO_CREDENTIAL, |key| check_repeated_key(response, key)),
    );
}

fn check_id(
    response: Option<&RegistrationResponseJson>,
    credential: &AttestedCredentialData,
) -> Verdict {
    Verdict::of(response, NO_RESPONSE, |response| {
        let member = [("id", &response.id), ("rawId", &response.raw_id)]
            .into_iter()
            .find(|(_, id)| id.0 != credential.credential_id);
        member.map_or(Ok(()), |(name, _)| Err(Error::Member(name)))
    })
}

fn check_repeated_data(
    response: Option<&RegistrationResponseJson>,
    object: &AttestationObject,
) -> Verdict {
    Verdict::of(response, NO_RESPONSE, |response| {
        let repeated = response.response.authenticator_data.as_ref();
        Verdict::of(repeated, "the response does not have the member", |repeated| {
            let same = repeated.0 == **object.authenticator_data;
            Verdict::ensure(same, Error::Member("authenticatorData"))
        })
    })
}

fn check_repeated_key(response: Option<&RegistrationResponseJson>, key: &CoseKey) -> Verdict {
    let Some(response) = response.map(|response| &response.response) else {
        return Verdict::NotChecked(NO_RESPONSE);
    };
    // COSE reserves algorithm 0: it stands for a member left out.
    if response.public_key_algorithm != 0 && response.public_key_algorithm != key.algorithm().0 {
        return Verdict::Failed(Error::Member("publicKeyAlgorithm"));
    }
    Verdict::of(response.public_key.as_ref(), "the response does not have the member", |repeated| {
        Verdict::of(key.to_spki_der(), "the key has no such form here", |der| {
            Verdict::ensure(repeated.0 == der, Error::Member("publicKey"))
        })
    })
}
