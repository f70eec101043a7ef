//! `hmac-secret`: secrets derived from salts.

use fidoctl::ctap2::extensions::{
    GetAssertionExtensions, HmacSecretInput, MakeCredentialExtensions,
};
use fidoctl::ctap2::{GetNextAssertion, Status};
use fidoctl::pin_uv::PinUvAuthProtocol::{self, One, Two};
use fidoctl::pin_uv::SharedSecret;

use fidoctl::webauthn::AuthenticatorData;

use crate::rig::{
    GA, Got, Key, MC, Made, RP, authorize_get, authorize_make, get_request, make_request, silent,
};

const SALT: [u8; 32] = [1; 32];
const OTHER_SALT: [u8; 32] = [2; 32];

fn input(
    key: &mut Key,
    protocol: PinUvAuthProtocol,
    salts: &[u8],
) -> (HmacSecretInput, SharedSecret) {
    let (ours, secret) = key.shared_secret(protocol);
    let salt_enc = key.encrypt(&secret, salts);
    let input = HmacSecretInput {
        key_agreement: ours,
        salt_auth: secret.authenticate(&salt_enc).into(),
        salt_enc: salt_enc.into(),
        pin_uv_auth_protocol: Some(protocol.id()),
    };
    (input, secret)
}

fn extension(input: HmacSecretInput) -> Option<GetAssertionExtensions> {
    Some(GetAssertionExtensions { hmac_secret: Some(input), ..Default::default() })
}

fn output(got: &Got, secret: &SharedSecret) -> Vec<u8> {
    let encrypted = got.data.extension("hmac-secret").unwrap().as_bytes().unwrap();
    secret.decrypt(encrypted).unwrap().to_vec()
}

/// Derives secrets for one credential, verified or not.
fn derive(
    key: &mut Key,
    id: &[u8],
    protocol: PinUvAuthProtocol,
    salts: &[u8],
    verified: bool,
) -> Vec<u8> {
    let mut request = get_request(RP, &[id]);
    if verified {
        let token = key.token("1234", GA, Some(RP)).unwrap();
        authorize_get(&mut request, &token);
    }
    let (input, secret) = input(key, protocol, salts);
    request.extensions = extension(input);
    output(&key.get(&request).unwrap(), &secret)
}

fn refusal(change: impl FnOnce(&mut HmacSecretInput), salts: &[u8]) -> Status {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    let (mut input, _) = input(&mut key, Two, salts);
    change(&mut input);
    let mut request = get_request(RP, &[made.id()]);
    request.extensions = extension(input);
    key.get(&request).unwrap_err()
}

#[test]
fn making_a_credential_answers_true_where_it_was_asked() {
    let mut key = Key::new();
    for (asked, told) in [(Some(true), Some(true)), (Some(false), None), (None, None)] {
        let mut request = make_request(RP, "alice");
        request.extensions =
            Some(MakeCredentialExtensions { hmac_secret: asked, ..Default::default() });
        let made = key.make(&request).unwrap();
        assert_eq!(made.data.extension("hmac-secret").and_then(|v| v.as_bool()), told);
    }
}

#[test]
fn the_same_salt_gives_the_same_secret_by_either_protocol_and_after_replug() {
    let mut key = Key::new();
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    let discoverable = key.enroll(RP, "alice");
    for made in [server_side, discoverable] {
        let first = derive(&mut key, made.id(), One, &SALT, false);
        key.authenticator.power_cycle().unwrap();
        let second = derive(&mut key, made.id(), Two, &SALT, false);
        assert_eq!((first.len(), &first), (32, &second));
    }
}

#[test]
fn two_salts_give_two_secrets_in_order() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    for protocol in [One, Two] {
        let both = derive(&mut key, made.id(), protocol, &[SALT, OTHER_SALT].concat(), false);
        let first = derive(&mut key, made.id(), protocol, &SALT, false);
        let second = derive(&mut key, made.id(), protocol, &OTHER_SALT, false);
        assert_ne!(first, second);
        assert_eq!(both, [first, second].concat());
    }
}

#[test]
fn verification_changes_the_secret() {
    let mut key = Key::with_pin();
    let server_side = key.make(&make_request(RP, "alice")).unwrap();
    let discoverable = key.enroll(RP, "alice");
    for made in [server_side, discoverable] {
        let without = derive(&mut key, made.id(), Two, &SALT, false);
        let with = derive(&mut key, made.id(), Two, &SALT, true);
        assert_ne!(without, with);
        assert_eq!(with, derive(&mut key, made.id(), Two, &SALT, true));
    }
}

#[test]
fn every_credential_has_its_own_secret() {
    let mut key = Key::new();
    let ids = [
        key.make(&make_request(RP, "alice")).unwrap().id().to_vec(),
        key.make(&make_request(RP, "alice")).unwrap().id().to_vec(),
        key.enroll(RP, "alice").id().to_vec(),
        key.enroll(RP, "bob").id().to_vec(),
    ];
    let mut secrets = ids.map(|id| derive(&mut key, &id, Two, &SALT, false)).to_vec();
    secrets.sort();
    secrets.dedup();
    assert_eq!(secrets.len(), 4);
}

#[test]
fn the_next_account_gets_the_same_salts() {
    let mut key = Key::new();
    let alice = key.enroll(RP, "alice");
    key.enroll(RP, "bob");
    let alone = derive(&mut key, alice.id(), Two, &SALT, false);
    let (input, secret) = input(&mut key, Two, &SALT);
    let mut request = get_request(RP, &[]);
    request.extensions = extension(input);
    let bobs = key.get(&request).unwrap();
    let alices = key.send(&GetNextAssertion).map(Got::new).unwrap();
    assert_eq!(output(&alices, &secret), alone);
    assert_ne!(output(&bobs, &secret), alone);
}

