//! Verifying an assertion (WebAuthn L3 §7.2).

use super::client_data::ClientData;
use super::report::Verdict;
use super::{Error, Expectations, Report, StoredCredential, authenticator_data, signature};
use crate::webauthn::{AuthenticationResponseJson, AuthenticatorData, Ceremony, Flags, PUBLIC_KEY};

/// An assertion without a client's JSON around it.
#[derive(Clone, Copy, Debug)]
pub struct RawAssertion<'a> {
    /// The credential ID, if the key named it.
    pub credential_id: Option<&'a [u8]>,
    /// The account, if the key named it.
    pub user_handle: Option<&'a [u8]>,
    /// The authenticator data, as signed.
    pub authenticator_data: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The client data or their hash.
    pub client_data: ClientData<'a>,
}

/// Verifies what a client returned.
pub fn verify(
    response: &AuthenticationResponseJson,
    wanted: &Expectations,
    stored: &StoredCredential,
) -> Report {
    let answer = &response.response;
    let raw = RawAssertion {
        credential_id: Some(&response.raw_id.0),
        user_handle: answer.user_handle.as_ref().map(|handle| handle.0.as_slice()),
        authenticator_data: &answer.authenticator_data.0,
        signature: &answer.signature.0,
        client_data: ClientData::Json(&answer.client_data_json.0),
    };
    run(Some(response), &raw, wanted, stored)
}

/// Verifies what a key returned; the checks of a client's JSON are left out.
pub fn verify_raw(
    assertion: &RawAssertion<'_>,
    wanted: &Expectations,
    stored: &StoredCredential,
) -> Report {
    run(None, assertion, wanted, stored)
}

const NO_RESPONSE: &str = "no client's response given";

fn run(
    response: Option<&AuthenticationResponseJson>,
    raw: &RawAssertion<'_>,
    wanted: &Expectations,
    stored: &StoredCredential,
) -> Report {
    let mut report = Report::default();
    report.add(
        "credential-type",
        Verdict::of(response, NO_RESPONSE, |response| {
            let found = &response.credential_type;
            Verdict::ensure(found == PUBLIC_KEY, Error::CredentialType(found.clone()))
        }),
    );
    report.add(
        "id-member",
        Verdict::of(response, NO_RESPONSE, |response| {
            Verdict::ensure(response.id == response.raw_id, Error::Member("id"))
        }),
    );
    report.add(
        "credential-id",
        Verdict::of(raw.credential_id, "the key did not name the credential", |id| {
            Verdict::of(stored.id.as_deref(), "no credential ID given", |wanted| {
                Verdict::ensure(id == wanted, Error::UnexpectedCredential)
            })
        }),
    );
    report.add(
        "user-handle",
        Verdict::of(raw.user_handle, "the key did not name the account", |handle| {
            Verdict::of(stored.user_handle.as_deref(), "no user handle given", |wanted| {
                Verdict::ensure(handle == wanted, Error::UserHandle)
            })
        }),
    );
    raw.client_data.check(Ceremony::Get, wanted, &mut report);
    let data = authenticator_data::parse(raw.authenticator_data);
    report.add("authenticator-data", data.as_ref().map(|_| ()).map_err(Clone::clone));
    let data = data.ok();
    authenticator_data::check(data.as_ref(), Ceremony::Get, wanted, &mut report);
    report.add(
        "backup-eligibility-unchanged",
        Verdict::of(data.as_ref(), authenticator_data::UNREADABLE, |data| {
            Verdict::of(stored.backup_eligible, "the earlier flag is not known", |before| {
                let now = data.flags.contains(Flags::BE);
                Verdict::ensure(now == before, Error::BackupEligibilityChanged)
            })
        }),
    );
    let message = [raw.authenticator_data, &raw.client_data.hash()].concat();
    report.add("signature", signature::verify(&stored.public_key, &message, raw.signature));
    report.add(
        "sign-count",
        Verdict::of(data.as_ref(), authenticator_data::UNREADABLE, |data| {
            check_sign_count(data, stored.sign_count)
        }),
    );
    report.authenticator_data = data;
    report
}

/// Two zeros mean that the key does not count.
fn check_sign_count(data: &AuthenticatorData, stored: Option<u32>) -> Verdict {
    Verdict::of(stored, "no earlier counter given", |stored| {
        let got = data.sign_count;
        let grew = got > stored || (got == 0 && stored == 0);
        Verdict::ensure(grew, Error::SignCount { stored, got })
    })
}
