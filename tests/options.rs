//! Creation and request options in JSON: what is taken, what is refused, and in which words.

#![cfg(test)]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop where it stands"
)]

mod vectors;

use fidoctl::cose::Algorithm;
use fidoctl::webauthn::extensions::{LargeBlobRequest, PrfValues};
use fidoctl::webauthn::{
    AttestationConveyance, CreationOptions, CredProtect, DomException, Hint, Leniency,
    OptionsError, RequestOptions, Requirement, time_limit,
};
use serde_json::{Value as Json, json};
use vectors::{base64url, hex, items, load, text};

fn creation() -> Json {
    json!({
        "rp": { "id": "example.com", "name": "Example" },
        "user": { "id": "dXNlci0x", "name": "alice", "displayName": "Alice" },
        "challenge": "AAECAw",
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
    })
}

fn request() -> Json {
    json!({ "challenge": "AAECAw", "allowCredentials": [{ "type": "public-key", "id": "AQID" }] })
}

/// Puts a member in, given as `a.b.c`.
fn with(mut options: Json, path: &str, value: Json) -> Json {
    let mut place = &mut options;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
    options
}

fn create(options: &Json) -> Result<CreationOptions, OptionsError> {
    CreationOptions::from_json(options.to_string().as_bytes(), Leniency::Strict)
}

fn get(options: &Json) -> Result<RequestOptions, OptionsError> {
    RequestOptions::from_json(options.to_string().as_bytes(), Leniency::Strict)
}

#[test]
fn what_is_left_out_has_the_defaults_of_the_standard() {
    let options = create(&creation()).unwrap();
    assert_eq!(options.rp_id.as_deref(), Some("example.com"));
    assert_eq!(options.user_id, b"user-1");
    assert_eq!(options.challenge, [0, 1, 2, 3]);
    assert_eq!(options.algorithms, [Algorithm::ES256]);
    assert_eq!(options.resident_key, Requirement::Discouraged);
    assert_eq!(options.user_verification, Requirement::Preferred);
    assert_eq!(options.attestation, AttestationConveyance::None);
    assert!(options.exclude.is_empty() && options.admits_security_keys());
    let empty = with(creation(), "pubKeyCredParams", json!([]));
    assert_eq!(create(&empty).unwrap().algorithms, [Algorithm::ES256, Algorithm::RS256]);
    let options = get(&json!({ "challenge": "" })).unwrap();
    assert_eq!((options.rp_id, options.allow.len()), (None, 0));
}

#[test]
fn options_may_stand_in_a_member_public_key() {
    let wrapped = json!({ "publicKey": creation(), "mediation": "optional" });
    assert_eq!(create(&wrapped), create(&creation()));
    assert_eq!(get(&json!({ "publicKey": request() })), get(&request()));
    let wrong = with(wrapped, "publicKey.user.id", json!(base64url(&[0; 65])));
    assert_eq!(
        create(&wrong).unwrap_err().to_string(),
        "publicKey.user.id: base64url of 1 to 64 bytes is wanted, 65 bytes came"
    );
}

#[test]
fn unknown_names_are_ignored_and_unknown_types_disappear() {
    let mut options = creation();
    for (path, value) in [
        ("attestation", json!("bogus")),
        ("hints", json!(["bogus", "security-key"])),
        ("@odata.type", json!("#x")),
        ("extensions", json!({ "fooBar": { "x": 1 } })),
        ("authenticatorSelection", json!({ "userVerification": "bogus", "residentKey": "bogus" })),
        ("excludeCredentials", json!([{ "type": "bogus", "id": "AQID" }])),
        (
            "pubKeyCredParams",
            json!([{ "type": "x", "alg": -8 }, { "type": "public-key", "alg": -7 }]),
        ),
    ] {
        options = with(options, path, value);
    }
    let options = create(&options).unwrap();
    assert_eq!(options.attestation, AttestationConveyance::None);
    assert_eq!(options.hints, [Hint::SecurityKey]);
    assert_eq!(options.user_verification, Requirement::Preferred);
    assert_eq!(options.resident_key, Requirement::Discouraged);
    assert!(options.exclude.is_empty());
    assert_eq!(options.algorithms, [Algorithm::ES256]);
}