#[test]
fn an_absent_protocol_is_one() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    let (mut input, secret) = input(&mut key, One, &SALT);
    input.pin_uv_auth_protocol = None;
    let mut request = get_request(RP, &[made.id()]);
    request.extensions = extension(input);
    assert_eq!(output(&key.get(&request).unwrap(), &secret).len(), 32);
}

#[test]
fn silent_requests_get_no_secret() {
    let mut key = Key::new();
    let made = key.enroll(RP, "alice");
    let (input, _) = input(&mut key, Two, &SALT);
    let mut request = get_request(RP, &[made.id()]);
    request.extensions = extension(input);
    request.options = silent();
    assert_eq!(key.get(&request).unwrap_err(), Status::UNSUPPORTED_OPTION);
}

#[test]
fn salts_that_do_not_fit_are_refused() {
    assert_eq!(refusal(|i| i.salt_auth = vec![0; 32].into(), &SALT), Status::PIN_AUTH_INVALID);
    assert_eq!(refusal(|i| i.pin_uv_auth_protocol = Some(3), &SALT), Status::INVALID_PARAMETER);
    for length in [16, 48, 96] {
        assert_eq!(refusal(|_| (), &vec![1; length]), Status::INVALID_PARAMETER, "{length}");
    }
}

/// Makes a credential that derives secrets at once.
fn make_with_salts(
    key: &mut Key,
    discoverable: bool,
    verified: bool,
    salts: &[u8],
) -> (Made, Vec<u8>) {
    let mut request = make_request(RP, "alice");
    if discoverable {
        request.options = crate::rig::discoverable();
    }
    if verified {
        let token = key.token("1234", MC, Some(RP)).unwrap();
        authorize_make(&mut request, &token);
    }
    let (input, secret) = input(key, Two, salts);
    request.extensions = Some(MakeCredentialExtensions {
        hmac_secret: Some(true),
        hmac_secret_mc: Some(input),
        ..Default::default()
    });
    let made = key.make(&request).unwrap();
    let encrypted = made.data.extension("hmac-secret-mc").unwrap().as_bytes().unwrap();
    let secrets = secret.decrypt(encrypted).unwrap().to_vec();
    (made, secrets)
}

#[test]
fn a_secret_at_creation_is_the_one_derived_later() {
    for discoverable in [false, true] {
        for salts in [SALT.to_vec(), [SALT, OTHER_SALT].concat()] {
            let mut key = Key::with_pin();
            let (made, secrets) = make_with_salts(&mut key, discoverable, true, &salts);
            assert_eq!(secrets.len(), salts.len());
            assert_eq!(secrets, derive(&mut key, made.id(), One, &salts, true));
            assert_ne!(secrets, derive(&mut key, made.id(), One, &salts, false));
        }
    }
}

#[test]
fn a_secret_at_creation_without_verification_is_the_one_without() {
    let mut key = Key::with_pin();
    let (made, secrets) = make_with_salts(&mut key, false, false, &SALT);
    assert_eq!(secrets, derive(&mut key, made.id(), Two, &SALT, false));
}

#[test]
fn salts_at_creation_need_hmac_secret_and_a_protocol() {
    let mut key = Key::new();
    for (hmac_secret, names_protocol) in [(None, true), (Some(false), true), (Some(true), false)] {
        let (mut input, _) = input(&mut key, One, &SALT);
        if !names_protocol {
            input.pin_uv_auth_protocol = None;
        }
        let mut request = make_request(RP, "alice");
        request.extensions = Some(MakeCredentialExtensions {
            hmac_secret,
            hmac_secret_mc: Some(input),
            ..Default::default()
        });
        assert_eq!(key.make(&request).unwrap_err(), Status::MISSING_PARAMETER);
    }
}

#[test]
fn salts_at_creation_that_do_not_fit_make_no_credential() {
    let mut key = Key::new();
    let (mut input, _) = input(&mut key, Two, &SALT);
    input.salt_auth = vec![0; 32].into();
    let mut request = make_request(RP, "alice");
    request.options = crate::rig::discoverable();
    request.extensions = Some(MakeCredentialExtensions {
        hmac_secret: Some(true),
        hmac_secret_mc: Some(input),
        ..Default::default()
    });
    assert_eq!(key.make(&request).unwrap_err(), Status::PIN_AUTH_INVALID);
    assert!(key.authenticator.state().summary().credentials.is_empty());
}

#[test]
fn a_credential_for_payments_says_so_and_others_deny_it() {
    for (asked, discoverable) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut key = Key::new();
        let mut make = make_request(RP, "alice");
        if discoverable {
            make.options = crate::rig::discoverable();
        }
        make.extensions = Some(MakeCredentialExtensions {
            third_party_payment: asked.then_some(true),
            ..Default::default()
        });
        let made = key.make(&make).unwrap();
        let told = |data: &AuthenticatorData| {
            data.extension("thirdPartyPayment").map(|output| output.as_bool().unwrap())
        };
        assert_eq!(told(&made.data), asked.then_some(true));
        let mut get = get_request(RP, &[made.id()]);
        assert_eq!(told(&key.get(&get).unwrap().data), None);
        get.extensions =
            Some(GetAssertionExtensions { third_party_payment: Some(true), ..Default::default() });
        assert_eq!(told(&key.get(&get).unwrap().data), Some(asked), "{discoverable}");
    }
}