#[test]
fn an_allow_list_of_unknown_types_does_not_turn_into_none() {
    let options = with(request(), "allowCredentials", json!([{ "type": "bogus", "id": "AQID" }]));
    assert_eq!(get(&options).unwrap_err().dom_exception(), DomException::NotAllowed);
}

#[test]
fn require_resident_key_counts_where_resident_key_is_absent() {
    let wish = |selection: Json| {
        create(&with(creation(), "authenticatorSelection", selection)).unwrap().resident_key
    };
    assert_eq!(wish(json!({ "requireResidentKey": true })), Requirement::Required);
    assert_eq!(wish(json!({ "requireResidentKey": false })), Requirement::Discouraged);
    let both = json!({ "requireResidentKey": true, "residentKey": "preferred" });
    assert_eq!(wish(both), Requirement::Preferred);
}

#[test]
fn hints_weigh_more_than_the_attachment() {
    let platform = with(
        creation(),
        "authenticatorSelection",
        json!({ "authenticatorAttachment": "platform" }),
    );
    assert!(!create(&platform).unwrap().admits_security_keys());
    let hinted = with(platform, "hints", json!(["security-key"]));
    assert!(create(&hinted).unwrap().admits_security_keys());
}

#[test]
fn every_mistake_names_its_member() {
    let create = |path: &str, value: Json| create(&with(creation(), path, value)).unwrap_err();
    let get = |path: &str, value: Json| get(&with(request(), path, value)).unwrap_err();
    let table = [
        (create("rp", json!({ "id": "a" })), "rp.name is missing", "TypeError"),
        (
            create("user.displayName", json!(1)),
            "user.displayName: text is wanted, a number came",
            "TypeError",
        ),
        (
            create("user.id", json!("")),
            "user.id: base64url of 1 to 64 bytes is wanted, 0 bytes came",
            "TypeError",
        ),
        (
            create("challenge", json!("AA==")),
            "challenge: base64url without padding is wanted, standard base64 came",
            "EncodingError",
        ),
        (
            create("pubKeyCredParams", json!([{ "type": "x", "alg": -7 }])),
            "pubKeyCredParams: no entry is of the type \"public-key\"",
            "NotSupportedError",
        ),
        (
            create("pubKeyCredParams", json!([{ "type": "public-key", "alg": "ES256" }])),
            "pubKeyCredParams[0].alg: a whole number is wanted, text came",
            "TypeError",
        ),
        (
            create("excludeCredentials", json!([{ "type": "public-key" }])),
            "excludeCredentials[0].id is missing",
            "TypeError",
        ),
        (
            create("timeout", json!(-1)),
            "timeout: a number of milliseconds is wanted, a number came",
            "TypeError",
        ),
        (
            create("extensions", json!(null)),
            "extensions: an object is wanted, null came",
            "TypeError",
        ),
        (
            create("extensions", json!({ "credentialProtectionPolicy": "bogus" })),
            "extensions.credentialProtectionPolicy: this policy is not known",
            "NotSupportedError",
        ),
        (
            create("extensions", json!({ "prf": { "evalByCredential": {} } })),
            "extensions.prf.evalByCredential: this is for authentication only",
            "NotSupportedError",
        ),
        (
            create("extensions", json!({ "largeBlob": { "read": true } })),
            "extensions.largeBlob.read: this is for authentication only",
            "NotSupportedError",
        ),
        (
            create("extensions", json!({ "appid": "https://a.example" })),
            "extensions.appid: this extension is for authentication only",
            "NotSupportedError",
        ),
        (
            get("extensions", json!({ "largeBlob": { "support": "required" } })),
            "extensions.largeBlob.support: this is for registration only",
            "NotSupportedError",
        ),
        (
            get("extensions", json!({ "largeBlob": { "read": true, "write": "AQ" } })),
            "extensions.largeBlob: either read or write is wanted, not both",
            "NotSupportedError",
        ),
        (
            get(
                "extensions",
                json!({ "prf": { "evalByCredential": { "AAAA": { "first": "AQ" } } } }),
            ),
            "extensions.prf.evalByCredential.AAAA: this is not the ID of a credential in allowCredentials",
            "SyntaxError",
        ),
        (
            get("extensions", json!({ "hmacGetSecret": { "salt1": "AQ" } })),
            "extensions.hmacGetSecret.salt1: base64url of 32 bytes is wanted, 1 bytes came",
            "TypeError",
        ),
    ];
    for (error, message, name) in table {
        assert_eq!(error.to_string(), message);
        assert_eq!(error.dom_exception().name(), name, "{message}");
    }
    let error = CreationOptions::from_json(b"{", Leniency::Lenient).unwrap_err();
    assert_eq!(error.dom_exception().name(), "SyntaxError");
}

#[test]
fn a_large_blob_is_written_for_one_credential() {
    let write = |allow: Json| {
        let options = with(request(), "allowCredentials", allow);
        get(&with(options, "extensions", json!({ "largeBlob": { "write": "AQID" } })))
    };
    let one = json!({ "type": "public-key", "id": "AQID" });
    let written = write(json!([one])).unwrap().extensions.large_blob;
    assert_eq!(written, Some(LargeBlobRequest::Write(vec![1, 2, 3])));
    for allow in [json!([]), json!([one, one])] {
        assert_eq!(write(allow).unwrap_err().dom_exception(), DomException::NotSupported);
    }
}

#[test]
fn prf_inputs_by_credential_go_before_the_others() {
    let inputs = json!({ "eval": { "first": "AQ" }, "evalByCredential": { "AQID": { "first": "Ag", "second": "Aw" } } });
    let options = get(&with(request(), "extensions", json!({ "prf": inputs }))).unwrap();
    let prf = options.extensions.prf.unwrap();
    let listed = PrfValues { first: vec![2], second: Some(vec![3]) };
    assert_eq!(prf.values_for(&[1, 2, 3]), Some(&listed));
    assert_eq!(prf.values_for(&[4]), Some(&PrfValues { first: vec![1], second: None }));
}

#[test]
fn time_limits_stay_in_the_recommended_range() {
    for (timeout, seconds) in
        [(None, 300), (Some(1), 300), (Some(400_000), 400), (Some(u64::MAX), 600)]
    {
        assert_eq!(time_limit(timeout).as_secs(), seconds);
    }
}

#[test]
fn graph_answers_are_read_whole() {
    let file = load("graph-options");
    for (name, excluded) in [("v1", &file["v1"]), ("beta", &file["beta"])] {
        let options = CreationOptions::from_value(excluded, Leniency::Lenient).unwrap();
        assert_eq!(options.rp_id.as_deref(), Some("login.microsoft.com"), "{name}");
        assert_eq!(options.resident_key, Requirement::Required);
        assert_eq!(options.user_verification, Requirement::Required);
        assert_eq!(options.attestation, AttestationConveyance::Direct);
        assert_eq!(options.extensions.cred_protect, Some(CredProtect::Optional));
        assert!(options.extensions.enforce_cred_protect && options.extensions.hmac_create_secret);
    }
    assert!(create(&file["v1"]).is_ok(), "the documented form needs no leniency");
    let error = create(&file["beta"]).unwrap_err();
    assert_eq!(error.dom_exception(), DomException::Encoding);
    assert!(error.to_string().starts_with("publicKey.excludeCredentials[0].id: "), "{error}");
}

#[test]
fn an_id_that_can_be_meant_in_two_ways_excludes_both() {
    for id in items(&load("graph-options")["ids"]) {
        let list = json!([{ "type": "public-key", "id": id["text"] }]);
        let options = with(creation(), "excludeCredentials", list);
        let exclude = CreationOptions::from_value(&options, Leniency::Lenient).unwrap().exclude;
        let meant: Vec<_> =
            exclude.iter().map(|descriptor| Vec::from(descriptor.id.as_slice())).collect();
        let candidates: Vec<_> = items(&id["candidates"]).iter().map(hex).collect();
        assert_eq!(meant, candidates, "{}", text(&id["form"]));
    }
}

#[test]
fn null_members_are_absent_in_the_lenient_form() {
    let mut options = creation();
    for path in
        ["timeout", "excludeCredentials", "authenticatorSelection", "extensions", "attestation"]
    {
        options = with(options, path, Json::Null);
    }
    assert!(create(&options).is_err());
    let read = CreationOptions::from_value(&options, Leniency::Lenient).unwrap();
    assert_eq!(read, create(&creation()).unwrap());
    let missing = with(creation(), "challenge", Json::Null);
    let error = CreationOptions::from_value(&missing, Leniency::Lenient).unwrap_err();
    assert_eq!(error.to_string(), "challenge is missing");
}
